"""Years, months and days above a list of the admin, at a cost that does not grow with the list.

Django's own looks at every row for the days that there are. Here two rows are looked at, the oldest
and the newest, and every step between them is offered, with or without rows.
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import template
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ChangeList
from django.db.models import Field, Model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

register = template.Library()

Step = dict[str, str]


@register.inclusion_tag("admin/date_hierarchy.html")
def date_steps(cl: ChangeList) -> dict[str, Any]:
    """The steps below what is chosen in the address of the list, and one back."""
    path = str(cl.date_hierarchy)
    ends = _ends(get_fields_from_path(cl.model, path)[-1])
    if ends is None:
        return {"show": False}
    first, last = ends
    chosen = [_number(cl.params.get(f"{path}__{part}")) for part in ("year", "month", "day")]
    year, month, day = chosen
    if year is None and first.year == last.year:
        year = first.year
        month = first.month if first.month == last.month else None

    def link(**parts: int | None) -> str:
        given = {f"{path}__{name}": str(part) for name, part in parts.items() if part}
        return cl.get_query_string(given, [f"{path}__"])

    if not year:
        years = range(first.year, last.year + 1)
        return _shown([{"link": link(year=one), "title": str(one)} for one in years])
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return {"show": False}
    if not month:
        months = (date(year, one, 1) for one in range(1, 13))
        steps = [
            {"link": link(year=year, month=one.month), "title": _words(one, "YEAR_MONTH_FORMAT")}
            for one in months
            if first.replace(day=1) <= one <= last
        ]
        return _shown(steps, {"link": link(), "title": _("All dates")})
    if not day:
        days = (date(year, month, one) for one in range(1, monthrange(year, month)[1] + 1))
        steps = [
            {
                "link": link(year=year, month=month, day=one.day),
                "title": _words(one, "MONTH_DAY_FORMAT"),
            }
            for one in days
            if first <= one <= last
        ]
        return _shown(steps, {"link": link(year=year), "title": str(year)})
    one = date(year, month, day)
    back = {"link": link(year=year, month=month), "title": _words(one, "YEAR_MONTH_FORMAT")}
    return _shown([{"title": _words(one, "MONTH_DAY_FORMAT")}], back)


def _shown(steps: Iterable[Step], back: Step | None = None) -> dict[str, Any]:
    return {"show": True, "back": back, "choices": list(steps)}


def _ends(field: "Field[Any, Any]") -> tuple[date, date] | None:
    """The days of the oldest and of the newest row; None where there are none.

    Times that are set when a row is made follow its key, which always has an index.
    """
    model: type[Model] = field.model
    order = "pk" if getattr(field, "auto_now_add", False) else field.name
    rows = model._default_manager.filter(**{f"{field.name}__isnull": False})
    times = rows.values_list(field.name, flat=True)
    first, last = times.order_by(order).first(), times.order_by(f"-{order}").first()
    return None if first is None or last is None else (_day(first), _day(last))


def _day(value: date) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 5 else None


def _words(day: date, form: str) -> str:
    return capfirst(date_format(day, form))
