"""What the duty finds wrong with chargers, by how they are now: nothing of it is in their way."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _

from mailer.domain import queue
from mailer.models import Email, State
from notifications.domain.telling import tell_staff, when
from notifications.models import Event, Notification
from ocpp.choices import Registration
from ocpp.models import Charger, Connector, SecurityEvent, ServerProcess, StatusChange, Transaction

Lines = dict[str, Callable[[], str]]

#: What is older was told, or is no news (a node that was off, an app that is new).
NEWS = timedelta(days=1)
#: Security events and reviews that are looked at, the newest.
MOST = 500


def look(now: datetime) -> int:
    """Tell staff what is new; returns how many e-mails were queued."""
    withdraw()
    found = {
        Event.CHARGER_OFFLINE: offline(now),
        Event.CHARGER_FAULT: faulted(now),
        Event.SECURITY_EVENT: security_events(now),
        Event.REVIEW_NEEDED: reviews(now),
    }
    return sum(tell_staff(event, lines, now) for event, lines in found.items())


def offline(now: datetime) -> Lines:
    """Accepted chargers without a connection for `NOTIFY_OFFLINE_S`, one line for each time.

    Presence is read as it is at this moment. A node that has just started gives its chargers the
    same time to come back.
    """
    long_ago = now - timedelta(seconds=settings.NOTIFY_OFFLINE_S)
    serving = ServerProcess.objects.filter(lease_until__gt=now, started__lte=long_ago)
    if not serving.exists():
        return {}
    gone = Charger.objects.filter(
        owner="",
        registration=Registration.ACCEPTED,
        disconnected_at__lte=long_ago,
        disconnected_at__gt=now - NEWS,
    )
    # The epoch is the number of the connection that was lost.
    return {f"{one.pk}:{one.epoch}": _offline_line(one) for one in gone.order_by("disconnected_at")}


def withdraw() -> int:
    """Send no e-mail about chargers of which every one has come back; returns how many.

    An e-mail that waits (a mail server that was away) would be no news any more, and one of which
    some chargers are still offline is. Who is not told is told when the charger is lost again.
    """
    waiting = Notification.objects.filter(
        event=Event.CHARGER_OFFLINE, email__state=State.QUEUED
    ).values_list("email_id", "key")
    keys: dict[int, set[str]] = {}
    for number, key in waiting:
        if number is not None:
            keys.setdefault(number, set()).add(key)
    numbers = {key.partition(":")[0] for told in keys.values() for key in told}
    gone = Charger.objects.filter(pk__in=numbers, owner="").values_list("pk", "epoch")
    still = {f"{pk}:{epoch}" for pk, epoch in gone}
    back = [number for number, told in keys.items() if not told & still]
    return queue.cancel(Email.objects.filter(pk__in=back), _("The chargers are back."))


def _offline_line(charger: Charger) -> Callable[[], str]:
    since = charger.disconnected_at
    assert since is not None  # noqa: S101  (it was filtered by it)
    return lambda: _("%(charger)s, since %(time)s") % {"charger": charger, "time": when(since)}


def faulted(now: datetime) -> Lines:
    """Connectors that have been out of order for `NOTIFY_FAULT_S`, one line for each time."""
    faulty = Connector.objects.filter(
        status="Faulted", charger__registration=Registration.ACCEPTED
    ).select_related("charger")
    lines: Lines = {}
    for one in faulty:
        # `status_time` is by the charger's clock and changes when it tells the same again; the
        # history has one row for each time that it became so.
        changes = StatusChange.objects.filter(
            charger=one.charger_id, connector_id=one.connector_id, status="Faulted"
        )
        began = changes.order_by("-time", "-pk").values_list("pk", "time").first()
        old_enough = now - timedelta(seconds=settings.NOTIFY_FAULT_S)
        if began is not None and now - NEWS < began[1] <= old_enough:
            lines[str(began[0])] = _fault_line(one, began[1])
    return lines


def _fault_line(connector: Connector, since: datetime) -> Callable[[], str]:
    def line() -> str:
        return _("%(charger)s, connector %(number)d, since %(time)s: %(error)s") % {
            "charger": connector.charger,
            "number": connector.connector_id,
            "time": when(since),
            "error": " ".join(filter(None, (connector.error_code, connector.info))) or "–",
        }

    return line


def security_events(now: datetime) -> Lines:
    """The newest security events."""
    newest = SecurityEvent.objects.aggregate(pk=Max("pk"))["pk"] or 0
    rows = SecurityEvent.objects.filter(pk__gt=newest - MOST, received__gt=now - NEWS)

    rows = rows.select_related("charger").order_by("pk")
    return {str(one.pk): _security_line(one) for one in rows}


def _security_line(event: SecurityEvent) -> Callable[[], str]:
    def line() -> str:
        return f"{when(event.time)}, {event.charger}: {event.type} {event.tech_info}".strip()

    return line


def reviews(now: datetime) -> Lines:
    """Sessions that need a review and ended since yesterday."""
    rows = Transaction.objects.filter(needs_review=True, stop_time__gt=now - NEWS)
    newest = rows.select_related("charger").order_by("-pk")[:MOST]
    return {str(one.pk): _review_line(one) for one in reversed(newest)}


def _review_line(session: Transaction) -> Callable[[], str]:
    def line() -> str:
        return _("session %(number)d at %(charger)s, %(energy)s kWh so far") % {
            "number": session.pk,
            "charger": session.charger,
            "energy": f"{session.energy_kwh:.3f}",
        }

    return line
