"""One connection of a charge point: its calls answered in order, ours sent one at a time."""

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from ocpp import changes, metrics, store
from ocpp.choices import Registration
from ocpp.connection import after_boot, background, backlog
from ocpp.connection.jobs import AnswerCall, Do, Refuse
from ocpp.connection.orders import Outgoing
from ocpp.domain import chargers
from ocpp.domain.oddities import Odd, Oddity, odd
from ocpp.domain.station import Station
from ocpp.protocol import frames
from ocpp.protocol.errors import ErrorCode
from ocpp.protocol.frames import Call, CallError, CallResult, UnreadableFrame
from ocpp.protocol.version import Route, Version
from ocpp.writer.group_commit import writer

logger = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]

#: Answers kept to be sent again when a call is repeated.
KEPT_ANSWERS = 8


def digest(call: Call) -> int:
    """What tells a call from another one with the same id."""
    return hash((call.action, bytes(call.payload)))


class Session:
    """A charge point's connection, from its admission to its end."""

    def __init__(self, station: Station, version: Version, address: str, send: Send) -> None:
        self.station = station
        self.charger_pk = station.pk
        self.epoch = station.epoch
        self.version = version
        self.address = address
        self.loop = asyncio.get_running_loop()
        self.task = asyncio.current_task()
        #: Set when a newer connection has taken this one's place, or there is no place any more.
        self.superseded = False
        self.closed = False
        #: Set by the next frame, while somebody asks whether the charge point lives.
        self.sign_of_life: asyncio.Event | None = None
        #: What is to be asked a while after its boot.
        self.after_boot: asyncio.TimerHandle | None = None
        #: It is answering a frame now; and the code to close with as soon as it is not.
        self.answering = False
        self.leaving = 0
        #: Where the next frame waits for that.
        self._freed: asyncio.Future[None] | None = None
        self._send_event = send
        self._answers: OrderedDict[str, tuple[int, str]] = OrderedDict()
        self._outgoing = Outgoing(self)

    # --- what the charge point sends ---------------------------------------------------------

    async def feed(self, text: str) -> None:
        """Handle one text frame and send its answer, after what it acknowledges is committed."""
        if self.sign_of_life is not None:
            self.sign_of_life.set()
        if self.answering:  # on the short way (`short_way`)
            self._freed = self.loop.create_future()
            await self._freed
        self.answering = True
        try:
            await self._feed(text)
        finally:
            self.answering = False
        if self.leaving:
            await self.close(self.leaving)

    def is_free(self) -> bool:
        """Whether a frame can be handled now, and its answer be sent as soon as it is there."""
        return not (
            self.answering
            or self.closed
            or self.leaving
            or self.sign_of_life is not None
            or self.station.pause_s
        )

    def free(self) -> None:
        """The frame on the short way is answered: whatever waits for that goes on."""
        self.answering = False
        if self._freed is not None:
            if not self._freed.done():
                self._freed.set_result(None)
            self._freed = None

    async def _feed(self, text: str) -> None:
        try:
            frame = frames.read(text)
        except UnreadableFrame as unreadable:
            await self._refuse_frame(text, unreadable)
            return
        if type(frame) is Call:
            answer = await self._answer(frame, text)
            if answer and not self.closed:
                await self.send(answer)
        else:
            assert isinstance(frame, CallResult | CallError)  # noqa: S101  (what else is there)
            await self._outgoing.answered(frame, text)

    async def _answer(self, call: Call, text: str) -> str:
        route = self.version.calls.get(call.action)
        metrics.received[call.action if route is not None else metrics.OTHER] += 1
        told = digest(call)
        kept = self._answers.get(call.message_id)
        same_again = kept is not None and kept[0] == told
        if kept is not None and same_again and kept[1]:
            return kept[1]
        if route is None:
            return await self._refuse_action(call, text)
        repeated_id = kept is not None and not same_again
        job = AnswerCall(self.station, call, route, text, repeated_id=repeated_id)
        # What can be answered without the database does not wait for it.
        answer: str = await backlog.submit(job, patient=route.without_database is None)
        self.keep(call, route, told, answer)
        return answer

    def knows(self, message_id: str) -> bool:
        """Whether a call with this id was answered lately."""
        return message_id in self._answers

    def keep(self, call: Call, route: Route, told: int, answer: str) -> None:
        """Keep the answer for when the call, whose digest is `told`, is repeated.

        An error is not kept: the same call may succeed when it is sent again.
        """
        if answer.startswith("[4,"):
            metrics.errors[json.loads(answer)[2]] += 1
            return
        self._answers[call.message_id] = (told, answer if route.leaves_a_row else "")
        if len(self._answers) > KEPT_ANSWERS:
            self._answers.popitem(last=False)

    async def _refuse_action(self, call: Call, text: str) -> str:
        if call.action in self.version.ours:
            code, oddity = ErrorCode.NOT_SUPPORTED, Oddity.ACTION_OURS
        else:
            code, oddity = ErrorCode.NOT_IMPLEMENTED, Oddity.ACTION_UNKNOWN
        told = odd(oddity, action=call.action[:64])
        metrics.errors[code.value] += 1
        answer = frames.error(call.message_id, code, told.text)
        await self._note(text, answer, call.action, call.message_id, code, told)
        return answer

    async def _refuse_frame(self, text: str, unreadable: UnreadableFrame) -> None:
        answer = ""
        metrics.received[metrics.UNREADABLE] += 1
        if unreadable.message_id is not None:
            metrics.errors[ErrorCode.FORMATION_VIOLATION.value] += 1
            answer = frames.error(
                unreadable.message_id, ErrorCode.FORMATION_VIOLATION, unreadable.reason
            )
        await self._note(
            text,
            answer,
            "",
            unreadable.message_id or "",
            ErrorCode.FORMATION_VIOLATION,
            odd(Oddity.UNREADABLE_FRAME, why=unreadable.reason),
        )
        if answer and not self.closed:
            await self.send(answer)

    async def _note(
        self, text: str, answer: str, action: str, message_id: str, code: str, told: Odd
    ) -> None:
        note = Refuse(
            self.station,
            text,
            answer,
            action=action,
            message_id=message_id,
            code=code,
            told=told,
        )
        await backlog.submit(note, patient=False)

    async def drop(self, text: str, told: Odd) -> None:
        """Note a frame that is neither handled nor answered."""
        await self._note(text, "", "", "", "", told)

    # --- what we send -------------------------------------------------------------------------

    async def send(self, text: str) -> None:
        """Send a text frame, after the pause that the charge point needs."""
        if self.station.pause_s:
            await asyncio.sleep(self.station.pause_s)
        await self._send_event({"type": "websocket.send", "text": text})

    def wake(self) -> None:
        """A command may be waiting. May be called from any thread."""
        self._call_soon(self._outgoing.wake)

    def refresh(self) -> None:
        """Staff may have changed the charger. May be called from any thread."""
        self._call_soon(self._refresh)

    def _refresh(self) -> None:
        # The writer handles it before the charge point's next message.
        before = self.station.registration
        background.run(self._take_up(writer.submit(Do(chargers.refresh, self.station)), before))

    async def _take_up(self, refreshed: "asyncio.Future[Any]", before: str) -> None:
        """One that was rejected meanwhile is to come again and be told so (OCPP 1.6, 4.2)."""
        await refreshed
        rejected = self.station.registration == Registration.REJECTED
        if rejected and before != Registration.REJECTED and not self.closed:
            await self.supersede()

    def booted(self) -> None:
        """Its charge point has booted and is accepted. May be called from any thread."""
        self._call_soon(partial(after_boot.plan, self))

    def dismiss(self) -> None:
        """The charger is no more: end the connection. May be called from any thread."""
        self._call_soon(lambda: background.run(self.supersede()))

    def _call_soon(self, callback: Callable[[], object]) -> None:
        try:
            self.loop.call_soon_threadsafe(callback)
        except RuntimeError:
            logger.debug("The event loop of %a has ended", self.station.charger_id)

    async def probe(self, timeout_s: float) -> bool:
        """Whether the charge point says anything within `timeout_s`, being asked."""
        return await self._outgoing.probe(timeout_s)

    # --- the end -------------------------------------------------------------------------------

    async def supersede(self, code: int = 1008) -> None:
        """This connection has no place any more: close it with `code` and end its task."""
        self.superseded = True
        await self.close(code)
        if self.task is not None:
            # A half-open peer never answers the closing handshake; nothing is waited for.
            self.task.cancel()

    async def leave(self, code: int) -> None:
        """Close with `code` and end the task, after the answer to a frame that has come.

        The consumer ends by itself when the answer is out; whoever waits for that has a limit.
        """
        if self.answering:
            self.leaving = code
        else:
            await self.supersede(code)

    async def close(self, code: int) -> None:
        """Close the WebSocket."""
        if not self.closed:
            self.closed = True
            try:
                await self._send_event({"type": "websocket.close", "code": code})
            except Exception as error:
                logger.debug("Closing %a: %s", self.station.charger_id, error)

    def end(self) -> None:
        """The connection is over: its pending call fails, its presence ends. Never blocks."""
        self.closed = True
        store.remove(self)
        self._outgoing.end()
        background.run(self._leave())

    async def _leave(self) -> None:
        now = datetime.now(UTC)
        await background.persist(chargers.leave, self.charger_pk, self.epoch, now)
        changes.note(self.charger_pk)
