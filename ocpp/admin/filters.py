"""Filters of the lists in the admin."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import admin
from django.contrib.admin import BooleanFieldListFilter, ChoicesFieldListFilter, SimpleListFilter
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ocpp.admin.facts import one_charger
from ocpp.choices import TransactionState
from ocpp.domain.queries import states
from ocpp.models import Connector, Transaction

Word = Any  # text, or text that is translated later
Choices = Iterable[tuple[str, Word]]

#: The measurands that a list can be filtered by: those of OCPP 1.6, 7.31.
MEASURANDS = (
    "Current.Export",
    "Current.Import",
    "Current.Offered",
    "Energy.Active.Export.Interval",
    "Energy.Active.Export.Register",
    "Energy.Active.Import.Interval",
    "Energy.Active.Import.Register",
    "Energy.Reactive.Export.Interval",
    "Energy.Reactive.Export.Register",
    "Energy.Reactive.Import.Interval",
    "Energy.Reactive.Import.Register",
    "Frequency",
    "Power.Active.Export",
    "Power.Active.Import",
    "Power.Factor",
    "Power.Offered",
    "Power.Reactive.Export",
    "Power.Reactive.Import",
    "RPM",
    "SoC",
    "Temperature",
    "Voltage",
)


class ConnectedFilter(SimpleListFilter):
    """Chargers with or without a connection now."""

    title = _("connected")
    parameter_name = "connected"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Choices:
        return [("1", _("Connected")), ("0", _("Offline"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        if self.value() == "1":
            return queryset.exclude(owner="")
        if self.value() == "0":
            return queryset.filter(owner="")
        return queryset


class StatusFilter(SimpleListFilter):
    """Connectors by the status that they last reported."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Choices:
        return [(status, states.of_status(status).word) for status in states.STATUSES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        if self.value() not in states.STATUSES:
            return queryset
        return queryset.filter(status=self.value())


class ConnectorStatusFilter(StatusFilter):
    """Chargers with a connector that last reported a status."""

    title = _("status of a connector")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        if self.value() not in states.STATUSES:
            return queryset
        connectors = Connector.objects.filter(status=self.value()).order_by()
        return queryset.filter(pk__in=connectors.values("charger"))


def _by_their_index(rows: QuerySet[Any], few: QuerySet[Any]) -> QuerySet[Any]:
    """Those of `rows` that are among the few, which an index of their own holds.

    Otherwise SQLite goes through all rows in the order of the list until it has found them.
    """
    return rows.filter(pk__in=few.order_by().values("pk"))


class RunningFilter(ChoicesFieldListFilter):
    """Transactions by their state; those that run are found by their index."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if request.GET.get(self.lookup_kwarg) == TransactionState.ACTIVE:
            few = Transaction.objects.filter(state=TransactionState.ACTIVE)
            return _by_their_index(queryset, few)
        found: QuerySet[Any] = super().queryset(request, queryset)  # type: ignore[assignment]
        return found


class ToReviewFilter(BooleanFieldListFilter):
    """Transactions that need a review are found by their index."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.lookup_val == "1":
            return _by_their_index(queryset, Transaction.objects.filter(needs_review=True))
        found: QuerySet[Any] = super().queryset(request, queryset)  # type: ignore[assignment]
        return found


class OfOneCharger(SimpleListFilter):
    """A filter that is offered only where one charger's rows are listed.

    The tables grow without end and are indexed by charger: over all chargers a rare value would
    be searched for in every row.
    """

    #: Value of the parameter -> its word, and which rows it means.
    offers: Mapping[str, tuple[Word, Q]]

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Choices:
        if not one_charger(request):
            return []
        return [(value, word) for value, (word, _rows) in self.offers.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        offer = self.offers.get(self.value() or "")
        return queryset.filter(offer[1]) if offer and one_charger(request) else queryset


class MeasurandFilter(OfOneCharger):
    """Readings of one measurand."""

    title = _("measurand")
    parameter_name = "measurand"
    offers = {measurand: (measurand, Q(measurand=measurand)) for measurand in MEASURANDS}


class FailedFilter(OfOneCharger):
    """Messages that were answered with an error, or not at all."""

    title = _("outcome")
    parameter_name = "outcome"
    offers = {
        "error": (_("Refused with an error"), ~Q(error_code="")),
        "none": (_("No answer"), Q(answer_time=None)),
    }
