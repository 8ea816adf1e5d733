"""Charging schedules as plots, with the same numbers in a table beside them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ocpp.choices import ProfileKind
from ocpp.models import ChargingProfile
from ocpp.plot import Step, StepPlot, steps_svg

#: More steps than this are not drawn: nobody could tell them apart.
MOST_STEPS = 500
#: How much is shown of a last period without an end (s), at least.
OPEN_END_S = 3600

#: A start (s), a limit, and the phases that it is meant for.
Period = tuple[int, Decimal, int | None]

_WITHOUT_END = gettext_lazy("The last limit holds without an end.")


def composite(response: Mapping[str, Any], name: str) -> SafeString:
    """The schedule of an answer to GetCompositeSchedule; nothing when there is none in it."""
    periods = _periods(response.get("periods"))
    unit = response.get("unit")
    if not periods or not isinstance(unit, str):
        return SafeString("")
    return _drawn(
        name,
        _("Composite schedule"),
        periods,
        unit,
        duration=_whole(response.get("duration")),
        begin=_time(response.get("start")),
        lowest=_rate(response.get("min_rate")),
    )


def profile(row: ChargingProfile) -> SafeString:
    """The periods of a charging profile; in time, where it is bound to a point in time."""
    begin = row.schedule_start if row.kind == ProfileKind.ABSOLUTE else None
    return _drawn(
        f"profile-{row.pk}",
        _("Limits of charging profile %(number)d") % {"number": row.profile_id},
        _periods(row.periods),
        row.unit,
        duration=row.duration_s,
        begin=begin,
        lowest=row.min_rate,
    )


def _drawn(
    name: str,
    title: str,
    periods: Sequence[Period],
    unit: str,
    *,
    duration: int | None,
    begin: datetime | None,
    lowest: Decimal | None,
) -> SafeString:
    if not periods:
        return SafeString("–")
    last = periods[-1][0]
    end = duration if duration and duration > last else last + max(OPEN_END_S, last // 4)
    now = int((timezone.now() - begin).total_seconds()) if begin is not None else None
    plot = StepPlot(
        name=name,
        title=title,
        description=_described(periods, unit, duration),
        unit=unit,
        steps=[Step(start, limit) for start, limit, _phases in periods[:MOST_STEPS]],
        end=end,
        begin=begin,
        now=now,
        limits=[] if lowest is None else [(lowest, _("lowest rate"))],
    )
    table = _table(periods, unit, begin)
    note = "" if duration else format_html('<p class="help">{}</p>', _WITHOUT_END)
    return format_html(
        '<div class="plot-with-table">{}<div>{}{}</div></div>', steps_svg(plot), table, note
    )


def _described(periods: Sequence[Period], unit: str, duration: int | None) -> str:
    limits = [limit for _start, limit, _phases in periods]
    told = _("%(count)d limits from %(least)s to %(most)s %(unit)s.") % {
        "count": len(limits),
        "least": min(limits),
        "most": max(limits),
        "unit": unit,
    }
    return told if duration else f"{told} {_WITHOUT_END}"


def _table(periods: Sequence[Period], unit: str, begin: datetime | None) -> SafeString:
    rows = format_html_join(
        "",
        "<tr><td>{}</td><td>{} {}</td><td>{}</td></tr>",
        ((_moment(start, begin), limit, unit, phases or "–") for start, limit, phases in periods),
    )
    zone = timezone.get_current_timezone_name()
    return format_html(
        "<table><thead><tr><th>{}</th><th>{}</th><th>{}</th></tr></thead><tbody>{}</tbody></table>",
        _("from (s)") if begin is None else _("from (%(zone)s)") % {"zone": zone},
        _("limit"),
        _("phases"),
        rows,
    )


def _moment(start: int, begin: datetime | None) -> str:
    if begin is None:
        return str(start)
    return date_format(
        timezone.localtime(begin + timedelta(seconds=start)), "SHORT_DATETIME_FORMAT"
    )


# --- what a charge point may have sent ----------------------------------------------------------


def _periods(told: Any) -> list[Period]:
    """The periods that can be drawn, in order: what is no number is left out."""
    read = []
    for one in told if isinstance(told, Iterable) and not isinstance(told, str) else ():
        if isinstance(one, Mapping):
            start, limit = _whole(one.get("start")), _rate(one.get("limit"))
            if start is not None and limit is not None:
                read.append((start, limit, _whole(one.get("phases"))))
    return sorted(read, key=lambda period: period[0])


def _whole(value: Any) -> int | None:
    """A number of seconds or phases; a century is more than any schedule has."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31:
        return value
    return None


def _rate(value: Any) -> Decimal | None:
    try:
        rate = Decimal(str(value))
    except InvalidOperation:
        return None
    return rate if rate.is_finite() and 0 <= rate < 10**9 else None


def _time(value: Any) -> datetime | None:
    """A time of which the zone is known; not so near the end of time that nothing can follow."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None and 1900 < moment.year < 9000 else None
