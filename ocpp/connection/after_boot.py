"""What a charge point is asked a while after its boot: at once, some are not ready for it."""

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.conf import settings

from ocpp.connection.jobs import Do
from ocpp.domain import after_boot
from ocpp.domain.errors import DomainError
from ocpp.models import Charger
from ocpp.writer.group_commit import writer

if TYPE_CHECKING:
    from ocpp.connection.session import Session

#: After a power cut all boot at once; they are asked over this many times the delay.
SPREAD = 3


def plan(session: "Session") -> None:
    """Ask for its configuration in a while. Another boot before that begins the while anew."""
    if session.after_boot is not None:
        session.after_boot.cancel()
    least_s = settings.OCPP_READ_CONFIGURATION_DELAY_S
    delay_s = random.uniform(least_s, SPREAD * least_s)  # noqa: S311  (no secret)
    session.after_boot = session.loop.call_later(delay_s, _ask, session)


def _ask(session: "Session") -> None:
    if session.closed:
        return
    # It may have been rejected, deleted or have a full queue: then it is not asked.
    refusals = (DomainError, Charger.DoesNotExist)
    now = datetime.now(UTC)
    writer.submit(Do(after_boot.read_configuration, session.charger_pk, now, expected=refusals))
