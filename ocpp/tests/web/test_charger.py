"""`GET /ocpp/charger/<cid>/` and its live parts."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from ocpp.models import (
    Anomaly,
    Charger,
    Command,
    Connector,
    MeterReading,
    QuarterHour,
    SessionCost,
    StatusChange,
    Tariff,
    TariffPrice,
    TariffVersion,
    Transaction,
)
from ocpp.web.charger import PARTS

PATH = "/ocpp/charger/CP1/"
MINUTE = timedelta(minutes=1)
#: Of the page with one session: what its parts take, the session's estimate, login, and the site.
QUERIES = 23


@pytest.fixture
def charger(db: None) -> Charger:
    """A charger on which a vehicle is charging, with something in each list."""
    now = timezone.now()
    charger = Charger.objects.create(
        charger_id="CP1",
        name="Plaza",
        owner="host/1/word",
        connected_at=now - 60 * MINUTE,
        vendor="Maker",
        latitude=Decimal("25.6866"),
        longitude=Decimal("-100.3161"),
        config={"HeartbeatInterval": {"value": "60", "readonly": True}},
    )
    Connector.objects.create(
        charger=charger, connector_id=1, status="Charging", status_time=now - 20 * MINUTE
    )
    tariff = Tariff.objects.create(name="Public", standard=True)
    version = TariffVersion.objects.create(
        tariff=tariff, valid_from=now - timedelta(days=9), tax_percent=Decimal(16)
    )
    TariffPrice.objects.create(version=version, component="energy", amount=Decimal(4))
    ended = _session(charger, 300, stop_time=now - 240 * MINUTE, state="ended", energy_wh=7000)
    SessionCost.objects.create(
        transaction=ended,
        version=version,
        currency="MXN",
        net=28,
        tax_percent=16,
        tax=4,
        total=Decimal("32.48"),
        computed=now,
    )
    session = _session(charger, 20, energy_wh=2500)
    QuarterHour.objects.create(
        charger=charger, connector_id=1, start=now - 30 * MINUTE, energy_wh=2500
    )
    for minute in range(10):
        for measurand, value, unit in (
            ("Power.Active.Import", 7400, "W"),
            ("SoC", 61, "Percent"),
            ("Voltage", 231, "V"),
        ):
            MeterReading.objects.create(
                charger=charger,
                connector_id=1,
                transaction=session,
                timestamp=now - minute * MINUTE,
                measurand=measurand,
                value=value,
                unit=unit,
            )
    StatusChange.objects.create(
        charger=charger, connector_id=1, status="Charging", time=now - 20 * MINUTE
    )
    Command.objects.create(charger=charger, action="reset", expires=now, state="timeout")
    Anomaly.objects.create(charger=charger, kind="clock", detail="odd clock", time=now)
    return charger


def _session(charger: Charger, minutes: int, **facts: Any) -> Transaction:
    start = timezone.now() - minutes * MINUTE
    return Transaction.objects.create(
        charger=charger,
        connector_id=1,
        id_tag="AABBCCDD",
        meter_start=0,
        start_time=start,
        start_received=start,
        start_raw=start.isoformat(),
        **facts,
    )


@pytest.fixture
def boss(db: None) -> Client:
    """Somebody who may command."""
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def page(client: Client, path: str = PATH) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer
    return answer.content.decode()


@pytest.mark.parametrize("who", ["visitor", "driver"])
def test_it_is_for_staff_only(request: pytest.FixtureRequest, who: str, charger: Charger) -> None:
    client = request.getfixturevalue(who)
    parts = [f"/ocpp/charger-part/{part}/CP1/" for part in PARTS]
    for path in (PATH, "/ocpp/charger/unknown/", *parts):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/?next=")


def test_it_tells_what_goes_on(staff: Client, charger: Charger) -> None:
    html = page(staff)
    for told in (
        *("Plaza", "CP1", "Maker", "Charging", "Connected"),
        *("7.4 kW", "2.500 kWh", "61 %", "≈ 11.60 MXN", "32.48 MXN"),
        *("HeartbeatInterval", "odd clock", "reset", "did not answer", "It has no key."),
        *('data-latitude="25.686600"', "/ocpp/c/CP1/", "/ocpp/log/CP1/", "/qrcodes/"),
    ):
        assert told in html, told


def test_its_queries_are_as_many_for_many_rows_as_for_few(
    staff: Client, charger: Charger, django_assert_num_queries: Any
) -> None:
    page(staff)  # its QR code is made once
    with django_assert_num_queries(QUERIES):
        page(staff)
    for number in range(20):
        _session(charger, 1000 + number, state="ended", stop_time=timezone.now())
        Command.objects.create(charger=charger, action="reset", expires=timezone.now())
        Anomaly.objects.create(charger=charger, kind="clock", detail="x", time=timezone.now())
        StatusChange.objects.create(
            charger=charger, connector_id=1, status=f"S{number}", time=timezone.now()
        )
    with django_assert_num_queries(QUERIES):
        page(staff)


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("now", "7.4 kW"),
        ("plots", "<svg"),
        ("sessions", "32.48"),
        ("commands", "reset"),
        ("anomalies", "odd clock"),
    ],
)
def test_a_live_part_is_that_part_alone(
    staff: Client, charger: Charger, part: str, told: str
) -> None:
    path = f"/ocpp/charger-part/{part}/CP1/"
    html = page(staff, path)
    assert told in html
    assert "<html" not in html
    assert f'data-live-src="{path}' in page(staff)
    assert staff.get(path)["Cache-Control"].startswith("max-age=0")


def test_what_there_is_not_is_404(staff: Client, charger: Charger) -> None:
    for path in ("/ocpp/charger/CP9/", "/ocpp/charger-part/now/CP9/", "/ocpp/charger-part/x/CP1/"):
        assert staff.get(path).status_code == 404


def test_an_id_may_hold_a_slash_and_the_word_of_a_part(staff: Client) -> None:
    Charger.objects.create(charger_id="a/now")
    assert "a/now" in page(staff, "/ocpp/charger/a/now/")
    assert page(staff, "/ocpp/charger-part/now/a/now/")


@pytest.mark.parametrize("query", ["range=1h", "range=day", "range=month", "from=0&to=x", ""])
def test_a_range_is_chosen_in_the_address(staff: Client, charger: Charger, query: str) -> None:
    html = page(staff, f"{PATH}?{query}")
    chosen = query if query.startswith("range") else "range=6h"
    assert f'data-range="{chosen}" aria-current="true"' in html
    assert f"/ocpp/charger-part/plots/CP1/?{chosen}" in html


def test_a_window_of_ones_own_is_none_of_the_ranges(staff: Client, charger: Charger) -> None:
    end = int(timezone.now().timestamp()) - 3600
    html = page(staff, f"{PATH}?from={end - 7200}&to={end}")
    assert f"plots/CP1/?from={end - 7200}&amp;to={end}" in html
    assert not re.search(r'data-range="[^"]*" aria-current', html)


def test_a_charger_of_which_nothing_is_known_has_a_page(staff: Client) -> None:
    Charger.objects.create(charger_id="CP1")
    html = page(staff)
    assert "Not reported yet" in html
    assert "There was no session yet." in html


def test_buttons_are_for_those_who_may_command_what_is_connected(
    boss: Client, staff: Client, charger: Charger
) -> None:
    assert "data-deed" not in page(staff)
    html = page(boss)
    for deed in ("stop", "unlock", "restart", "ask_status"):
        assert f'data-deed="{deed}"' in html
    assert f'data-number-value="{charger.transactions.get(state="active").pk}"' in html
    Charger.objects.update(owner="")
    assert "data-deed" not in page(boss)


def test_text_of_a_charge_point_is_escaped(boss: Client, charger: Charger) -> None:
    nasty = '"><script>alert(1)</script>'
    Charger.objects.update(
        vendor=nasty, firmware_version=nasty, last_path=nasty, config={nasty: {"value": nasty}}
    )
    Connector.objects.update(status="<i>x", error_code="<i>x")
    StatusChange.objects.update(status="<i>x", error_code="<i>x")
    Transaction.objects.update(id_tag=nasty)
    MeterReading.objects.update(phase="<i>x")
    Anomaly.objects.update(detail=nasty)
    Command.objects.update(state="answered", response={"status": nasty})
    html = page(boss)
    assert "<script>alert" not in html
    assert "<i>x" not in html
