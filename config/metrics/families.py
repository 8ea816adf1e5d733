"""Every metric of a node: its name, what it means, and where its numbers come from."""

import os
from collections.abc import Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.utils import floatToGoString

from config.env import BASE_DIR
from config.metrics.kinds import Counter, Distribution, Family, Gauge, Values
from events import metrics as of_events
from events.domain.standing import standing
from ocpp import metrics
from ocpp.domain import checkup

PREFIX = "constellation_"


def _labelled(counts: Mapping[str, int]) -> Values:
    return {(label,): float(value) for label, value in list(dict(counts).items())}


def _one(value: float) -> Values:
    return {(): value}


def _calls() -> Values:
    sides = (("in", metrics.received), ("out", metrics.sent))
    return {
        (side, action): float(value)
        for side, counts in sides
        for action, value in counts.copy().items()
    }


#: What each process counts and holds by itself.
PROCESS: tuple[Family, ...] = (
    Gauge(
        "connected_chargers",
        "Charge points that are connected.",
        (),
        lambda: _one(metrics.number("connected")),
    ),
    Counter(
        "messages",
        "Calls of charge points (in) and to them (out), by action.",
        ("direction", "action"),
        _calls,
    ),
    Gauge(
        "messages_per_second",
        "Calls of charge points a second, over the last 10 s.",
        (),
        lambda: _one(metrics.recent.messages_a_second()),
    ),
    Counter(
        "call_errors",
        "Calls of charge points that were answered with an error, by its code.",
        ("code",),
        lambda: _labelled(metrics.errors),
    ),
    Counter(
        "handshakes",
        "Handshakes of charge points by outcome: accepted, or the code of the refusal.",
        ("outcome",),
        lambda: _labelled(metrics.handshakes),
    ),
    Counter(
        "anomalies",
        "Recorded oddities of charge points, by kind.",
        ("kind",),
        lambda: _labelled(metrics.anomalies),
    ),
    Counter(
        "commands",
        "Commands to charge points that came to a state.",
        ("state",),
        lambda: _labelled(metrics.commands),
    ),
    Counter(
        "limits_hit",
        "How often a limit was hit.",
        ("limit",),
        lambda: _labelled(metrics.mapping("limits")),
    ),
    Counter(
        "not_stored",
        "Jobs of the writer that could not be stored: for the database, or for the message itself.",
        ("reason",),
        lambda: _labelled(metrics.not_stored),
    ),
    Gauge(
        "writer_queue",
        "Jobs that wait for the writer's next batch.",
        (),
        lambda: _one(metrics.number("queue")),
    ),
    Distribution("commit_seconds", "Duration of a COMMIT of the writer.", metrics.commit_seconds),
    Distribution(
        "batch_seconds",
        "Duration of a batch of the writer, from its first job to the end of its COMMIT.",
        metrics.batch_seconds,
    ),
    Distribution("batch_size", "Jobs in one COMMIT of the writer.", metrics.batch_size),
    Counter(
        "events_collected",
        "Events that were written down, by type.",
        ("type",),
        lambda: _labelled(of_events.collected),
    ),
    Counter(
        "events_told",
        "Events and messages that were told to listeners, or dropped for want of room.",
        ("outcome",),
        lambda: _labelled(of_events.listeners),
    ),
    Gauge(
        "event_listeners",
        "Listeners to events that are connected.",
        (),
        lambda: _one(metrics.number("event_listeners")),
    ),
    Gauge(
        "event_queue",
        "Events that wait for a listener to read.",
        (),
        lambda: _one(metrics.number("event_queue")),
    ),
    Counter(
        "webhook_deliveries",
        "Attempts to tell a webhook, by outcome.",
        ("outcome",),
        lambda: _labelled(of_events.deliveries),
    ),
    Gauge(
        "process_memory_bytes",
        "Resident memory of each process.",
        (),
        lambda: _one(metrics.memory()),
        together="liveall",
    ),
    Gauge(
        "process_start_time_seconds",
        "When each process began (s since 1970).",
        (),
        lambda: _one(metrics.BEGUN),
        together="liveall",
    ),
)


def _info() -> Values:
    version = (BASE_DIR / "VERSION").read_text().strip()
    return {(version, checkup.vendor()): 1.0}


def _redis() -> Values:
    found = checkup.redis()
    return {} if found is None else _one(found.ok)


def _disks(size: bool) -> Values:
    return {
        (", ".join(one.names),): float(one.size if size else one.free) for one in checkup.disks()
    }


def _optional(value: float | None) -> Values:
    return {} if value is None else _one(value)


#: What is the same whichever process is asked.
NODE: tuple[Gauge, ...] = (
    Gauge("info", "Version of the node and kind of its database.", ("version", "database"), _info),
    Gauge(
        "database_up",
        "Whether the database answers within a second.",
        (),
        lambda: _one(checkup.database().ok),
    ),
    Gauge(
        "database_size_bytes",
        "Size of the database.",
        (),
        lambda: _optional(checkup.database().size),
    ),
    Gauge("redis_up", "Whether Redis answers; absent where none is named.", (), _redis),
    Gauge(
        "commands_queued",
        "Commands that wait to be sent.",
        (),
        lambda: _optional(checkup.database().queued),
    ),
    Gauge(
        "events_lag_seconds",
        "How long ago events were collected; absent while nobody wants to know.",
        (),
        lambda: _optional(standing().lag_s),
    ),
    Gauge(
        "webhook_deliveries_waiting",
        "Deliveries to active webhooks that wait.",
        (),
        lambda: _optional(standing().waiting),
    ),
    Gauge(
        "webhook_overdue_seconds",
        "How long the oldest delivery that waits has been due.",
        (),
        lambda: _optional(standing().overdue_s),
    ),
    Gauge(
        "disk_free_bytes", "Free disk, by what is kept there.", ("holds",), lambda: _disks(False)
    ),
    Gauge("disk_size_bytes", "Size of the disk.", ("holds",), lambda: _disks(True)),
)


def names() -> set[str]:
    """The names of all series, as a query names them."""
    found = set()
    for family in (*PROCESS, *NODE):
        name = PREFIX + family.name
        if isinstance(family, Counter):
            found.add(f"{name}_total")
        elif isinstance(family, Distribution):
            found |= {f"{name}_{part}" for part in ("bucket", "sum", "count")}
        else:
            found.add(name)
    return found


class OfProcess:
    """Prometheus's collector of this process, where it is the only one."""

    def collect(self) -> Iterator[Metric]:
        """Each family with its values now."""
        for family in PROCESS:
            yield _metric(family, pid=str(os.getpid()))


class OfNode:
    """The collector of what no process has for itself."""

    def collect(self) -> Iterator[Metric]:
        """Each family with its values now."""
        for family in NODE:
            yield _metric(family)


def buckets(values: metrics.Histogram) -> list[tuple[str, int]]:
    """The bounds as Prometheus writes them, and how many values are between one and the last."""
    bounds = [*values.bounds, float("inf")]
    return [
        (floatToGoString(bound), n) for bound, n in zip(bounds, list(values.counts), strict=True)
    ]


def _metric(family: Family, pid: str = "") -> Metric:
    name = PREFIX + family.name
    if isinstance(family, Distribution):
        metric = HistogramMetricFamily(name, family.help)
        total, grown = 0, []
        for bound, count in buckets(family.values):
            total += count
            grown.append((bound, float(total)))
        metric.add_metric([], grown, family.values.sum)
        return metric
    if isinstance(family, Counter):
        counter = CounterMetricFamily(name, family.help, labels=family.labels)
        for labels, value in family.read().items():
            counter.add_metric(labels, value)
        return counter
    each = family.together == "liveall"
    gauge = GaugeMetricFamily(name, family.help, labels=(*family.labels, *(["pid"] * each)))
    for labels, value in family.read().items():
        gauge.add_metric((*labels, *([pid] * each)), float(value))
    return gauge
