"""Commands to a charge point: claimed from the queue, sent one at a time, answered or not."""

import asyncio
import json
import logging
import uuid
from collections import OrderedDict
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings

from ocpp import metrics
from ocpp.connection import background, log
from ocpp.connection.jobs import Do, FailedJob, Record
from ocpp.domain import commands
from ocpp.domain.oddities import Oddity, odd
from ocpp.domain.redaction import redact_text
from ocpp.models import Command
from ocpp.protocol import frames
from ocpp.protocol.errors import CallFault
from ocpp.protocol.frames import CallError, CallResult
from ocpp.protocol.payload import Payload
from ocpp.protocol.reading import read
from ocpp.protocol.v16.messages.core_orders import GetConfiguration
from ocpp.protocol.version import Order
from ocpp.writer.group_commit import writer

if TYPE_CHECKING:
    from ocpp.connection.session import Session

logger = logging.getLogger(__name__)

Answer = CallResult | CallError

#: Calls that got no answer in time, whose answer may still come.
KEPT_LATE = 20


class NotSent(Exception):
    """A call could not be written to the connection."""


class _Sent:
    """A call of ours that is on its way."""

    __slots__ = ("command", "future", "message_id", "order", "text", "time")

    def __init__(
        self, message_id: str, text: str, command: Command | None, order: Order | None
    ) -> None:
        self.message_id = message_id
        self.text = text
        self.command = command
        self.order = order
        self.time = datetime.now(UTC)
        self.future: asyncio.Future[tuple[Answer, str]] = asyncio.get_running_loop().create_future()


class Outgoing:
    """The calls of one session to its charge point."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._name = session.station.charger_id
        self._pending: _Sent | None = None
        self._late: OrderedDict[str, _Sent] = OrderedDict()
        self._task: asyncio.Task[None] | None = None
        self._wanted = False
        self._turn = asyncio.Lock()

    def wake(self) -> None:
        """Send what is queued, beginning now unless it is being done already."""
        self._wanted = True
        if (self._task is None or self._task.done()) and not self._session.closed:
            self._task = asyncio.get_running_loop().create_task(self._send_queued())

    async def _send_queued(self) -> None:
        session = self._session
        while self._wanted and not session.closed:
            self._wanted = False
            while not session.closed:
                now = datetime.now(UTC)
                command = await writer.submit(
                    Do(commands.claim_next, session.charger_pk, session.epoch, now)
                )
                if command is None or isinstance(command, FailedJob):
                    break
                await self._carry_out(command)

    async def _carry_out(self, command: Command) -> None:
        order = self._session.version.orders.get(command.action)
        if order is None:
            detail = f"{command.action} is not part of OCPP {self._session.version.name}"
            await self._finish(commands.refused, command, "NotSupported", detail)
            return
        try:
            text = frames.call(command.message_id, order.action, order.request(command.payload))
        except Exception as error:
            logger.exception("%s cannot be written as a message", command.action)
            await self._finish(commands.refused, command, "InternalError", str(error)[:2000])
            return
        sent = _Sent(command.message_id, text, command, order)
        try:
            async with self._turn:
                answer = await self._call(sent, settings.OCPP_CALL_TIMEOUT_S)
        except TimeoutError:
            self._remember_late(sent)
            await self._finish(commands.timed_out, command)
            self._record(sent, "", "")
        except NotSent as error:
            # The connection is ending; its end tells what becomes of the command.
            logger.info("%a was not told %s: %s", self._name, order.action, error)
        else:
            await self._take(sent, *answer)

    async def _call(self, sent: _Sent, timeout_s: float) -> tuple[Answer, str]:
        """Send a call and wait for its answer. Raises TimeoutError, or NotSent."""
        # Registered before it is sent: an answer can be quicker than the next line.
        self._pending = sent
        try:
            try:
                await self._session.send(sent.text)
            except Exception as error:
                raise NotSent(repr(error)) from error
            metrics.sent[sent.order.action if sent.order else "GetConfiguration"] += 1
            return await asyncio.wait_for(sent.future, timeout_s)
        finally:
            self._pending = None

    async def answered(self, answer: Answer, text: str) -> None:
        """An answer has come; one that nobody waits for is counted and dropped."""
        sent = self._pending
        if sent is not None and sent.message_id == answer.message_id:
            if not sent.future.done():
                sent.future.set_result((answer, text))
            return
        late = self._late.pop(answer.message_id, None)
        if late is not None:
            background.run(self._take_late(late, answer))
            return
        await self._session.drop(text, odd(Oddity.STRAY_ANSWER))

    async def _take(self, sent: _Sent, answer: Answer, text: str) -> None:
        command, order = sent.command, sent.order
        if command is None or order is None:  # a probe: that it was answered is all
            return
        error_code = ""
        if isinstance(answer, CallError):
            error_code = log.storable(answer.code)[:40]
            description = log.storable(answer.description)[:2000]
            await self._finish(commands.refused, command, error_code, description)
        else:
            outcome, why = _outcome(order, answer)
            if outcome is None:
                error_code = "UnreadableAnswer"
                await self._finish(commands.refused, command, error_code, why)
            else:
                await self._finish(commands.answered, command, outcome)
        self._record(sent, text, error_code)

    async def _take_late(self, sent: _Sent, answer: Answer) -> None:
        command, order = sent.command, sent.order
        if command is None or order is None:  # a probe: that it was answered is all
            return
        if isinstance(answer, CallError):
            outcome: dict[str, Any] | None = {"error": log.storable(answer.code)[:40]}
        else:
            outcome, why = _outcome(order, answer)
            outcome = outcome or {"error": why}
        await self._finish(commands.answered_late, command, outcome)

    async def _finish(self, deed: Any, command: Command, *facts: Any) -> None:
        place = (command.pk, self._session.epoch)
        result = await background.persist(deed, *place, *facts, datetime.now(UTC))
        if isinstance(result, FailedJob):
            why = ("InternalError", "The outcome could not be stored.")
            await background.persist(commands.refused, *place, *why, datetime.now(UTC))

    def _record(self, sent: _Sent, answer: str, error_code: str) -> None:
        """Add a call of ours to the message log, without its secrets."""
        station = self._session.station
        text, answer = redact_text(sent.text), redact_text(answer)
        action = sent.order.action if sent.order else ""
        writer.submit(
            Record(
                log.row(
                    station.pk,
                    log.OUT,
                    action,
                    sent.message_id,
                    text,
                    answer,
                    error_code,
                    sent.time,
                )
            )
        )
        log.line(station.charger_id, log.OUT, text, _json_or_text(answer))

    def _remember_late(self, sent: _Sent) -> None:
        self._late[sent.message_id] = sent
        if len(self._late) > KEPT_LATE:
            self._late.popitem(last=False)

    async def probe(self, timeout_s: float) -> bool:
        """Ask for something harmless; any frame within `timeout_s` is a sign of life."""
        session = self._session
        sign = session.sign_of_life = session.sign_of_life or asyncio.Event()
        asking: asyncio.Task[Any] | None = None
        if self._pending is None:
            request: Payload = GetConfiguration(key=["HeartbeatInterval"])
            message_id = str(uuid.uuid4())
            text = frames.call(message_id, "GetConfiguration", request)
            asking = asyncio.create_task(self._ask(_Sent(message_id, text, None, None), timeout_s))
        try:
            await asyncio.wait_for(sign.wait(), timeout_s)
        except TimeoutError:
            return False
        finally:
            session.sign_of_life = None
            if asking is not None and not sign.is_set():
                asking.cancel()
        return True

    async def _ask(self, sent: _Sent, timeout_s: float) -> None:
        async with self._turn:
            with suppress(TimeoutError, NotSent):
                await self._call(sent, timeout_s)

    def end(self) -> None:
        """The connection is over: what is pending gets no answer."""
        if self._pending is not None and not self._pending.future.done():
            self._pending.future.cancel()
        if self._task is not None:
            self._task.cancel()


def _outcome(order: Order, answer: CallResult) -> tuple[dict[str, Any] | None, str]:
    """What an answer means, or None and why it cannot be read."""
    try:
        return order.outcome(read(order.response, answer.payload).payload), ""
    except CallFault as fault:
        return None, fault.description


def _json_or_text(answer: str) -> str:
    return answer if answer.startswith("[") else json.dumps(answer) if answer else ""
