"""How far collecting and delivering are: looked at with a limit, and never waited for."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.domain import collecting
from events.models import Collector, Delivery, DeliveryState
from ocpp.domain.checkup import Look
from ocpp.domain.queries.status import Figure, Status


@dataclass(frozen=True, slots=True)
class Standing:
    """All of it; None where the database has not told."""

    #: How long ago events were collected (s); None also while nobody wants them.
    lag_s: float | None = None
    #: Deliveries to active webhooks that wait, and how long the oldest of them has been due (s).
    waiting: int | None = None
    overdue_s: float | None = None


def _ask() -> Standing:
    now = timezone.now()
    looked = Collector.objects.values_list("looked", flat=True).first()
    due = Delivery.objects.filter(state=DeliveryState.WAITING, webhook__active=True)
    found = due.aggregate(count=Count("pk"), oldest=Min("next_try"))
    return Standing(
        lag_s=_since(looked, now) if collecting.wanted() else None,
        waiting=found["count"],
        overdue_s=_since(found["oldest"], now) or 0.0,
    )


def _since(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else max(0.0, (now - moment).total_seconds())


standing = Look(_ask, lambda reason: Standing())


def figures(status: Status) -> list[Figure]:
    """What the status page shows of events; the counts are those of all processes that live."""
    now = standing()
    sums = status.sums("events")
    return [
        Figure(_("Events collected, seconds ago"), _whole(now.lag_s)),
        Figure(_("Listeners"), sums.get("listeners", 0)),
        Figure(_("Events waiting for listeners"), sums.get("queue", 0)),
        Figure(_("Events told to listeners"), sums.get("told", 0)),
        Figure(_("Events that listeners missed"), sums.get("dropped", 0)),
        Figure(_("Deliveries waiting"), now.waiting),
        Figure(_("Oldest delivery overdue (s)"), _whole(now.overdue_s)),
        Figure(
            _("Deliveries taken / failed / given up"),
            " / ".join(str(sums.get(one, 0)) for one in ("delivered", "failed", "given_up")),
        ),
    ]


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)
