"""Repairs of transactions that need a look, each recorded with its author and reason.

Every repair locks the row, and is one step: what it changes, what that adds to an account or takes
back, the cost, and the record of it. One that has been done already does nothing and is not
recorded again. `seen` is the number of the newest repair that the person knew of (0 for none): a
repair on top of one that they had not seen is refused. Energy in Wh.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Account, User
from ocpp.choices import RepairKind, TransactionState
from ocpp.domain import billing
from ocpp.domain.energy import HIGHEST_WH
from ocpp.domain.errors import Conflict, Invalid, NotFound
from ocpp.domain.station import Station
from ocpp.domain.tariffs import costs
from ocpp.domain.transactions import Stop, finishing, force_close, unnumbered
from ocpp.domain.transactions.judging import OF_ENERGY
from ocpp.models import Charger, OrphanStop, Repair, Transaction

MAX_REASON = 300


@transaction.atomic
def accept(
    number: int, author: User | None, now: datetime, reason: str = "", *, seen: int | None = None
) -> Repair | None:
    """The energy is right as it is: the review ends, and it is added to the account."""
    found, reason = _locked(number, seen), _text(reason)
    if not found.needs_review or found.stop_time is None:
        return None
    before = facts(found)
    found.needs_review = found.written_off = False
    _settle(found, now)
    return _record(found, RepairKind.ACCEPT, before, author, now, reason)


@transaction.atomic
def set_energy(
    number: int,
    energy_wh: int,
    author: User | None,
    now: datetime,
    reason: str,
    *,
    seen: int | None = None,
) -> Repair | None:
    """The energy is another: the review ends, and the account is charged just the difference.

    Raises Invalid for energy that no session delivers, or without a reason.
    """
    found, reason = _locked(number, seen), _text(reason, needed=True)
    if not 0 <= energy_wh <= HIGHEST_WH:
        raise Invalid("energy_wh", _("must be from 0 to %(most)s Wh.") % {"most": str(HIGHEST_WH)})
    _must_have_ended(found)
    if not found.needs_review and not found.written_off and found.energy_wh == energy_wh:
        return None
    before = facts(found)
    found.energy_wh = energy_wh
    found.needs_review = found.written_off = False
    _settle(found, now)
    return _record(found, RepairKind.ENERGY, before, author, now, reason)


@transaction.atomic
def write_off(
    number: int, author: User | None, now: datetime, reason: str, *, seen: int | None = None
) -> Repair | None:
    """Nobody pays for the energy: the review ends, and what an account was charged is given back.

    The energy stays known. Raises Invalid without a reason.
    """
    found, reason = _locked(number, seen), _text(reason, needed=True)
    _must_have_ended(found)
    if found.written_off and not found.needs_review:
        return None
    before = facts(found)
    found.needs_review, found.written_off = False, True
    _settle(found, now)
    return _record(found, RepairKind.WRITE_OFF, before, author, now, reason)


@transaction.atomic
def close(
    number: int, author: User | None, now: datetime, reason: str = "", *, seen: int | None = None
) -> Repair | None:
    """Its stop will never come: it ends with the last known value, and awaits its review."""
    found, reason = _locked(number, seen), _text(reason)
    before = facts(found)
    if not force_close(found, now):
        return None
    found.refresh_from_db()
    return _record(found, RepairKind.CLOSE, before, author, now, reason)


@transaction.atomic
def assign(
    number: int,
    account: Account | None,
    author: User | None,
    now: datetime,
    reason: str,
    *,
    seen: int | None = None,
) -> Repair | None:
    """Another account pays, or none: what the old one was charged is given back.

    The review goes on. Raises Invalid without a reason.
    """
    found, reason = _locked(number, seen), _text(reason, needed=True)
    _must_have_ended(found)
    account_id = None if account is None else account.pk
    if found.account_id == account_id:
        return None
    before = facts(found)
    billing.reassign(found, account_id)
    found.save(update_fields=["account", "billed_wh"])
    return _record(found, RepairKind.ASSIGN, before, author, now, reason)


@transaction.atomic
def attach(
    orphan_number: int,
    number: int,
    author: User | None,
    now: datetime,
    reason: str = "",
    *,
    seen: int | None = None,
) -> Repair | None:
    """A stop without a start is that of this transaction, which ends as if it had named it.

    Raises Conflict for a transaction of another charger, or one that has a stop of its own.
    """
    found, reason = _locked(number, seen), _text(reason)
    orphan = _locked_orphan(orphan_number)
    if orphan.settled:
        return None
    if orphan.charger_id != found.charger_id:
        raise Conflict(_("The stop came from another charger."))
    if not can_end(found):
        raise Conflict(_("Transaction %(number)s has a stop already.") % {"number": found.pk})
    before = facts(found)
    told = Stop(found.pk, orphan.id_tag, orphan.meter, orphan.time_raw, orphan.reason, moments=[])
    station = _station(found.charger, now)
    if orphan.transaction_id is not None:
        unnumbered.take_back(station, orphan)
    finishing.finish(station, found, told)
    orphan.transaction = found
    unnumbered.confirm(orphan)
    unnumbered.fit(station, found.start_time)
    station.batch.flush()
    return _record(found, RepairKind.ATTACH, before, author, now, reason, orphan)


@transaction.atomic
def dismiss(orphan_number: int, author: User | None, now: datetime, reason: str) -> Repair | None:
    """A stop without a start is that of no transaction: it leaves the queue.

    One that it was taken to end goes on without it. Raises Invalid without a reason.
    """
    orphan, reason = _locked_orphan(orphan_number), _text(reason, needed=True)
    if orphan.settled:
        return None
    ended, station = orphan.transaction, _station(orphan.charger, now)
    if ended is not None:
        unnumbered.take_back(station, orphan)
    unnumbered.confirm(orphan)
    if ended is not None:
        unnumbered.fit(station, ended.start_time)
        station.batch.flush()
    return _record(None, RepairKind.DISMISS, {}, author, now, reason, orphan)


def can_end(found: Transaction) -> bool:
    """Whether a stop may still be found for it."""
    return found.stop_received is None and found.state != TransactionState.COMPLETED


def newest_repair(found: Transaction) -> int:
    """The number of its newest repair, 0 for none: what `seen` is compared with."""
    newest: int | None = found.repairs.values_list("pk", flat=True).first()
    return newest or 0


def facts(found: Transaction) -> dict[str, Any]:
    """What a repair may change."""
    return {
        "state": str(found.state),
        "needs_review": found.needs_review,
        "energy_wh": found.energy_wh,
        "billed_wh": found.billed_wh,
        "written_off": found.written_off,
        "account": found.account_id,
        "meter_stop": found.meter_stop,
    }


def _locked(number: int, seen: int | None) -> Transaction:
    """The row, which nobody else changes until the end. Raises NotFound or Conflict."""
    found = None
    if 0 < number < 2**31:
        found = Transaction.objects.select_for_update().filter(pk=number).first()
    if found is None:
        raise NotFound(_("There is no transaction %(number)s.") % {"number": number})
    if seen is not None and seen != newest_repair(found):
        raise Conflict(
            _("Somebody else has just repaired transaction %(number)s: look at it again.")
            % {"number": number}
        )
    return found


def _locked_orphan(number: int) -> OrphanStop:
    found = None
    if 0 < number < 2**63:
        # What it ended is locked first, as where a message says that anew.
        list(Transaction.objects.select_for_update().filter(unnumbered_stops=number))
        found = OrphanStop.objects.select_for_update().filter(pk=number).first()
    if found is None:
        raise NotFound(_("There is no stop without start %(number)s.") % {"number": number})
    return found


def _station(charger: Charger, now: datetime) -> Station:
    """The charger as the rules of its messages see it."""
    station = Station(
        charger.pk, charger.charger_id, charger.epoch, charger.strict, charger.time_zone, now=now
    )
    station.action = "StopTransaction"
    return station


def _must_have_ended(found: Transaction) -> None:
    if found.stop_time is None:
        raise Conflict(
            _("Transaction %(number)s has not ended: close it first.") % {"number": found.pk}
        )


def _text(reason: str, *, needed: bool = False) -> str:
    reason = reason.strip()
    if needed and not reason:
        raise Invalid("reason", _("is needed: say why, for whoever asks later."))
    if len(reason) > MAX_REASON or "\0" in reason:
        raise Invalid("reason", _("may have %(most)d characters.") % {"most": MAX_REASON})
    return reason


def _settle(found: Transaction, now: datetime) -> None:
    """Let the account and the cost follow what was decided."""
    billing.bill(found)
    found.save(update_fields=["needs_review", "written_off", "energy_wh", "billed_wh"])
    costs.record(found, now)


def _record(
    found: Transaction | None,
    kind: RepairKind,
    before: dict[str, Any],
    author: User | None,
    now: datetime,
    reason: str,
    orphan: OrphanStop | None = None,
) -> Repair:
    if found is not None and kind in OF_ENERGY:
        # The stop that it was ended with, without a number, is settled with it.
        found.unnumbered_stops.filter(settled=False).update(settled=True)
    made: Repair = Repair.objects.create(
        transaction=found,
        orphan=orphan,
        kind=kind,
        before=before,
        after={} if found is None else facts(found),
        reason=reason,
        author=author,
        author_name="" if author is None else author.get_username(),
        time=now,
    )
    return made
