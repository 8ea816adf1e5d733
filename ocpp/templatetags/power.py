"""Template filters: `{% load power %}{{ power_w|kilowatts }}`, `{{ energy_wh|kilowatt_hours }}`."""

from decimal import Decimal

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def kilowatts(power_w: int | None) -> str:
    """Watts as kW with one decimal, as the language writes numbers; "–" for None."""
    return "–" if power_w is None else _thousandth(power_w)


@register.filter
def kilowatt_hours(energy_wh: int | None) -> str:
    """Watt-hours as kWh with one decimal, as the language writes numbers; "–" for None."""
    return "–" if energy_wh is None else _thousandth(energy_wh)


def _thousandth(number: int) -> str:
    # Rounded here: `number_format` cuts.
    return number_format(round(Decimal(number).scaleb(-3), 1), 1, force_grouping=True)
