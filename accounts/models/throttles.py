"""Counters of attempts, shared by all processes."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Throttle(models.Model):
    """The recent attempts that were counted together: from one address, or of one user there.

    `domain.throttle` deletes entries that no limit looks at any more.
    """

    key = models.CharField(_("what is counted"), max_length=255, primary_key=True)
    #: When each attempt was made (milliseconds since 1970), oldest first.
    hits = models.JSONField(_("attempts"), default=list, editable=False)
    updated = models.DateTimeField(_("last attempt"), db_index=True)

    class Meta:
        verbose_name = _("counter of attempts")
        verbose_name_plural = _("counters of attempts")
        ordering = ["-updated"]

    def __str__(self) -> str:
        return self.key
