"""One operation on many chargers: a row for each, so that any process can go on and anybody look.

The commands are queued one by one, each in a transaction of its own; when the process that does
it ends, whoever looks next goes on. How it went is read from the commands themselves.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from ocpp.choices import TargetState
from ocpp.domain import commands
from ocpp.domain.charging_rates import Period
from ocpp.domain.errors import Conflict, DomainError, Invalid
from ocpp.domain.redaction import redact
from ocpp.models import BulkCommand, BulkTarget, Charger
from ocpp.operations import OPERATIONS, Operation
from ocpp.operations.outcome import Outcome, judge, sentence

logger = logging.getLogger(__name__)

#: How many chargers may be commanded at once.
MOST = 5000
#: How many commands are queued between two looks at what is left.
STEP = 50
#: With how many chargers the arguments are tried before anything is queued.
TRIALS = 5
#: A selection that nobody has commanded is forgotten after this.
FORGOTTEN = timedelta(days=1)

#: Outcomes that somebody may want to try again.
WITHOUT_SUCCESS = (Outcome.FAILED, Outcome.DECLINED)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a bulk command has come: its targets by outcome, by their keys, in order."""

    by_outcome: Mapping[Outcome, Sequence[int]]

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many targets have each outcome; all outcomes are named."""
        return {outcome: len(self.by_outcome[outcome]) for outcome in Outcome}

    @property
    def total(self) -> int:
        """How many targets there are."""
        return sum(self.counts.values())

    @property
    def ended(self) -> int:
        """How many of them will not change, but for a late answer."""
        return sum(self.counts[o] for o in (Outcome.DONE, Outcome.DECLINED, Outcome.FAILED))

    @property
    def finished(self) -> bool:
        """Whether all have ended."""
        return self.ended == self.total

    def keys(self, *outcomes: Outcome) -> list[int]:
        """The keys of the targets with one of these outcomes, or of all."""
        return sorted(key for one in outcomes or Outcome for key in self.by_outcome[one])


# --- asking -------------------------------------------------------------------------------------


def select(chargers: QuerySet[Charger], user: User | None) -> BulkCommand:
    """Keep a selection of chargers, to be commanded. Raises Invalid when it is empty or too big."""
    keys = list(chargers.order_by("charger_id").values_list("pk", flat=True)[: MOST + 1])
    if not keys:
        raise Invalid("chargers", _("must name at least one charger."))
    if len(keys) > MOST:
        raise Invalid("chargers", _("may be at most %(most)d.") % {"most": MOST})
    BulkCommand.objects.filter(started=None, created__lt=timezone.now() - FORGOTTEN).delete()
    with transaction.atomic():
        bulk = BulkCommand.objects.create(created_by=user)
        targets = (BulkTarget(bulk=bulk, charger_id=key) for key in keys)
        BulkTarget.objects.bulk_create(targets, batch_size=500)
    return bulk


def start(bulk: BulkCommand, operation: Operation[Any], given: Mapping[str, Any]) -> None:
    """Command the selected chargers; returns when each command is queued or refused.

    Raises Invalid before anything is queued when the arguments are wrong for every charger that
    they are tried with, and Conflict for a selection that was commanded already.
    """
    _try(bulk, operation, given)
    now = timezone.now()
    facts = {
        "operation": operation.name,
        "arguments": {name: _plain(value) for name, value in given.items()},
        "started": now,
        "expires": now + timedelta(seconds=settings.OCPP_COMMAND_TTL_S),
    }
    # Compared in the row: of two that start it at this moment, one does.
    if not BulkCommand.objects.filter(pk=bulk.pk, started=None).update(**facts):
        raise Conflict(_("These chargers were commanded already."))
    bulk.refresh_from_db()
    while carry_on(bulk):
        pass


class _Tried(Exception):
    """The arguments were taken; nothing of it stays."""


def _try(bulk: BulkCommand, operation: Operation[Any], given: Mapping[str, Any]) -> None:
    first: Invalid | None = None
    for target in bulk.targets.select_related("charger")[:TRIALS]:
        try:
            with transaction.atomic():
                operation.run(target.charger, given, bulk.created_by)
                raise _Tried
        except Invalid as refusal:
            first = first or refusal
        except (_Tried, DomainError):
            return
    if first is not None:
        raise first


def _plain(value: Any) -> Any:
    """An argument as JSON has it, in the form that REST takes."""
    if isinstance(value, Period):
        return {name: _plain(part) for name, part in value._asdict().items() if part is not None}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


def carry_on(bulk: BulkCommand) -> bool:
    """Queue a few of the commands that are still to be queued. Returns whether there are more."""
    waiting = bulk.targets.filter(state=TargetState.WAITING)
    some = list(waiting.select_related("charger")[:STEP])
    if some and bulk.expires is not None and bulk.expires <= timezone.now():
        late = _("It was not queued in time.")
        waiting.update(state=TargetState.REFUSED, refusal=late)
        some = []
    if not some:
        _forget_secrets(bulk)
        return False
    for target in some:
        _queue(target, bulk)
    return True


def _queue(target: BulkTarget, bulk: BulkCommand) -> None:
    mine = BulkTarget.objects.filter(pk=target.pk)
    with transaction.atomic():
        if not mine.filter(state=TargetState.WAITING).update(state=TargetState.QUEUED):
            return  # somebody else is at it
        try:
            with transaction.atomic():
                operation = OPERATIONS[bulk.operation]
                command = operation.run(target.charger, bulk.arguments, bulk.created_by)
        except DomainError as refusal:
            mine.update(state=TargetState.REFUSED, refusal=str(refusal))
        except DatabaseError:
            raise
        except Exception:
            # One charger must not stand in the way of all others.
            logger.exception("%s for %a failed", bulk.operation, target.charger.charger_id)
            wrong = _("Something went wrong here. It has been logged.")
            mine.update(state=TargetState.REFUSED, refusal=wrong)
        else:
            mine.update(command=command)


def _forget_secrets(bulk: BulkCommand) -> None:
    clean = redact(bulk.arguments)
    if clean != bulk.arguments:
        bulk.arguments = clean
        bulk.save(update_fields=["arguments"])


def retry(bulk: BulkCommand, user: User | None) -> BulkCommand:
    """Select those that had no success for the same operation; it is not started yet.

    Raises Conflict when there are none.
    """
    keys = progress(bulk).keys(*WITHOUT_SUCCESS)
    if not keys:
        raise Conflict(_("There is no charger without success to try again."))
    chargers = bulk.targets.filter(pk__in=keys).values("charger")
    again = select(Charger.objects.filter(pk__in=chargers), user)
    again.retry_of = bulk
    again.save(update_fields=["retry_of"])
    return again


# --- looking ------------------------------------------------------------------------------------


def look(bulk: BulkCommand) -> Progress:
    """How far it has come, after what was left undone was taken up and what is overdue ended."""
    if bulk.started is not None:
        commands.expire_overdue(timezone.now())
        carry_on(bulk)
    return progress(bulk)


def progress(bulk: BulkCommand) -> Progress:
    """How far it has come: one query, however many chargers."""
    by_outcome: dict[Outcome, list[int]] = {outcome: [] for outcome in Outcome}
    facts = bulk.targets.order_by("pk").values_list(
        "pk",
        "state",
        "command__state",
        "command__late",
        KeyTextTransform("status", "command__response"),
        KeyTextTransform("error", "command__response"),
    )
    for key, state, command_state, late, status, error in facts:
        response = {} if status is None else {"status": status}
        if error is not None:
            response["error"] = error
        by_outcome[_outcome(state, command_state, bool(late), response)].append(key)
    return Progress(by_outcome)


def _outcome(
    state: str, command_state: str | None, late: bool, response: Mapping[str, Any]
) -> Outcome:
    if state == TargetState.WAITING:
        return Outcome.WAITING
    if command_state is None:
        return Outcome.FAILED
    return judge(command_state, late, response)


@dataclass(frozen=True, slots=True)
class Told:
    """How it went with one charger."""

    charger: Charger
    command_pk: int | None
    outcome: Outcome
    sentence: str
    response: Mapping[str, Any] | None


def told(keys: Iterable[int]) -> list[Told]:
    """How it went with the targets of these keys: one query."""
    found = BulkTarget.objects.filter(pk__in=list(keys)).select_related("charger", "command")
    heavy = ("charger__config", "charger__last_meter_values")
    return [_told(target) for target in found.defer(*heavy)]


def _told(target: BulkTarget) -> Told:
    command = target.command
    if command is None:
        outcome = _outcome(target.state, None, False, {})
        text = target.refusal or (
            _("It waits to be queued.") if outcome is Outcome.WAITING else _("Its command is gone.")
        )
        return Told(target.charger, None, outcome, text, None)
    command.charger = target.charger
    outcome = judge(command.state, command.late, command.response)
    return Told(target.charger, command.pk, outcome, sentence(command), command.response)
