"""A short way for what nearly all traffic is: one call at a time, that needs only the writer.

A server of ours (`config.serving.whole_frames`) offers it as `websocket.direct` among the
extensions of a connection. It hands a text frame over at once, the call goes to the writer, and
its answer is written where the writer hands it out: no task is woken for either. Whatever is not
that simple is declined and comes to `Session.feed`. One frame at a time is handled, on either way.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings

from ocpp import metrics
from ocpp.connection import background
from ocpp.connection.backlog import backlog
from ocpp.connection.jobs import AnswerCall
from ocpp.connection.session import Session, digest
from ocpp.connection.throttle import Throttle
from ocpp.protocol import frames
from ocpp.protocol.frames import Call, UnreadableFrame
from ocpp.writer.group_commit import writer

logger = logging.getLogger(__name__)

#: Where a connection offers the short way, among the extensions of its scope.
EXTENSION = "websocket.direct"
#: A character has four bytes at most.
BYTES_OF_CHARACTER = 4


def open_to(session: Session, throttle: Throttle, scope: dict[str, Any]) -> None:
    """Let the frames of `session` take the short way where the server offers it."""
    offered = scope.get("extensions", {}).get(EXTENSION)
    if offered is not None:
        offered["receive"](ShortWay(session, throttle, offered["send"]).take)


class ShortWay:
    """The short way of one connection. `write` sends a text at once, or says that it cannot."""

    def __init__(self, session: Session, throttle: Throttle, write: Callable[[str], bool]) -> None:
        self.session = session
        self._throttle = throttle
        self._write = write
        self._places = backlog()
        self._longest = settings.OCPP_MESSAGE_UNAPPROVED_KIB * 1024 // BYTES_OF_CHARACTER
        #: What is in the writer for it, and what tells its call from others with the same id.
        self._job: AnswerCall | None = None
        self._digest = 0

    def take(self, text: str) -> bool:
        """Hand the call in `text` to the writer; False where it has to go the long way."""
        try:
            return self._take(text)
        except Exception:
            # The long way meets the same, and has its ways with it.
            logger.exception("A frame did not go the short way")
            return False

    def _take(self, text: str) -> bool:
        session, throttle = self.session, self._throttle
        if (
            not session.is_free()
            or len(text) > self._longest
            or (throttle.limited and not throttle.has_room())
        ):
            return False
        try:
            call = frames.read(text)
        except UnreadableFrame:
            return False
        if type(call) is not Call:
            return False
        route = session.version.calls.get(call.action)
        if route is None or session.knows(call.message_id):
            return False
        job = AnswerCall(session.station, call, route, text, repeated_id=False)
        self._digest = digest(call)
        if not self._places.enter_now():
            return False
        try:
            writer.hand(job, session.loop, partial(self._answered, job))
        except BaseException:
            self._places.leave()
            raise
        self._job = job
        session.answering = True
        metrics.received[call.action] += 1
        if throttle.limited:
            throttle.pause()
        return True

    def _answered(self, job: AnswerCall, answer: str) -> None:
        """The writer has done it, or has given up; that may be told twice."""
        if self._job is not job:
            return
        self._job = None
        self._places.leave()
        session = self.session
        session.keep(job.call, job.route, self._digest, answer)
        if session.leaving:
            background.run(self._say_goodbye(answer))
        elif session.closed or self.say(answer):
            session.free()
        else:
            background.run(self._say_later(answer))

    def say(self, text: str) -> bool:
        """Send a text at once; False where that cannot be."""
        return self._write(text)

    async def _say_later(self, answer: str) -> None:
        """To who reads nothing: no other frame is handled until the answer has gone."""
        session = self.session
        try:
            if not session.closed:
                await session.send(answer)
        except Exception as error:
            logger.debug("Answering %a: %s", session.station.charger_id, error)
        finally:
            session.free()

    async def _say_goodbye(self, answer: str) -> None:
        await self._say_later(answer)
        await self.session.supersede(self.session.leaving)
