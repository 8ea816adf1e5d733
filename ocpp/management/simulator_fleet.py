"""`simulate --fleet`: thousands of charge points in the foreground of a command."""

import argparse
import asyncio
import resource
import signal
import ssl
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from django.core.management.base import CommandError, CommandParser, OutputWrapper
from django.utils.translation import gettext as _

from ocpp.management.simulator_report import display, reasons, summarize
from ocpp.simulator.swarm import BEHAVIOURS, Statistics, Swarm, SwarmOptions

#: File descriptors beside those of the connections.
SPARE_FILES = 100
#: Options of `simulate` that are for few charge points only.
FOR_FEW = (
    *("count", "repeat", "wait_for_remote_start", "row", "username", "connector", "delay"),
    *("connects_per_second", "time_scale"),
)
#: Options of fleets only.
FOR_FLEETS = (
    *("ramp", "speed", "hour", "busy", "flat", "run_for", "seed", "share", "storm_every"),
    *("addresses", "json"),
)


def share(text: str) -> tuple[str, float]:
    """An argument NAME=PART."""
    name, _sign, part = text.partition("=")
    try:
        return name, float(part)
    except ValueError:
        raise argparse.ArgumentTypeError(
            _("%(value)s is no share: write for example flapping=0.05") % {"value": text}
        ) from None


def add_arguments(parser: CommandParser, positive: Callable[[str], float]) -> None:
    """The options of a fleet."""
    names = ", ".join(
        f"{one.name} ({one.share:g}{'' if one.lawful else ', against the schemas'})"
        for one in BEHAVIOURS.values()
        if one.name != "plain"
    )
    fleet = parser.add_argument_group(
        "fleet", "A fleet of thousands with the habits of a fleet. SIGUSR1 makes a reconnect storm."
    )
    fleet.add_argument("--fleet", type=int, metavar="N", help="How many charge points.")
    fleet.add_argument("--ramp", type=positive, help="Connects a second (100).")
    fleet.add_argument(
        "--speed", type=positive, help="Simulated seconds in a real one, of the day (1)."
    )
    fleet.add_argument("--hour", type=float, help="Of the day, at the beginning (8).")
    fleet.add_argument("--busy", type=float, help="Part that charges in the busiest hour (0.3).")
    fleet.add_argument("--flat", action="store_true", help="Let all hours be the busiest.")
    fleet.add_argument("--run-for", type=positive, metavar="S", help="End after so many seconds.")
    fleet.add_argument("--seed", type=int, help="Another number is another fleet (1).")
    fleet.add_argument(
        "--share",
        type=share,
        action="append",
        metavar="NAME=PART",
        help=f"Part of the fleet with a behaviour, from 0 to 1: {names}. The rest is plain.",
    )
    fleet.add_argument(
        "--storm-every", type=positive, metavar="S", help="Everybody loses the connection (never)."
    )
    fleet.add_argument(
        "--addresses",
        type=int,
        help="Source addresses 127.0.0.1 and on, of a server on loopback (one for each 150).",
    )
    fleet.add_argument("--json", action="store_true", help="Print the summary as JSON.")


class Given(NamedTuple):
    """Options of the command line, and where the output goes."""

    options: dict[str, Any]
    out: OutputWrapper
    errors: OutputWrapper


def run(given: Given, defaults: Callable[[str], Any], context: ssl.SSLContext | None) -> None:
    """Run the fleet until its time is over or a signal comes, and print the summary.

    `defaults` knows what options are when they are not written. Raises CommandError for options
    that make no sense, and when no charge point ever got in.
    """
    options = given.options
    for name in FOR_FEW:
        if options[name] != defaults(name):
            raise CommandError(
                _("--%(option)s is for few charge points: leave it out, or leave out --fleet.")
                % {"option": name.replace("_", "-")}
            )
    try:
        swarm = Swarm(_options(options, defaults, context))
    except ValueError as error:
        raise CommandError(str(error)) from error
    open_files(options["fleet"] + SPARE_FILES)
    begun = time.monotonic()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        statistics = runner.run(_drive(swarm, given))
    summarize(swarm, time.monotonic() - begun, given.out, as_json=options["json"])
    if not statistics.connects:
        raise CommandError(
            _("No charge point got in: %(reasons)s.") % {"reasons": reasons(statistics)}
        )


def refuse_without(options: dict[str, Any]) -> None:
    """Raise CommandError for options of a fleet where there is none."""
    for name in FOR_FLEETS:
        if options[name] is not None and options[name] is not False:
            raise CommandError(
                _("--%(option)s is for fleets: write --fleet and how many as well.")
                % {"option": name.replace("_", "-")}
            )


def _options(
    options: dict[str, Any], defaults: Callable[[str], Any], context: ssl.SSLContext | None
) -> SwarmOptions:
    told = {
        "ramp": options["ramp"],
        "speed": options["speed"],
        "hour": options["hour"],
        "busy": options["busy"],
        "seed": options["seed"],
        "storm_every_s": options["storm_every"],
        "addresses": options["addresses"],
        # Few charge points sample every 5 s for a minute: of a fleet that would be a flood.
        "interval_s": _written(options, defaults, "interval"),
        "session_s": _written(options, defaults, "duration"),
    }
    return SwarmOptions(
        count=options["fleet"],
        host=options["host"],
        port=options["port"],
        path_prefix=options["path_prefix"],
        rfids=tuple(options["rfid"] or ["FFFFFFFF"]),
        password=options["password"],
        ssl=context,
        flat=options["flat"],
        power_kw=options["power"],
        shares=dict(options["share"] or ()),
        **{name: value for name, value in told.items() if value is not None},
    )


def _written(options: dict[str, Any], defaults: Callable[[str], Any], name: str) -> Any:
    return None if options[name] == defaults(name) else options[name]


def open_files(needed: int) -> None:
    """Be allowed so many file descriptors. Raises CommandError when the system forbids it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    endless = resource.RLIM_INFINITY
    if hard != endless and needed > hard:
        raise CommandError(
            _(
                "The fleet needs %(needed)d file descriptors and the system allows %(hard)d: raise "
                "the hard limit (ulimit -Hn, or LimitNOFILE= of a service), or let the fleet have "
                "%(most)d charge points."
            )
            % {"needed": needed, "hard": hard, "most": max(0, hard - SPARE_FILES)}
        )
    if soft != endless and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:  # not on Windows
        return asyncio.new_event_loop
    return uvloop.new_event_loop


async def _drive(swarm: Swarm, given: Given) -> Statistics:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(swarm.run(given.options["run_for"]))
    stream = given.errors if given.options["json"] else given.out

    def stop() -> None:
        if swarm.stopping:
            task.cancel()
            return
        stream.write(_("Stopping: transactions are being ended. Ctrl-C again ends at once."))
        swarm.stop()

    deeds = {signal.SIGINT: stop, signal.SIGTERM: stop, signal.SIGUSR1: swarm.storm}
    for number, deed in deeds.items():
        loop.add_signal_handler(number, deed)
    shown = asyncio.ensure_future(display(swarm, stream))
    try:
        return await task
    except asyncio.CancelledError:
        seconds = swarm.clock() - swarm.began
        summarize(swarm, seconds, given.out, as_json=given.options["json"])
        raise CommandError(_("Ended at once: transactions may be open at the server.")) from None
    finally:
        shown.cancel()
        await asyncio.gather(shown, return_exceptions=True)
        for number in deeds:
            loop.remove_signal_handler(number)
