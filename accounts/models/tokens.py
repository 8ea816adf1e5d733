"""API tokens."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ApiToken(models.Model):
    """A key with which a program speaks for a user. Only its SHA-256 is stored."""

    class Scope(models.TextChoices):
        """How much of what its user may do the program may do."""

        READ = "read", _("read only")
        FULL = "full", _("read and change")
        SOME = "some", _("some areas only")

    class Area(models.TextChoices):
        """What a program may be let into; `domain.scopes` says what belongs to which."""

        CHARGING = "charging", pgettext_lazy("an area of tokens", "charging")
        PEOPLE = "people", _("people and cards")
        MONEY = "money", _("energy and money")
        NODES = "nodes", _("nodes")
        SETTINGS = "settings", _("settings and the rest")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="api_tokens",
    )
    name = models.CharField(
        _("name"), max_length=100, help_text=_("Which program uses it, and where.")
    )
    scope = models.CharField(_("scope"), max_length=4, choices=Scope, default=Scope.FULL)
    #: With the scope `some`: an area and `read` or `change` each, such as `charging:change`, which
    #: includes reading. Otherwise empty.
    areas = models.JSONField(_("areas"), default=list, blank=True)
    prefix = models.CharField(_("prefix"), max_length=8, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    expires = models.DateTimeField(
        _("expires"), null=True, blank=True, help_text=_("Empty: never.")
    )
    last_used = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created", "-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def valid_at(self, moment: datetime) -> bool:
        """Whether it is neither revoked nor expired at `moment` (aware)."""
        return self.revoked is None and (self.expires is None or self.expires > moment)
