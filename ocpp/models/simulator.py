"""A simulated charge point that staff start and stop in the admin."""

from datetime import timedelta
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.sealed import SealedTextField

#: How long a running simulator may go without a sign of life before it counts as lost. The
#: process that runs it writes one every two seconds.
LEASE = timedelta(seconds=10)


class SimulatorState(models.TextChoices):
    """What a simulator is doing, as `Simulator.state` computes it."""

    IDLE = "idle", _("Not started")
    RUNNING = "running", _("Running")
    STOPPING = "stopping", _("Stopping")
    FINISHED = "finished", _("Finished")
    FAILED = "failed", _("Failed")
    LOST = "lost", _("Not running: its process has ended")


class SimulatorPhase(models.TextChoices):
    """Where a running simulator is; the values are those of `ocpp.simulator.Phase`."""

    OFFLINE = "offline", _("Offline")
    CONNECTING = "connecting", _("Connecting")
    BOOTING = "booting", _("Waiting to be accepted")
    AVAILABLE = "available", _("Available")
    UNAVAILABLE = "unavailable", _("Out of service")
    RESERVED = "reserved", _("Reserved")
    PREPARING = "preparing", _("Vehicle plugged in")
    CHARGING = "charging", _("Charging")
    FINISHING = "finishing", _("Ending the transaction")


class Simulator(models.Model):
    """What a simulated charge point does, and whether it is doing it now.

    The columns from `run` on are written by `ocpp.domain.simulators` only. They are facts of
    one run: which process does it, and when it last gave a sign of life. Whether it is running
    *now* is computed from them by `state`, so that a row whose process was killed tells it.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    host = models.CharField(_("host"), max_length=255, default="127.0.0.1")
    ws_port = models.PositiveIntegerField(
        _("WebSocket port"),
        default=8000,
        validators=[MinValueValidator(1), MaxValueValidator(65535)],
    )
    cp_path = models.CharField(
        _("charge point path"),
        max_length=255,
        help_text=_("Path of the WebSocket; its last part is the id of the charge point."),
    )
    ssl = models.BooleanField(_("TLS"), default=False, help_text=_("Connect with wss://."))
    username = models.CharField(
        _("user name"),
        max_length=100,
        blank=True,
        help_text=_("For HTTP Basic. Empty: the id of the charge point."),
    )
    password = SealedTextField(_("password"), blank=True, default="")

    rfid = models.CharField(_("RFID"), max_length=20, default="FFFFFFFF")
    connector_id = models.PositiveSmallIntegerField(
        _("connector"), default=1, validators=[MinValueValidator(1)]
    )
    autostart = models.BooleanField(
        _("start by itself"),
        default=True,
        help_text=_("Present the card by itself. Otherwise it waits for a remote start."),
    )
    pre_charge_delay_s = models.PositiveIntegerField(
        _("delay before charging (s)"), default=0, validators=[MaxValueValidator(86_400)]
    )
    duration_s = models.PositiveIntegerField(
        _("duration (s)"),
        default=600,
        validators=[MinValueValidator(1), MaxValueValidator(604_800)],
        help_text=_("How long one transaction takes."),
    )
    interval_s = models.PositiveIntegerField(
        _("interval (s)"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(86_400)],
        help_text=_("Time between two MeterValues."),
    )
    power_kw = models.DecimalField(
        _("power (kW)"),
        max_digits=6,
        decimal_places=2,
        default=Decimal("11.00"),
        validators=[MinValueValidator(Decimal("0.1")), MaxValueValidator(Decimal(1000))],
    )
    repeat = models.BooleanField(
        _("repeat"), default=False, help_text=_("Begin again after each session, until stopped.")
    )

    run = models.UUIDField(null=True, editable=False, unique=True)
    run_by = models.CharField(_("process"), max_length=100, blank=True, editable=False)
    run_state = models.CharField(
        max_length=8, choices=SimulatorState, default=SimulatorState.IDLE, editable=False
    )
    phase = models.CharField(
        _("phase"),
        max_length=11,
        choices=SimulatorPhase,
        default=SimulatorPhase.OFFLINE,
        editable=False,
    )
    stop_requested = models.BooleanField(default=False, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, editable=False)
    beat_at = models.DateTimeField(_("last sign of life"), null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    sessions = models.PositiveIntegerField(_("sessions"), default=0, editable=False)
    energy_wh = models.BigIntegerField(_("energy of this run (Wh)"), default=0, editable=False)
    register_wh = models.BigIntegerField(_("meter register (Wh)"), default=0, editable=False)
    error_kind = models.CharField(max_length=20, blank=True, editable=False)
    error_detail = models.TextField(blank=True, editable=False)

    class Meta:
        verbose_name = _("simulator")
        verbose_name_plural = _("simulators")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> SimulatorState:
        """What it is doing now; a run without a sign of life for `LEASE` is lost."""
        if self.run_state != SimulatorState.RUNNING:
            return SimulatorState(self.run_state)
        if self.beat_at is None or timezone.now() - self.beat_at > LEASE:
            return SimulatorState.LOST
        return SimulatorState.STOPPING if self.stop_requested else SimulatorState.RUNNING

    @property
    def running(self) -> bool:
        """Whether some process runs it now."""
        return self.state in (SimulatorState.RUNNING, SimulatorState.STOPPING)
