"""The local authorization lists that charge points were sent."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ocpp.choices import LocalListState
from ocpp.models.charger import Charger
from ocpp.models.command import Command


class LocalList(models.Model):
    """One version of a charger's local authorization list (OCPP 1.6, 3.5), as it was sent.

    A list that is too long for one message is sent in parts; each has a version of its own, and
    the last part has the version of the list.
    """

    charger = models.ForeignKey(
        Charger, verbose_name=_("charger"), on_delete=models.CASCADE, related_name="local_lists"
    )
    version = models.PositiveIntegerField(_("version"))
    update_type = models.CharField(_("kind of update"), max_length=12)
    entries = models.JSONField(
        _("cards"), default=dict, help_text=_("The whole list after this update: tag and status.")
    )
    #: The changes that are still to be sent, a part for each message: tag and status or null.
    parts = models.JSONField(default=list, editable=False)
    parts_accepted = models.PositiveIntegerField(_("parts accepted"), default=0)
    state = models.CharField(
        _("state"), max_length=16, choices=LocalListState, default=LocalListState.SENDING
    )
    #: The newest command that carries a part of it.
    command = models.ForeignKey(
        Command,
        verbose_name=_("command"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created = models.DateTimeField(_("sent"), auto_now_add=True)
    finished = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        verbose_name = _("local list")
        verbose_name_plural = _("local lists")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["charger", "version"], name="version_of_local_list")
        ]

    def __str__(self) -> str:
        return f"{self.charger} {self.version}"
