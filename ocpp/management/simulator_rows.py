"""Runs simulators of the admin in the foreground of a command."""

import signal
import time
from collections.abc import Callable
from decimal import Decimal

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ocpp.domain import simulators
from ocpp.models import Simulator

#: Between two looks at the rows (s).
LOOK_S = 0.5


def run_rows(names: list[str], say: Callable[[str], None]) -> None:
    """Run the simulators of these names in this process until they end, and tell each change.

    They can be stopped in the admin as well as by Ctrl-C. Raises CommandError for an unknown
    name, for one that is running already, and when any of them fails.
    """
    chosen = list(Simulator.objects.filter(name__in=names))
    unknown = sorted(set(names) - {row.name for row in chosen})
    if unknown:
        raise CommandError(_("There is no simulator called “%(name)s”.") % {"name": unknown[0]})
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _start(chosen)
        _follow(chosen, say)
    except KeyboardInterrupt:
        say(_("Stopping: transactions are being ended. Ctrl-C again ends at once."))
        for row in chosen:
            simulators.stop(row)
        _follow(chosen, say)
    finally:
        simulators.shutdown()
        signal.signal(signal.SIGTERM, previous)
    failures = [
        f"{row.name}: {simulators.explain(row.error_kind, row.error_detail)}"
        for row in chosen
        if row.error_kind
    ]
    if failures:
        raise CommandError("\n".join(failures))


def _start(chosen: list[Simulator]) -> None:
    for row in chosen:
        try:
            simulators.start(row)
        except simulators.AlreadyRunning as running:
            raise CommandError(
                _("%(name)s is running already (process: %(process)s).")
                % {"name": row.name, "process": running}
            ) from running
        except ValueError as error:
            raise CommandError(f"{row.name}: {error}") from error


def _follow(chosen: list[Simulator], say: Callable[[str], None]) -> None:
    """Tell each change until none of them runs any more."""
    told: dict[int, str] = {}
    while True:
        for row in chosen:
            row.refresh_from_db()
            phase = str(row.get_phase_display() if row.running else row.state.label)
            if told.get(row.pk) != phase:
                told[row.pk] = phase
                say(f"{row.name}: {phase}, {kwh(row.energy_wh)} kWh")
        if not any(row.running for row in chosen):
            return
        time.sleep(LOOK_S)


def kwh(watt_hours: int) -> str:
    """Energy for people."""
    return f"{Decimal(watt_hours) / 1000:.3f}"
