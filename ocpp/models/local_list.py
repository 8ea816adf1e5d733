"""The local authorization lists that charge points were sent, and are to be kept up to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ocpp.choices import ListProblem, LocalListState
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
    #: The state of the cards (`CardsVersion`) that it was made from, or an earlier one.
    cards_version = models.BigIntegerField(default=0, editable=False)
    entries = models.JSONField(
        _("cards"),
        default=dict,
        help_text=_("The whole list after this update: each tag with status, expiry and group."),
    )
    #: The changes that are still to be sent, a part for each message: tag and entry or null.
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


class CardsVersion(models.Model):
    """One row: a number that grows with every change of cards, in the change's transaction."""

    version = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.version)


class LocalListSync(models.Model):
    """A charger whose local list is kept up to date, and how far that has come.

    Chargers that have no row are never bothered. What is due is found by comparing: nothing is
    written here when cards change.
    """

    charger = models.OneToOneField(
        Charger, on_delete=models.CASCADE, primary_key=True, related_name="list_sync"
    )
    #: The state of the cards that the charge point has, or that need not be tried again.
    cards_version = models.BigIntegerField(null=True)
    #: The connection on which it was asked for its version.
    epoch = models.BigIntegerField(null=True)
    #: The question for its version, and the list, whose answers are awaited.
    command = models.ForeignKey(Command, null=True, on_delete=models.SET_NULL, related_name="+")
    local_list = models.ForeignKey(
        LocalList, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    #: What keeps it from being up to date, how often in a row, and when it is tried again.
    problem = models.CharField(max_length=16, choices=ListProblem, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.charger)
