"""`simulate`: charge points without hardware, one or many, until they are done or stopped."""

import argparse
import asyncio
import os
import signal
import ssl
import time
from collections import defaultdict, deque
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ocpp.domain.simulators import explain
from ocpp.management import simulator_fleet
from ocpp.management.progress import write
from ocpp.management.simulator_rows import kwh, run_rows
from ocpp.simulator import Fleet, Outcome, Progress, SimulatorConfig, SimulatorError
from ocpp.simulator.access import Access
from ocpp.simulator.trust import Trust

PASSWORD_VARIABLE = "OCPP_SIMULATOR_PASSWORD"  # noqa: S105  (its name)
#: Between two renewals of the display (s): of a terminal's line, and of lines in a log.
LIVE_S, LINES_S = 0.25, 5.0
#: Over how long messages/s are counted (s).
RATE_WINDOW_S = 5.0
#: So many charge points are named for each reason of failure.
NAMED = 5


def positive(text: str) -> float:
    """An argument that is a number above zero."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(_("%(value)s is not above zero") % {"value": text})
    return value


def count(text: str) -> int:
    """An argument that is a whole number from 1 on."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(_("%(value)s is below 1") % {"value": text})
    return value


class Command(BaseCommand):
    """Runs simulated charge points against a server and shows how they fare.

    Fails when any of them did, with the reasons. Ctrl-C ends every transaction properly first;
    a second Ctrl-C ends at once.
    """

    help = (
        "Simulates charge points: each connects, boots, authorises its card, charges and stops. "
        "Ctrl-C stops them all properly. The exit code is not zero when any of them failed."
    )
    # It needs neither the database nor a sound project: the server may be anywhere.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--count", type=count, default=1, help="How many (1).")
        parser.add_argument("--host", default="127.0.0.1", help="Of the server (127.0.0.1).")
        parser.add_argument("--port", type=count, default=8000, help="Of the server (8000).")
        parser.add_argument("--tls", action="store_true", help="Connect with wss://.")
        parser.add_argument(
            "--ca-file", default="", help="PEM file of whom to trust, instead of the system's."
        )
        parser.add_argument(
            "--client-certificate",
            default="",
            help="PEM file of its certificate and key (security profile 3), with --tls.",
        )
        parser.add_argument("--client-key", default="", help="The key, when in a file of its own.")
        parser.add_argument(
            "--path-prefix",
            default="SIM",
            help="Path before the number: SIM gives SIM1, SIM2…; ws/ocpp/A gives ws/ocpp/A1… (SIM)",
        )
        parser.add_argument(
            "--rfid",
            action="append",
            help="Card to present (FFFFFFFF). Given several times, they take turns.",
        )
        parser.add_argument("--connector", type=count, default=1, help="Which one is used (1).")
        parser.add_argument(
            "--duration", type=positive, default=60, help="Of a transaction, in seconds (60)."
        )
        parser.add_argument(
            "--interval", type=positive, default=5, help="Between MeterValues, in seconds (5)."
        )
        parser.add_argument("--power", type=positive, default=11, help="In kilowatts (11).")
        parser.add_argument(
            "--delay", type=float, default=0, help="Before the card is presented, in seconds (0)."
        )
        parser.add_argument(
            "--repeat", action="store_true", help="Begin again after each session, until Ctrl-C."
        )
        parser.add_argument(
            "--wait-for-remote-start",
            action="store_true",
            help="Present no card: wait for RemoteStartTransaction.",
        )
        parser.add_argument(
            "--username", default="", help="For HTTP Basic; the charge point's id by default."
        )
        parser.add_argument(
            "--password",
            default=os.environ.get(PASSWORD_VARIABLE, ""),
            help=f"For HTTP Basic. Others can read arguments: {PASSWORD_VARIABLE} is safer.",
        )
        parser.add_argument(
            "--connects-per-second",
            type=positive,
            default=15,
            help="How fast they connect (15). A node admits 20 a second from one address.",
        )
        parser.add_argument(
            "--time-scale",
            type=positive,
            default=1,
            help="Simulated seconds in a real one (1): more passes through a session quickly.",
        )

        parser.add_argument(
            "--row",
            action="append",
            metavar="NAME",
            help="Run a simulator of the admin, by its name, as it is set there; nothing else.",
        )
        simulator_fleet.add_arguments(parser, positive)
        self._default = parser.get_default

    def handle(self, *args: Any, **options: Any) -> None:
        if options["fleet"] is not None:
            given = simulator_fleet.Given(options, self.stdout, self.stderr)
            simulator_fleet.run(given, self._default, _context(options))
            return
        simulator_fleet.refuse_without(options)
        if options["row"]:
            run_rows(options["row"], self._say)
            return
        try:
            configs = [_config(number, options) for number in range(1, options["count"] + 1)]
        except ValueError as error:
            raise CommandError(str(error)) from error
        fleet = Fleet(configs, connects_per_s=options["connects_per_second"])
        begun = time.monotonic()
        outcomes = asyncio.run(self._drive(fleet))
        self._summarize(fleet.progress(), time.monotonic() - begun)
        failures = _failures(outcomes)
        if failures:
            raise CommandError("\n".join(failures))

    async def _drive(self, fleet: Fleet) -> list[Outcome]:
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(fleet.run())

        def stop() -> None:
            if fleet.stopping:
                task.cancel()
                return
            self._say(_("Stopping: transactions are being ended. Ctrl-C again ends at once."))
            fleet.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        display = asyncio.create_task(self._display(fleet))
        try:
            return await task
        except asyncio.CancelledError:
            raise CommandError(
                _("Ended at once: transactions may be open at the server.")
            ) from None
        finally:
            display.cancel()
            await asyncio.gather(display, return_exceptions=True)
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def _display(self, fleet: Fleet) -> None:
        """Renew a line on a terminal; elsewhere write a line when something has changed."""
        live = self.stdout.isatty()
        pause_s = LIVE_S if live else LINES_S
        last_line = ""
        counted = deque([(time.monotonic(), 0)], maxlen=round(RATE_WINDOW_S / pause_s) + 1)
        try:
            while True:
                await asyncio.sleep(pause_s)
                progress = fleet.progress()
                counted.append((time.monotonic(), progress.messages))
                (first, before), (last, now) = counted[0], counted[-1]
                line = _progress_line(progress, (now - before) / (last - first))
                if live or line != last_line:
                    write(self.stdout, line, renewed=live)
                last_line = line
        finally:
            if live and last_line:
                self.stdout.write("")

    def _say(self, text: str) -> None:
        write(self.stdout, text)

    def _summarize(self, progress: Progress, seconds: float) -> None:
        self.stdout.write(
            _(
                "%(finished)d of %(count)d charge points completed, %(failed)d failed; "
                "%(sessions)d sessions, %(energy)s kWh, %(messages)d messages in %(seconds).1f s."
            )
            % {
                "finished": progress.finished,
                "count": progress.count,
                "failed": progress.failed,
                "sessions": progress.sessions,
                "energy": kwh(progress.energy_wh),
                "messages": progress.messages,
                "seconds": seconds,
            }
        )
        if progress.refused:
            self.stderr.write(
                ngettext(
                    "%(count)d notification was answered with an error.",
                    "%(count)d notifications were answered with an error.",
                    progress.refused,
                )
                % {"count": progress.refused}
            )


def _context(options: dict[str, Any]) -> ssl.SSLContext | None:
    """TLS as the options say; None without."""
    if not options["tls"]:
        return None
    try:
        return Access(_config(1, options), Trust("")).context()
    except (SimulatorError, ValueError) as error:
        raise CommandError(str(error)) from error


def _config(number: int, options: dict[str, Any]) -> SimulatorConfig:
    cards = options["rfid"] or ["FFFFFFFF"]
    return SimulatorConfig(
        host=options["host"],
        ws_port=options["port"],
        ssl=options["tls"],
        ca_file=options["ca_file"],
        client_certificate=options["client_certificate"],
        client_key=options["client_key"],
        cp_path=f"{options['path_prefix']}{number}",
        rfid=cards[(number - 1) % len(cards)],
        connector_id=options["connector"],
        duration_s=options["duration"],
        interval_s=options["interval"],
        power_kw=options["power"],
        pre_charge_delay_s=options["delay"],
        repeat=options["repeat"],
        autostart=not options["wait_for_remote_start"],
        username=options["username"],
        password=options["password"],
        time_scale=options["time_scale"],
    )


def _progress_line(progress: Progress, rate: float) -> str:
    return _(
        "%(online)d of %(count)d connected, %(charging)d charging, %(done)d done, "
        "%(failed)d failed, %(energy)s kWh, %(rate).1f messages/s"
    ) % {
        "online": progress.online,
        "count": progress.count,
        "charging": progress.charging,
        "done": progress.finished,
        "failed": progress.failed,
        "energy": kwh(progress.energy_wh),
        "rate": rate,
    }


def _failures(outcomes: list[Outcome]) -> list[str]:
    """A line for each reason: how many, why, and the first of them by name."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.error:
            reasons[explain(outcome.error.kind, outcome.error.detail)].append(outcome.identity)
    return [
        "{names}: {reason}".format(
            names=", ".join(names[:NAMED]) + (f"… ({len(names)})" if len(names) > NAMED else ""),
            reason=reason,
        )
        for reason, names in sorted(reasons.items())
    ]
