"""Tariffs in the admin: a name, its versions, and the prices of each."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.exports import ExportedMixin
from ocpp.admin import exports
from ocpp.admin.facts import BoundedPaginator, ReadOnlyMixin, link_to
from ocpp.domain import charger_settings
from ocpp.domain.errors import DomainError
from ocpp.domain.tariffs import versions
from ocpp.models import CostLine, Holiday, SessionCost, Tariff, TariffPrice, TariffVersion


class TariffForm(forms.ModelForm):
    """A tariff: its name, currency and time zone."""

    class Meta:
        model = Tariff
        fields = ["name", "currency", "time_zone", "standard"]

    def clean_time_zone(self) -> str:
        """A zone that this machine knows, or nothing."""
        name: str = self.cleaned_data["time_zone"]
        try:
            charger_settings.check_zone(name)
        except DomainError as refusal:
            raise ValidationError(str(refusal.sentence)) from refusal
        return name


class VersionInline(ReadOnlyMixin, admin.TabularInline):
    """The versions of a tariff; each has a page of its own."""

    model = TariffVersion
    fields = ["valid_from", "tax_percent"]
    readonly_fields = ["valid_from", "tax_percent"]
    show_change_link = True
    extra = 0


@admin.register(Tariff)
class TariffAdmin(ExportedMixin, admin.ModelAdmin):
    """Tariffs. One of them may be the standard, for chargers without a tariff of their own."""

    form = TariffForm
    list_display = ["name", "currency", "standard"]
    exported = [
        "name",
        "currency",
        "time_zone",
        "standard",
    ]
    search_fields = ["name"]
    inlines = [VersionInline]

    class Media:
        css = {"all": ["ocpp/admin.css"]}

    def has_delete_permission(self, request: HttpRequest, obj: Tariff | None = None) -> bool:
        """One by which sessions were charged stays."""
        used = obj is not None and SessionCost.objects.filter(version__tariff=obj).exists()
        return not used and super().has_delete_permission(request, obj)


class PriceForm(forms.ModelForm):
    """A price, and when it holds."""

    class Meta:
        model = TariffPrice
        fields = [
            "position",
            "component",
            "amount",
            "label",
            "weekdays",
            "start",
            "end",
            "season_start",
            "season_end",
        ]

    def clean(self) -> dict[str, Any]:
        """A season has two ends, and both are days."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        ends = {name: cleaned.get(name, "") for name in ("season_start", "season_end")}
        for name, text in ends.items():
            try:
                versions.check_month_and_day(name, text)
            except DomainError as refusal:
                self.add_error(name, str(refusal))
        if any(ends.values()) and not all(ends.values()):
            missing = next(name for name, text in ends.items() if not text)
            self.add_error(missing, _("A season needs both its first and its last day."))
        return cleaned


class PriceFormSet(BaseInlineFormSet):
    """Prices of a version, in their order."""

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().order_by("position", "id")


class PriceInline(admin.TabularInline):
    """The prices of a version: the first of a component that holds counts."""

    model = TariffPrice
    form = PriceForm
    formset = PriceFormSet
    extra = 1

    def has_change_permission(self, request: HttpRequest, obj: TariffVersion | None = None) -> bool:
        used = obj is not None and versions.is_used(obj)
        return not used and super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: TariffVersion | None = None) -> bool:
        used = obj is not None and versions.is_used(obj)
        return not used and super().has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: TariffVersion | None = None) -> bool:
        used = obj is not None and versions.is_used(obj)
        return not used and super().has_delete_permission(request, obj)


class VersionForm(forms.ModelForm):
    """When a version begins, and its tax."""

    class Meta:
        model = TariffVersion
        fields = ["tariff", "valid_from", "tax_percent", "holidays"]

    def clean(self) -> dict[str, Any]:
        """Its begin leaves what was charged as it is."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        tariff, valid_from = cleaned.get("tariff"), cleaned.get("valid_from")
        if tariff and valid_from:
            known = TariffVersion.objects.filter(pk=self.instance.pk).first()
            try:
                versions.check_begin(tariff, valid_from, known)
            except DomainError as refusal:
                self.add_error("valid_from", str(refusal))
        return cleaned


@admin.register(TariffVersion)
class TariffVersionAdmin(ExportedMixin, admin.ModelAdmin):
    """Prices from a time on. A version by which sessions were charged is not changed any more."""

    form = VersionForm
    list_display = ["tariff", "valid_from", "tax_percent", "holidays"]
    exported = [
        "tariff:tariff__name",
        "valid_from",
        "tax_percent",
        "holidays",
    ]
    date_hierarchy = "valid_from"
    list_filter = ["tariff"]
    list_select_related = ["tariff"]
    inlines = [PriceInline]

    class Media:
        css = {"all": ["ocpp/admin.css"]}

    actions = ["copy"]

    def has_change_permission(self, request: HttpRequest, obj: TariffVersion | None = None) -> bool:
        used = obj is not None and versions.is_used(obj)
        return not used and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: TariffVersion | None = None) -> bool:
        used = obj is not None and versions.is_used(obj)
        return not used and super().has_delete_permission(request, obj)

    @admin.action(description=_("New version with the same prices"), permissions=["add"])
    def copy(self, request: HttpRequest, queryset: QuerySet[TariffVersion]) -> None:
        """A copy of each, which begins tomorrow and can be changed until it is used."""
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        for version in queryset.select_related("tariff"):
            try:
                made = versions.copy(version, today + timedelta(days=1))
            except DomainError as refusal:
                messages.error(request, f"{version}: {refusal}")
            else:
                self.log_addition(request, made, f"Copy of {version}.")
                messages.success(request, link_to(made))


@admin.register(Holiday)
class HolidayAdmin(ExportedMixin, admin.ModelAdmin):
    """Days of our own that count as Sundays. What was charged already stays as it was charged."""

    list_display = ["date", "name"]
    exported = [
        "date",
        "name",
    ]
    search_fields = ["name"]
    date_hierarchy = "date"


class CostLineInline(ReadOnlyMixin, admin.TabularInline):
    """The lines of a cost."""

    model = CostLine
    fields = ["component", "label", "quantity", "unit_price", "amount"]
    extra = 0


@admin.register(SessionCost)
class SessionCostAdmin(ExportedMixin, ReadOnlyMixin, admin.ModelAdmin):
    """What sessions cost: reckoned from what is stored, changed by nobody."""

    exported = exports.COST
    list_display = ["transaction", "version", "net", "tax", "total", "currency", "computed"]
    list_select_related = ["transaction", "version__tariff"]
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    date_hierarchy = "transaction__start_time"
    search_fields = ["=transaction__id", "=transaction__charger__charger_id"]
    search_help_text = _("Transaction id or charger.")
    fields = [
        ("shown_transaction", "version"),
        ("net", "tax_percent", "tax", "total", "currency"),
        "counted_as_sundays",
    ]
    readonly_fields = ["shown_transaction", "counted_as_sundays"]
    inlines = [CostLineInline]

    class Media:
        css = {"all": ["ocpp/admin.css"]}

    @admin.display(description=_("counted as Sundays"))
    def counted_as_sundays(self, cost: SessionCost) -> str:
        """The holidays that it was charged by."""
        days = [day for day, is_one in sorted(cost.holidays.items()) if is_one]
        return ", ".join(days) or "–"

    @admin.display(description=_("transaction"))
    def shown_transaction(self, cost: SessionCost) -> Any:
        """The transaction, with a link."""
        return link_to(cost.transaction)
