"""What a fleet tells while it runs, and at its end."""

import asyncio
import json
import time

from django.core.management.base import OutputWrapper
from django.utils.translation import gettext as _

from ocpp.management.progress import write
from ocpp.management.simulator_rows import kwh
from ocpp.simulator.swarm import Statistics, Swarm

#: Between two renewals of the display (s): of a terminal's line, and of lines in a log.
LIVE_S, LINES_S = 1.0, 5.0


async def display(swarm: Swarm, stream: OutputWrapper) -> None:
    """Renew a line on a terminal; elsewhere write a line every few seconds."""
    live = stream.isatty()
    pause_s = LIVE_S if live else LINES_S
    answered, looked = 0, time.monotonic()
    while True:
        await asyncio.sleep(pause_s)
        statistics, now = swarm.statistics, time.monotonic()
        rate = (statistics.answered - answered) / (now - looked)
        answered, looked = statistics.answered, now
        line = progress_line(swarm, rate)
        statistics.recent = type(statistics.recent)()
        write(stream, line, renewed=live)


def progress_line(swarm: Swarm, rate: float) -> str:
    """A moment of the fleet."""
    statistics = swarm.statistics
    return _(
        "%(time)s h, %(connected)d of %(count)d connected, %(online)d at work, "
        "%(charging)d charging, %(rate).1f messages/s, p50 %(p50)s ms, p99 %(p99)s ms, "
        "%(errors)d errors, %(lost)d lost, %(refused)d refused"
    ) % {
        "time": f"{int(swarm.hour):02}:{int(swarm.hour % 1 * 60):02}",
        "connected": statistics.connected,
        "count": len(swarm.points),
        "online": statistics.online,
        "charging": statistics.charging,
        "rate": rate,
        "p50": _ms(statistics.recent.percentile_ms(50)),
        "p99": _ms(statistics.recent.percentile_ms(99)),
        "errors": statistics.errors,
        "lost": statistics.lost,
        "refused": statistics.refusals.total(),
    }


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def summarize(swarm: Swarm, seconds: float, out: OutputWrapper, *, as_json: bool) -> None:
    """Print what was done and what came of it: sent = answered + lost."""
    statistics = swarm.statistics
    if as_json:
        figures = {
            "charge_points": len(swarm.points),
            "seconds": round(seconds, 3),
            **statistics.summary(),
            "untold": swarm.untold,
        }
        out.write(json.dumps(figures))
        return
    if out.isatty():
        out.write("")
    figures = {
        "count": len(swarm.points),
        "seconds": seconds,
        "connects": statistics.connects,
        "cut": statistics.cut,
        "storms": statistics.storms,
        "refusals": reasons(statistics) or "0",
        "sent": statistics.sent,
        "answered": statistics.answered,
        "lost": statistics.lost,
        "errors": statistics.errors,
        "codes": "".join(f", {code}: {count}" for code, count in statistics.error_codes.items()),
        "late": statistics.late,
        "calls": statistics.calls,
        "sessions": statistics.sessions,
        "energy": kwh(statistics.energy_wh),
        "cards": statistics.cards_refused,
        "untold": swarm.untold,
        "p50": _ms(statistics.latencies.percentile_ms(50)),
        "p99": _ms(statistics.latencies.percentile_ms(99)),
    }
    out.write(
        _(
            "%(count)d charge points in %(seconds).1f s\n"
            "connections: %(connects)d, %(cut)d of them cut by the server, "
            "%(storms)d storms; refused: %(refusals)s\n"
            "messages: %(sent)d sent = %(answered)d answered + %(lost)d lost; "
            "%(errors)d of the answers were errors%(codes)s; %(late)d late\n"
            "answers: p50 %(p50)s ms, p99 %(p99)s ms\n"
            "calls of the server: %(calls)d\n"
            "sessions: %(sessions)d, %(energy)s kWh; cards refused: %(cards)d; "
            "charge points with messages untold: %(untold)d"
        )
        % figures
    )


def reasons(statistics: Statistics) -> str:
    """Why connections were refused, and how often."""
    return ", ".join(f"{reason}: {count}" for reason, count in statistics.refusals.most_common())
