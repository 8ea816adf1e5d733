"""Duties of a node: registered by apps, claimed and carried out by one process at a time.

An app registers what it has to do again and again when it is ready. Each process looks for what
is due; a conditional UPDATE decides which of them carries it out. What failed is tried again after
a pause. A process that ends in the middle leaves its claim behind, which ends by itself.
"""

import logging
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import NamedTuple

from django.db import OperationalError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from schedules.models import Schedule

logger = logging.getLogger(__name__)

#: This process, as claims name it.
PROCESS = f"{socket.gethostname()[:32]}/{os.getpid()}/{secrets.token_hex(4)}"

#: A duty is first due so long after it is first known (s): not while a server starts.
FIRST_S = 60
#: Pauses after failures in a row (s); never longer than the duty's own interval.
PAUSES_S = (60, 300, 1800, 7200)
#: The longest text of an error that is kept.
MAX_ERROR = 2000


class Waits(Exception):
    """What a duty needs is away; the text says what, in one sentence.

    A duty raises it for what is nobody's mistake and goes by: the log has one line when it begins
    and one when it is over, however often the duty is tried in between.
    """


class Duty(NamedTuple):
    """Something that is done again and again."""

    name: str
    #: Called without arguments, outside of a transaction; what it returns is told in the log.
    deed: Callable[[], object]
    every_s: int
    #: How long it takes at most (s); after that it is taken for broken off.
    limit_s: int
    #: What it is for, to be shown.
    label: object


_duties: dict[str, Duty] = {}


def register(
    name: str, deed: Callable[[], object], *, every_s: int, label: object, limit_s: int = 600
) -> None:
    """Have `deed` done every `every_s` seconds, by one process of the node.

    To be called when an app is ready. Raises ValueError for a name that is taken.
    """
    known = _duties.get(name)
    if known is not None and known.deed is not deed:
        raise ValueError(f"There is a schedule {name!r} already.")
    _duties[name] = Duty(name, deed, every_s, limit_s, label)


def duties() -> list[Duty]:
    """All that is registered."""
    return list(_duties.values())


def label_of(name: str) -> str:
    """What a schedule is for; "" for one that this version of the project does not know."""
    duty = _duties.get(name)
    return str(duty.label) if duty else ""


def make_rows() -> None:
    """A row for each duty that has none, and the interval of each as it is now."""
    known = dict(Schedule.objects.values_list("name", "every_s"))
    for duty in duties():
        if duty.name not in known:
            first = Now() + timedelta(seconds=min(FIRST_S, duty.every_s))
            with transaction.atomic():
                # Another process that has just started does the same.
                Schedule.objects.get_or_create(
                    name=duty.name, defaults={"every_s": duty.every_s, "next_run": first}
                )
        elif known[duty.name] != duty.every_s:
            next_run = Now() + timedelta(seconds=duty.every_s)
            changed = Schedule.objects.filter(name=duty.name)
            changed.update(every_s=duty.every_s)
            changed.filter(next_run__gt=next_run).update(next_run=next_run)


def _free() -> Q:
    return Q(claimed_until=None) | Q(claimed_until__lt=Now())


def run_due() -> Iterator[str]:
    """Carry out what is due and nobody else does; yields the name of each duty that was done."""
    due = Schedule.objects.filter(_free(), next_run__lte=Now(), name__in=_duties)
    for name in list(due.order_by("next_run").values_list("name", flat=True)):
        duty = _duties[name]
        claim = claim_next(duty)
        if claim is not None:
            _carry_out(duty, claim)
            yield name


def claim_next(duty: Duty) -> str | None:
    """Claim a duty that is due; returns the word of the claim, or None when another was quicker."""
    claim = f"{PROCESS}/{secrets.token_hex(4)}"[-64:]
    free = Schedule.objects.filter(_free(), name=duty.name, next_run__lte=Now())
    until = Now() + timedelta(seconds=duty.limit_s)
    broken_off = Schedule.objects.filter(name=duty.name, claimed_until__lt=Now()).first()
    if not free.update(claimed_by=claim, claimed_until=until, last_run=Now()):
        return None
    if broken_off is not None:
        logger.warning("Schedule %s was broken off by %s", duty.name, broken_off.claimed_by)
    return claim


def _carry_out(duty: Duty, claim: str) -> None:
    before = Schedule.objects.filter(name=duty.name).values_list("failures", flat=True)
    failures = before.first() or 0
    try:
        done = duty.deed()
    except Waits as reason:
        level = logging.DEBUG if failures else logging.WARNING
        logger.log(level, "Schedule %s has to wait: %s", duty.name, reason)
        _failed(duty, claim, str(reason))
    except Exception as error:
        if _found_the_database_busy(error):
            # Others write without a pause: nothing is wrong with the duty.
            logger.warning("Schedule %s failed, the database is busy: %s", duty.name, error)
        else:
            logger.exception("Schedule %s failed", duty.name)
        _failed(duty, claim, f"{type(error).__name__}: {error}")
    else:
        if failures:
            logger.info("Schedule %s goes on, after %d failures", duty.name, failures)
        logger.log(logging.INFO if done else logging.DEBUG, "Schedule %s: %s", duty.name, done)
        _succeeded(duty, claim)


def _found_the_database_busy(error: Exception) -> bool:
    """Whether it waited too long for a lock: of SQLite's only writer, or of a row or a table."""
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.__cause__, "pgcode", None)
    return state == "55P03" or (state is None and str(error) == "database is locked")


def _succeeded(duty: Duty, claim: str) -> None:
    Schedule.objects.filter(name=duty.name, claimed_by=claim).update(
        next_run=Now() + timedelta(seconds=duty.every_s),
        last_success=Now(),
        last_error="",
        failures=0,
        claimed_by="",
        claimed_until=None,
    )


def _failed(duty: Duty, claim: str, error: str) -> None:
    mine = Schedule.objects.filter(name=duty.name, claimed_by=claim)
    failures = mine.values_list("failures", flat=True).first() or 0
    pause_s = min(duty.every_s, PAUSES_S[min(failures, len(PAUSES_S) - 1)])
    mine.update(
        next_run=Now() + timedelta(seconds=pause_s),
        last_error=error[:MAX_ERROR].replace("\x00", ""),
        failures=F("failures") + 1,
        claimed_by="",
        claimed_until=None,
    )


def run_now(names: list[str]) -> int:
    """Make schedules due now; returns how many. Processes look every few seconds."""
    return Schedule.objects.filter(name__in=names).update(next_run=Now())
