"""The lists of charging: who sees what, filters, pages, files, and a fixed number of queries."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from model_bakery import baker

from accounts.models import User
from ocpp.choices import TransactionState
from ocpp.models import (
    Anomaly,
    Charger,
    ChargingProfile,
    Command,
    ConfigurationSnapshot,
    Connector,
    MeterReading,
    QuarterHour,
    Reservation,
    StatusChange,
    Tariff,
    Transaction,
)
from ocpp.tests.api.conftest import NOW, make_transaction, token_client
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import make_driver

LATER = NOW + timedelta(days=36500)

#: For each list the permission that it needs, and how to make a row.
LISTS: dict[str, tuple[str, Callable[[Charger, int], Any]]] = {
    "/ocpp/connectors/": (
        "view_connector",
        lambda charger, n: baker.make(Connector, charger=charger, connector_id=n),
    ),
    "/ocpp/connections/": ("view_charger", lambda charger, n: make_charger(f"X{n}")),
    "/ocpp/status-changes/": (
        "view_statuschange",
        lambda charger, n: baker.make(StatusChange, charger=charger, status="Faulted", time=NOW),
    ),
    "/ocpp/readings/?charger=CP1": (
        "view_meterreading",
        lambda charger, n: baker.make(MeterReading, charger=charger, timestamp=NOW, value=n),
    ),
    "/ocpp/readings/?charger=CP1&resolution=quarter_hour": (
        "view_meterreading",
        lambda charger, n: baker.make(
            QuarterHour, charger=charger, connector_id=n, start=NOW, transaction=None
        ),
    ),
    "/ocpp/readings/?charger=CP1&resolution=hour": (
        "view_meterreading",
        lambda charger, n: baker.make(
            QuarterHour, charger=charger, connector_id=n, start=NOW, transaction=None
        ),
    ),
    "/ocpp/readings/?charger=CP1&resolution=day": (
        "view_meterreading",
        lambda charger, n: baker.make(
            QuarterHour,
            charger=charger,
            connector_id=1,
            start=NOW + timedelta(days=n),
            transaction=None,
        ),
    ),
    "/ocpp/commands/": (
        "view_command",
        lambda charger, n: baker.make(
            Command, charger=charger, expires=LATER, created_by=baker.make(User)
        ),
    ),
    "/ocpp/configuration/": (
        "view_configurationsnapshot",
        lambda charger, n: baker.make(ConfigurationSnapshot, charger=charger),
    ),
    "/ocpp/reservations/": (
        "view_reservation",
        lambda charger, n: baker.make(
            Reservation, charger=charger, expires=LATER, created_by=baker.make(User)
        ),
    ),
    "/ocpp/profiles/": (
        "view_chargingprofile",
        lambda charger, n: baker.make(
            ChargingProfile, charger=charger, created_by=baker.make(User), periods=[]
        ),
    ),
    "/ocpp/anomalies/": (
        "view_anomaly",
        lambda charger, n: baker.make(Anomaly, charger=charger, kind="tolerated", time=NOW),
    ),
    "/ocpp/tariffs/": ("view_tariff", lambda charger, n: baker.make(Tariff, name=f"T{n}")),
}


def _staff(*names: str) -> Client:
    user = baker.make(User, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return token_client(user)


@pytest.mark.parametrize("url", LISTS)
def test_each_list_needs_its_permission(db: None, driver: User, url: str) -> None:
    make_charger("CP1")
    permission, _make = LISTS[url]
    assert Client().get(url).status_code == 401
    assert token_client(driver).get(url).status_code == 403
    refused = _staff().get(url)
    assert refused.status_code == 403
    assert refused.json()["detail"] == f"You need the permission ocpp.{permission}."
    assert _staff(permission).get(url).status_code == 200


@pytest.mark.parametrize("url", LISTS)
def test_more_rows_are_no_more_queries(db: None, url: str) -> None:
    charger = make_charger("CP1")
    permission, make = LISTS[url]
    client = _staff(permission)
    make(charger, 1)
    client.get(url)
    counts = []
    for numbers in (range(2, 3), range(3, 15)):
        for number in numbers:
            make(charger, number)
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(url)
        assert len(answer.json()["items"]) >= len(numbers)
        counts.append(len(captured))
    assert counts[0] == counts[1], [one["sql"] for one in captured.captured_queries]
    assert counts[0] <= 6


@pytest.mark.parametrize("url", LISTS)
def test_pages_and_files_of_each_list(db: None, url: str) -> None:
    charger = make_charger("CP1")
    permission, make = LISTS[url]
    client = _staff(permission)
    for number in range(1, 4):
        make(charger, number)
    whole = client.get(url).json()["items"]
    sign = "&" if "?" in url else "?"
    found, following = [], f"{url}{sign}limit=2"
    while following:
        told = client.get(following).json()
        found += told["items"]
        following = told["next"]
    assert found == whole
    lines = client.get(f"{url}{sign}format=csv").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + len(whole)
    assert client.get(f"{url}{sign}format=xlsx").content.startswith(b"PK")


@pytest.mark.parametrize("url", sorted(LISTS.keys() - {"/ocpp/tariffs/"}))
def test_another_charger_than_any_is_said_so(db: None, url: str) -> None:
    permission, _make = LISTS[url]
    make_charger("CP1")
    url = url.replace("charger=CP1", "charger=NOBODY")
    if "NOBODY" not in url:
        url += "?charger=NOBODY"
    assert _staff(permission).get(url).status_code == 404


# --- sessions ------------------------------------------------------------------------------


def test_a_driver_sees_their_own_sessions_and_nobody_elses(db: None) -> None:
    charger = make_charger("CP1")
    ana, luis = make_driver("ana"), make_driver("luis", tag="CAFE0002")
    mine = make_transaction(charger, account=ana, id_tag="CAFE0001", connector_id=1)
    theirs = make_transaction(charger, account=luis, id_tag="CAFE0002", connector_id=2)
    refused = make_transaction(
        charger, account=ana, id_tag="CAFE0001", connector_id=3, state=TransactionState.REFUSED
    )
    client = token_client(ana.user)
    (only,) = client.get("/ocpp/sessions/").json()["items"]
    assert (only["transaction_id"], only["id_tag"]) == (mine.pk, "…0001")
    assert client.get(f"/ocpp/sessions/?account={luis.pk}").json()["items"] == []
    assert client.get(f"/ocpp/sessions/{mine.pk}/").json()["user"] == "ana"
    for other in (theirs, refused):
        assert client.get(f"/ocpp/sessions/{other.pk}/").status_code == 404
    assert b"CAFE0001" not in client.get("/ocpp/sessions/?format=csv").content
    # Staff without the permission are nobody special.
    assert _staff().get("/ocpp/sessions/").json()["items"] == []
    everything = _staff("view_transaction").get("/ocpp/sessions/").json()["items"]
    assert {one["id_tag"] for one in everything} == {"CAFE0001", "CAFE0002"}


def test_sessions_are_filtered_and_ordered(db: None) -> None:
    one, two = make_charger("CP1"), make_charger("CP2")
    first = make_transaction(one, state=TransactionState.COMPLETED, needs_review=True)
    second = make_transaction(two, start_time=NOW + timedelta(hours=1))
    client = _staff("view_transaction")

    def found(query: str) -> list[int]:
        items = client.get(f"/ocpp/sessions/?{query}").json()["items"]
        return [item["transaction_id"] for item in items]

    assert found("") == [second.pk, first.pk]
    assert found("order=start_time") == [first.pk, second.pk]
    assert found("charger=cp1") == [first.pk]
    assert found("state=active") == [second.pk]
    assert found("needs_review=true") == [first.pk]
    assert found("since=2026-05-01T12:30:00Z") == [second.pk]
    assert found("until=2026-05-01T06:30:00-06:00") == [first.pk]


def test_sessions_take_the_same_queries_however_many(db: None) -> None:
    charger = make_charger("CP1")
    client = _staff("view_transaction")
    counts = []
    for count in (1, 12):
        for number in range(count):
            make_transaction(charger, account=make_driver(f"d{count}-{number}", tag=_tag()))
        with CaptureQueriesContext(connection) as captured:
            client.get("/ocpp/sessions/")
        counts.append(len(captured))
    # The first reads the permissions like the second: the token, two for permissions, the rows;
    # and the first use of the token is noted.
    assert counts[0] - 1 == counts[1] == 4


def _tag() -> str:
    return f"{0xCAFE0000 + Transaction.objects.count() + 1:08X}"


def test_a_statement_is_ones_own(db: None) -> None:
    charger = make_charger("CP1")
    ana, luis = make_driver("ana"), make_driver("luis", tag="CAFE0002")
    ended: Any = {"state": TransactionState.COMPLETED, "stop_time": NOW, "billed_wh": 5000}
    make_transaction(charger, account=ana, energy_wh=5000, **ended)
    client = token_client(ana.user)
    months = client.get(f"/accounts/{ana.pk}/statements/").json()["items"]
    assert months == [{"month": "2026-05-01", "sessions": 1, "energy_kwh": "5.000"}]
    csv = client.get(f"/accounts/{ana.pk}/statements/?format=csv").content.decode("utf-8-sig")
    assert csv.splitlines() == ["month,sessions,energy_kwh", "2026-05-01,1,5.000"]
    url = f"/accounts/{ana.pk}/statements/2026-05/"
    told = client.get(url).json()
    assert (told["energy_kwh"], len(told["sessions"])) == ("5.000", 1)
    assert client.get(f"{url}?format=csv").content.count(b"\n") == 2
    assert client.get(f"/accounts/{ana.pk}/statements/2026-13/").status_code == 404
    assert token_client(luis.user).get(url).status_code == 404


# --- what staff change ----------------------------------------------------------------------


def test_a_charger_is_changed_by_the_rules_of_its_page(db: None) -> None:
    make_charger("CP1", discovered=True)
    client = _staff("change_charger", "view_charger")

    def change(**body: Any) -> Any:
        return client.patch("/ocpp/chargers/CP1/", body, content_type="application/json")

    tariff = baker.make(Tariff, name="Downtown")
    body = {"name": "Garage", "latitude": "25.67", "longitude": "-100.3", "tariff": tariff.pk}
    told = change(**body)
    assert (told.status_code, told.json()["name"]) == (200, "Garage")
    charger = Charger.objects.get()
    assert (charger.tariff, charger.discovered) == (tariff, False)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"latitude": None}, "latitude: A position needs both"),
        ({"latitude": "91", "longitude": "0"}, "latitude: 91 is out of range"),
        ({"time_zone": "Mars/Base"}, "time_zone: There is no time zone"),
        ({"tariff": 999}, "tariff: there is no such tariff."),
        ({"vendor": "Me"}, "vendor: is not known here."),
    ]
    for wrong, said in cases:
        answer = change(**wrong)
        assert answer.status_code == 400
        assert answer.json()["detail"].startswith(said)
    assert _staff("view_charger").patch("/ocpp/chargers/CP1/").status_code == 403


def test_a_tariff_and_its_version_are_added(db: None) -> None:
    names = [f"{deed}_{what}" for deed in ("add", "change", "view") for what in ("tariff",)]
    client = _staff(*names, "add_tariffversion", "add_tariffprice")

    def post(url: str, body: Any) -> Any:
        return client.post(url, body, content_type="application/json")

    made = post("/ocpp/tariffs/", {"name": "Downtown"})
    assert made.status_code == 201
    assert post("/ocpp/tariffs/", {"name": "Downtown"}).status_code == 409
    assert post("/ocpp/tariffs/", {"name": "X", "currency": "peso"}).status_code == 400
    url = f"/ocpp/tariffs/{made.json()['id']}/"
    prices = [
        {"component": "energy", "amount": "9.5", "start": "18:00", "end": "22:00"},
        {"component": "energy", "amount": "6.2"},
    ]
    body = {"valid_from": "2027-01-01T06:00:00Z", "tax_percent": "16", "prices": prices}
    version = post(f"{url}versions/", body)
    assert version.status_code == 201
    (only,) = client.get(url).json()["versions"]
    assert [price["start"] for price in only["prices"]] == ["18:00", "00:00"]
    assert (only["used"], only["tax_percent"]) == (False, "16.00")
    assert post(f"{url}versions/", body).status_code == 409
    half = {**body, "valid_from": "2027-02-01T06:00:00Z"}
    half["prices"] = [{**prices[1], "season_start": "04-01"}]
    refused = post(f"{url}versions/", half)
    assert refused.status_code == 400
    assert refused.json()["detail"].startswith("season_end: A season needs both")
    assert len(client.get(url).json()["versions"]) == 1
    renamed = client.patch(url, {"name": "Centre"}, content_type="application/json")
    assert renamed.json()["name"] == "Centre"
