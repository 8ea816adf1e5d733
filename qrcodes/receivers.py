"""A record's file goes with the record."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from qrcodes import domain
from qrcodes.models import QRLink


@receiver(post_delete, sender=QRLink, dispatch_uid="qrcodes.discard_image")
def discard_image(sender: type[QRLink], instance: QRLink, **kwargs: Any) -> None:
    """Delete the image file once it is certain that its record is gone."""
    transaction.on_commit(lambda: domain.discard_image(instance))
