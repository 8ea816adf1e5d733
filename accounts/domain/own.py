"""What people may change of their own: contact data, cards, vehicles."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import RFID, Account, Address, User, Vehicle

#: More vehicles than that are no driver's, and are added by staff.
MOST_VEHICLES = 20


class Refused(Exception):
    """A rule refuses; the message is a translated sentence for people."""


def cards_of(user: User) -> QuerySet[RFID]:
    """The cards of a user."""
    return RFID.objects.filter(user=user)


def report_lost(card: RFID, now: datetime) -> bool:
    """Let a card authorise nothing from now on. Returns False when it did not before either.

    Only staff can allow it again. Why it is blocked is stored in the source language, for them.
    """
    why = f"Reported as lost by its user, {now:%Y-%m-%d %H:%M} UTC."
    allowed = RFID.objects.filter(pk=card.pk, user=card.user_id, allowed=True)
    return bool(allowed.update(allowed=False, block_reason=why))


def vehicles_of(user: User) -> QuerySet[Vehicle]:
    """The vehicles of a user's account."""
    return Vehicle.objects.filter(account__user=user)


def save_vehicle(vehicle: Vehicle) -> None:
    """Add a vehicle to its account, or change it.

    Raises Refused where the account has as many as it may have, or somebody has just added one
    with the same VIN.
    """
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=vehicle.account_id)
        if vehicle._state.adding and account.vehicles.count() >= MOST_VEHICLES:
            raise Refused(
                _("You have %(count)d vehicles already. Ask the operator to add more.")
                % {"count": MOST_VEHICLES}
            )
        try:
            with transaction.atomic():
                vehicle.save()
        except IntegrityError:
            raise Refused(_("A vehicle with this VIN has just been added.")) from None


def move(user: User, wanted: Address | None) -> None:
    """Make `wanted`, which is not saved yet, the address of a user; None: they have none.

    An address that others share stays as it is for them: the user gets one of their own.
    """
    with transaction.atomic():
        old = User.objects.select_for_update().values_list("address", flat=True).get(pk=user.pk)
        if wanted is not None:
            others = User.objects.filter(address=old).exclude(pk=user.pk)
            wanted.pk = None if old is None or others.exists() else old
            wanted._state.adding = wanted.pk is None
            wanted.save()
        user.address = wanted
        # A charger is at an address.
        user.has_charger = user.has_charger and wanted is not None
        user.save(update_fields=["address", "has_charger"])
