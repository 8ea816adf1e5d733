"""The processes that hold connections of charge points, and what one asks of another."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ocpp.models.charger import Charger


class ServerProcess(models.Model):
    """A process that serves charge points, for as long as it renews its lease."""

    #: As `Charger.owner` names it.
    name = models.CharField(max_length=64, unique=True)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    # Times by the clock of the database, which is the same for all machines.
    started = models.DateTimeField()
    lease_until = models.DateTimeField()
    #: How often each limit was hit in it (`ocpp.limits_hit`) until it last renewed its lease, and
    #: since when that is counted.
    limits_hit = models.JSONField(default=dict)
    counted_since = models.DateTimeField(null=True)
    #: What it told of itself when it renewed its lease: `metrics.Recent.snapshot`.
    snapshot = models.JSONField(null=True, editable=False)

    class Meta:
        verbose_name = _("process")
        verbose_name_plural = _("status of the node")

    def __str__(self) -> str:
        return self.name


class Takeover(models.Model):
    """A charge point has connected to another process than the one that holds its connection."""

    class Kind(models.TextChoices):
        """What the process that holds the older connection is to do."""

        PROBE = "probe"
        CLOSE = "close"

    #: The process that holds the older connection.
    owner = models.CharField(max_length=64, db_index=True)
    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=5, choices=Kind)
    #: To be probed: this connection. To be closed: every one that is older than this.
    epoch = models.BigIntegerField()
    #: What the probe found.
    alive = models.BooleanField(null=True)
    created = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.charger_id}/{self.epoch} at {self.owner}"
