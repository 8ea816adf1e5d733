"""Costs reckoned again by command."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from ocpp.models import CostLine, SessionCost, Tariff, TariffPrice, TariffVersion
from ocpp.tests.factories import NOON, Reporter, at


def make_tariff() -> None:
    tariff = Tariff.objects.create(name="Public", standard=True)
    version = TariffVersion.objects.create(tariff=tariff, valid_from=NOON - timedelta(days=1))
    TariffPrice.objects.create(version=version, component="energy", amount="2.3456")
    TariffPrice.objects.create(version=version, component="charging", amount="0.1", position=1)


def test_missing_costs_are_made_and_then_checked(
    reporter: Reporter, capsys: pytest.CaptureFixture[str]
) -> None:
    for minute in (0, 100):
        started, _ = reporter.start(meter=minute, time=at(minute))
        reporter.values(str(minute + 700), time=at(minute + 7))
        reporter.stop(started.pk, meter=minute + 3333, time=at(minute + 33))
    make_tariff()
    call_command("reckon_costs")
    assert "2 sessions looked at, 2 costs made" in capsys.readouterr().out
    call_command("reckon_costs")
    assert "0 sessions looked at, 0 costs made" in capsys.readouterr().out
    call_command("reckon_costs", check=True)
    assert "2 sessions as reckoned" in capsys.readouterr().out
    CostLine.objects.filter(cost=SessionCost.objects.first()).update(amount=1)
    with pytest.raises(CommandError, match="1 of 2 costs"):
        call_command("reckon_costs", check=True)
