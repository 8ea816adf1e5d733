"""What this process has collected and told, in plain numbers; read when somebody asks for them."""

from collections import defaultdict

from ocpp import metrics

#: Events that were written down, by type, and deliveries that were tried, by outcome.
collected: defaultdict[str, int] = defaultdict(int)
deliveries: defaultdict[str, int] = defaultdict(int)
#: To listeners: what they were told (`told`), and what had no room in their queues (`dropped`).
listeners: defaultdict[str, int] = defaultdict(int)

#: Outcomes of an attempt to deliver.
DELIVERED, FAILED, GIVEN_UP = "delivered", "failed", "given_up"


def of_process() -> dict[str, int]:
    """What the status page shows of this process: numbers that may be added up."""
    return {
        "listeners": metrics.number("event_listeners"),
        "queue": metrics.number("event_queue"),
        "told": listeners["told"],
        "dropped": listeners["dropped"],
        **{outcome: deliveries[outcome] for outcome in (DELIVERED, FAILED, GIVEN_UP)},
    }
