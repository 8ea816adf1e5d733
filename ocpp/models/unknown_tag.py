"""Id tags that were held to chargers and are no cards here."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ocpp.models.charger import Charger


class UnknownTag(models.Model):
    """An id tag that no `RFID` row knows, and when and where it was last seen."""

    #: A UID as cards are stored; anything else in upper case, because case does not count.
    tag = models.CharField(_("id tag"), max_length=255, unique=True)
    #: A UID with its bytes in the opposite order, as some readers send it; "" for other tags.
    backwards = models.CharField(max_length=20, blank=True, editable=False)
    charger = models.ForeignKey(
        Charger,
        verbose_name=_("last seen at"),
        on_delete=models.CASCADE,
        related_name="unknown_tags",
    )
    first_seen = models.DateTimeField(_("first seen"))
    last_seen = models.DateTimeField(_("last seen"), db_index=True)
    times = models.PositiveIntegerField(_("times"), default=1)
    #: The AuthorizationStatus that was last answered (7.2).
    answer = models.CharField(_("answered"), max_length=20)
    ignored = models.BooleanField(
        _("ignored"), default=False, help_text=_("Staff have seen it and want no more of it.")
    )

    class Meta:
        verbose_name = _("unknown tag")
        verbose_name_plural = _("unknown tags")
        ordering = ["-last_seen", "-id"]

    def __str__(self) -> str:
        return self.tag
