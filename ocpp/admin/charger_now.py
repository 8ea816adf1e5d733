"""What goes on at a charger at this moment: its page in the admin follows it."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ocpp.choices import OPEN_RESERVATION_STATES, TransactionState
from ocpp.models import Charger, Command, Reservation, Transaction

TEMPLATE = "admin/ocpp/charger/now.html"

#: Of commands the newest are shown.
MOST_COMMANDS = 5

#: Which part of the way a firmware update (OCPP 1.6, 7.25; Security Whitepaper) has come, in %.
_FIRMWARE = {
    "DownloadScheduled": 5,
    "Downloading": 20,
    "DownloadPaused": 20,
    "Downloaded": 50,
    "SignatureVerified": 60,
    "InstallScheduled": 60,
    "Installing": 75,
    "InstallRebooting": 90,
    "Installed": 100,
}
#: The same of an upload of diagnostics or a log (7.24; Security Whitepaper).
_UPLOAD = {"Uploading": 50, "Uploaded": 100}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something has come: the charge point's word, and % where it goes on or is done."""

    what: str | Promise
    status: str
    percent: int | None

    @property
    def failed(self) -> bool:
        """Whether it has ended without success, by the word itself."""
        return self.percent is None


@dataclass(frozen=True, slots=True)
class Now:
    """What is shown of a charger."""

    charger: Charger
    url: str
    progress: list[Progress]
    reservations: list[Reservation]
    transactions: list[Transaction]
    commands: list[Command]


def of(charger: Charger, now: datetime | None = None) -> Now:
    """What goes on at `charger`: three queries."""
    now = now or timezone.now()
    return Now(
        charger=charger,
        url=reverse("admin:ocpp_charger_now", args=[charger.pk]),
        progress=_progress(charger),
        reservations=list(
            charger.reservations.filter(
                state__in=OPEN_RESERVATION_STATES, expires__gt=now
            ).order_by("expires")
        ),
        transactions=list(
            charger.transactions.filter(state=TransactionState.ACTIVE).order_by("pk")
        ),
        commands=list(charger.commands.order_by("-pk")[:MOST_COMMANDS]),
    )


def _progress(charger: Charger) -> list[Progress]:
    """Idle and nothing at all say nothing."""
    told = [
        (_("firmware update"), charger.firmware_status, _FIRMWARE),
        (_("diagnostics"), charger.diagnostics_status, _UPLOAD),
        (_("log"), charger.log_status, _UPLOAD),
    ]
    return [
        Progress(what, status, steps.get(status))
        for what, status, steps in told
        if status and status != "Idle"
    ]
