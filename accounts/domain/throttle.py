"""Limits on guessing, as sliding windows: so many attempts within so many seconds.

The attempts are counted in the database, so the limits hold across processes and restarts.
An attempt is counted *before* it is examined: a hundred guesses sent at the same moment get
no more answers than a hundred in a row. An attempt that is refused is not counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final
from unicodedata import normalize

from django.conf import settings
from django.db import transaction
from django.db.models import Subquery
from django.utils import timezone

from accounts.models import Throttle

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE

#: No limit looks further back.
LONGEST_WINDOW: Final = timedelta(hours=1)


class TooManyAttempts(Exception):
    """A limit is reached."""

    def __init__(self, retry_after_s: int) -> None:
        """`retry_after_s`: seconds, rounded up, until an attempt will be examined again."""
        super().__init__(f"Too many attempts: try again in {retry_after_s} s.")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `attempts` within `window_s` seconds."""

    attempts: int
    window_s: int


@dataclass(frozen=True, slots=True)
class Counter:
    """What is counted together, and the limits on it."""

    key: str
    limits: tuple[Limit, ...]

    def recent(self, hits: Sequence[int], now_ms: int) -> list[int]:
        """Those of `hits` that some limit still looks at."""
        window_ms = max(limit.window_s for limit in self.limits) * 1000
        return [hit for hit in hits if abs(now_ms - hit) < window_ms]

    def wait_ms(self, hits: Sequence[int], now_ms: int) -> int:
        """How long until one more attempt keeps within every limit (milliseconds)."""
        wait = 0
        for limit in self.limits:
            # Also those a little in the future: another host's clock may be ahead.
            recent = [hit for hit in hits if abs(now_ms - hit) < limit.window_s * 1000]
            if limit.attempts < 1:
                wait = max(wait, limit.window_s * 1000)
            elif len(recent) >= limit.attempts:
                wait = max(wait, recent[-limit.attempts] + limit.window_s * 1000 - now_ms)
        return wait


def rfid_login(network: str) -> list[Counter]:
    """What an RFID login from `network` (`addresses.Peer.network`) is counted by."""
    return [
        Counter(
            f"rfid-login {network}",
            (
                Limit(settings.RFID_LOGIN_PER_MINUTE, MINUTE),
                Limit(settings.RFID_LOGIN_PER_HOUR, HOUR),
            ),
        ),
        _counter("rfid-login", settings.RFID_LOGIN_PER_MINUTE_IN_ALL, MINUTE),
    ]


def password_login(username: str, network: str) -> list[Counter]:
    """What a password login is counted by: the user at this address, and the address.

    Never by the user alone: anybody could lock anybody out.
    """
    few, many = settings.PASSWORD_FAILURES_PER_15_MINUTES, settings.PASSWORD_FAILURES_PER_HOUR
    return [
        _counter(f"password {network} {_printable(username)}", few, 15 * MINUTE),
        _counter(f"password-address {network}", many, HOUR),
    ]


def second_factor(user_pk: int, network: str) -> list[Counter]:
    """What codes of a second factor are counted by: the user at this address, and the user.

    By the user alone too: who comes here has the password, so nobody else can lock them out.
    """
    few = settings.SECOND_FACTOR_FAILURES_PER_15_MINUTES
    many = settings.SECOND_FACTOR_FAILURES_PER_HOUR
    return [
        _counter(f"second-factor {network} {user_pk}", few, 15 * MINUTE),
        _counter(f"second-factor-user {user_pk}", many, HOUR),
    ]


def hits_of(counter: Counter) -> Subquery:
    """What is counted on `counter`, for a query that reads something else as well."""
    return Subquery(Throttle.objects.filter(key=counter.key).values("hits")[:1])


def check(counter: Counter, hits: Sequence[int] | None) -> None:
    """Raise `TooManyAttempts` when `hits`, from `hits_of`, reach a limit. Nothing is counted."""
    wait = counter.wait_ms(hits or [], int(timezone.now().timestamp() * 1000))
    if wait:
        raise TooManyAttempts(-(-wait // 1000))


def take(counters: Sequence[Counter]) -> int:
    """Count one attempt on every counter, or on none.

    Returns the moment under which it is counted, for `give_back`. Raises `TooManyAttempts`
    when one of the limits is reached.
    """
    # A flood that is over the limit is turned away without a write.
    _refuse_beyond(counters, Throttle.objects.in_bulk([counter.key for counter in counters]))
    with transaction.atomic():
        rows = _lock(counters)
        now_ms = _refuse_beyond(counters, rows)  # after waiting for the lock
        for counter in counters:
            row = rows[counter.key]
            row.hits = sorted([*counter.recent(row.hits, now_ms), now_ms])
            row.save(update_fields=["hits"])
    _prune()
    return now_ms


def give_back(counters: Sequence[Counter], moment: int) -> None:
    """Uncount the attempt that `take` counted at `moment`: it was no guess."""
    with transaction.atomic():
        for row in _lock(counters).values():
            if moment in row.hits:
                row.hits.remove(moment)
                row.save(update_fields=["hits"])


def forget(counter: Counter) -> None:
    """Uncount everything on `counter`."""
    Throttle.objects.filter(key=counter.key).delete()


def _refuse_beyond(counters: Sequence[Counter], rows: Mapping[str, Throttle]) -> int:
    """The moment now (milliseconds). Raises `TooManyAttempts` when a limit is reached."""
    now_ms = int(timezone.now().timestamp() * 1000)
    wait = max(
        counter.wait_ms(rows[counter.key].hits if counter.key in rows else [], now_ms)
        for counter in counters
    )
    if wait:
        raise TooManyAttempts(-(-wait // 1000))
    return now_ms


def _lock(counters: Sequence[Counter]) -> dict[str, Throttle]:
    """The rows of `counters`, made where there are none, and locked until the commit.

    The upsert is what locks them, always in the order of their keys, so that two processes
    never wait for each other; SQLite has one writer at a time anyway.
    """
    now = timezone.now()
    keys = sorted({counter.key for counter in counters})
    Throttle.objects.bulk_create(
        [Throttle(key=key, updated=now) for key in keys],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["updated"],
    )
    return Throttle.objects.in_bulk(keys)


def _prune() -> None:
    """Delete what no limit looks at any more, passing by rows that somebody is using."""
    with transaction.atomic():
        old = Throttle.objects.filter(updated__lt=timezone.now() - LONGEST_WINDOW)
        free = old.select_for_update(skip_locked=True).values_list("key", flat=True)[:500]
        if keys := list(free):
            Throttle.objects.filter(key__in=keys).delete()


def _counter(key: str, attempts: int, window_s: int) -> Counter:
    return Counter(key, (Limit(attempts, window_s),))


def _printable(username: str) -> str:
    """The user name as part of a key: folded, and as its hash when long or not printable."""
    name = normalize("NFKC", username).casefold()
    if len(name) > 150 or not name.isprintable():
        return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return name
