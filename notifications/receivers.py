"""Listens to the apps below. Whoever announces is not kept waiting: one small row is written."""

import logging
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models.signals import post_save

from accounts.models import Credit
from mailer.domain import delivery
from mailer.domain.unsubscribing import unsubscribed
from notifications.domain import preferences
from notifications.models import Event, Happening
from ocpp.domain import events
from subscriptions.domain.renewing import renewed
from subscriptions.models import Renewal

logger = logging.getLogger(__name__)


def connect() -> None:
    """Connect the receivers; called once, when the apps are ready."""
    events.transaction_ended.connect(_session_ended, dispatch_uid="notifications.session")
    post_save.connect(_credit_added, sender=Credit, dispatch_uid="notifications.credit")
    unsubscribed.connect(_unsubscribed, dispatch_uid="notifications.unsubscribed")
    renewed.connect(_renewed, dispatch_uid="notifications.renewed")


def _note(kind: Happening.Kind, number: int) -> None:
    if not delivery.is_configured():
        return
    try:
        # Noted again before the duty has looked, it is one thing to look at.
        with transaction.atomic():
            Happening.objects.bulk_create(
                [Happening(kind=kind, number=number, due=datetime.now(UTC))], ignore_conflicts=True
            )
    except DatabaseError:
        # An e-mail that is missing must not undo what it was to tell.
        logger.exception("%s %s will not be told of", kind, number)


def _session_ended(transaction_id: int, **kwargs: Any) -> None:
    _note(Happening.Kind.SESSION_ENDED, transaction_id)


def _credit_added(instance: Credit, created: bool, **kwargs: Any) -> None:
    # Whoever adds one may write the amount as text.
    if created and Decimal(str(instance.amount_kwh)) < 0:
        _note(Happening.Kind.CREDIT, instance.account_id)


def _renewed(renewal: Renewal, **kwargs: Any) -> None:
    _note(Happening.Kind.RENEWAL, renewal.pk)


def _unsubscribed(address: str, topic: str, **kwargs: Any) -> None:
    event = topic.removeprefix(preferences.PREFIX)
    if topic.startswith(preferences.PREFIX) and event in Event.values:
        preferences.stop(address, [event])
