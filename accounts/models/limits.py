"""How much one session may have, for whoever charges."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

LEAST_KWH = Decimal("0.1")
MOST_KWH = Decimal(10_000)
MOST_MINUTES = 60 * 24 * 30


class SessionLimits(models.Model):
    """The most that a single session may deliver, and last. None is no limit."""

    max_session_kwh = models.DecimalField(
        _("most energy of a session (kWh)"),
        max_digits=8,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(LEAST_KWH), MaxValueValidator(MOST_KWH)],
        help_text=_("The session is stopped when it has so much. Empty: no limit."),
    )
    max_session_minutes = models.PositiveIntegerField(
        _("most minutes of a session"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MINUTES)],
        help_text=_("The session is stopped after so many. Empty: no limit."),
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(max_session_kwh__isnull=True) | Q(max_session_kwh__gt=0),
                name="%(class)s_session_has_energy",
            ),
            models.CheckConstraint(
                condition=Q(max_session_minutes__isnull=True) | Q(max_session_minutes__gte=1),
                name="%(class)s_session_has_a_minute",
            ),
        ]
