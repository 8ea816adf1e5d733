"""QR codes: one record per value."""

import hashlib
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: Bytes of UTF-8. A QR code of this size is still read by a phone from a screen, and the value
#: still fits an index of PostgreSQL.
MAX_BYTES = 1000


def validate_value(value: str) -> None:
    """Raise ValidationError for a text that cannot become a QR code here."""
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise ValidationError(_("The text is not valid Unicode.")) from None
    if not value or "\x00" in value:
        raise ValidationError(_("A QR code needs a text, without NUL characters."))
    if size > MAX_BYTES:
        raise ValidationError(
            _("The text has %(size)d bytes; a QR code here holds at most %(most)d."),
            params={"size": size, "most": MAX_BYTES},
        )


def key_of(value: str) -> str:
    """The name of a value's image in URLs: it depends on the value alone, so it never changes."""
    return hashlib.sha256(value.encode()).hexdigest()[:32]


class QRLink(models.Model):
    """A value and the image that encodes it.

    The image is empty when it could not be stored; it is then drawn each time it is asked for.
    """

    value = models.CharField(
        _("value"),
        max_length=MAX_BYTES,
        unique=True,
        validators=[validate_value],
        help_text=_("What a phone reads from the code, usually a URL."),
    )
    #: Long enough not to be guessed without knowing the value, unlike a number.
    key = models.CharField(max_length=32, unique=True, editable=False)
    image = models.ImageField(_("image"), upload_to="qrcodes", blank=True, editable=False)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    #: To the day; by it, what nobody uses any more is known.
    used = models.DateTimeField(_("last used"), default=timezone.now, editable=False)
    kept = models.BooleanField(
        _("kept for good"),
        default=True,
        help_text=_("Otherwise it is removed when nobody has used it for long."),
    )

    class Meta:
        verbose_name = _("QR code")
        verbose_name_plural = _("QR codes")
        ordering = ["-created", "-id"]

    def __str__(self) -> str:
        return self.value

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save it; a new record gets its key and its image."""
        from qrcodes import domain  # the rules stand above the models

        if self._state.adding:
            validate_value(self.value)
            self.key = key_of(self.value)
            if not self.image:
                domain.store_image(self)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """Where the image is served."""
        return reverse("qrcodes:image", args=[self.key])
