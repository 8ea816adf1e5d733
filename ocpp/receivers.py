"""What happens when a row of this app is saved through the ORM."""

import logging
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.db.models.functions import Now
from django.db.models.signals import post_delete, post_save

from accounts.models.cards import cards_changed
from audit.watching import watch
from ocpp import changes, store
from ocpp.domain import cards_version, links, list_upkeep, uploads
from ocpp.models import (
    Charger,
    FirmwareFile,
    Holiday,
    Reservation,
    Tariff,
    TariffPrice,
    TariffVersion,
    Transaction,
    UploadSlot,
)
from qrcodes import domain as qrcodes
from qrcodes.domain import cleaning

logger = logging.getLogger(__name__)

#: What decides how much is charged: the audit has each change.
_MONEY: tuple[tuple[type[Model], str], ...] = (
    (Tariff, "tariff"),
    (TariffVersion, "tariff_version"),
    (TariffPrice, "tariff_price"),
    (Holiday, "holiday"),
)


def connect() -> None:
    """Connect the receivers; called once, when the apps are ready."""
    cleaning.register_users("ocpp", links.landing_urls_among)
    post_save.connect(_charger_saved, sender=Charger, dispatch_uid="ocpp.charger_saved")
    post_delete.connect(_charger_deleted, sender=Charger, dispatch_uid="ocpp.charger_deleted")
    cards_changed.connect(_cards_changed, dispatch_uid="ocpp.cards_changed")
    for model, name in _MONEY:
        watch(model, name)
    for changing in (Transaction, Reservation):
        uid = f"ocpp.{changing.__name__}_saved"
        post_save.connect(_something_saved, sender=changing, dispatch_uid=uid)
    for stored in (FirmwareFile, UploadSlot):
        uid = f"ocpp.{stored.__name__}_deleted"
        post_delete.connect(_file_deleted, sender=stored, dispatch_uid=uid)


def _something_saved(sender: Any, instance: Transaction | Reservation, **kwargs: Any) -> None:
    """Open pages show it."""
    if changes.wanted():
        transaction.on_commit(partial(changes.note, instance.charger_id))


def _cards_changed(**kwargs: Any) -> None:
    """Charge points' lists of cards are brought up to date by who holds their connections."""
    cards_version.bump()


def _charger_deleted(sender: type[Charger], instance: Charger, **kwargs: Any) -> None:
    transaction.on_commit(partial(store.dismiss, instance.pk))
    transaction.on_commit(partial(changes.note, instance.pk))


def _file_deleted(sender: Any, instance: FirmwareFile | UploadSlot, **kwargs: Any) -> None:
    transaction.on_commit(partial(uploads.remove_file, instance.stored_as))


def _charger_saved(sender: type[Charger], instance: Charger, **kwargs: Any) -> None:
    """A connected charge point's session works by what staff have just changed."""
    if not kwargs["created"]:
        # For the process that holds its connection, if that is another.
        Charger.objects.filter(pk=instance.pk).update(revised=Now())
    transaction.on_commit(partial(store.refresh, instance.pk))
    # One that a connection has just made has told nothing yet, and gets its QR code when somebody
    # first looks at it: its messages are handled by the thread that saves it.
    if kwargs["created"] and instance.discovered:
        return
    changed = kwargs["update_fields"]
    if changed is None or {"local_list_upkeep", "config"} & set(changed):
        list_upkeep.review(instance.pk)
    _make_qr_code(instance)


def _make_qr_code(charger: Charger) -> None:
    """Make the QR code of a charger's landing page.

    No trouble with it stops a charger from being saved: a page that shows it makes it again.
    """
    try:
        with transaction.atomic():
            qrcodes.get_or_create(links.landing_url(charger))
    except Exception:
        logger.exception("The QR code of charger %a could not be made", charger.charger_id)
