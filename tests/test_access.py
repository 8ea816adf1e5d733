"""Who may ask what: every address, every method, every role, against `docs/access.md`."""

import hashlib
from dataclasses import dataclass

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from pytest_django import DjangoDbBlocker

from config.access import asking, document, people
from config.access.addresses import NUMBER, all_addresses, models_of_the_admin
from config.access.asking import ERROR, LOG_IN, NO, NOTHING, YES
from config.access.document import ModelRow, Row

# Every address as everybody takes minutes, and who may ask is no matter of the database.
pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="who may ask is asked once, on SQLite"
)

#: What whoever comes by may ask. A new address that asks nobody who they are is named here, after
#: somebody has thought about it.
ANYBODY = {
    # the site, its documents and its tools
    *("/", "/login/", "/logout/", "/language/", "/sitemap/", "/sitemap.xml"),
    *("/sitemap-<int:part>.xml", "/robots.txt", "/favicon.ico"),
    *("/awg/", "/awg/calculate/", "/awg/tables/", "/api/docs", "/api/openapi.json"),
    *("/admin/login/", "/admin/logout/", "/admin/password_change/", "/admin/password_change/done/"),
    # chargers as the public sees them, and their codes
    *("/ocpp/", "/ocpp/rows/", "/ocpp/tiles/", "/ocpp/map/", "/ocpp/c/<path:cid>/"),
    *("/ocpp/now/<path:cid>/", "/ocpp/notice/<path:cid>/", "/ocpp/listed/"),
    *("/qrcodes/<slug:key>.png", "/qrcodes/<slug:key>.svg"),
    *("/qrcodes/", "/qrcodes/draw.png", "/qrcodes/draw.svg"),
    # what is offered
    *("/subscriptions/", "/subscriptions/products/"),
    # who is written to, by a signed link
    "/mailer/unsubscribe/<str:token>/",
    # to log in
    *("/accounts/card-login/", "/accounts/rfid-login/"),
    # certificates are there to be read
    *("/ocpp/authority.pem", "/ocpp/authority/<int:number>.crl"),
    "/ocpp/authority/<int:number>.crl.pem",
    # charge points, by an address that nobody can guess
    *("/ocpp/firmware/<str:token>/<path:name>", "/ocpp/uploads/<str:token>"),
    *("/ocpp/uploads/<str:token>/", "/ocpp/uploads/<str:token>/<path:name>"),
    # monitors; what they are told depends on where they are
    *("/health/ready", "/metrics"),
}
#: Documents of the repository.
DOCUMENTS = "/readme/"
#: Rows that are nobody's own: every driver may ask for them.
SHARED = {"/subscriptions/products/<int:number>/"}


@dataclass(frozen=True)
class Asked:
    rows: list[Row]
    models: list[ModelRow]


@pytest.fixture(scope="module")
def asked(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Asked:
    """Everything, asked once for all tests here."""
    with (
        django_db_blocker.unblock(),
        transaction.atomic(),
        translation.override(settings.LANGUAGE_CODE),
    ):
        keys = people.make()
        answers = Asked(document.rows(keys), document.model_rows(keys))
        transaction.set_rollback(True)
    return answers


def test_the_table_is_fresh(asked: Asked) -> None:
    written = (settings.BASE_DIR / document.TARGET).read_text(encoding="utf-8")
    made = document.text(asked.rows, asked.models)
    assert made == written, f"Make it again: {document.COMMAND}"


def test_nobody_is_let_in_without_being_asked_who_they_are(asked: Asked) -> None:
    open_to_all = {
        row.address.route
        for row in asked.rows
        if row.told[people.VISITOR] not in (LOG_IN, NO)
        and not row.address.route.startswith(DOCUMENTS)
    }
    assert open_to_all - ANYBODY == set()
    assert {row.told[people.VISITOR] for row in asked.models} == {LOG_IN}


def test_drivers_stay_outside_of_the_admin(asked: Asked) -> None:
    for row in asked.models:
        assert row.told[people.DRIVER] == row.told[people.OWNER] == LOG_IN, row.label


def test_nothing_fails(asked: Asked) -> None:
    assert [row.name for row in asked.rows if ERROR in row.told.values()] == []


def test_what_is_somebodys_is_nobody_elses(asked: Asked) -> None:
    """An address with the number of a row of the owner's shows another driver nothing."""
    shown = [
        row.name
        for row in asked.rows
        if row.address.names_a_row
        and row.told[people.DRIVER] not in (LOG_IN, NO, NOTHING)
        and row.address.route not in SHARED | ANYBODY
    ]
    assert shown == []
    own = {row.name for row in asked.rows if row.told[people.OWNER] == YES}
    assert "GET /accounts/me/vehicles/<int:number>/" in own
    assert "POST /accounts/me/cards/<int:number>/lost/" in own


def test_who_only_looks_changes_nothing_in_the_admin(asked: Asked) -> None:
    changed = {row.label: row.told["viewer"] for row in asked.models if row.told["viewer"] != NO}
    assert set(changed.values()) == {"s"}


@pytest.mark.django_db
def test_no_answer_to_a_driver_has_what_is_somebody_elses() -> None:
    keys = people.make()
    told: list[str] = []
    with asking.quiet():
        for address in all_addresses():
            for who in (people.VISITOR, people.DRIVER):
                response = asking.send(keys[who], "GET", address.path)
                body = asking.body(response)
                told += [f"{who} {address.route} {m}" for m in people.MARKS if m.encode() in body]
    assert told == []


@pytest.mark.django_db
def test_asking_changes_nothing() -> None:
    """GET leaves every table as it was; only sessions are renewed."""
    keys = people.make()
    before = tables()
    with asking.quiet():
        for address in all_addresses():
            for who in (people.VISITOR, people.OWNER, "administrator"):
                asking.body(asking.send(keys[who], "GET", address.path))
        for label, path in models_of_the_admin():
            for page in (
                "",
                "add/",
                f"{NUMBER}/change/",
                f"{NUMBER}/delete/",
                f"{NUMBER}/history/",
            ):
                response = asking.send(keys["administrator"], "GET", path + page)
                assert response.status_code < 500, (label, page)
    after = tables()
    assert [label for label in after if after[label] != before[label]] == []


def tables() -> dict[str, tuple[int, str]]:
    """How many rows each table has, and a digest of them."""
    found = {}
    for model in apps.get_models():
        if model._meta.label == "sessions.Session":
            continue
        rows = sorted(str(row) for row in model._base_manager.values_list())
        digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        found[model._meta.label] = (len(rows), digest)
    return found
