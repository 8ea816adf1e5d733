"""The nodes of the constellation, as far as this one knows them."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: The port of a node that names none.
PORT = 8000


class State(models.TextChoices):
    """How lately a node has said that it is there."""

    ONLINE = "online", _("online")
    LATE = "late", _("late")
    LOST = "lost", _("lost")


class Node(models.Model):
    """A running copy of this project: where it is, what it runs, when it was heard of last."""

    hostname = models.CharField(
        _("host name"),
        max_length=253,
        unique=True,
        help_text=_("By which it is known here: a second registration changes the same row."),
    )
    address = models.CharField(
        _("address"), max_length=253, help_text=_("An IP address, or a name that leads to it.")
    )
    port = models.PositiveIntegerField(
        _("port"), default=PORT, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    version = models.CharField(_("version"), max_length=40, blank=True)
    role = models.CharField(
        _("role"), max_length=40, blank=True, help_text=_("A word such as hub or site.")
    )
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=8,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(-90)), MaxValueValidator(Decimal(90))],
    )
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(-180)), MaxValueValidator(Decimal(180))],
    )
    #: By the clock of this node.
    last_seen = models.DateTimeField(_("last seen"), null=True, editable=False)
    created = models.DateTimeField(_("registered"), auto_now_add=True)

    class Meta:
        verbose_name = _("node")
        verbose_name_plural = _("nodes")
        ordering = ["hostname"]

    def __str__(self) -> str:
        return self.hostname

    def clean(self) -> None:
        """Hold staff to what is asked of nodes. Raises ValidationError."""
        from nodes.domain import registry

        for name, read in (("hostname", registry.host_name), ("address", registry.address)):
            try:
                setattr(self, name, read(getattr(self, name)))
            except registry.BadNode as error:
                raise ValidationError({name: str(error)}) from None

    def state_at(self, now: datetime) -> State:
        """How lately it has been heard of."""
        silent = timedelta.max if self.last_seen is None else now - self.last_seen
        if silent > timedelta(seconds=settings.NODE_LOST_S):
            return State.LOST
        return State.LATE if silent > timedelta(seconds=settings.NODE_LATE_S) else State.ONLINE

    @property
    def state(self) -> State:
        """How lately it has been heard of, now."""
        return self.state_at(timezone.now())
