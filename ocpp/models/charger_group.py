"""Groups of chargers, and what holds for all of a group."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.fields import HoursField
from ocpp.models.charger import Charger


class ChargerGroup(models.Model):
    """Chargers that are open at the same hours. A charger may be in several groups."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    chargers = models.ManyToManyField(
        Charger, verbose_name=_("chargers"), related_name="groups", blank=True
    )
    allowed_hours = HoursField(
        _("allowed hours"),
        max_length=120,
        blank=True,
        help_text=_(
            "When its chargers may be used, such as Mo-Fr 08:00-18:00; Sa 22:00-06:00."
            " Empty: always."
        ),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        help_text=_("Of its hours. Empty: as in the settings."),
    )

    class Meta:
        verbose_name = _("group of chargers")
        verbose_name_plural = _("groups of chargers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
