"""Accounts and credits in the admin."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from accounts.admin.links import link_to
from accounts.domain import authorization, balance
from accounts.domain.authorization import Verdict
from accounts.domain.balance import Balance
from accounts.exports import ExportedMixin
from accounts.models import RFID, Account, Credit, Vehicle

# Where the balance of an account stays while its page is made: many columns show it.
_READ = "balance_on_this_page"


class AccountChangeList(ChangeList):
    """A page of accounts, with the balances of all of them read at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        accounts = list(self.result_list)
        balances = balance.of_all(accounts)
        for account in accounts:
            setattr(account, _READ, balances[account.pk])
        self.result_list = accounts


class CreditInline(admin.TabularInline):
    """The credits of an account: a new line is added, older ones stay as they are."""

    model = Credit
    extra = 1
    fields = ["amount_kwh", "created_by", "created_on"]
    readonly_fields = ["created_by", "created_on"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Credit]:
        return super().get_queryset(request).select_related("created_by")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class VehicleInline(admin.TabularInline):
    """The vehicles of an account."""

    model = Vehicle
    extra = 0


@admin.register(Account)
class AccountAdmin(ExportedMixin, admin.ModelAdmin):
    """Accounts: who may charge, and why (not)."""

    list_display = [
        "user",
        "authorized",
        "reason",
        "balance_kwh",
        "held_kwh",
        "credits_kwh",
        "total_kwh_spent",
        "service_account",
    ]
    list_filter = ["service_account", "user__is_active"]
    list_select_related = ["user"]
    search_fields = [
        "user__username",
        "user__first_name",
        "user__last_name",
        "user__email",
        "user__rfids__rfid",
        "vehicles__VIN",
    ]
    exported = [
        "user:user__username",
        "service_account",
        "settled_wh",
        "max_session_kwh",
        "max_session_minutes",
        "allowed_hours",
        "created",
    ]
    autocomplete_fields = ["user"]
    fields = [
        "user",
        "service_account",
        ("max_session_kwh", "max_session_minutes"),
        "allowed_hours",
        "authorized",
        "reason",
        "balance_kwh",
        "held_kwh",
        "credits_kwh",
        "total_kwh_spent",
        "cards",
        "created",
    ]
    readonly_fields = [
        "authorized",
        "reason",
        "balance_kwh",
        "held_kwh",
        "credits_kwh",
        "total_kwh_spent",
        "cards",
        "created",
    ]
    inlines = [CreditInline, VehicleInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        return super().get_queryset(request).select_related("user")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return AccountChangeList

    def get_readonly_fields(self, request: HttpRequest, obj: Account | None = None) -> list[str]:
        """An account stays with its user: its history is that person's."""
        fields = list(super().get_readonly_fields(request, obj))
        return ["user", *fields] if obj else fields

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Record who enters a credit."""
        if formset.model is Credit:
            for credit_form in formset.extra_forms:
                credit_form.instance.created_by_id = request.user.pk
        super().save_formset(request, form, formset, change)

    @admin.display(description=_("may charge"), boolean=True)
    def authorized(self, account: Account) -> bool | None:
        """Whether the account may charge now; unknown while it is being added."""
        return self._verdict(account).allowed if account.pk else None

    @admin.display(description=_("why"))
    def reason(self, account: Account) -> str:
        """Why it may charge, or not."""
        return str(self._verdict(account).reason) if account.pk else "-"

    @admin.display(description=_("balance (kWh)"))
    def balance_kwh(self, account: Account) -> Decimal:
        """What is left."""
        return self._balance(account).balance_kwh

    @admin.display(description=_("held (kWh)"))
    def held_kwh(self, account: Account) -> Decimal:
        """What is held for running sessions, beyond what they have used."""
        return self._balance(account).held_kwh

    @admin.display(description=_("credits (kWh)"))
    def credits_kwh(self, account: Account) -> Decimal:
        """What it was given."""
        return self._balance(account).credits_kwh

    @admin.display(description=_("spent (kWh)"))
    def total_kwh_spent(self, account: Account) -> Decimal:
        """What finished and running sessions have used."""
        return self._balance(account).spent_kwh

    @admin.display(description=_("RFID cards"))
    def cards(self, account: Account) -> str:
        """The cards of its user, each with a mark when it is not allowed."""
        if not account.pk:
            return "-"
        marks = {True: "", False: _("(not allowed)")}
        cards = RFID.objects.filter(user=account.user_id)
        lines = ((link_to(card), marks[card.allowed]) for card in cards)
        return format_html_join(", ", "{} {}", lines) or "-"

    def _balance(self, account: Account) -> Balance:
        if not hasattr(account, _READ):
            setattr(account, _READ, balance.of(account) if account.pk else Balance())
        read: Balance = getattr(account, _READ)
        return read

    def _verdict(self, account: Account) -> Verdict:
        return authorization.judge(account, self._balance(account))


@admin.register(Credit)
class CreditAdmin(ExportedMixin, admin.ModelAdmin):
    """The journal of all credits. Entries are added, never changed."""

    list_display = ["created_on", "account", "amount_kwh", "created_by"]
    list_select_related = ["account__user", "created_by"]
    list_filter = ["created_on"]
    date_hierarchy = "created_on"
    exported = [
        "created_on",
        "account:account__user__username",
        "amount_kwh",
        "created_by:created_by__username",
    ]
    search_fields = ["account__user__username", "created_by__username"]
    autocomplete_fields = ["account"]
    fields = ["account", "amount_kwh", "created_by", "created_on"]
    readonly_fields = ["created_by", "created_on"]

    def has_change_permission(self, request: HttpRequest, obj: Credit | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Credit | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Credit, form: Any, change: bool) -> None:
        """Record who enters it."""
        obj.created_by_id = request.user.pk
        super().save_model(request, obj, form, change)
