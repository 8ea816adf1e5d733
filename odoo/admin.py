"""Odoo instances in the admin, and what was exchanged with them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.exports import ExportedMixin
from odoo.domain import connecting, syncing
from odoo.models import Instance, Partner, PushedSession, SyncRun
from schedules import domain as schedules


class _ReadOnly:
    """Only looked at."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class InstanceForm(forms.ModelForm):
    """An instance. Its password is typed and never shown."""

    class Meta:
        model = Instance
        fields = "__all__"  # noqa: DJ007  (the admin names them)

    def clean(self) -> dict[str, Any]:
        """The password stays when none is typed, but never goes with it to another server."""
        given = super().clean() or {}
        typed = given.get("password")
        if not self.instance.pk:
            if not typed:
                self.add_error("password", _("A new instance needs its password."))
        elif not typed:
            before = Instance.objects.get(pk=self.instance.pk)
            given["password"] = before.password
            if given.get("url", before.url) != before.url:
                text = _("Type the password again: the URL has changed, and it would go there.")
                self.add_error("password", text)
        return given


class RunInline(_ReadOnly, admin.TabularInline):
    """The newest of the log."""

    model = SyncRun
    extra = 0
    fields = ["started", "ended", "kind", "done", "failed", "problem"]
    readonly_fields = ["started", "ended", "kind", "done", "failed", "problem"]

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """With the newest ten only."""
        formset = super().get_formset(request, obj, **kwargs)

        class Newest(formset):  # type: ignore[misc, valid-type]
            def get_queryset(self) -> Any:
                return super().get_queryset()[:10]

        return Newest


@admin.register(Instance)
class InstanceAdmin(ExportedMixin, admin.ModelAdmin):
    """Odoo instances: tested and synchronised here."""

    exported = [
        "name",
        "url",
        "database",
        "user",
        "push_sessions",
        "push_since",
        "product",
        "default_partner",
        "reference",
        "pull_partners",
        "card_field",
        "created",
    ]
    form = InstanceForm
    list_display = ["name", "url", "database", "user", "push_sessions", "pull_partners"]
    list_filter = ["push_sessions", "pull_partners"]
    search_fields = ["name", "url", "database"]
    fieldsets = [
        (None, {"fields": ["name", "url", "database", "user", "password"]}),
        (
            _("Sessions to Odoo"),
            {
                "fields": [
                    "push_sessions",
                    "push_since",
                    "product",
                    "default_partner",
                    "reference",
                ]
            },
        ),
        (_("Contacts from Odoo"), {"fields": ["pull_partners", "card_field"]}),
    ]
    inlines = [RunInline]
    actions = ["test_connection", "synchronise"]

    @admin.action(description=_("Test connection"), permissions=["change"])
    def test_connection(self, request: HttpRequest, queryset: QuerySet[Instance]) -> None:
        """Log in at each, and say how it went."""
        for instance in queryset:
            tested = connecting.test(instance)
            level = messages.SUCCESS if tested.ok else messages.ERROR
            self.message_user(request, f"{instance}: {tested.text}", level)

    @admin.action(description=_("Synchronise now"), permissions=["change"])
    def synchronise(self, request: HttpRequest, queryset: QuerySet[Instance]) -> None:
        """Make the schedule due: a server process does it within seconds."""
        idle = [one for one in queryset if not (one.push_sessions or one.pull_partners)]
        for instance in idle:
            text = _("%(name)s: neither sessions nor contacts are to be exchanged.")
            self.message_user(request, text % {"name": instance}, messages.WARNING)
        schedules.make_rows()
        schedules.run_now([syncing.NAME])
        text = _("All instances are synchronised within a minute; the log tells how it went.")
        self.message_user(request, text, messages.SUCCESS)


class ProblemFilter(admin.SimpleListFilter):
    """Whether all went well."""

    title = _("problem")
    parameter_name = "problem"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("with a problem")), ("0", _("without a problem"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "1":
            return queryset.exclude(problem="")
        return queryset.filter(problem="") if self.value() == "0" else queryset


@admin.register(Partner)
class PartnerAdmin(ExportedMixin, admin.ModelAdmin):
    """Who is whom. One can be added by hand, for a user who is there already."""

    exported = [
        "instance:instance__name",
        "number:external_id",
        "user:user__username",
        "problem",
        "updated",
    ]
    list_display = ["user", "instance", "external_id", "problem", "updated"]
    list_filter = ["instance", ProblemFilter]
    list_select_related = ["user", "instance"]
    search_fields = ["user__username", "user__email", "=external_id"]
    autocomplete_fields = ["user", "instance"]
    fields = ["instance", "external_id", "user", "problem", "updated"]
    readonly_fields = ["problem", "updated"]


@admin.register(PushedSession)
class PushedSessionAdmin(ExportedMixin, _ReadOnly, admin.ModelAdmin):
    """What became of sessions in Odoo."""

    exported = [
        "instance:instance__name",
        "transaction:transaction_id",
        "order:order_id",
        "line:line_id",
        "net",
        "sent",
        "problem",
    ]
    list_display = ["transaction", "instance", "order_id", "line_id", "net", "sent", "problem"]
    list_filter = ["instance", ProblemFilter, "sent"]
    list_select_related = ["instance", "transaction"]
    date_hierarchy = "transaction__start_time"
    show_full_result_count = False
    search_fields = ["=transaction__id", "=order_id"]
    actions = ["try_again"]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whoever may change instances."""
        return bool(request.user.has_perm("odoo.change_instance"))

    @admin.action(description=_("Try the selected sessions again"), permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[PushedSession]) -> None:
        """With the next synchronisation, without the pause."""
        count = queryset.filter(next_try__isnull=False).update(next_try=None)
        text = _("%(count)d sessions are tried again with the next synchronisation.")
        self.message_user(request, text % {"count": count}, messages.SUCCESS)


@admin.register(SyncRun)
class SyncRunAdmin(ExportedMixin, _ReadOnly, admin.ModelAdmin):
    """The log."""

    exported = [
        "id",
        "instance:instance__name",
        "kind",
        "started",
        "ended",
        "done",
        "failed",
        "problem",
    ]
    list_display = ["started", "instance", "kind", "done", "failed", "problem", "ended"]
    list_filter = ["instance", "kind", "started"]
    list_select_related = ["instance"]
    date_hierarchy = "started"
