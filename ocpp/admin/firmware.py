"""Firmware in the admin: uploaded once, ordered from the list of chargers, deleted."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.exports import ExportedMixin
from accounts.models import User
from ocpp.admin.facts import ReadOnlyMixin
from ocpp.domain import firmware_files
from ocpp.models import FirmwareFile, FirmwareTicket


class FirmwareFileForm(forms.ModelForm):
    """A file, and a note about it."""

    file = forms.FileField(label=_("file"))

    class Meta:
        model = FirmwareFile
        fields = ["note"]

    def clean_file(self) -> UploadedFile:
        """A file within the limit for files."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > settings.OCPP_UPLOAD_MAX_MB * 1_000_000:
            raise ValidationError(
                _("The file is longer than %(most)d MB."),
                params={"most": settings.OCPP_UPLOAD_MAX_MB},
            )
        return file


class FirmwareTicketInline(ReadOnlyMixin, admin.TabularInline):
    """Which chargers were ordered to fetch it, and did."""

    model = FirmwareTicket
    readonly_fields = ("charger", "command", "created", "expires", "fetched", "times")
    fields = readonly_fields
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[FirmwareTicket]:
        return super().get_queryset(request).select_related("charger", "command__charger")


@admin.register(FirmwareFile)
class FirmwareFileAdmin(ExportedMixin, admin.ModelAdmin):
    """Files for charge points. To order one, choose chargers and “Update the firmware…”."""

    form = FirmwareFileForm
    list_display = ["id", "file_name", "note", "size", "created", "created_by"]
    list_display_links = ["id", "file_name"]
    list_select_related = ["created_by"]
    exported = [
        "id",
        "file_name",
        "note",
        "size",
        "sha256",
        "created",
        "created_by:created_by__username",
    ]
    date_hierarchy = "created"
    search_fields = ["file_name", "note", "sha256"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A file that chargers were told to fetch stays what it is."""
        return False

    def get_fields(self, request: HttpRequest, obj: FirmwareFile | None = None) -> Any:
        if obj is None:
            return ["file", "note"]
        return [("file_name", "note"), ("size", "sha256"), ("created", "created_by")]

    def get_inlines(self, request: HttpRequest, obj: FirmwareFile | None) -> Any:
        return [] if obj is None else [FirmwareTicketInline]

    def save_model(self, request: HttpRequest, obj: FirmwareFile, form: Any, change: bool) -> None:
        """Keep the file; the row that the form was to save is the one that belongs to it."""
        file: UploadedFile = form.cleaned_data["file"]
        user = request.user if isinstance(request.user, User) else None
        made = firmware_files.store(file.name or "", file.chunks(), obj.note, user)
        vars(obj).update(vars(made))
