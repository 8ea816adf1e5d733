"""The register of a transaction over time, as a small plot."""

from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.domain.balance import kwh
from ocpp.domain import running
from ocpp.models import Transaction
from ocpp.plot import Step, StepPlot, steps_svg

#: As many points as a plot of this size can show.
MOST_POINTS = 240


def register_plot(found: Transaction) -> SafeString:
    """Its meter above the lowest value that was told, in kWh; nothing without a reading."""
    readings = [(time, register.wh) for time, register in running.timed_registers(found)]
    if not readings:
        return SafeString("")
    points = [(found.start_time, found.meter_start), *readings]
    if found.stop_time is not None and found.meter_stop is not None:
        points.append((max(found.stop_time, readings[-1][0]), found.meter_stop))
    every = -(-len(points) // MOST_POINTS)
    shown = [*points[:-1:every], points[-1]]
    lowest = min(wh for _time, wh in points)
    begin = shown[0][0]
    steps = [
        Step(int((time - begin).total_seconds()), Decimal(kwh(wh - lowest))) for time, wh in shown
    ]
    end = max(60, steps[-1].start * 21 // 20)
    told = _("%(count)d readings from %(first)s to %(last)s Wh.") % {
        "count": len(readings),
        "first": readings[0][1],
        "last": readings[-1][1],
    }
    return steps_svg(
        StepPlot(
            name=f"register-{found.pk}",
            title=_("Meter, above %(lowest)s kWh") % {"lowest": f"{kwh(lowest):f}"},
            description=told,
            unit="kWh",
            steps=steps,
            end=end,
            begin=begin,
        )
    )
