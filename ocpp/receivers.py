"""What happens when a row of this app is saved through the ORM."""

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save

from ocpp import store
from ocpp.models import Charger


def connect() -> None:
    """Connect the receivers; called once, when the apps are ready."""
    post_save.connect(_charger_saved, sender=Charger, dispatch_uid="ocpp.charger_saved")
    post_delete.connect(_charger_deleted, sender=Charger, dispatch_uid="ocpp.charger_deleted")


def _charger_deleted(sender: type[Charger], instance: Charger, **kwargs: Any) -> None:
    transaction.on_commit(partial(store.dismiss, instance.pk))


def _charger_saved(sender: type[Charger], instance: Charger, **kwargs: Any) -> None:
    """A connected charge point's session works by what staff have just changed."""
    transaction.on_commit(partial(store.refresh, instance.pk))
