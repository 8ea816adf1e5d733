"""Have a charge point fetch and install firmware."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from ocpp.domain import clock, commands, firmware_files
from ocpp.domain.errors import Invalid
from ocpp.models import Charger, Command, FirmwareFile
from ocpp.operations.arguments import Moment, Number, Url
from ocpp.operations.operation import Operation

#: The standard's word is anyURI; what charge points speak, and a length that they all store.
Location = Annotated[str, Url(("http", "https", "ftp", "ftps", "sftp"), max_length=512)]
Time = Annotated[datetime, Moment()]
#: How often to try again, and how long to wait before that (s).
Retries = Annotated[int, Number(0, 100)]
RetryInterval = Annotated[int, Number(0, 7 * 24 * 3600)]
#: The number of a file that this node hosts.
FirmwareNumber = Annotated[int, Number(1)]

#: How long ahead a file of this node may be ordered.
LATEST = timedelta(days=365)


@Operation
def update_firmware(
    charger: Charger,
    *,
    location: Location | None = None,
    firmware: FirmwareNumber | None = None,
    retrieve_date: Time | None = None,
    retries: Retries | None = None,
    retry_interval: RetryInterval | None = None,
    user: User | None = None,
) -> Command:
    """Fetch firmware, now or from a time on, and install it (OCPP 1.6, 5.19).

    It is at `location`, or a file of this node by its number. Its progress is in
    `Charger.firmware_status`. `retry_interval` is in s. Raises NotFound for an unknown number.
    """
    one_place(location, firmware)
    retrieve_date = retrieve_date or timezone.now()
    payload = {
        "location": location,
        "retrieve_date": clock.written(retrieve_date),
        "retries": retries,
        "retry_interval": retry_interval,
    }
    if firmware is None:
        return commands.queue(charger, "update_firmware", payload, user=user)
    with transaction.atomic():
        file = firmware_files.find(firmware)
        return queue_with_ticket(charger, "update_firmware", payload, file, user)


def one_place(location: str | None, firmware: int | None) -> None:
    """Raise Invalid unless there is a URL, or a file of this node, and not both."""
    if location is None and firmware is None:
        raise Invalid("location", _("is required, unless firmware is the number of a file here."))
    if location is not None and firmware is not None:
        raise Invalid("firmware", _("cannot be given together with location."))


def queue_with_ticket(
    charger: Charger, action: str, payload: dict[str, Any], file: FirmwareFile, user: User | None
) -> Command:
    """Queue an order for a file of this node, with an address for it. Needs a transaction."""
    now = timezone.now()
    from_when = max(datetime.fromisoformat(payload["retrieve_date"]), now)
    if from_when > now + LATEST:
        raise Invalid("retrieve_date", _("must be within a year for a file of this node."))
    ticket, url = firmware_files.make_ticket(file, charger, from_when)
    command = commands.queue(charger, action, payload | {"location": url}, user=user)
    ticket.command = command
    ticket.save(update_fields=["command"])
    return command
