"""Have a charge point fetch, check and install signed firmware."""

from typing import Annotated

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from ocpp.domain import clock, commands, firmware_files, uploads
from ocpp.domain.certificates import firmware_signature, reading
from ocpp.domain.errors import Invalid
from ocpp.models import Charger, Command
from ocpp.operations.arguments import Text
from ocpp.operations.certificates import Pem
from ocpp.operations.firmware import (
    FirmwareNumber,
    Location,
    Retries,
    RetryInterval,
    Time,
    one_place,
    queue_with_ticket,
)
from ocpp.operations.operation import Operation


@Operation
def signed_update_firmware(
    charger: Charger,
    *,
    signing_certificate: Annotated[str, Pem()],
    signature: Annotated[str, Text(800)],
    location: Location | None = None,
    firmware: FirmwareNumber | None = None,
    retrieve_date: Time | None = None,
    install_date: Time | None = None,
    retries: Retries | None = None,
    retry_interval: RetryInterval | None = None,
    user: User | None = None,
) -> Command:
    """Fetch firmware, check its signature and install it (Security Whitepaper, L01).

    The manufacturer gives the certificate (PEM) and the signature (base64). That the signature is
    the file's is checked here for a file of this node, by the charge point for any. The id of the
    request is the number of the command, and progress stands with it.
    """
    one_place(location, firmware)
    signed = firmware_signature.read("signature", signature)
    retrieve_date = retrieve_date or timezone.now().replace(microsecond=0)
    if install_date is not None and install_date < retrieve_date:
        first = {"first": clock.written(retrieve_date)}
        raise Invalid("install_date", _("must not be before %(first)s.") % first)
    payload = {
        "location": location,
        "retrieve_date": clock.written(retrieve_date),
        "install_date": None if install_date is None else clock.written(install_date),
        "signing_certificate": signing_certificate,
        "signature": signature,
        "retries": retries,
        "retry_interval": retry_interval,
    }
    file = None
    if firmware is not None:
        file = firmware_files.find(firmware)
        firmware_signature.check(
            "signature",
            signed,
            reading.read_certificate("signing_certificate", signing_certificate),
            uploads.folder() / file.stored_as,
        )
    name = "signed_update_firmware"
    with transaction.atomic():
        if file is None:
            command = commands.queue(charger, name, payload, user=user)
        else:
            command = queue_with_ticket(charger, name, payload, file, user)
        command.payload["request_id"] = command.pk
        command.save(update_fields=["payload"])
    return command
