"""What a connection asks of the writer."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from ocpp import changes
from ocpp.choices import Registration
from ocpp.connection import log
from ocpp.connection.lease import lease
from ocpp.domain import anomalies, takeovers
from ocpp.domain.oddities import Odd, Oddity, odd
from ocpp.domain.redaction import redact_text
from ocpp.domain.station import Station
from ocpp.protocol import frames
from ocpp.protocol.errors import CallFault, ErrorCode
from ocpp.protocol.frames import Call
from ocpp.protocol.reading import read
from ocpp.protocol.version import Route
from ocpp.writer.batch import Batch

#: A charge point waits for some 8 s. What can be answered without the database is, sooner (s).
PATIENCE_S = 7.0
PATIENCE_WITHOUT_DATABASE_S = 2.0

_REPLACED = "A newer connection has taken this one's place. Please send the message on that one."


def _is_outdated(station: Station, batch: Batch) -> bool:
    """Whether another process holds a newer connection of the charger, as far as is stored."""
    if lease.lapsed:
        # It stood still, and others may have taken it for gone: each charger has to be asked for.
        return not takeovers.is_newest(station.pk, station.epoch)
    if batch.fences is None:
        batch.fences = takeovers.fences()
    return batch.fences.get(station.pk, 0) > station.epoch


class AnswerCall:
    """Handle a CALL of a charge point; the result is the text of its answer."""

    __slots__ = (
        *("_now", "_repeated_id", "_station", "_text"),
        *("call", "patience_s", "reads", "route"),
    )

    asks_again = True

    def __init__(
        self, station: Station, call: Call, route: Route, text: str, *, repeated_id: bool
    ) -> None:
        self._repeated_id = repeated_id
        self._station = station
        self.call = call
        self.route = route
        self._text = text
        self._now = datetime.now(UTC)
        self.reads = route.reads
        alone = route.without_database is not None
        self.patience_s = PATIENCE_WITHOUT_DATABASE_S if alone else PATIENCE_S

    def run(self, batch: Batch) -> str:
        """Read the payload, let the handler work, and add the call to the message log."""
        station, call, route = self._station, self.call, self.route
        self._prepare(batch)
        if lease.began and _is_outdated(station, batch):
            return frames.error(call.message_id, ErrorCode.INTERNAL_ERROR, _REPLACED)
        if self._repeated_id:
            anomalies.note_once(station, odd(Oddity.REPEATED_ID))
        if station.registration == Registration.REJECTED and call.action != "BootNotification":
            anomalies.note_once(station, odd(Oddity.WHILE_REJECTED, action=call.action))
        error_code = ""
        try:
            payload, text, notes = read(route.request, call.payload, strict=station.strict)
        except CallFault as fault:
            answer = frames.error(call.message_id, fault.code, fault.description)
            error_code = fault.code.value
        else:
            for note in notes:
                anomalies.note_once(station, note)
            station.payload_json = text.decode()
            # What goes wrong in here undoes the whole batch, so it needs no savepoint.
            answer = frames.result(call.message_id, route.handler(station, payload))
        batch.insert(
            log.MESSAGES,
            log.row(
                station.pk,
                log.IN,
                call.action,
                call.message_id,
                self._text,
                answer,
                error_code,
                self._now,
                # What is handled together is answered together.
                "" if self.reads else batch.begun,
            ),
        )
        return answer

    def _prepare(self, batch: Batch) -> None:
        station = self._station
        station.batch = batch
        station.now = self._now
        station.action = self.call.action
        station.message_id = self.call.message_id

    def failed(self, error: Exception) -> str:
        """It could not be stored: the charge point is asked to send it again later."""
        call = self.call
        if self.route.without_database is not None:
            try:
                payload = read(self.route.request, call.payload, strict=False).payload
                self._station.now = self._now
                return frames.result(
                    call.message_id, self.route.without_database(self._station, payload)
                )
            except CallFault as fault:
                return frames.error(call.message_id, fault.code, fault.description)
        description = "The message could not be stored. Please send it again later."
        return frames.error(call.message_id, ErrorCode.INTERNAL_ERROR, description)

    def committed(self, result: str) -> None:
        """Its line of the log, and tell those who watch."""
        changes.note(self._station.pk)
        log.keep(self._station.charger_id, log.IN, self._text, result)

    def rolled_back(self) -> None:
        """What was remembered of the database may not be there."""
        self._station.forget()
        self._station.noted.clear()


class Refuse:
    """Note a frame that is answered with an error, or with nothing, without a handler."""

    reads = False
    patience_s = PATIENCE_S
    asks_again = True

    def __init__(
        self,
        station: Station,
        text: str,
        answer: str,
        *,
        action: str,
        message_id: str,
        code: str,
        told: Odd,
    ) -> None:
        self._station = station
        # It fits no call, so nothing tells whether there is a secret in it.
        self._text = redact_text(log.storable(text))[:4096]
        self._answer = answer
        self._action = action
        self._message_id = message_id
        self._code = code
        self._told = told
        self._now = datetime.now(UTC)

    def run(self, batch: Batch) -> None:
        """Add it to the message log; of its kind one anomaly for each connection."""
        station = self._station
        station.batch, station.now = batch, self._now
        station.action, station.message_id = self._action, self._message_id
        anomalies.note_once(station, self._told)
        batch.insert(
            log.MESSAGES,
            log.row(
                station.pk,
                log.IN,
                log.storable(self._action),
                log.storable(self._message_id),
                self._text,
                self._answer,
                self._code,
                self._now,
            ),
        )

    def failed(self, error: Exception) -> None:
        """There is nothing to be done about it."""

    def committed(self, result: None) -> None:
        """Its line of the log, and tell those who watch."""
        changes.note(self._station.pk)
        log.keep(self._station.charger_id, log.IN, json.dumps(self._text), self._answer)

    def rolled_back(self) -> None:
        """It may be noted again."""
        self._station.noted.clear()


class FailedJob:
    """The result of a `Do` that could not be done."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class Do:
    """Call a rule that works through the ORM; the result is its result, or a FailedJob.

    Exceptions named in `expected` are results too: they are returned instead of raised.
    """

    reads = True
    patience_s = PATIENCE_S
    asks_again = False

    def __init__(
        self,
        deed: Callable[..., Any],
        *arguments: Any,
        expected: tuple[type[Exception], ...] = (),
    ) -> None:
        self._deed = deed
        self._arguments = arguments
        self._expected = expected

    def run(self, batch: Batch) -> Any:
        """Do it; in a savepoint where a refusal is a result: else a failure undoes the batch."""
        if not self._expected:
            return self._deed(*self._arguments)
        try:
            with transaction.atomic():
                return self._deed(*self._arguments)
        except self._expected as expected:
            return expected

    def failed(self, error: Exception) -> FailedJob:
        """Say so in the result."""
        return FailedJob(error)

    def committed(self, result: Any) -> None:
        """Nothing more."""

    def rolled_back(self) -> None:
        """Nothing is kept outside of the database."""


class Record:
    """Insert one row; what cannot be stored is only logged."""

    reads = False
    patience_s = PATIENCE_S
    asks_again = False

    def __init__(self, row: tuple[Any, ...]) -> None:
        self._row = row

    def run(self, batch: Batch) -> None:
        """Add the row of the message log."""
        batch.insert(log.MESSAGES, self._row)

    def failed(self, error: Exception) -> None:
        """The database does not answer; the writer has said so."""

    def committed(self, result: None) -> None:
        """Tell those who watch; the charger stands first in the row."""
        changes.note(self._row[0])

    def rolled_back(self) -> None:
        """Nothing is kept outside of the database."""
