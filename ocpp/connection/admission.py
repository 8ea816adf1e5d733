"""Who may connect: identity, origin, takeover of an older connection, and the writer's word."""

import asyncio
import logging
import threading
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, NoReturn

from django.conf import settings

from accounts.domain import addresses
from ocpp import changes, limits_hit, store
from ocpp.connection import background, proof, takeover
from ocpp.connection.identity import Scope, header, identify
from ocpp.connection.jobs import Do, FailedJob
from ocpp.connection.session import Send, Session
from ocpp.domain import anomalies, chargers, commands
from ocpp.domain.chargers import Refused, Visitor
from ocpp.domain.oddities import Oddity, odd
from ocpp.domain.station import Station
from ocpp.domain.takeovers import Contested
from ocpp.models.charger import identity_key
from ocpp.protocol.version import Version
from ocpp.writer.batch import Batch
from ocpp.writer.group_commit import writer

logger = logging.getLogger(__name__)

#: How long an incumbent may take to show that it lives (s).
PROBE_S = takeover.PROBE_S

#: Sessions of this process by identity key; `store.sessions` has them by primary key.
_by_key: dict[str, Session] = {}

_begun = threading.Event()
_ended = threading.Event()


def has_begun() -> bool:
    """Whether this process has ever asked its writer to admit a connection."""
    return _begun.is_set()


def end() -> None:
    """This process ends: from now on nobody is admitted."""
    _ended.set()


def is_ending() -> bool:
    """Whether nobody is admitted any more."""
    return _ended.is_set()


class Asking(NamedTuple):
    """A connection that asks to be admitted, as far as its handshake tells."""

    visitor: Visitor
    key: str


def read(scope: Scope) -> Asking:
    """What the handshake says. Raises Refused for an id or an origin that cannot be accepted."""
    try:
        identity = identify(scope)
        chargers.check_id(identity.charger_id)
    except Refused:
        limits_hit.hit("bad_id")
        raise
    origin = header(scope, b"origin")
    if origin is not None and origin not in settings.OCPP_ALLOWED_ORIGINS:
        limits_hit.hit("origin")
        raise Refused(403, "A web page must not act as a charge point.", "origin")
    peer = addresses.of_scope(scope)
    shown = proof.read(scope)
    visitor = Visitor(identity.charger_id, identity.path, peer.address, peer.private, shown)
    return Asking(visitor, identity_key(identity.charger_id))


async def admit(asking: Asking) -> Station:
    """Admit the connection. Raises Refused.

    It first has to prove who it is. Where nothing has to be proved (profile 0) a second connection
    from another address is admitted only when the first one is dead: nobody may push a charge
    point aside by knowing its name.
    """
    incumbent = _by_key.get(asking.key)
    if incumbent is not None and not incumbent.closed:
        await _challenge(incumbent, asking.visitor)
    result = await _ask_writer(asking, None)
    if isinstance(result, Contested):
        # Another process holds a connection of the charger, from another address.
        if await takeover.lives(result):
            await _refuse_second(result.charger_pk, asking.visitor)
        result = await _ask_writer(asking, result.epoch)
        if isinstance(result, Contested):
            raise Refused(503, "This charge point is just connecting. Try again.", "busy")
    if _ended.is_set():
        # What ends the presence of all was queued after this admission.
        raise _ending()
    return result


class _Admitting(Do):
    """An admission, which is not begun any more once its handshake has ended.

    When a fleet comes back those who gave up are many, and those who still wait are behind them.
    """

    abandoned = False

    def run(self, batch: Batch) -> Any:
        """Admit it, unless nobody waits for that; then the result is None."""
        return None if self.abandoned else super().run(batch)


async def _ask_writer(asking: Asking, beaten: int | None) -> Station | Contested:
    """Have the writer admit the connection. Raises Refused."""
    if _ended.is_set():
        raise _ending()
    _begun.set()
    job = _Admitting(chargers.admit_or_tell, asking.visitor, datetime.now(UTC), beaten)
    admitting = writer.submit(job)
    try:
        result = await asyncio.shield(admitting)
    except asyncio.CancelledError:
        # Nobody waits any more, but the writer may just be admitting it.
        job.abandoned = True
        admitting.add_done_callback(_turn_away)
        raise
    if isinstance(result, Refused):
        raise result
    if isinstance(result, FailedJob):
        raise _no_database()
    assert isinstance(result, Station | Contested)  # noqa: S101  (what the rule returns)
    return result


def _ending() -> Refused:
    return Refused(503, "The server is being stopped. Please try again later.", "busy")


def _no_database() -> Refused:
    return Refused(503, "The database does not answer. Please try again later.", "busy")


def _turn_away(admitting: "asyncio.Future[Any]") -> None:
    """End the presence of a connection that was admitted after its handshake had ended.

    An older connection of the charger is outdated by then, and ends as well.
    """
    station = admitting.result()
    if not isinstance(station, Station):
        return
    old = store.sessions.get(station.pk)
    if isinstance(old, Session) and old.epoch < station.epoch:
        background.run(old.supersede())
    now = datetime.now(UTC)
    background.run(background.persist(chargers.leave, station.pk, station.epoch, now))


async def _challenge(incumbent: Session, visitor: Visitor) -> None:
    if incumbent.address == visitor.address:
        return
    proved = await writer.submit(Do(chargers.examine, visitor, datetime.now(UTC)))
    if isinstance(proved, Refused):
        raise proved
    if isinstance(proved, FailedJob):
        raise _no_database()
    if proved or not await incumbent.probe(PROBE_S):
        return
    await _refuse_second(incumbent.charger_pk, visitor)


async def _refuse_second(charger_pk: int, visitor: Visitor) -> NoReturn:
    """Raise Refused: the first connection is alive; staff are told."""
    await writer.submit(
        Do(
            partial(anomalies.record_rarely, about="taken"),
            charger_pk,
            odd(Oddity.SECOND_CONNECTION, address=visitor.address or "–"),
            datetime.now(UTC),
        )
    )
    raise Refused(409, "This charge point is connected from another address.", "taken")


async def open_session(station: Station, asking: Asking, version: Version, send: Send) -> Session:
    """Register the session of an admitted connection; the older one gives way."""
    session = Session(station, version, asking.visitor.address, send)
    old = store.sessions.get(station.pk)
    if isinstance(old, Session) and old.epoch > station.epoch:
        # While this one was being admitted a newer one has come.
        session.superseded = True
        return session
    store.add(session)
    changes.note(station.pk)
    _by_key[asking.key] = session
    if isinstance(old, Session):
        await old.supersede()
    now = datetime.now(UTC)
    background.run(background.persist(commands.connection_began, station.pk, station.epoch, now))
    return session


def close_session(session: Session, key: str) -> None:
    """Unregister this very session; a newer one of the same charger stays."""
    if _by_key.get(key) is session:
        del _by_key[key]
    session.end()
