"""Keep a connector for somebody, and let it go."""

from datetime import datetime, timedelta
from typing import Annotated

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from ocpp.domain import clock, commands, reservations
from ocpp.domain.errors import Invalid
from ocpp.models import Charger, Command
from ocpp.operations.arguments import ConnectorOrAll, IdTag, Moment, Number
from ocpp.operations.operation import Operation

#: The longest time that is given in minutes: 30 days.
LONGEST_MINUTES = 30 * 24 * 60


@Operation
def reserve(
    charger: Charger,
    *,
    id_tag: IdTag,
    connector_id: ConnectorOrAll = 0,
    minutes: Annotated[int, Number(1, LONGEST_MINUTES)] | None = None,
    expires: Annotated[datetime, Moment()] | None = None,
    parent_id_tag: IdTag | None = None,
    user: User | None = None,
) -> Command:
    """Reserve a connector, or with 0 any, for `id_tag` (OCPP 1.6, 5.13).

    It lasts so many `minutes` from now, or until the time `expires`: one of them is needed. The
    reservation is active once the charge point has accepted it.
    """
    now = timezone.now()
    if (minutes is None) == (expires is None):
        raise Invalid("minutes", _("Give either minutes or expires."))
    if expires is None:
        expires = now + timedelta(minutes=minutes or 0)
    wish = reservations.Wish(id_tag, connector_id, expires, parent_id_tag or "")
    with transaction.atomic():
        made = reservations.make(charger, wish, user, now)
        lasts_s = int((made.expires - now).total_seconds())
        return commands.queue(
            charger,
            "reserve",
            {
                "reservation_id": made.pk,
                "connector_id": connector_id,
                "id_tag": id_tag,
                "parent_id_tag": parent_id_tag,
                "expires": clock.written(made.expires),
            },
            user=user,
            time_to_live_s=max(1, min(settings.OCPP_COMMAND_TTL_S, lasts_s)),
        )


@Operation
def cancel_reservation(
    charger: Charger,
    *,
    reservation_id: Annotated[int, Number()],
    user: User | None = None,
) -> Command:
    """Cancel a reservation (OCPP 1.6, 5.1). It has ended once the charge point has answered.

    A number that is unknown here is passed on, because a charge point may still keep a
    reservation of the system it belonged to before; one of another charger is not.
    """
    reservations.check_cancellable(charger, reservation_id)
    return commands.queue(
        charger, "cancel_reservation", {"reservation_id": reservation_id}, user=user
    )
