"""Subscriptions: made and cancelled here, renewed by schedule."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.exports import ExportedMixin
from accounts.models import User
from ocpp.domain.errors import Conflict
from subscriptions.admin.read_only import ReadOnly
from subscriptions.domain import renewing, subscribing
from subscriptions.models import Renewal, Subscription


class StandingFilter(admin.SimpleListFilter):
    """Whether a subscription goes on."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("running", _("goes on")),
            ("ending", _("cancelled, not ended")),
            ("ended", _("ended")),
            ("overdue", _("to be renewed")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Subscription]
    ) -> QuerySet[Subscription]:
        now = timezone.now()
        wanted = {
            "running": Q(cancelled=None),
            "ending": Q(cancelled__isnull=False, next_renewal__gt=now),
            "ended": Q(cancelled__isnull=False, next_renewal__lte=now),
            "overdue": Q(cancelled=None, next_renewal__lte=now),
        }.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(wanted)


class RenewalInline(ReadOnly, admin.TabularInline):
    """The periods of a subscription."""

    model = Renewal
    extra = 0
    fields = ["period_start", "period_end", "price", "currency", "credit", "created"]
    readonly_fields = ["period_start", "period_end", "price", "currency", "credit", "created"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Renewal]:
        return super().get_queryset(request).select_related("credit", "subscription__product")


class SubscriptionForm(forms.ModelForm):
    """A new subscription, refused for the reasons of the rules."""

    class Meta:
        model = Subscription
        fields = ["account", "product"]

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError when the account cannot subscribe to the product."""
        given = super().clean() or {}
        if given.get("account") and given.get("product"):
            try:
                subscribing.refuse_unless_possible(given["account"], given["product"])
            except Conflict as refusal:
                raise ValidationError(str(refusal)) from None
        return given


@admin.register(Subscription)
class SubscriptionAdmin(ExportedMixin, admin.ModelAdmin):
    """Who has what: made and cancelled here, renewed by schedule."""

    exported = [
        "id",
        "account:account__user__username",
        "product:product__name",
        "started",
        "next_renewal",
        "cancelled",
        "ends",
    ]
    form = SubscriptionForm
    list_display = ["account", "product", "started", "next_renewal", "cancelled"]
    list_filter = [StandingFilter, "product", "started"]
    list_select_related = ["account__user", "product"]
    date_hierarchy = "started"
    search_fields = ["account__user__username", "account__user__email", "product__name"]
    autocomplete_fields = ["account", "product"]
    actions = ["cancel", "renew_now"]
    inlines = [RenewalInline]

    def get_fields(self, request: HttpRequest, obj: Subscription | None = None) -> list[Any]:
        more = ["started", "next_renewal", "cancelled", "created_by"] if obj else []
        return ["account", "product", *more]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Subscription | None = None
    ) -> list[str]:
        """What was agreed on stays; it is ended and renewed by the actions of the list."""
        return self.get_fields(request, obj) if obj else []

    def get_inlines(self, request: HttpRequest, obj: Subscription | None) -> list[Any]:
        return list(self.inlines) if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was granted stays known: a subscription is cancelled instead."""
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """As ever. When somebody else was quicker than the form, it says so."""
        try:
            return super().add_view(request, form_url, extra_context)
        except Conflict as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect("admin:subscriptions_subscription_changelist")

    def save_model(self, request: HttpRequest, obj: Subscription, form: Any, change: bool) -> None:
        """Subscribe, with the first period."""
        if change:
            return
        begun, resumed = subscribing.subscribe(
            obj.account, obj.product, timezone.now(), _author(request)
        )
        for field in Subscription._meta.concrete_fields:
            setattr(obj, field.attname, getattr(begun, field.attname))
        obj._state.adding = False
        if resumed:
            self.message_user(request, _("The cancelled subscription goes on."), messages.WARNING)

    @admin.action(description=_("Cancel the selected subscriptions…"), permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Subscription]) -> HttpResponse | None:
        """End them with the period that has begun."""
        return self._after_confirmation(
            request,
            queryset.filter(cancelled=None),
            "cancel",
            _("Cancel subscriptions"),
            _("They stay until their last period ends, and are not renewed then."),
            lambda found, _start: subscribing.cancel(found, timezone.now()),
        )

    @admin.action(description=_("Renew the selected subscriptions now…"), permissions=["change"])
    def renew_now(
        self, request: HttpRequest, queryset: QuerySet[Subscription]
    ) -> HttpResponse | None:
        """Grant the next period before its time; the next renewal moves on by it."""
        author = _author(request)
        return self._after_confirmation(
            request,
            queryset.filter(cancelled=None),
            "renew_now",
            _("Renew subscriptions now"),
            _(
                "The next period of each is granted and owed now, and the renewal after it moves on"
                " by one period."
            ),
            lambda found, start: (
                start is not None
                and renewing.renew(found.pk, start, timezone.now(), author) is not None
            ),
        )

    def _after_confirmation(
        self,
        request: HttpRequest,
        selected: QuerySet[Subscription],
        action: str,
        title: Any,
        intro: Any,
        deed: Callable[[Subscription, datetime | None], bool],
    ) -> HttpResponse | None:
        """The page that asks, or the deed for each; it is told which renewal the page has shown,
        so that a form that is sent twice does nothing twice.
        """
        selected = selected.select_related("account__user", "product")
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": title,
                "intro": intro,
                "button": title,
                "back": reverse("admin:subscriptions_subscription_changelist"),
                "opts": self.opts,
                "selected": [(found, found.next_renewal.isoformat()) for found in selected],
                "checkbox": ACTION_CHECKBOX_NAME,
                "action": action,
            }
            return TemplateResponse(request, "admin/subscriptions/confirm.html", context)
        done = 0
        for found in selected:
            if deed(found, _shown(request, found)):
                done += 1
                self.log_change(request, found, str(title))
        text = ngettext("%(count)d subscription changed.", "%(count)d subscriptions changed.", done)
        level = messages.SUCCESS if done else messages.WARNING
        self.message_user(request, text % {"count": done}, level)
        return None


def _shown(request: HttpRequest, found: Subscription) -> datetime | None:
    """The next renewal that the page of the action has shown."""
    try:
        shown = parse_datetime(request.POST.get(f"due-{found.pk}", ""))
    except ValueError:
        return None
    return shown if shown is not None and timezone.is_aware(shown) else None


def _author(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  (the admin lets in nobody else)
    return request.user
