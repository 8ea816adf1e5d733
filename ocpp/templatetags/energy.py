"""Template tags: `{% load energy %}{% energy_by_day charger %}{% energy_by_quarter charger %}`.

And of an account: `{% account_by_day account %}{% account_by_month account %}`.
"""

from collections.abc import Sequence
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import Account
from ocpp.domain.queries import energy
from ocpp.domain.queries.energy import Delivered
from ocpp.models import Charger
from ocpp.plot import Step, StepPlot, steps_svg

register = template.Library()


@register.simple_tag
def energy_by_day(charger: Charger) -> SafeString:
    """A plot of the last days; nothing when there was no energy."""
    told = energy.by_day(charger, timezone.now())
    return _plot(f"days-{charger.pk}", _("Energy by day"), told)


@register.simple_tag
def energy_by_quarter(charger: Charger) -> SafeString:
    """A plot of the last hours by quarter-hours; nothing when there was no energy."""
    told = energy.by_quarter(charger, timezone.now())
    return _plot(f"quarters-{charger.pk}", _("Energy by quarter-hour"), told)


@register.simple_tag
def account_by_day(account: Account) -> SafeString:
    """A plot of the last days of an account; nothing when there was no energy."""
    told = energy.of_account_by_day(account, timezone.now())
    return _plot("account-days", _("Energy by day"), told)


@register.simple_tag
def account_by_month(account: Account) -> SafeString:
    """A plot of the last months of an account; nothing when there was no energy."""
    told = energy.of_account_by_month(account, timezone.now())
    return _plot("account-months", _("Energy by month"), told)


def _plot(name: str, title: str, told: Sequence[Delivered]) -> SafeString:
    total = sum(one.energy_wh for one in told)
    if not total:
        return SafeString("")
    begin = told[0].begin
    return steps_svg(
        StepPlot(
            name=name,
            title=title,
            description=_("%(energy)s kWh in all.") % {"energy": f"{_kwh(total):f}"},
            unit="kWh",
            steps=[
                Step(int((one.begin - begin).total_seconds()), _kwh(one.energy_wh)) for one in told
            ],
            end=int((told[-1].end - begin).total_seconds()),
            begin=begin,
        )
    )


def _kwh(energy_wh: int) -> Decimal:
    return Decimal(energy_wh).scaleb(-3)
