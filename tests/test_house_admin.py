"""The admin as a whole: what holds for the list and the forms of every model, whoever adds it.

Each rule has a table of those that it does not hold for, with the reason; a reason for what keeps
the rule is a mistake too.
"""

import csv
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from io import StringIO
from itertools import count
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.widgets import AutocompleteMixin
from django.db import connection
from django.db.models import DateField, Field, ForeignKey, Model, QuerySet
from django.forms import Field as FormField
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from model_bakery import baker

from accounts.models import RFID, Account, Address, Credit, User, Vehicle
from audit.models import Record
from events.models import Delivery, Event
from mailer.models import Email
from notifications.models import Notification
from ocpp import models as charging
from odoo.models import PushedSession

#: Tables that grow with the network and with time.
GROWING: set[type[Model]] = {
    *(User, Account, RFID, Vehicle, Address, Credit),
    *(charging.Charger, charging.Connector, charging.Transaction, charging.Review),
    *(charging.Message, charging.MeterReading, charging.StatusChange, charging.Anomaly),
    *(charging.Command, charging.SessionCost, charging.SecurityEvent, charging.DataTransfer),
    *(charging.Certificate, charging.OrphanStop, charging.UploadSlot, charging.LocalList),
    *(Event, Delivery, PushedSession, Notification, Record, Email),
}

_BELOW = "its app stands below accounts, where files are made"
NO_FILE = {
    "accounts.apitoken": "they are shown so that they can be revoked; there is nothing to reckon",
    "accounts.throttle": "counters of a few minutes",
    "audit.record": "its app stands below accounts, and has an action of its own that makes one",
    "auth.group": "Django's own, a handful",
    "awg.cablesize": "facts that come with the program; the page of the calculator has them",
    "awg.conduitfill": "facts that come with the program; the page of the calculator has them",
    "django_tasks_database.dbtaskresult": "removed after two weeks; of interest while it is odd",
    "mailer.email": _BELOW,
    "mailer.template": _BELOW,
    "mailer.unsubscription": _BELOW,
    "nodes.node": _BELOW,
    "ocpp.connectionattempt": "a page in the place of a list",
    "ocpp.message": "the message log has its own file, of one charger, without secrets",
    "ocpp.review": "transactions, whose list has a file",
    "ocpp.serverprocess": "a page in the place of a list",
    "outgoing.allowednetwork": _BELOW,
    "schedules.schedule": "a dozen, all on one page",
    "sites.site": "Django's own, a handful",
}

_BY_CHARGER = (
    "indexed by charger and not by time: a day of all chargers would be a look at all rows"
)
NO_DATES = {
    "accounts.rfid": "found by card or person; its filter has the newest",
    "accounts.throttle": "counters of a few minutes",
    "django_tasks_database.dbtaskresult": "removed after two weeks",
    "events.webhook": "a handful; how things are now",
    "mailer.email": "found by address or subject; the newest stand first, and old ones go",
    "mailer.unsubscription": "found by address",
    "nodes.node": "a handful; how things are now",
    "ocpp.anomaly": _BY_CHARGER,
    "ocpp.configurationsnapshot": _BY_CHARGER,
    "ocpp.connector": "how things are now",
    "ocpp.datatransfer": _BY_CHARGER,
    "ocpp.installedcertificate": "how things are now",
    "ocpp.message": _BY_CHARGER,
    "ocpp.meterreading": _BY_CHARGER,
    "ocpp.orphanstop": _BY_CHARGER,
    "ocpp.review": "a queue that is worked off; transactions have dates",
    "ocpp.securityevent": _BY_CHARGER,
    "ocpp.simulator": "a handful",
    "ocpp.statuschange": _BY_CHARGER,
    "odoo.partner": "how things are now",
    "outgoing.allowednetwork": "a handful",
    "schedules.schedule": "a dozen, all on one page",
}

#: Pages in the place of lists: they have tests of their own.
PAGES = {"ocpp.connectionattempt", "ocpp.serverprocess"}

SITES = {model._meta.label_lower: one for model, one in admin.site._registry.items()}
EVERY = pytest.mark.parametrize("label", sorted(SITES))


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss")


@pytest.fixture
def request_of_boss(boss: User) -> HttpRequest:
    request = RequestFactory().get("/admin/")
    request.user = boss
    return request


# --- choices -----------------------------------------------------------------------------------


def fields_of(
    model_admin: admin.ModelAdmin, request: HttpRequest
) -> Iterator[tuple[str, FormField]]:
    """The fields of the form of a model and of the tables in it, where one can enter anything."""
    if not (model_admin.has_add_permission(request) or model_admin.has_change_permission(request)):
        return
    yield from model_admin.get_form(request).base_fields.items()
    for obj in (None, made(model_admin.model)):
        for inline in model_admin.get_inline_instances(request, obj):
            rows: Any = inline.get_formset(request, obj)
            fields = rows.form.base_fields.items()
            yield from ((name, field) for name, field in fields if name != rows.fk.name)


def _rows(field: ModelChoiceField) -> QuerySet[Any]:
    assert field.queryset is not None
    return field.queryset


@EVERY
def test_among_many_one_searches(label: str, request_of_boss: HttpRequest) -> None:
    for name, field in fields_of(SITES[label], request_of_boss):
        if isinstance(field, ModelChoiceField) and _rows(field).model in GROWING:
            widget = getattr(field.widget, "widget", field.widget)
            assert isinstance(widget, AutocompleteMixin), f"{name}: a list of all of them"


@EVERY
def test_filters_load_no_table(label: str) -> None:
    model_admin = SITES[label]
    for one in model_admin.list_filter:
        if not isinstance(one, str):
            continue
        field = get_fields_from_path(model_admin.model, one)[-1]
        assert not (isinstance(field, ForeignKey) and field.remote_field.model in GROWING), (
            f"{one}: a link for each row of {field.remote_field.model}"
        )
        if not (field.choices or field.is_relation or isinstance(field, DateField)):
            kind = field.get_internal_type()
            many = field.model in GROWING - {charging.Charger}
            assert kind == "BooleanField" or not many, f"{one}: each value that any row has"


# --- lists -------------------------------------------------------------------------------------


@EVERY
def test_a_list_has_a_search_and_no_count_of_all(label: str) -> None:
    model_admin = SITES[label]
    if model_admin.model in GROWING:
        assert model_admin.search_fields, "nothing can be found in it"
        assert model_admin.list_per_page <= 100
    if model_admin.model in GROWING - {User, Account, RFID, Vehicle, Address, Credit}:
        assert model_admin.show_full_result_count is False, "another count of all rows"


@EVERY
def test_a_list_has_a_file_or_a_reason(label: str, request_of_boss: HttpRequest) -> None:
    has_file = getattr(SITES[label], "has_export_permission", None)
    assert bool(has_file and has_file(request_of_boss)) != (label in NO_FILE)


def dates_of(model_admin: admin.ModelAdmin) -> list["Field[Any, Any]"]:
    """The times among the columns of a list."""
    fields = {field.name: field for field in model_admin.model._meta.concrete_fields}
    shown = [fields[str(one)] for one in model_admin.list_display if str(one) in fields]
    return [field for field in shown if isinstance(field, DateField)]


@EVERY
def test_a_list_of_times_has_dates_or_a_reason(label: str) -> None:
    model_admin = SITES[label]
    if not model_admin.date_hierarchy:
        assert bool(dates_of(model_admin)) == (label in NO_DATES)
        return
    assert label not in NO_DATES
    field: Any = get_fields_from_path(model_admin.model, model_admin.date_hierarchy)[-1]
    indexed = {index.fields[0].lstrip("-") for index in field.model._meta.indexes if index.fields}
    cheap = field.auto_now_add or field.db_index or field.name in indexed
    assert cheap or field.model not in GROWING, "its first and last day are a look at all rows"


def test_reasons_are_of_models_that_there_are() -> None:
    assert (NO_FILE.keys() | NO_DATES.keys()) <= SITES.keys()


# --- queries -----------------------------------------------------------------------------------

#: What cannot be made up, by the number of the row.
EXACTLY: dict[str, Callable[[int], dict[str, Any]]] = {
    "accounts.address": lambda n: {"state": "NL", "municipality": "Monterrey"},
    "accounts.rfid": lambda n: {"rfid": f"{n:08X}"},
    "accounts.user": lambda n: {"username": f"user{n}"},
    "accounts.vehicle": lambda n: {"VIN": f"{n:017d}"},
    "events.webhook": lambda n: {"secret": f"{n:032d}"},
    "ocpp.chargingprofile": lambda n: {"periods": [{"start": 0, "limit": "16"}], "unit": "A"},
    "ocpp.holiday": lambda n: {"date": date(2020, 1, 1) + timedelta(days=n)},
    "ocpp.review": lambda n: {"needs_review": True},
}
numbers = count(1)


def made(model: type[Model]) -> Model:
    """A row, with rows of its own for all that it refers to."""
    related = {
        field.name: made(field.remote_field.model)
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.remote_field.model is not model
    }
    exactly = EXACTLY.get(model._meta.label_lower, lambda n: {})
    row: Model = baker.make(model, **(related | exactly(next(numbers))))
    return row


def queries_of(client: Client, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(url)
    assert answer.status_code == 200
    return [query["sql"] for query in captured]


@EVERY
def test_a_list_asks_as_much_with_thirty_rows_as_with_three(label: str, boss: User) -> None:
    if label in PAGES:
        pytest.skip("a page in the place of a list")
    model = SITES[label].model
    client = Client()
    client.force_login(boss)
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    for _ in range(3):
        made(model)
    queries_of(client, url)  # what is remembered from then on
    few = queries_of(client, url)
    for _ in range(27):
        made(model)
    many = queries_of(client, url)
    more = sorted(sql[:20] + sql[sql.find(" FROM ") :][:200] for sql in set(many) - set(few))
    assert len(many) <= len(few), "\n".join(more[:5])


# --- files -------------------------------------------------------------------------------------


#: Made by a table of its own, which can be read in again; it has tests of its own.
OWN_TABLE = {"accounts.rfid"}


@pytest.mark.parametrize("label", sorted(SITES.keys() - NO_FILE.keys() - OWN_TABLE))
def test_a_file_has_the_rows_in_as_many_queries(label: str, boss: User) -> None:
    model_admin = SITES[label]
    client = Client()
    client.force_login(boss)
    opts = model_admin.model._meta
    url = reverse(f"admin:{opts.app_label}_{opts.model_name}_export")
    for _ in range(3):
        made(model_admin.model)
    asked = []
    for _ in range(2):
        stored = model_admin.get_queryset(client.get(url).wsgi_request).count()
        with CaptureQueriesContext(connection) as captured:
            answer = client.post(url, {"format": "0"})
        assert answer["Content-Type"] == "text/csv", answer.content.decode()[:300]
        rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
        assert len(rows) == stored + 1
        assert all(rows[0])
        asked.append(len(captured))
        for _ in range(7):
            made(model_admin.model)
    assert asked[0] == asked[1]


def test_a_file_is_for_who_may_look(db: None) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    client = Client()
    client.force_login(clerk)
    for label in sorted(SITES.keys() - NO_FILE.keys()):
        opts = SITES[label].model._meta
        url = reverse(f"admin:{opts.app_label}_{opts.model_name}_export")
        assert client.get(url).status_code == 403
        assert client.post(url, {"format": "0"}).status_code == 403


# --- languages ---------------------------------------------------------------------------------


def spanish(client: Client, url: str) -> str:
    answer = client.get(url, headers={"accept-language": "es-MX"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_choices_with_a_search_speak_the_readers_language(boss: User) -> None:
    client = Client()
    client.force_login(boss)
    ended = made(charging.Transaction)
    pages = [
        reverse("admin:accounts_credit_add"),
        reverse("admin:ocpp_chargergroup_add"),
        reverse("admin:ocpp_review_change", args=[ended.pk]),
        reverse("admin:ocpp_unknowntag_adopt", args=[made(charging.UnknownTag).pk]),
    ]
    for page in pages:
        html = spanish(client, page)
        if "admin-autocomplete" in html:
            assert "select2/i18n/es.js" in html
            assert 'lang="es"' in html
    assert any("admin-autocomplete" in spanish(client, page) for page in pages)


def test_the_page_of_a_file_is_in_spanish(boss: User) -> None:
    client = Client()
    client.force_login(boss)
    html = spanish(client, reverse("admin:ocpp_transaction_export"))
    shown = re.sub(r"<script.*?</script>|<style.*?</style>", "", html, flags=re.DOTALL)
    words = {text.strip() for text in re.findall(r">([^<]+)<", shown)}
    assert "Exportar" in words
    assert not words & {"Export", "Submit", "Format", "Format:"}
    assert not any("will export" in text for text in words)
