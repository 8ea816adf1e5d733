"""Brings the local lists of chargers up to date by itself.

When cards change, one number grows (`cards_version`); nothing is done for any charger then. The
process that holds a charger's connection looks from time to time which of its chargers are due:
because the cards are not those that its list was made from, or because it has connected anew and
may have lost its list. Then it is asked for its version, and sent what has changed, or all of it.
What went wrong is tried again after ever longer pauses.
"""

import logging
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from ocpp.choices import (
    FINISHED_COMMAND_STATES,
    CommandState,
    ListProblem,
    LocalListState,
    Registration,
)
from ocpp.domain import cards_version, commands, local_list
from ocpp.domain.chargers import OWNER
from ocpp.domain.errors import DomainError
from ocpp.domain.local_list import ACTION, DIFFERENTIAL, TooManyCards, UpToDate
from ocpp.models import Charger, Command, LocalList, LocalListSync

logger = logging.getLogger(__name__)

#: Chargers that are dealt with in one round.
AT_ONCE = 50
#: Before another attempt: after the first failure, the second, and so on.
PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 30, 2 * 60, 12 * 60, 24 * 60))
#: While its queue of commands is full, or another list is on its way to it.
BUSY = timedelta(seconds=30)

_VERSION = "get_local_list_version"
_FACTS = (
    "cards_version",
    "epoch",
    "command_id",
    "local_list_id",
    "problem",
    "attempts",
    "next_try",
)
_FINISHED = Q(command__state__in=FINISHED_COMMAND_STATES)
_ANSWERED = (
    ~Q(local_list__state=LocalListState.SENDING)
    | Q(local_list__command__state__in=FINISHED_COMMAND_STATES)
    | Q(local_list__command=None)
)


def send(charger: Charger, update_type: str, user: User | None = None) -> LocalList:
    """Queue the next version of a charger's list, or its first part.

    Raises what `local_list.prepare` and `commands.queue` raise.
    """
    with transaction.atomic():
        commands.one_at_a_time(charger.pk)
        commands.expire_overdue(timezone.now(), charger.pk)
        row = local_list.prepare(charger, update_type)
        row.command = commands.queue(charger, ACTION, local_list.next_part(row), user=user)
        row.save(update_fields=["command"])
    return row


def due(now: datetime) -> QuerySet[LocalListSync]:
    """The chargers of this process for whose lists there is something to do."""
    idle = Q(command=None, local_list=None)
    behind = (
        Q(cards_version=None)
        | ~Q(cards_version=cards_version.current())
        | Q(epoch=None)
        | ~Q(epoch=F("charger__epoch"))
    )
    return LocalListSync.objects.filter(
        (idle & behind)
        | Q(_FINISHED, command__isnull=False)
        | Q(_ANSWERED, local_list__isnull=False),
        Q(next_try=None) | Q(next_try__lte=now),
        charger__owner=OWNER,
        charger__registration=Registration.ACCEPTED,
    ).order_by("charger")


def anything_due(now: datetime) -> bool:
    """Whether `synchronise` would find something."""
    return due(now).exists()


def synchronise(now: datetime) -> int:
    """Take the next step for each charger that is due. Returns how many were looked at."""
    found = list(due(now).values_list("pk", flat=True)[:AT_ONCE])
    for charger_pk in found:
        with transaction.atomic():
            commands.one_at_a_time(charger_pk)
            row = due(now).select_related("charger", "command", "local_list").filter(pk=charger_pk)
            if (first := row.first()) is not None:
                _step(first, now)
                _save(first)
    return len(found)


def _save(row: LocalListSync) -> None:
    """Keep what has changed, unless the charger is not kept up to date any more.

    A list may be accepted at this very moment, and its number overwritten: then it is looked at
    once more, and found to be up to date.
    """
    LocalListSync.objects.filter(pk=row.pk).update(**{name: getattr(row, name) for name in _FACTS})


def _step(row: LocalListSync, now: datetime) -> None:
    failure = _settle(row)
    if failure is not None:
        _fail(row, failure, now)
        if row.next_try is not None:
            return
    try:
        if row.epoch != row.charger.epoch:
            row.command = commands.queue(row.charger, _VERSION, {})
            row.epoch = row.charger.epoch
        else:
            _bring_up_to_date(row)
    except DomainError as refusal:
        # Its queue is full, or it has just gone: it is seen to when it is back.
        logger.info("The list of %a waits: %s", row.charger.charger_id, refusal)
        row.next_try = now + BUSY


class _Failure(NamedTuple):
    """What went wrong, and whether there is no point in trying again soon."""

    problem: ListProblem
    for_long: bool = False


def _settle(row: LocalListSync) -> _Failure | None:
    """Take note of an answer that has come, or will not."""
    command, sent = row.command, row.local_list
    row.command = row.local_list = None
    failure = None
    if command is not None:
        failure = _outcome(command)
        if failure is not None:
            row.epoch = None  # it has told no version yet
    elif sent is not None:
        failure = _outcome_of_list(sent)
    if failure is None and (command is not None or sent is not None):
        row.next_try = None
    return failure


def _outcome(command: Command) -> _Failure | None:
    if command.state == CommandState.ANSWERED:
        return None
    if command.state == CommandState.ERROR:
        unknown = command.error_code in ("NotImplemented", "NotSupported")
        return _Failure(ListProblem.NOT_SUPPORTED if unknown else ListProblem.REFUSED, unknown)
    return _Failure(ListProblem.NO_ANSWER)


def _outcome_of_list(sent: LocalList) -> _Failure | None:
    if sent.state == LocalListState.ACCEPTED:
        return None  # `list_upkeep.accepted` has noted it
    if sent.state == LocalListState.SENDING:
        ended = sent.command and _outcome(sent.command)
        return ended or _Failure(ListProblem.NO_ANSWER)
    problem = ListProblem(sent.state)
    return _Failure(problem, for_long=problem == ListProblem.NOT_SUPPORTED)


def _fail(row: LocalListSync, failure: _Failure, now: datetime) -> None:
    row.problem = failure.problem
    row.attempts = min(row.attempts + 1, 1000)
    if failure.problem == ListProblem.VERSION_MISMATCH and row.attempts == 1:
        row.next_try = None  # the whole list, at once
    else:
        last = len(PAUSES) - 1
        row.next_try = now + PAUSES[last if failure.for_long else min(row.attempts - 1, last)]


def _bring_up_to_date(row: LocalListSync) -> None:
    """Send what the charge point lacks. It has told its version on this connection."""
    cards = cards_version.current()
    if row.charger.local_list_version == -1:
        row.problem, row.cards_version = ListProblem.NOT_SUPPORTED, cards
        return
    try:
        row.local_list = send(row.charger, DIFFERENTIAL)
    except UpToDate:
        row.problem, row.attempts, row.cards_version = "", 0, cards
    except TooManyCards:
        # Until the cards change, or what it tells of its limit.
        row.problem, row.cards_version = ListProblem.TOO_MANY_CARDS, cards
