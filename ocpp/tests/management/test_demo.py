"""The network that `demo` makes up is one that the rules could have made."""

import random
from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, Sum
from django.utils import timezone

from accounts.domain import balance
from accounts.models import RFID, Account
from ocpp.choices import TransactionState
from ocpp.domain.roll_up import left
from ocpp.management.demonstration import history, network, people, sessions
from ocpp.models import (
    Anomaly,
    Charger,
    Connector,
    MeterReading,
    QuarterHour,
    SessionCost,
    Transaction,
)

pytestmark = pytest.mark.django_db


def test_what_is_made_agrees_with_itself(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("demo", "--days", "2", "--chargers", "3")
    assert "3 chargers, 25 drivers" in capsys.readouterr().out

    ended = Transaction.objects.filter(state=TransactionState.COMPLETED, needs_review=False)
    assert ended.count() > 5
    assert not ended.exclude(energy_wh=F("meter_stop") - F("meter_start")).exists()
    assert not ended.exclude(stop_time__lt=timezone.now()).exists()
    assert SessionCost.objects.filter(transaction__in=ended).count() == ended.count()
    assert MeterReading.objects.filter(measurand="SoC").exists()

    for account in Account.objects.all():
        spent = account.transactions.aggregate(wh=Sum("billed_wh"))["wh"] or 0
        assert account.settled_wh == spent
        assert balance.of(account).held_wh == 0

    assert left() == (0, 0)
    rolled = QuarterHour.objects.aggregate(wh=Sum("energy_wh"))["wh"]
    assert rolled == Transaction.objects.aggregate(wh=Sum("energy_wh"))["wh"]

    assert not Anomaly.objects.exists()  # charge points that nobody has to be sorry about
    assert Connector.objects.filter(status="Faulted").count() == 1
    assert Charger.objects.exclude(last_seen=None).exclude(latitude=None).count() == 3
    assert RFID.objects.filter(allowed=False).count() == 1


def test_nobody_charges_twice_at_once_and_no_connector_two_vehicles() -> None:
    dice = random.Random(7)  # noqa: S311
    until = timezone.now().replace(microsecond=0)
    since = until - timedelta(days=10)
    sites = network.make(17, since, dice)
    drivers = people.make(5, dice)
    planned = sessions.plan(sites, drivers, since, until, dice)
    assert len(planned) > 50
    company = drivers[-1].tag
    taken: dict[object, datetime] = {}
    for one in planned:
        keys: list[object] = [(one.site.charger.pk, one.connector)]
        if one.driver.tag != company:  # it has many vehicles
            keys.append(one.driver.tag)
        for key in keys:
            assert taken.get(key, since) <= one.start
            taken[key] = one.stop
        assert since <= one.start < one.stop <= until
        most_wh = one.site.model.power_w * (one.stop - one.start) / timedelta(hours=1)
        assert 0 < one.energy_wh <= most_wh


def test_a_driver_without_credit_is_refused_and_takes_nothing() -> None:
    dice = random.Random(3)  # noqa: S311
    until = timezone.now().replace(microsecond=0)
    since = until - timedelta(days=3)
    sites, drivers = network.make(1, since, dice), people.make(2, dice)
    planned = sessions.plan(sites, drivers, since, until, dice)
    for _done in history.tell(sites, planned):
        pass
    refused = Transaction.objects.filter(account__service_account=False)
    assert refused.exists()
    assert {one.state for one in refused} == {TransactionState.REFUSED}
    assert {one.energy_wh for one in refused} == {0}


def test_a_node_in_use_is_left_alone() -> None:
    Charger.objects.create(charger_id="CP1")
    with pytest.raises(CommandError, match="chargers or tariffs already"):
        call_command("demo")
    assert Account.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "value"), [("days", "0"), ("days", "400"), ("chargers", "0"), ("chargers", "99")]
)
def test_numbers_that_cannot_be_are_refused(name: str, value: str) -> None:
    with pytest.raises(CommandError, match=rf"--{name} is {value}: write 1 to"):
        call_command("demo", f"--{name}", value)
