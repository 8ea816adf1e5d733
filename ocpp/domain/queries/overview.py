"""The numbers that staff want first: what is on, what is wrong, what waits for them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum
from django.utils.timezone import localtime

from accounts.domain.balance import kwh
from ocpp.choices import TransactionState
from ocpp.domain.queries import dashboard, reviews
from ocpp.domain.queries.dashboard import Totals
from ocpp.models import Transaction


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of now and of today, in the site's time zone."""

    chargers: Totals
    running: int
    #: Sessions that began today, and what they have delivered (Wh).
    today: int
    today_wh: int
    midnight: datetime
    #: Transactions that need a look.
    to_review: int

    @property
    def today_kwh(self) -> str:
        """The energy of today's sessions (kWh)."""
        return f"{kwh(self.today_wh):f}"


def of(now: datetime) -> Overview:
    """Five queries by indexes, however many sessions there are."""
    midnight = localtime(now).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    sessions = Transaction.objects.order_by()
    today = sessions.filter(start_time__gte=midnight).aggregate(
        count=Count("pk"), energy=Sum("energy_wh")
    )
    return Overview(
        chargers=dashboard.totals(dashboard.visible(staff=True)),
        running=sessions.filter(state=TransactionState.ACTIVE).count(),
        today=today["count"],
        today_wh=today["energy"] or 0,
        midnight=midnight,
        to_review=sessions.filter(reviews.waiting(now)).count(),
    )
