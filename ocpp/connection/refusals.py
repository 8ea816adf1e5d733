"""Refused connections, gathered in memory and stored now and then, beside everything else.

Whoever is let in never comes by here, and no trouble here reaches anybody.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from accounts.domain import addresses
from ocpp import metrics
from ocpp.connection import background
from ocpp.connection.identity import Scope, identify
from ocpp.connection.jobs import Do, FailedJob
from ocpp.domain import onboarding
from ocpp.domain.chargers import Refused
from ocpp.domain.onboarding import Refusal
from ocpp.writer.group_commit import writer

logger = logging.getLogger(__name__)

#: Pause between two times that they are stored (s): of a flood, one job a second.
PAUSE_S = 1.0
#: Different ones that are remembered until then; more are a flood, of which a part will do.
MOST = 200

_Key = tuple[str, str, str]


@dataclass
class _Gathered:
    """What one event loop has not stored yet."""

    refusals: dict[_Key, Refusal] = field(default_factory=dict)
    #: They are being stored, or will be when the pause is over.
    busy: bool = False


_gathered: "WeakKeyDictionary[asyncio.AbstractEventLoop, _Gathered]" = WeakKeyDictionary()


def note(scope: Scope, refusal: Refused) -> None:
    """Remember that a handshake was refused."""
    metrics.handshakes[refusal.code] += 1
    try:
        _note(scope, refusal)
    except Exception:
        logger.exception("A refused connection could not be noted")


def _note(scope: Scope, refusal: Refused) -> None:
    loop = asyncio.get_running_loop()
    gathered = _gathered.setdefault(loop, _Gathered())
    now = datetime.now(UTC)
    one = Refusal(
        charger_id=_asked_id(scope),
        address=addresses.of_scope(scope).address,
        code=refusal.code,
        reason=refusal.reason,
        path=_printable(scope["path"])[:255],
        first=now,
        last=now,
        times=1,
    )
    key = (one.charger_id, one.address, one.code)
    before = gathered.refusals.get(key)
    if before is not None:
        gathered.refusals[key] = one._replace(first=before.first, times=before.times + 1)
    elif len(gathered.refusals) < MOST:
        gathered.refusals[key] = one
    if not gathered.busy:
        gathered.busy = True
        background.run(_store(gathered))


async def _store(gathered: _Gathered) -> None:
    refusals, gathered.refusals = gathered.refusals, {}
    result = await writer.submit(Do(onboarding.record, list(refusals.values())))
    if isinstance(result, FailedJob):
        logger.warning("Refused connections could not be stored: %s", result.error)
    asyncio.get_running_loop().call_later(PAUSE_S, _go_on, gathered)


def _go_on(gathered: _Gathered) -> None:
    if gathered.refusals:
        background.run(_store(gathered))
    else:
        gathered.busy = False


def _asked_id(scope: Scope) -> str:
    """The id that was asked for; of one that cannot be, what can be shown of it."""
    try:
        asked = identify(scope).charger_id
    except Refused:
        asked = scope["path"].rstrip("/").rpartition("/")[2]
    return _printable(asked)[:64]


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:300])
