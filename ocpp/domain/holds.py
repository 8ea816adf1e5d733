"""Energy held for a session before it flows, so that no two sessions spend the same credit.

A hold is taken when a session starts where credit counts, grows in steps while it charges, and is
gone when it ends. The account's row is locked meanwhile: two chargers that ask at the same moment
are served one after the other. A session whose hold cannot grow is stopped before it is used up.
"""

from django.conf import settings

from accounts.domain import balance
from accounts.models import Account
from accounts.prepared import Prepared
from ocpp.choices import StopCause, TransactionState
from ocpp.domain import anomalies, stopping
from ocpp.domain.oddities import Oddity, odd
from ocpp.domain.station import Known, Station
from ocpp.models import Transaction

_LOCKED = Prepared(
    lambda pk: Account.objects.select_for_update().filter(pk=pk).order_by().only("pk"), 1
)


def take(account: Account) -> int:
    """Energy (Wh) for a new session of `account`: a step, or what is left; 0 when nothing is.

    In a transaction, which the hold becomes part of when the caller saves it with the session.
    """
    return max(0, min(step_wh(), _available(account.pk)))


def step_wh() -> int:
    """How much is held at a time (Wh)."""
    step: int = settings.OCPP_HOLD_WH
    return max(1, step)


def _available(account_pk: int) -> int:
    """What is left that no session holds (Wh); until COMMIT nobody else may take any of it."""
    account = _LOCKED.first(account_pk)
    if account is None:
        raise Account.DoesNotExist(f"There is no account {account_pk} to hold energy of.")
    return balance.of(account).available_wh


def is_low(known: Known, so_far: int) -> bool:
    """Whether the hold of a session nears its end: within a fifth of a step, or at the next value.

    It is assumed that as much flows until the next value as since the last one.
    """
    if known.held_wh is None:
        return False
    return known.held_wh - so_far < max(so_far - known.so_far, step_wh() // 5)


def _is_used_up(known: Known, so_far: int) -> bool:
    """Whether a hold that cannot grow lasts no longer than to the next value.

    At most `OCPP_HOLD_MARGIN_WH` is left unused: where values are rare nobody knows when it ends.
    """
    margin = min(so_far - known.so_far, settings.OCPP_HOLD_MARGIN_WH)
    return known.held_wh is not None and known.held_wh - so_far <= max(0, margin)


def extend(station: Station, transaction_id: int, known: Known, so_far: int) -> None:
    """Let the hold of a running session grow; where it cannot, have the session stopped in time."""
    found = (
        Transaction.objects.select_for_update()
        .filter(pk=transaction_id, state=TransactionState.ACTIVE, held_wh__isnull=False)
        .first()
    )
    if found is None or found.account_id is None or found.held_wh is None:
        known.held_wh = None
        return
    # What this session has used beyond its hold, or beyond what is stored so far, counts as well.
    unsaved = max(0, so_far - max(found.energy_wh, found.held_wh))
    available = _available(found.account_id) - unsaved
    grant = min(step_wh(), available)
    if grant > 0:
        found.held_wh = max(found.held_wh, so_far) + grant
        if found.stop_cause == StopCause.CREDIT:
            found.stop_asked, found.stop_cause = None, ""
        found.save(update_fields=["held_wh", "stop_asked", "stop_cause"])
        known.held_wh = found.held_wh
    if _is_used_up(known, so_far) and stopping.ask(found, StopCause.CREDIT, station.now):
        no_credit = odd(Oddity.NO_CREDIT, held=found.held_wh)
        anomalies.note(station, no_credit, transaction_id=found.pk)
