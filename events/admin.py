"""Webhooks in the admin, and what they were told."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.exports import ExportedMixin
from events.domain import delivering, webhooks
from events.models import Delivery, Event, EventType, Webhook


class WebhookForm(forms.ModelForm):
    """A webhook. Its secret is shown while it is new, and never again."""

    types = forms.MultipleChoiceField(
        label=_("events"),
        choices=EventType.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: all events."),
    )
    secret = forms.CharField(
        label=_("secret"),
        required=False,
        max_length=200,
        help_text=_("With which what is sent is signed. Left empty, it stays as it is."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "vTextField"}),
    )

    class Meta:
        model = Webhook
        fields = ["name", "url", "secret", "types", "chargers", "active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_new = self.instance.pk is None
        self.initial["secret"] = webhooks.new_secret() if is_new else ""
        self.fields["secret"].required = is_new

    def clean_url(self) -> str:
        """An address that may be reached."""
        return self._checked(webhooks.check_url, "url")

    def clean_secret(self) -> str:
        """The new secret, or the one that there is."""
        if not self.cleaned_data["secret"]:
            return str(self.instance.secret)
        return self._checked(webhooks.check_secret, "secret")

    def _checked(self, check: Any, name: str) -> str:
        value = str(self.cleaned_data[name])
        try:
            check(value)
        except webhooks.BadWebhook as error:
            raise forms.ValidationError(str(error)) from None
        return value


@admin.register(Webhook)
class WebhookAdmin(ExportedMixin, admin.ModelAdmin):
    """Addresses that are told of events."""

    exported = ["id", "name", "url", "active", "failing_since", "stopped_reason", "created"]
    form = WebhookForm
    list_display = ["name", "url", "active", "failing_since", "stopped_reason"]
    list_filter = ["active"]
    search_fields = ["name", "url"]
    autocomplete_fields = ["chargers"]
    readonly_fields = ["failing_since", "stopped_reason", "created"]
    fields = [
        *("name", "url", "secret", "types", "chargers", "active"),
        *("failing_since", "stopped_reason", "created"),
    ]

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        """One that is switched on begins anew."""
        if "active" in form.changed_data and obj.active:
            webhooks.switch_on(obj)
        super().save_model(request, obj, form, change)


class _Shown(admin.ModelAdmin):
    """Rows that nobody makes or changes by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They are made by what happens."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """There is nothing to edit."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They go when they are old."""
        return False


@admin.register(Event)
class EventAdmin(ExportedMixin, _Shown):
    """What has happened."""

    exported = ["id", "type", "charger:cid", "time", "recorded"]
    list_display = ["id", "type", "cid", "time", "recorded"]
    list_filter = ["type"]
    date_hierarchy = "recorded"
    search_fields = ["cid"]
    fields = ["id", "type", "cid", "time", "recorded", "data"]
    show_full_result_count = False


@admin.register(Delivery)
class DeliveryAdmin(ExportedMixin, _Shown):
    """What webhooks were told, and how it went."""

    exported = [
        "id",
        "webhook:webhook__name",
        "event:event_id",
        "type:event__type",
        "charger:event__cid",
        "recorded:event__recorded",
        "state",
        "attempts",
        "status",
        "latency_ms",
        "error",
        "last_try",
        "next_try",
    ]
    list_display = [
        *("id", "webhook", "what", "shown_state", "attempts", "status", "latency_ms"),
        *("last_try", "next_try"),
    ]
    list_filter = ["state", "webhook"]
    search_fields = ["=event__cid", "=event__pk", "webhook__name"]
    list_select_related = ["webhook", "event"]
    date_hierarchy = "event__recorded"
    fields = [
        *("webhook", "event", "what", "state", "attempts", "status", "latency_ms"),
        *("answer", "error", "last_try", "next_try"),
    ]
    readonly_fields = ["what"]
    actions = ["replay"]
    show_full_result_count = False

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Whether the user may have them sent again: who could change them."""
        return request.user.has_perm("events.change_delivery")

    @admin.display(description=_("event"))
    def what(self, delivery: Delivery) -> str:
        """What it was about."""
        return f"{delivery.event.get_type_display()} {delivery.event.cid}"

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, delivery: Delivery) -> str:
        """The state, and why the last attempt failed."""
        if not delivery.error:
            return delivery.get_state_display()
        return format_html("{} ({})", delivery.get_state_display(), delivery.error)

    @admin.action(description=_("Send again"), permissions=["replay"])
    def replay(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        """Make the chosen ones due."""
        count = delivering.replay(chosen)
        text = ngettext(
            "%(count)d delivery is sent again within a few seconds.",
            "%(count)d deliveries are sent again within a few seconds.",
            count,
        )
        messages.success(request, text % {"count": count})
