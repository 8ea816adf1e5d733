"""The landing page of a charger for a driver who has logged in: start, follow, stop."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import RFID, Account
from ocpp.choices import Registration, ReservationState
from ocpp.models import (
    Charger,
    Command,
    Connector,
    Reservation,
    Tariff,
    TariffPrice,
    TariffVersion,
    Transaction,
)
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import TAG, Reporter, make_driver

pytestmark = pytest.mark.django_db

PAGE = "/ocpp/c/CP1/"
NOW = "/ocpp/now/CP1/"
START = "/ocpp/start/CP1/"


@pytest.fixture
def bob() -> Client:
    client = Client()
    client.force_login(make_driver("bob", tag="BEEF0001", credit_kwh=77).user)
    return client


@pytest.fixture
def charger() -> Charger:
    made = make_charger(
        require_rfid=True, name="Plaza", latitude=Decimal("25.6866"), longitude=Decimal("-100.3161")
    )
    for number in (1, 2):
        Connector.objects.create(charger=made, connector_id=number, status="Available")
    return made


def text(client: Client, path: str = NOW) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def post(client: Client, path: str = START, **data: object) -> Any:
    return client.post(path, data)


def begin(charger: Charger, tag: str = TAG, connector: int = 1) -> Transaction:
    """A session that began ten minutes ago and has had 1.234 kWh."""
    then = timezone.now() - timedelta(minutes=10)
    began, _ = Reporter(charger).start(
        tag, time=then.isoformat(), connector=connector, now=timezone.now()
    )
    Transaction.objects.filter(pk=began.pk).update(energy_wh=1234)
    Connector.objects.filter(charger=charger, connector_id=connector).update(status="Charging")
    return began


# --- what is seen -------------------------------------------------------------------------------


def test_a_visitor_is_invited_to_log_in_and_comes_back(visitor: Client, charger: Charger) -> None:
    page = text(visitor, PAGE)
    assert "/login/?next=%2Focpp%2Fc%2FCP1%2F" in page
    assert "/accounts/card-login/?next=%2Focpp%2Fc%2FCP1%2F" in page
    assert START not in page


def test_where_it_is_on_a_map(visitor: Client, charger: Charger) -> None:
    link = "https://www.openstreetmap.org/?mlat=25.686600&amp;mlon=-100.316100"
    assert link in text(visitor, PAGE)
    Charger.objects.update(latitude=None)
    assert "openstreetmap" not in text(visitor, PAGE)


def test_the_price_is_told_or_that_there_is_none(visitor: Client, charger: Charger) -> None:
    assert "No price is set" in text(visitor, PAGE)
    version = TariffVersion.objects.create(
        tariff=Tariff.objects.create(name="Public", standard=True),
        valid_from=timezone.now() - timedelta(days=1),
        tax_percent=Decimal(16),
    )
    TariffPrice.objects.create(version=version, component="energy", amount=Decimal(5))
    page = text(visitor, PAGE)
    for words in ("5.80 MXN", "per kWh", "16 % tax is included"):
        assert words in page


def test_a_driver_sees_a_button_for_each_free_connector(
    ana: Client, charger: Charger, account: Account
) -> None:
    Connector.objects.filter(connector_id=2).update(status="Faulted")
    page = text(ana, PAGE)
    assert "Start at connector 1" in page
    assert "Start at connector 2" not in page
    assert "12.000 kWh" in page
    assert "then start here or with your card" in page


def test_why_one_cannot_start_is_told_before(ana: Client, charger: Charger) -> None:
    RFID.objects.update(allowed=False)
    page = text(ana)
    assert "None of your cards may charge" in page
    assert START not in page


def test_a_running_session_is_seen_by_its_driver_alone(
    ana: Client, bob: Client, visitor: Client, staff: Client, charger: Charger
) -> None:
    began = begin(charger)
    mine = text(ana)
    for shown in ("1.234 kWh", "0:10", f"/ocpp/stop/{began.pk}/", "This is your session"):
        assert shown in mine
    for other in (bob, visitor, staff):
        for path in (PAGE, NOW):
            page = text(other, path)
            assert "1.234" not in page
            assert "/ocpp/stop/" not in page
            assert "12.000" not in page


def test_no_id_tag_is_on_the_page_of_its_own_driver_either(ana: Client, charger: Charger) -> None:
    begin(charger)
    assert TAG not in text(ana, PAGE)


def test_a_session_at_a_connector_that_has_told_nothing(ana: Client, charger: Charger) -> None:
    Connector.objects.all().delete()
    began = begin(charger)
    assert f"/ocpp/stop/{began.pk}/" in text(ana)


def test_how_the_session_ended_is_told_for_a_while(
    ana: Client, bob: Client, charger: Charger
) -> None:
    began = begin(charger)
    Reporter(charger).stop(
        began.pk, meter=3500, time=timezone.now().isoformat(), now=timezone.now()
    )
    assert "Your session here has ended: 2.500 kWh." in text(ana)
    assert "has ended" not in text(bob)
    Transaction.objects.update(stop_received=timezone.now() - timedelta(minutes=16))
    assert "has ended" not in text(ana)


def test_until_when_it_is_reserved_and_for_whom(ana: Client, bob: Client, charger: Charger) -> None:
    Reservation.objects.create(
        charger=charger,
        connector_id=1,
        id_tag=TAG,
        state=ReservationState.ACTIVE,
        expires=timezone.now() + timedelta(hours=1),
    )
    assert "for you, until" in text(ana)
    assert "Start at connector 1" in text(ana)
    others = text(bob)
    assert "for you" not in others
    assert "until " in others
    assert "Start at connector 1" not in others
    assert TAG not in others


def test_a_broken_one_says_whom_to_tell(
    visitor: Client, charger: Charger, settings: Settings
) -> None:
    assert "does not work?" not in text(visitor)
    Connector.objects.filter(connector_id=1).update(status="Faulted")
    assert "Tell the staff of this place" in text(visitor)
    settings.SUPPORT_CONTACT = "81 1234 5678 <b>"
    assert "Tell the operator: 81 1234 5678 &lt;b&gt;" in text(visitor)


def test_an_offline_one_says_since_when_and_offers_nothing(ana: Client, charger: Charger) -> None:
    begin(charger, connector=2)
    since = timezone.now() - timedelta(hours=3)
    Charger.objects.update(owner="", disconnected_at=since)
    page = text(ana, PAGE)
    assert "for 3\xa0hours, since" in page
    assert "cannot be started or stopped from here" in page
    assert "<form class=" not in page.split("<main")[1].split("</main")[0]


def test_parts_of_the_page_move_by_themselves(
    ana: Client, visitor: Client, charger: Charger
) -> None:
    for client, parts in ((visitor, [NOW]), (ana, ["/ocpp/notice/CP1/", NOW])):
        page = text(client, PAGE)
        assert page.count('data-live-charger="CP1"') == len(parts)
        for part in parts:
            assert f'data-live-src="{part}"' in page
    assert visitor.get("/ocpp/notice/CP1/").status_code == 302


# --- what is done -------------------------------------------------------------------------------


def test_a_start_asks_the_charger_and_the_page_says_so(ana: Client, charger: Charger) -> None:
    answer = post(ana, connector=1)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    command = Command.objects.get()
    assert command.payload == {"id_tag": TAG, "connector_id": 1}
    assert "Asking the charger…" in text(ana, "/ocpp/notice/CP1/")
    assert "Asking the charger…" in text(ana, PAGE)
    assert START not in text(ana)


def test_an_id_with_a_slash_has_its_own_addresses(ana: Client) -> None:
    charger = make_charger("a/b")
    Connector.objects.create(charger=charger, connector_id=1, status="Available")
    assert reverse("ocpp:start", args=["a/b"]) in text(ana, "/ocpp/c/a/b/")
    post(ana, "/ocpp/start/a/b/")
    assert Command.objects.get().charger == charger


@pytest.mark.parametrize("connector", ["", "x", "-1", "9" * 30, "²"])
def test_a_connector_that_is_no_number_is_chosen_by_the_charger_rule(
    ana: Client, charger: Charger, connector: str
) -> None:
    answer = ana.post(START, {"connector": connector}, follow=True)
    assert "Several connectors are free. Choose one." in answer.content.decode()
    assert not Command.objects.exists()


def test_what_was_refused_is_said_on_the_page(ana: Client, charger: Charger) -> None:
    Charger.objects.update(owner="")
    answer = ana.post(START, {"connector": 1}, follow=True)
    assert "is not connected" in answer.content.decode()


def test_asking_too_often_is_refused(ana: Client, charger: Charger, settings: Settings) -> None:
    settings.DRIVER_REQUESTS_PER_MINUTE = 1
    began = begin(charger, connector=2)
    post(ana, f"/ocpp/stop/{began.pk}/")
    answer = ana.post(f"/ocpp/stop/{began.pk}/", follow=True)
    assert "That was too often" in answer.content.decode()
    assert Command.objects.count() == 1


def test_a_stop_asks_the_charger(ana: Client, charger: Charger) -> None:
    began = begin(charger)
    answer = post(ana, f"/ocpp/stop/{began.pk}/")
    assert answer["Location"] == PAGE
    assert Command.objects.get().payload == {"transaction_id": began.pk}
    assert post(ana, f"/ocpp/stop/{began.pk}/", back="me")["Location"] == "/ocpp/me/"


def test_nobody_stops_the_session_of_another(
    bob: Client, staff: Client, visitor: Client, charger: Charger
) -> None:
    began = begin(charger)
    for client in (bob, staff):
        assert post(client, f"/ocpp/stop/{began.pk}/").status_code == 404
    assert "/login/" in post(visitor, f"/ocpp/stop/{began.pk}/")["Location"]
    assert not Command.objects.exists()


def test_a_session_of_nobody_is_nobodys(ana: Client, charger: Charger) -> None:
    Charger.objects.update(require_rfid=False)
    charger.refresh_from_db()
    began = begin(charger, tag="DEAD0001")
    assert post(ana, f"/ocpp/stop/{began.pk}/").status_code == 404


def test_a_session_that_has_ended_is_said_to_have(ana: Client, charger: Charger) -> None:
    began = begin(charger)
    Reporter(charger).stop(began.pk, meter=2000)
    answer = ana.post(f"/ocpp/stop/{began.pk}/", follow=True)
    assert "has ended already" in answer.content.decode()


@pytest.mark.parametrize("registration", [Registration.PENDING, Registration.REJECTED])
def test_one_that_is_not_accepted_is_not_there(
    ana: Client, charger: Charger, registration: Registration
) -> None:
    Charger.objects.update(registration=registration)
    assert ana.get(NOW).status_code == 404
    assert post(ana, connector=1).status_code == 404
    assert not Command.objects.exists()


def test_no_other_site_can_start_or_stop(charger: Charger, account: Account) -> None:
    began = begin(charger, connector=2)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(account.user)
    for path in (START, f"/ocpp/stop/{began.pk}/"):
        assert strict.post(path, {"connector": 1}).status_code == 403
        assert strict.get(path).status_code == 405
    assert not Command.objects.exists()


def test_the_number_of_queries(
    ana: Client,
    visitor: Client,
    charger: Charger,
    django_assert_num_queries: Callable[[int], CaptureQueriesContext],
) -> None:
    text(visitor, PAGE)  # makes the QR code, and remembers the site
    with django_assert_num_queries(3):
        text(visitor)
    with django_assert_num_queries(5):
        text(visitor, PAGE)
    begin(charger)
    with CaptureQueriesContext(connection) as few:
        text(ana)
    # As many, however much goes on beside that.
    for number in range(3, 9):
        Connector.objects.create(charger=charger, connector_id=number, status="Available")
        begin(charger, tag=f"BEEF10{number:02}", connector=number)
    RFID.objects.create(rfid="BEEF0009", user=RFID.objects.get(rfid=TAG).user)
    with django_assert_num_queries(len(few)):
        text(ana)
    assert len(few) <= 25
    with django_assert_num_queries(6):
        text(ana, "/ocpp/notice/CP1/")
