"""Holidays, which count as Sundays for the tariffs that say so.

The federal holidays of Mexico are those of article 74 of the Ley Federal del Trabajo, as CFE counts
them for its tariffs; days of our own stand beside them (`Holiday`).
"""

from collections.abc import Iterable
from datetime import date, timedelta

from ocpp.choices import HolidayCalendar
from ocpp.models import Holiday

_MONDAY = 0

#: The day of the change of the federal government, in 2024 and each sixth year after. Before that
#: it was the first of December; those sessions are not of this software.
_CHANGE_OF_GOVERNMENT = (10, 1)
_FIRST_CHANGE, _TERM = 2024, 6


def of_mexico(year: int) -> dict[date, str]:
    """The federal holidays of a year, with what they are."""
    days = {
        date(year, 1, 1): "Año Nuevo",
        _monday(year, 2, 1): "Día de la Constitución",
        _monday(year, 3, 3): "Natalicio de Benito Juárez",
        date(year, 5, 1): "Día del Trabajo",
        date(year, 9, 16): "Día de la Independencia",
        _monday(year, 11, 3): "Día de la Revolución",
        date(year, 12, 25): "Navidad",
    }
    if year >= _FIRST_CHANGE and (year - _FIRST_CHANGE) % _TERM == 0:
        days[date(year, *_CHANGE_OF_GOVERNMENT)] = "Transmisión del Poder Ejecutivo Federal"
    return days


def _monday(year: int, month: int, number: int) -> date:
    """The Monday of that number in a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(_MONDAY - first.weekday()) % 7 + 7 * (number - 1))


def among(days: Iterable[date], calendar: str) -> dict[date, bool]:
    """Whether each of these days is a holiday by a calendar. Asks for days of our own once."""
    asked = sorted(set(days))
    if calendar == HolidayCalendar.NONE or not asked:
        return dict.fromkeys(asked, False)
    own = set(
        Holiday.objects.filter(date__gte=asked[0], date__lte=asked[-1]).values_list(
            "date", flat=True
        )
    )
    federal = calendar == HolidayCalendar.MEXICO
    return {day: day in own or (federal and day in of_mexico(day.year)) for day in asked}
