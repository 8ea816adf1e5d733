"""Networks that requests of this node may go to, although they are private."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from outgoing.domain import addresses


class AllowedNetwork(models.Model):
    """A private network, or a single address in one, that a superuser has allowed."""

    cidr = models.CharField(
        _("network"),
        max_length=49,
        unique=True,
        help_text=_("An address such as 192.168.1.20, or a network such as 192.168.1.0/24."),
    )
    note = models.CharField(
        _("note"), max_length=200, blank=True, help_text=_("What is there, and who wanted it.")
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("allowed network")
        verbose_name_plural = _("allowed networks")
        ordering = ["cidr"]

    def __str__(self) -> str:
        return self.cidr

    def clean(self) -> None:
        """Write the network in the usual way.

        Raises ValidationError for what is no network, or none that can be allowed.
        """
        try:
            self.cidr = str(addresses.allowable(self.cidr))
        except ValueError as error:
            raise ValidationError({"cidr": str(error)}) from None
