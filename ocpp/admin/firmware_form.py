"""The page on which staff say which firmware the selected chargers are to fetch."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from ocpp import operations
from ocpp.domain.errors import Invalid
from ocpp.models import Charger, FirmwareFile


class FirmwareForm(forms.Form):
    """The arguments of `update_firmware`; its rules are the operation's own."""

    firmware = forms.ModelChoiceField(
        FirmwareFile.objects.all(),
        label=_("firmware of this node"),
        required=False,
        help_text=_("Upload a file under Firmware first. Or leave it out, and give a URL."),
    )
    location = forms.CharField(
        label=_("URL of the firmware"),
        required=False,
        help_text=_("http, https, ftp, ftps or sftp, as the charge points can reach it."),
        widget=forms.TextInput(attrs={"size": 80}),
    )
    retrieve_date = forms.SplitDateTimeField(
        label=_("fetch it from"),
        required=False,
        help_text=_("Empty: now."),
        widget=AdminSplitDateTime,
    )
    retries = forms.IntegerField(label=_("retries"), required=False)
    retry_interval = forms.IntegerField(label=_("seconds between retries"), required=False)

    def clean(self) -> dict[str, Any]:
        """Each value as the operation takes it; either a file or a URL."""
        file: FirmwareFile | None = self.cleaned_data.get("firmware")
        self.cleaned_data["firmware"] = file.pk if file is not None else None
        self.cleaned_data["location"] = self.cleaned_data.get("location") or None
        if (file is None) == (self.cleaned_data["location"] is None) and not self.errors:
            self.add_error("location", _("Choose a file of this node, or give a URL."))
        rules = operations.update_firmware.arguments
        for name, value in list(self.cleaned_data.items()):
            try:
                if value is not None:
                    self.cleaned_data[name] = rules[name].rule.check(name, value)
            except Invalid as refusal:
                self.add_error(name, ValidationError(str(refusal.sentence)))
        return self.cleaned_data


def firmware_page(
    request: HttpRequest, chargers: QuerySet[Charger], form: FirmwareForm
) -> HttpResponse:
    """The form, for the chargers that are selected in the list."""
    context = {
        **admin.site.each_context(request),
        "title": _("Update the firmware"),
        "opts": Charger._meta,
        "chargers": chargers,
        "form": form,
        "media": form.media,
        "checkbox": ACTION_CHECKBOX_NAME,
        "action": "update_firmware",
    }
    return TemplateResponse(request, "admin/ocpp/charger/update_firmware.html", context)
