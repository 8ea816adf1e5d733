"""How fast charge points may connect: each of them, all of one address, all of this process.

Judged in memory, before anything is asked of the database, in constant time and bounded memory.
A charger that this node has accepted is *familiar*: a whole site of them may come back at once
through one address, and they go before strangers when the process has more to do than it can.
"""

import asyncio
import logging
import math
import random
import time
from collections import OrderedDict
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from weakref import WeakKeyDictionary

from django.conf import settings

from accounts.domain.addresses import Peer
from ocpp import limits_hit
from ocpp.connection.bucket import Bucket
from ocpp.connection.jobs import Do
from ocpp.domain import chargers
from ocpp.domain.chargers import Refused, Visitor
from ocpp.writer.group_commit import writer

logger = logging.getLogger(__name__)

#: What is remembered at most: addresses of strangers, ids at addresses, those of them that rest,
#: and familiar ids. The least recent are forgotten first.
MOST_ADDRESSES = 10_000
MOST_PAIRS = 50_000
MOST_RESTING = 10_000
MOST_FAMILIAR = 200_000
#: The span in which the connects of one charger are counted (s).
MINUTE_S = 60.0
#: When a refused one is asked to come again, at random in between, so that they do not come all
#: at once (s).
AGAIN_S = (5, 15)
#: A limit that keeps being hit is logged this often (s).
LOGGED_S = 60.0

Pair = tuple[str, str]


class Gate:
    """The gate of this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds that never go back."""
        self._clock = clock
        self._began = clock()
        #: Identity keys of chargers that were accepted, as far as is known here.
        self._familiar: OrderedDict[str, None] = OrderedDict()
        self._loaded = False
        self._loading: asyncio.Future[Any] | None = None
        self._admissions = Bucket(settings.OCPP_ADMISSIONS_A_SECOND, self._began)
        self._rates: OrderedDict[str, Bucket] = OrderedDict()
        #: Connections of strangers by address: as many as there are, since each gives its place up.
        self._open: dict[str, int] = {}
        self._connects: OrderedDict[Pair, list[float]] = OrderedDict()
        self._resting: OrderedDict[Pair, float] = OrderedDict()
        self._logged: dict[str, float] = {}

    # --- one after another ---------------------------------------------------------------------

    def check(self, key: str, network: str) -> None:
        """Count a connect of the id with `key` from `network`. Raises Refused."""
        now = self._clock()
        pair = (key, network)
        self._check_rest(pair, now)
        familiar = key in self._familiar
        if not familiar:
            self._check_address(network, now)
        self._check_admissions(now, familiar=familiar)
        self._count_connect(pair, now)

    def _check_rest(self, pair: Pair, now: float) -> None:
        while self._resting:
            # They rest equally long, so the first is the next one to end.
            first, until = next(iter(self._resting.items()))
            if until > now and len(self._resting) <= MOST_RESTING:
                break
            del self._resting[first]
        until = self._resting.get(pair, now)
        if until > now:
            raise self._flapping(until - now)

    def _flapping(self, left_s: float) -> Refused:
        limits_hit.hit("flapping")
        return Refused(
            429,
            "This charge point connects too often. Please let it rest.",
            "throttled",
            retry_after_s=math.ceil(left_s),
        )

    def _check_address(self, network: str, now: float) -> None:
        most = settings.OCPP_CONNECTIONS_PER_ADDRESS
        if most and self._open.get(network, 0) >= most:
            raise self._crowded("connections_per_address", network, _some_time(), now)
        rate = settings.OCPP_HANDSHAKES_PER_ADDRESS_A_SECOND
        if not rate:
            return
        bucket = self._rates.get(network)
        if bucket is None:
            bucket = self._rates[network] = Bucket(rate, now)
            if len(self._rates) > MOST_ADDRESSES:
                self._rates.popitem(last=False)
        else:
            self._rates.move_to_end(network)
        wait_s = bucket.take(rate, now)
        if wait_s:
            raise self._crowded("handshakes_per_address", network, wait_s, now)

    def _crowded(self, limit: str, network: str, wait_s: float, now: float) -> Refused:
        self._hit(limit, f"many connections of unknown charge points from {network}", now)
        return Refused(
            429,
            "Too many connections from this address. Please try again later.",
            "throttled",
            retry_after_s=math.ceil(wait_s),
            quiet=True,
        )

    def _check_admissions(self, now: float, *, familiar: bool) -> None:
        rate = settings.OCPP_ADMISSIONS_A_SECOND
        if not rate:
            return
        if self._admissions.take(rate, now, reserve=0 if familiar else rate // 2):
            self._hit("admissions", "more charge points connect than this process admits", now)
            raise Refused(
                503,
                "Too many charge points connect just now. Please try again soon.",
                "busy",
                retry_after_s=round(_some_time()),
                quiet=True,
            )

    def _count_connect(self, pair: Pair, now: float) -> None:
        most = settings.OCPP_CONNECTS_A_MINUTE
        if not most or now - self._began < settings.OCPP_START_GRACE_S:
            return
        # Two that have grown old for each one that comes: the rest can not pile up.
        for _ in range(2):
            oldest = next(iter(self._connects.values()), None)
            if oldest is None or now - oldest[-1] < MINUTE_S:
                break
            self._connects.popitem(last=False)
        recent = [one for one in self._connects.pop(pair, ()) if now - one < MINUTE_S]
        if len(recent) >= most:
            self._resting[pair] = now + settings.OCPP_REST_S
            logger.warning("%a from %s connects too often: it rests", *pair)
            raise self._flapping(settings.OCPP_REST_S)
        recent.append(now)
        self._connects[pair] = recent
        if len(self._connects) > MOST_PAIRS:
            self._connects.popitem(last=False)

    def forgive(self, pair: Pair) -> None:
        """Uncount its last connect: that it comes again is our fault."""
        connects = self._connects.get(pair)
        if connects:
            connects.pop()
            if not connects:
                del self._connects[pair]

    def _hit(self, limit: str, what: str, now: float) -> None:
        limits_hit.hit(limit)
        if now - self._logged.get(limit, -LOGGED_S) >= LOGGED_S:
            self._logged[limit] = now
            logger.warning("Connections are refused: %s", what)

    # --- who is familiar -----------------------------------------------------------------------

    def is_familiar(self, key: str) -> bool:
        """Whether the id with `key` is known here as that of an accepted charger."""
        return key in self._familiar

    def know(self, key: str, *, accepted: bool) -> None:
        """What the database says of a charger that has just been admitted."""
        if accepted:
            self._familiar[key] = None
            self._familiar.move_to_end(key)
            if len(self._familiar) > MOST_FAMILIAR:
                self._familiar.popitem(last=False)
        else:
            self._familiar.pop(key, None)

    async def load(self) -> bool:
        """Read once who is accepted; returns whether that may have changed something."""
        if self._loaded:
            return False
        if self._loading is None or self._loading.done():
            # One question for all who come meanwhile.
            self._loading = writer.submit(Do(chargers.accepted_keys, MOST_FAMILIAR))
        found = await asyncio.shield(self._loading)
        if not isinstance(found, list):  # the database does not answer
            return False
        if not self._loaded:
            self._loaded = True
            self._familiar = OrderedDict.fromkeys([*found, *self._familiar])
        return True

    # --- places --------------------------------------------------------------------------------

    def take_place(self, network: str) -> None:
        """A stranger of that address is there."""
        self._open[network] = self._open.get(network, 0) + 1

    def give_place(self, network: str) -> None:
        """It is gone, or no stranger any more."""
        left = self._open.get(network, 0) - 1
        if left > 0:
            self._open[network] = left
        else:
            self._open.pop(network, None)


def _some_time() -> float:
    return random.uniform(*AGAIN_S)  # noqa: S311  (no secret)


_gates: "WeakKeyDictionary[asyncio.AbstractEventLoop, Gate]" = WeakKeyDictionary()


def gate() -> Gate:
    """The gate of this process, that is of the event loop that serves its connections."""
    loop = asyncio.get_running_loop()
    found = _gates.get(loop)
    if found is None:
        found = _gates[loop] = Gate()
    return found


class Place:
    """What one connection takes of the limits, given back at the end of the block."""

    __slots__ = ("_gate", "_network", "_pair")

    def __init__(self) -> None:
        self._gate = gate()
        self._pair: Pair | None = None
        self._network = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    async def take(self, key: str, visitor: Visitor) -> None:
        """Let a connection in, as far as the limits allow it. Raises Refused."""
        network = Peer(visitor.address, visitor.private).network
        pair = (key, network)
        try:
            self._gate.check(key, network)
        except Refused as refused:
            # Only now is it worth a question whether it is a stranger at all.
            if not refused.quiet or self._gate.is_familiar(key) or not await self._gate.load():
                raise
            if not self._gate.is_familiar(key):
                raise
            self._gate.check(key, network)
        self._pair = pair
        if not self._gate.is_familiar(key):
            self._network = network
            self._gate.take_place(network)

    def forgive(self) -> None:
        """The connection fails by no fault of the charge point."""
        if self._pair is not None:
            self._gate.forgive(self._pair)

    def admitted(self, *, accepted: bool) -> None:
        """The connection is admitted, and its charger is an accepted one or not."""
        if self._pair is not None:
            self._gate.know(self._pair[0], accepted=accepted)
        if accepted:
            self._leave()

    def _leave(self) -> None:
        if self._network:
            self._gate.give_place(self._network)
            self._network = ""
