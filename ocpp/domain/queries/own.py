"""What a driver sees of their own account: what it has, what runs, and what has ended."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from accounts.domain import authorization, balance
from accounts.domain.authorization import Verdict
from accounts.domain.balance import Balance
from accounts.models import Account, User
from ocpp.domain import driving
from ocpp.domain.queries import session_now, statements
from ocpp.domain.queries.session_now import SessionNow
from ocpp.models import Transaction

#: Of more sessions that run, the oldest are shown.
MOST_RUNNING = 10


@dataclass(frozen=True)
class Own:
    """A driver's account now; all of it is empty for a user who has none."""

    account: Account | None = None
    balance: Balance | None = None
    #: Whether the account may charge, and why (not).
    verdict: Verdict | None = None
    running: list[SessionNow] = field(default_factory=list)


def of(user: User, now: datetime) -> Own:
    """The account of `user` now. Three queries, and five at most for each session that runs."""
    account = Account.objects.select_related("user").filter(user=user).first()
    if account is None:
        return Own()
    energy = balance.of(account)
    running = driving.own_sessions(account)[:MOST_RUNNING]
    return Own(
        account,
        energy,
        authorization.judge(account, energy, now),
        [session_now.of(one, now) for one in running],
    )


def history(account: Account) -> QuerySet[Transaction]:
    """The sessions of an account that have ended, the newest first, with all that a row shows."""
    found = statements.ended(account).select_related("charger", "vehicle", "cost")
    return found.order_by("-stop_time", "-pk")
