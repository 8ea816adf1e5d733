"""Removing what is old by command."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from ocpp.domain.roll_up import roll_up, state_of
from ocpp.models import Charger, Message, MeterReading, RollUp


@pytest.fixture
def old(charger: Charger) -> None:
    """A reading and two messages of long ago."""
    time = timezone.now() - timedelta(days=1000)
    MeterReading.objects.create(charger=charger, connector_id=1, timestamp=time, measurand="SoC")
    for _ in range(2):
        Message.objects.create(charger=charger, direction="in", action="Heartbeat", time=time)


@pytest.mark.usefixtures("old")
def test_it_tells_what_it_would_do_and_does_it(capsys: pytest.CaptureFixture[str]) -> None:
    roll_up(timezone.now())
    call_command("prune", "--dry-run")
    assert capsys.readouterr().out == "1 readings and 2 messages would be removed.\n"
    assert MeterReading.objects.count() == 1
    call_command("prune")
    assert capsys.readouterr().out == "1 readings and 2 messages removed.\n"
    assert not MeterReading.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.usefixtures("old")
def test_not_beside_a_roll_up() -> None:
    state_of()
    RollUp.objects.update(leased_until=timezone.now() + timedelta(minutes=1))
    with pytest.raises(CommandError, match="being rolled up"):
        call_command("prune")
    assert MeterReading.objects.count() == 1
