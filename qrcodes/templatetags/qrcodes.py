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


@register.simple_tag
def qr_svg(value: str, alt: str) -> SafeString:
    """An `<svg>` with the QR code of `value`, of which nothing is stored: it may be a secret.

    `alt` is the text for those who do not see it. Raises ValidationError for a value that cannot
    be encoded.
    """
    code = domain.squares_once(str(value))
    return format_html(
        '<svg class="qr-code" width="240" height="240" viewBox="0 0 {0} {0}" role="img" '
        'aria-label="{1}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{0}v{0}H0z"/>'
        '<path fill="#000" d="{2}"/></svg>',
        code.size,
        alt,
        code.path,
    )
