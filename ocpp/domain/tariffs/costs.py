"""The cost of a finished session, from its tariff and what is stored of it."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from ocpp.choices import CostComponent, TransactionState
from ocpp.domain import clock, running
from ocpp.domain.samples import Samples
from ocpp.domain.tariffs import holidays, pricing
from ocpp.domain.tariffs.curve import Curve
from ocpp.domain.tariffs.pricing import Line, Price, Session
from ocpp.models import Charger, CostLine, SessionCost, TariffPrice, TariffVersion, Transaction

_HUNDRED = Decimal(100)
_DAYS_A_WEEK = 7


def record(
    found: Transaction, now: datetime, moments: Iterable[Samples] = ()
) -> SessionCost | None:
    """Reckon what a finished session cost, and keep it in place of what was reckoned before.

    None, and nothing is kept, where there is no tariff, or while the energy awaits a review.
    `moments` are values of the message at hand, which are not in the database yet. The caller has
    saved `found`.
    """
    version = in_force(found) if _has_cost(found) else None
    with transaction.atomic():
        before = SessionCost.objects.filter(transaction=found)
        kept = before.first()
        before.delete()
        if version is None:
            return None
        session = _session(found, moments)
        days = _days(session, version, kept)
        cost = _keep(found, version, _lines(session, version, days), now)
        if days:
            cost.holidays = {f"{day}": is_one for day, is_one in days.items()}
            cost.save(update_fields=["holidays"])
        return cost


def _has_cost(found: Transaction) -> bool:
    if found.stop_time is None or found.needs_review or found.written_off:
        return False
    return found.state != TransactionState.REFUSED or found.energy_wh > 0


def in_force(found: Transaction) -> TariffVersion | None:
    """The version of the charger's tariff, or of the standard one, at the start of a session."""
    return in_force_at(found.charger, found.start_time)


def in_force_at(charger: Charger, moment: datetime) -> TariffVersion | None:
    """The version by which a session that starts at `charger` at `moment` is charged, if any."""
    versions = TariffVersion.objects.filter(valid_from__lte=moment)
    mine = Q(tariff__standard=True)
    if charger.tariff_id is not None:
        mine = Q(tariff=charger.tariff_id)
    return versions.filter(mine).select_related("tariff").order_by("-valid_from").first()


def to_be_reckoned() -> Q:
    """For a query of transactions: those that should have a cost, and have none yet."""
    versions = TariffVersion.objects.filter(valid_from__lte=OuterRef("start_time"))
    own = Exists(versions.filter(tariff=OuterRef("charger__tariff")))
    standard = Q(charger__tariff=None) & Q(Exists(versions.filter(tariff__standard=True)))
    has_none = Q(~Exists(SessionCost.objects.filter(transaction=OuterRef("pk"))))
    settled = Q(stop_time__isnull=False, needs_review=False, written_off=False)
    counts = ~Q(state=TransactionState.REFUSED) | Q(energy_wh__gt=0)
    return settled & counts & has_none & (Q(own) | standard)


class Estimate(NamedTuple):
    """What a session has cost so far, with tax."""

    total: Decimal
    currency: str


def estimate(found: Transaction, now: datetime) -> Estimate | None:
    """What a session that runs would cost if it ended `now`; None where there is no tariff.

    Nothing is kept. Values in between are read only where they matter: where a price depends on the
    time, or on whether energy flows. Four queries at most.
    """
    version = in_force(found)
    if version is None:
        return None
    prices = prices_of(version)
    stop = max(found.start_time, now)
    points = running.energy_points(found, until=stop) if _depends_on_time(prices) else []
    session = _run(found, stop, points)
    days = _days(session, version, None)
    lines = pricing.lines(session, prices, zone_of(version), _sundays(days))
    net = sum((line.amount for line in lines), Decimal("0.00"))
    return Estimate(net + tax_on(net, version), version.tariff.currency)


def _depends_on_time(prices: list[Price]) -> bool:
    """Whether a session's cost depends on when its energy flowed, and not on how much alone."""
    return any(
        price.component == CostComponent.IDLE
        or price.start != price.end
        or price.season_start is not None
        or len(price.weekdays) < _DAYS_A_WEEK
        for price in prices
    )


def tax_on(net: Decimal, version: TariffVersion) -> Decimal:
    """The tax on an amount, rounded half up to the cent."""
    return (net * version.tax_percent / _HUNDRED).quantize(pricing.CENT, ROUND_HALF_UP)


def lines_of(found: Transaction, version: TariffVersion) -> list[Line]:
    """What a session costs by a version of a tariff, whether that was in force or not.

    By the version that it was charged by it is the same again: what counted as a holiday then does.
    """
    session = _session(found)
    return _lines(session, version, _days(session, version, getattr(found, "cost", None)))


def _lines(session: Session, version: TariffVersion, days: dict[date, bool]) -> list[Line]:
    return pricing.lines(session, prices_of(version), zone_of(version), _sundays(days))


def _sundays(days: dict[date, bool]) -> set[date]:
    """The days that count as Sundays."""
    return {day for day, is_holiday in days.items() if is_holiday}


def _days(session: Session, version: TariffVersion, kept: SessionCost | None) -> dict[date, bool]:
    """Whether each day of the session counts as a Sunday; nothing where none can.

    What was kept with the cost counts, for the days that it tells: the calendar may have changed.
    """
    if not version.holidays:
        return {}
    days = holidays.among(pricing.days_of(session, zone_of(version)), version.holidays)
    if kept is not None and kept.version_id == version.pk:
        told = {date.fromisoformat(day): is_one for day, is_one in kept.holidays.items()}
        days = {day: told.get(day, is_one) for day, is_one in days.items()}
    return days


def _session(found: Transaction, moments: Iterable[Samples] = ()) -> Session:
    """What a session was, from what is stored of it and the values of the message at hand."""
    assert found.stop_time is not None  # noqa: S101  (only what has ended has a cost)
    points = running.energy_points(found, moments)
    return _run(found, max(found.start_time, found.stop_time), points)


def _run(found: Transaction, stop: datetime, points: list[tuple[datetime, int]]) -> Session:
    """A session until `stop`; `points` are its energy (Wh) at times in between."""
    curve = Curve(found.start_time, stop, found.energy_wh, points)
    # Without a value in between nobody knows when it ended charging: it is not called idle.
    charging_until = curve.last_growth() if points else stop
    return Session(found.start_time, stop, charging_until, curve)


def zone_of(version: TariffVersion) -> ZoneInfo:
    """Where the hours and days of a tariff are."""
    zone = clock.zone(version.tariff.time_zone) if version.tariff.time_zone else None
    return zone or ZoneInfo(settings.TIME_ZONE)


def prices_of(version: TariffVersion) -> list[Price]:
    """The prices of a version, the first of a component that holds being the one that counts."""
    return [_price(row) for row in version.prices.all()]


def _price(row: TariffPrice) -> Price:
    return Price(
        component=row.component,
        amount=row.amount,
        label=row.label,
        weekdays=frozenset(int(digit) for digit in row.weekdays),
        start=row.start,
        end=row.end,
        season_start=_month_and_day(row.season_start),
        season_end=_month_and_day(row.season_end),
    )


def _month_and_day(text: str) -> tuple[int, int] | None:
    month, _, day = text.partition("-")
    return (int(month), int(day)) if text else None


def _keep(
    found: Transaction, version: TariffVersion, lines: list[Line], now: datetime
) -> SessionCost:
    net = sum((line.amount for line in lines), Decimal("0.00"))
    tax = tax_on(net, version)
    cost = SessionCost.objects.create(
        transaction=found,
        version=version,
        currency=version.tariff.currency,
        net=net,
        tax_percent=version.tax_percent,
        tax=tax,
        total=net + tax,
        computed=now,
    )
    CostLine.objects.bulk_create(
        CostLine(
            cost=cost,
            position=position,
            component=line.component,
            label=line.label,
            quantity=line.quantity,
            unit_price=line.unit_price,
            amount=line.amount,
        )
        for position, line in enumerate(lines)
    )
    return cost
