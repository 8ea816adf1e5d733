"""What people were told, and what they want to be told, in the admin."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.exports import ExportedMixin
from notifications.models import Event, Notification, Preferences


class PreferencesAdminForm(forms.ModelForm):
    """Preferences with the events as boxes to tick."""

    language = forms.ChoiceField(
        label=_("language"), choices=[("", "–"), *settings.LANGUAGES], required=False
    )
    unwanted = forms.MultipleChoiceField(
        label=_("not to be told of"),
        choices=Event.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Preferences
        fields = ["user", "language", "unwanted"]


@admin.register(Preferences)
class PreferencesAdmin(ExportedMixin, admin.ModelAdmin):
    """What each person wants to be told; the others are told all that they may know."""

    exported = ["user:user__username", "language", "unwanted"]
    form = PreferencesAdminForm
    list_display = ["user", "language", "left_out"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__email"]
    autocomplete_fields = ["user"]

    @admin.display(description=_("not to be told of"))
    def left_out(self, found: Preferences) -> str:
        """The events, in words."""
        labels = dict(Event.choices)
        return "; ".join(str(labels.get(event, event)) for event in found.unwanted) or "–"


@admin.register(Notification)
class NotificationAdmin(ExportedMixin, admin.ModelAdmin):
    """What people were told, each with its e-mail. Shown, never edited."""

    exported = ["id", "created", "user:user__username", "event", "key", "sent_as:email__state"]
    list_display = ["created", "user", "event", "key", "sent_as"]
    list_filter = ["event"]
    list_select_related = ["user", "email"]
    search_fields = ["user__username", "=key"]
    date_hierarchy = "created"
    show_full_result_count = False
    fields = ["created", "user", "event", "key", "sent_as"]
    readonly_fields = ["sent_as"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """There is nothing to edit."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They would be told again."""
        return False

    @admin.display(description=_("e-mail"))
    def sent_as(self, found: Notification) -> str:
        """Its e-mail and where that stands."""
        if found.email is None:
            return "–"
        url = reverse("admin:mailer_email_change", args=[found.email.pk])
        return format_html('<a href="{}">{}</a>', url, found.email.get_state_display())
