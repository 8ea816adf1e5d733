"""RFID cards in the admin."""

from typing import Any

import tablib
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from import_export.admin import ImportExportModelAdmin

from accounts import asking
from accounts.domain import authorization, card_changes
from accounts.models import RFID
from accounts.resources import CardCSV, CardResult, CardXLSX, RFIDResource
from audit import domain as audit


@admin.register(RFID)
class RFIDAdmin(ImportExportModelAdmin):
    """Cards: whose they are, whether they are allowed; import and export as a table."""

    resource_classes = [RFIDResource]
    formats = [CardCSV, CardXLSX]
    import_template_name = "admin/accounts/rfid/import.html"

    list_display = ["rfid", "user", "allowed", "parent", "expires", "created"]
    list_filter = ["allowed", "expires", ("user", admin.EmptyFieldListFilter), "created"]
    list_select_related = ["user"]
    search_fields = ["rfid", "parent", "user__username", "user__first_name", "user__last_name"]
    autocomplete_fields = ["user"]
    fields = [
        "rfid",
        "user",
        "allowed",
        "block_reason",
        "expires",
        "parent",
        "max_concurrent",
        ("max_session_kwh", "max_session_minutes"),
        "verdict",
        "created",
    ]
    readonly_fields = ["verdict", "created"]
    actions = ["allow", "block"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RFID]:
        return super().get_queryset(request).select_related("user__account__user")

    @admin.display(description=_("where cards are required"))
    def verdict(self, card: RFID) -> str:
        """Whether the card may charge there now, and why (not)."""
        if not card.pk:
            return "-"
        verdict = authorization.judge_card(card)
        answer = _("May charge.") if verdict.allowed else _("May not charge.")
        return f"{answer} {verdict.reason}"

    @admin.action(description=_("Allow the selected cards"), permissions=["change"])
    def allow(self, request: HttpRequest, queryset: QuerySet[RFID]) -> None:
        """Let the cards authorise again."""
        count = self._set_allowed(request, queryset, True)
        message = ngettext("%(count)d card allowed.", "%(count)d cards allowed.", count)
        self.message_user(request, message % {"count": count}, messages.SUCCESS)

    @admin.action(description=_("Block the selected cards"), permissions=["change"])
    def block(self, request: HttpRequest, queryset: QuerySet[RFID]) -> HttpResponse | None:
        """Let the cards authorise nothing."""
        title, intro = _("Block the selected cards"), _("Nobody can charge or log in with them.")
        page = asking.unless_confirmed(request, queryset, action="block", title=title, intro=intro)
        if page is not None:
            return page
        count = self._set_allowed(request, queryset, False)
        message = ngettext("%(count)d card blocked.", "%(count)d cards blocked.", count)
        self.message_user(request, message % {"count": count}, messages.SUCCESS)
        return None

    def _set_allowed(self, request: HttpRequest, queryset: QuerySet[RFID], allowed: bool) -> int:
        """Change those that are otherwise, and note each in its history."""
        cards = list(queryset.filter(allowed=not allowed))
        for card in cards:
            card_changes.set_allowed(card, allowed, card.block_reason)
            self.log_change(request, card, [{"changed": {"fields": ["allowed"]}}])
        return len(cards)

    # An import changes cards and adds them; an export shows all of them.

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_export_data(self, *args: Any, **kwargs: Any) -> Any:
        """The file; that somebody took it is recorded."""
        made = super().get_export_data(*args, **kwargs)
        audit.record("list.exported", after={"list": "accounts.rfid"})
        return made

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        """Say what to do about a file that is not what its format says."""
        form.add_error(
            "import_file",
            _("The file cannot be read. Choose its real format; save CSV as “CSV UTF-8”."),
        )

    def process_dataset(
        self, dataset: tablib.Dataset, form: Any, request: HttpRequest, **kwargs: Any
    ) -> CardResult:
        """Import everything or nothing: something may have changed since the preview."""
        kwargs["rollback_on_validation_errors"] = True
        return super().process_dataset(dataset, form, request, **kwargs)

    def process_result(self, result: CardResult, request: HttpRequest) -> HttpResponse:
        if not result.problems:
            return super().process_result(result, request)
        self.message_user(request, _("Nothing was imported."), messages.ERROR)
        for problem in result.problems[:20]:
            self.message_user(request, problem, messages.ERROR)
        return HttpResponseRedirect(reverse("admin:accounts_rfid_import"))
