"""QR codes in the admin."""

import io
import zipfile

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.exports import ExportedMixin
from qrcodes import domain
from qrcodes.labels import Label, Layout, pdf
from qrcodes.models import QRLink

#: Codes that one file holds at most: it is made while somebody waits.
MOST = 200


@admin.register(QRLink)
class QRLinkAdmin(ExportedMixin, admin.ModelAdmin):
    """Every code with its picture. A value is final: another value is another code."""

    list_display = ("value", "thumbnail", "created", "used", "kept")
    list_filter = ("kept",)
    search_fields = ("value",)
    date_hierarchy = "created"
    readonly_fields = ("preview", "created", "used")
    fields = ("value", "preview", "kept", "created", "used")
    actions = ("download", "print_labels", "keep")
    exported = ("value", "address:get_absolute_url", "created", "used", "kept")

    def get_readonly_fields(
        self, request: HttpRequest, obj: QRLink | None = None
    ) -> tuple[str, ...]:
        """The value can be written once."""
        return ("value", *self.readonly_fields) if obj else self.readonly_fields

    @admin.action(description=_("Download the pictures"), permissions=["view"])
    def download(self, request: HttpRequest, queryset: QuerySet[QRLink]) -> HttpResponse | None:
        """A ZIP file with a PNG and an SVG of each, and a list of what is in which."""
        links = self._few(request, queryset)
        if links is None:
            return None
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
            for link in links:
                made.writestr(f"{link.key}.png", domain.png(link))
                made.writestr(f"{link.key}.svg", domain.svg(link.value))
            made.writestr("index.txt", "".join(f"{link.key}  {link.value}\n" for link in links))
        return _file(buffer.getvalue(), "application/zip", "qr.zip")

    @admin.action(description=_("Print labels"), permissions=["view"])
    def print_labels(self, request: HttpRequest, queryset: QuerySet[QRLink]) -> HttpResponse | None:
        """Sheets with each code above its value, as a PDF."""
        links = self._few(request, queryset)
        if links is None:
            return None
        labels = [Label(link.value, "", "", ()) for link in links]
        sheets = pdf(labels, Layout(), title=gettext("QR labels"))
        return _file(sheets, "application/pdf", "labels.pdf")

    @admin.action(description=_("Keep for good"), permissions=["change"])
    def keep(self, request: HttpRequest, queryset: QuerySet[QRLink]) -> None:
        """They stay, also when nobody uses them."""
        count = queryset.update(kept=True)
        self.message_user(request, gettext("%(count)d QR codes are kept.") % {"count": count})

    def _few(self, request: HttpRequest, queryset: QuerySet[QRLink]) -> list[QRLink] | None:
        """The chosen codes; None, and a word about it, when they are too many for one file."""
        links = list(queryset[: MOST + 1])
        if len(links) > MOST:
            text = gettext("At most %(most)d QR codes at a time: choose fewer.")
            self.message_user(request, text % {"most": MOST}, messages.ERROR)
            return None
        return links

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


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)
