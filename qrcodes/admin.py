"""QR codes in the admin."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qrcodes.models import QRLink


@admin.register(QRLink)
class QRLinkAdmin(admin.ModelAdmin):
    """Every code with its picture. A value is final: another value is another code."""

    list_display = ("value", "thumbnail", "created")
    search_fields = ("value",)
    date_hierarchy = "created"
    readonly_fields = ("preview", "created")
    fields = ("value", "preview", "created")

    def get_readonly_fields(
        self, request: HttpRequest, obj: QRLink | None = None
    ) -> tuple[str, ...]:
        """The value can be written once."""
        return ("value", *self.readonly_fields) if obj else self.readonly_fields

    @admin.display(description=_("image"))
    def thumbnail(self, link: QRLink) -> SafeString:
        """A small picture for the list."""
        return _picture(link, 48)

    @admin.display(description=_("image"))
    def preview(self, link: QRLink) -> str:
        """A picture that a phone can read, and that can be saved or printed."""
        if not link.pk:
            return gettext("Drawn when it is saved.")
        return format_html(
            '{}<br><a href="{}" download>PNG</a> · <a href="{}" download>SVG</a>',
            _picture(link, 240),
            link.get_absolute_url(),
            reverse("qrcodes:drawing", args=[link.key]),
        )


def _picture(link: QRLink, size: int) -> SafeString:
    return format_html(
        '<a href="{0}"><img src="{0}" width="{1}" height="{1}" alt="{2}"></a>',
        link.get_absolute_url(),
        size,
        gettext("QR code of %(value)s") % {"value": link.value},
    )
