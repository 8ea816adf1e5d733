"""Template tags: `{% load qrcodes %}{% qr_img "https://example.com/" %}`."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from qrcodes import domain

register = template.Library()


@register.simple_tag
def qr_img(value: str, size: int = 240, alt: str = "") -> SafeString:
    """An `<img>` with the QR code of `value`; the record and its image are made if needed.

    `size` is its width and height in pixels, `alt` the text for those who do not see it
    (without one it says which value the code has). Raises ValidationError for a value that
    cannot be encoded.
    """
    link = domain.get_or_create(str(value))
    return format_html(
        '<img class="qr-code" src="{}" width="{}" height="{}" alt="{}">',
        link.get_absolute_url(),
        size,
        size,
        alt or _("QR code of %(value)s") % {"value": link.value},
    )
