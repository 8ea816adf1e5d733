"""What was odd: the charger's fact is kept, and judged beside."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ocpp.choices import AnomalyKind
from ocpp.models.charger import Charger
from ocpp.models.transaction import Transaction


class Anomaly(models.Model):
    """Something a charge point did against the standard, and what was done about it."""

    charger = models.ForeignKey(
        Charger, verbose_name=_("charger"), on_delete=models.CASCADE, related_name="anomalies"
    )
    transaction = models.ForeignKey(
        Transaction, verbose_name=_("transaction"), null=True, blank=True, on_delete=models.CASCADE
    )
    kind = models.CharField(_("kind"), max_length=16, choices=AnomalyKind)
    #: Which oddity it is (`ocpp.domain.oddities`), and the values that its sentences tell.
    code = models.CharField(_("code"), max_length=32, blank=True, editable=False)
    values = models.JSONField(default=dict, blank=True, editable=False)
    action = models.CharField(_("action"), max_length=64, blank=True)
    message_id = models.CharField(_("message id"), max_length=64, blank=True)
    #: What was odd in the source language: to search in, and all that older rows have.
    detail = models.TextField(_("detail"))
    time = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("anomaly")
        verbose_name_plural = _("anomalies")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"
