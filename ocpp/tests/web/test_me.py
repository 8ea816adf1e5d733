"""`GET /ocpp/me/`: one's own account, and nobody else's."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account, Credit, Vehicle
from ocpp.domain.queries import energy
from ocpp.models import Charger, Transaction
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import TAG, Reporter, make_driver

pytestmark = pytest.mark.django_db

PAGE = "/ocpp/me/"
NOW = "/ocpp/me/now/"
HISTORY = "/ocpp/me/history/"


@pytest.fixture
def charger() -> Charger:
    return make_charger(require_rfid=True, name="Plaza")


def text(client: Client, path: str = PAGE) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def begin(charger: Charger, minutes_ago: float = 20, tag: str = TAG) -> Transaction:
    then = timezone.now() - timedelta(minutes=minutes_ago)
    return Reporter(charger).start(tag, meter=0, time=then.isoformat(), now=then)[0]


def charge(charger: Charger, wh: int, minutes_ago: float = 20, tag: str = TAG) -> Transaction:
    began = begin(charger, minutes_ago, tag)
    end = timezone.now() - timedelta(minutes=minutes_ago - 10)
    Reporter(charger).stop(began.pk, meter=wh, time=end.isoformat(), tag=tag, now=end)
    return began


def test_balance_held_and_available(ana: Client, charger: Charger) -> None:
    charge(charger, 2000, 60)
    began = begin(charger)
    Transaction.objects.filter(pk=began.pk).update(energy_wh=500, held_wh=4500)
    page = text(ana)
    for shown in ("9.500 kWh", "4.000 kWh", "5.500 kWh", f"/ocpp/stop/{began.pk}/", "0.500 kWh"):
        assert shown in page


def test_it_follows_ones_own_sessions_wherever_they_begin(ana: Client, charger: Charger) -> None:
    page = text(ana)
    assert f'data-live-src="{NOW}" data-live-own' in page
    assert f'data-live-src="{HISTORY}?page=1" data-live-own' in page
    charge(charger, 777, 60)
    begin(make_charger("CP2", require_rfid=True), 10)
    assert "CP2" in text(ana, NOW)
    assert "0.777" in text(ana, HISTORY)


def test_why_nothing_can_be_started(ana: Client, account: Account) -> None:
    assert "cannot start another session" not in text(ana)
    Credit.objects.create(account=account, amount_kwh=Decimal(-13))
    assert "No credit left: -1.000 kWh." in text(ana)


def test_the_history_is_ones_own(ana: Client, charger: Charger, account: Account) -> None:
    make_driver("bob", tag="BEEF0001")
    charge(charger, 1111)
    charge(charger, 2222, 60, "BEEF0001")
    Vehicle.objects.create(account=account, brand="<b>Marca", model="X", VIN="1M8GDM9AXKP042788")
    began = begin(charger, tag="BEEF0001")
    page = text(ana)
    assert "1.111" in page
    assert "2.222" not in page
    assert f"/ocpp/stop/{began.pk}/" not in page
    assert "<b>Marca" not in page
    assert TAG not in page
    assert "No session of yours runs now" in page


def test_the_history_has_plots_and_pages(ana: Client, charger: Charger) -> None:
    assert "No session has ended yet" in text(ana)
    for number in range(21):
        charge(charger, 100, 20 + 20 * number)
    page = text(ana)
    assert page.count("<svg") == 2
    assert "1 of 2" in page
    assert page.count("0.100") == 20
    assert text(ana, PAGE + "?page=2").count("0.100") == 1
    assert "2 of 2" in text(ana, PAGE + "?page=99")


def test_energy_by_day_and_by_month_adds_up(account: Account, charger: Charger) -> None:
    now = timezone.now()
    charge(charger, 1500, 11)
    old = charge(charger, 700, 12)
    Transaction.objects.filter(pk=old.pk).update(stop_time=now - timedelta(days=70))
    ancient = charge(charger, 900, 13)
    Transaction.objects.filter(pk=ancient.pk).update(stop_time=now - timedelta(days=800))
    days = energy.of_account_by_day(account, now)
    assert (len(days), [one.energy_wh for one in days if one.energy_wh]) == (30, [1500])
    months = energy.of_account_by_month(account, now)
    assert (len(months), [one.energy_wh for one in months if one.energy_wh]) == (12, [700, 1500])
    assert months[-1].begin <= now < months[-1].end


def test_a_user_without_an_account_is_told_so(driver: Client) -> None:
    assert "You have no energy account yet" in text(driver)
    assert driver.get(NOW).status_code == 200
    assert driver.get(HISTORY).status_code == 404


def test_one_has_to_log_in(visitor: Client) -> None:
    for path in (PAGE, NOW, HISTORY):
        answer = visitor.get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/login/?next={path}")


def test_the_navigation_leads_there(ana: Client, visitor: Client, charger: Charger) -> None:
    assert f'href="{PAGE}"' in text(ana, "/ocpp/c/CP1/")
    assert f'href="{PAGE}"' not in text(visitor, "/ocpp/c/CP1/")


def test_the_number_of_queries(
    ana: Client,
    charger: Charger,
    django_assert_num_queries: Callable[[int], CaptureQueriesContext],
) -> None:
    charge(charger, 100)
    with django_assert_num_queries(11):
        text(ana)
    for number in range(15):
        charge(charger, 100, 60 + 20 * number)
    with django_assert_num_queries(11):
        text(ana)
