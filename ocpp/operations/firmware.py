"""Have a charge point fetch and install firmware."""

from typing import Annotated

from django.utils import timezone

from accounts.models import User
from ocpp.domain import commands
from ocpp.models import Charger, Command
from ocpp.operations.arguments import Moment, Number, Url, as_text
from ocpp.operations.operation import Operation

#: The standard's word is anyURI; what charge points speak, and a length that they all store.
Location = Annotated[str, Url(("http", "https", "ftp", "ftps", "sftp"), max_length=512)]
Time = Annotated[str, Moment()]
#: How often to try again, and how long to wait before that (s).
Retries = Annotated[int, Number(0, 100)]
RetryInterval = Annotated[int, Number(0, 7 * 24 * 3600)]


@Operation
def update_firmware(
    charger: Charger,
    *,
    location: Location,
    retrieve_date: Time | None = None,
    retries: Retries | None = None,
    retry_interval: RetryInterval | None = None,
    user: User | None = None,
) -> Command:
    """Fetch firmware from a URL, now or from a time on, and install it (OCPP 1.6, 5.19).

    Its progress is in `Charger.firmware_status`. `retry_interval` is in s.
    """
    return commands.queue(
        charger,
        "update_firmware",
        {
            "location": location,
            "retrieve_date": retrieve_date or as_text(timezone.now()),
            "retries": retries,
            "retry_interval": retry_interval,
        },
        user=user,
    )
