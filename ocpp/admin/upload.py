"""Files that charge points uploaded, in the admin."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ocpp.admin.facts import FactsAdmin
from ocpp.domain import uploads
from ocpp.models import UploadSlot


@admin.register(UploadSlot)
class UploadSlotAdmin(FactsAdmin):
    """Diagnostics and logs: asked for, received, to be fetched; deleted when no longer needed."""

    list_display = ["created", "charger", "purpose", "state", "file_name", "size", "download"]
    list_filter = ["purpose", "created"]
    exported = [
        "id",
        "created",
        "charger:charger__charger_id",
        "purpose",
        "file_name",
        "size",
        "used",
    ]
    date_hierarchy = "created"
    search_help_text = _("Charger.")
    fields = [
        ("charger", "purpose", "command"),
        ("created", "expires", "attempts"),
        ("state", "used"),
        ("announced", "file_name", "size"),
        "download",
    ]
    readonly_fields = ["state", "download"]
    actions = ["delete_selected"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Files take up room, so they can be deleted, unlike what charge points report."""
        return request.user.has_perm("ocpp.delete_uploadslot")

    def get_urls(self) -> Any:
        """With the download of a file."""
        view = self.admin_site.admin_view(self.download_view)
        return [
            path("<path:object_id>/download/", view, name="ocpp_uploadslot_download"),
            *super().get_urls(),
        ]

    @admin.display(description=_("state"))
    def state(self, slot: UploadSlot) -> str:
        """Whether it has come, or may still."""
        if slot.used is not None:
            return str(_("Received"))
        return str(_("Awaited") if slot.expires > timezone.now() else _("Did not come"))

    @admin.display(description=_("download"))
    def download(self, slot: UploadSlot) -> SafeString | str:
        """A link to the file."""
        if uploads.path_of(slot) is None:
            return "–"
        url = reverse("admin:ocpp_uploadslot_download", args=[slot.pk])
        return format_html('<a href="{}">{}</a>', url, _("Download"))

    def download_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The file, never to be shown by the browser itself: nobody knows what is in it."""
        slot = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, slot):
            raise PermissionDenied
        found = uploads.path_of(slot) if slot is not None else None
        if slot is None or found is None:
            raise Http404(_("There is no such file."))
        return FileResponse(
            found.open("rb"),
            as_attachment=True,
            filename=slot.file_name or f"upload-{slot.pk}.bin",
            content_type="application/octet-stream",
        )
