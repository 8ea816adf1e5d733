"""The review queue: what needs a look, why in plain words, and what its energy may have been."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.domain.balance import kwh
from ocpp.choices import AnomalyKind, TransactionState
from ocpp.domain import energy, running
from ocpp.domain.energy import Register
from ocpp.domain.queries import anomalies
from ocpp.models import Anomaly, OrphanStop, Transaction

#: A session that is open for longer has probably lost its stop.
LONG = timedelta(days=2)

#: Anomalies of these kinds tell why a transaction waits.
_TELLING = (AnomalyKind.TRANSACTION, AnomalyKind.METERING)


class Suggestion(NamedTuple):
    """Energy (Wh) that a session may have delivered, and by what it is told."""

    energy_wh: int
    why: str

    @property
    def energy_kwh(self) -> str:
        """The energy in kWh, with all three decimals."""
        return f"{kwh(self.energy_wh):f}"


def waiting(now: datetime) -> Q:
    """Transactions that need a look: marked so, or open for suspiciously long.

    Each sort is looked up in an index that holds few rows. Asked for with OR, SQLite uses neither;
    asked for the state and the time at once, it goes through all older starts.
    """
    rows = Transaction.objects.order_by().values("pk")
    marked = rows.filter(needs_review=True)
    active = rows.filter(state=TransactionState.ACTIVE)
    long = rows.filter(pk__in=active, start_time__lt=now - LONG)
    return Q(pk__in=marked.union(long))


def queue(now: datetime) -> QuerySet[Transaction]:
    """The transactions that need a look, the oldest first; with `told`, which `why` reads."""
    return with_reasons(Transaction.objects.filter(waiting(now))).order_by("start_time", "id")


def with_reasons(rows: QuerySet[Transaction]) -> QuerySet[Transaction]:
    """The same rows with what `why` asks for, in as many queries for many as for one."""
    telling = Anomaly.objects.filter(kind__in=_TELLING).order_by("pk")
    return rows.select_related("charger", "account__user").prefetch_related(
        Prefetch("anomaly_set", telling, to_attr="told")
    )


def orphans() -> QuerySet[OrphanStop]:
    """The stops without start that nobody has looked at, the oldest first."""
    waiting_ones = OrphanStop.objects.filter(settled=False, transaction=None)
    return waiting_ones.select_related("charger").order_by("pk")


def why(found: Transaction, now: datetime) -> list[str]:
    """Why it needs a look, in sentences; nothing when it does not."""
    if found.state == TransactionState.ACTIVE:
        if found.start_time >= now - LONG:
            return []
        return [_("It is open for more than %(days)d days: its stop may be lost.") % _DAYS]
    if not found.needs_review:
        return []
    reasons = []
    if found.state == TransactionState.LOST:
        reasons.append(_("It never got a stop: it was closed with the last known value."))
    if found.state == TransactionState.REFUSED:
        text = _("Energy flowed although the start was refused (%(answer)s): whose is it?")
        reasons.append(text % {"answer": found.authorization})
    told = getattr(found, "told", None)
    if told is None:
        told = Anomaly.objects.filter(transaction=found, kind__in=_TELLING).order_by("pk")
    reasons += [_as_sentence(anomalies.told(anomaly)) for anomaly in told]
    return reasons or [_("It is marked for a review.")]


def _as_sentence(text: str) -> str:
    """An anomaly stands among sentences here."""
    return capfirst(text) if text.endswith((".", "?")) else f"{capfirst(text)}."


_DAYS = {"days": LONG.days}


def suggestions(found: Transaction, now: datetime) -> list[Suggestion]:
    """What its energy may have been, by what its meter said; each energy once."""
    if found.stop_time is None:
        return []
    power = (
        Transaction.objects.filter(pk=found.pk).values_list(running.power_of_connector()).first()
    )
    power_w = (power[0] if power else None) or settings.OCPP_CONNECTOR_POWER_W
    ended = max(found.stop_time, found.stop_received or found.stop_time)
    most = energy.most_wh(power_w, ended - min(found.start_time, found.start_received))
    told: dict[int, str] = {}
    for wh, words in _candidates(found, running.registers(found), most):
        if 0 <= wh <= energy.HIGHEST_WH:
            told.setdefault(wh, words)
    return [Suggestion(wh, words) for wh, words in told.items()]


def _candidates(found: Transaction, registers: list[Register], most: int) -> list[tuple[int, str]]:
    start, stop = found.meter_start, found.meter_stop
    options = []
    if stop is not None:
        options.append((stop - start, _("from the start and the stop as sent")))
        if found.meter_base is not None:
            text = _("from where the register was counted to the stop")
            options.append((stop - found.meter_base, text))
        rolled = energy.rolled_over(start, stop, most)
        if rolled is not None:
            text = _("if the register rolled over at %(wh)s Wh") % {"wh": rolled[0]}
            options.append((rolled[1], text))
        if 0 < stop <= most < stop - start or stop < start:
            options.append((stop, _("if the register began with the session, at 0")))
    if registers:
        last = registers[-1].wh
        options.append((last - start, _("from the start to the last reading")))
        if len(registers) > 1:
            text = _("from the first reading to the last")
            options.append((last - registers[0].wh, text))
    if found.meter_last is not None:
        options.append((found.meter_last - start, _("from the start to the highest reading")))
    options.append((found.energy_wh, _("as it is counted now")))
    return options


def open_for(orphan: OrphanStop) -> list[Transaction]:
    """The transactions of its charger to which a stop without start may belong, newest first."""
    ends = Q(state__in=(TransactionState.ACTIVE, TransactionState.REFUSED), stop_time=None)
    lost = Q(state=TransactionState.LOST, stop_received=None)
    mine = Transaction.objects.filter(ends | lost, charger=orphan.charger_id)
    return list(mine.select_related("account__user").order_by("-start_time")[:20])


def orphans_for(found: Transaction) -> list[OrphanStop]:
    """The stops without start of its charger, the newest first."""
    return list(orphans().filter(charger=found.charger_id).order_by("-pk")[:20])
