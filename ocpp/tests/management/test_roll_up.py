"""Rolling up by command, and its bar."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from ocpp.domain.roll_up import state_of
from ocpp.management.progress import Bar
from ocpp.models import QuarterHour, RollUp
from ocpp.tests.factories import Reporter


def test_all_is_rolled_up(reporter: Reporter, capsys: pytest.CaptureFixture[str]) -> None:
    started, _ = reporter.start()
    reporter.values("2000")
    reporter.stop(started.pk)
    call_command("roll_up", pause=0)
    assert "1 readings, 1 sessions: 4 quarter-hours changed." in capsys.readouterr().out
    assert sum(row.energy_wh for row in QuarterHour.objects.all()) == 5000
    call_command("roll_up", "--once")
    assert "0 readings, 0 sessions: 0 quarter-hours changed." in capsys.readouterr().out


@pytest.mark.django_db
def test_not_beside_another() -> None:
    state_of()
    RollUp.objects.update(leased_until=timezone.now() + timedelta(minutes=1))
    with pytest.raises(CommandError, match="Somebody else"):
        call_command("roll_up")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_is_drawn_on_a_terminal_only() -> None:
    for stream in (Terminal(), io.StringIO()):
        bar = Bar("work", stream)
        for done in (0, 0, 1, 2, 4, 5):
            bar.at(done, 4)
        bar.end()
        drawn = stream.getvalue()
        if stream.isatty():
            told = [part.split("] ")[1].strip() for part in drawn.split("\r")[1:]]
            assert told == ["0 %", "25 %", "50 %", "100 %"]
            assert drawn.endswith("] 100 %\n")
            assert "[" + "#" * 20 + "." * 20 + "] 50 %" in drawn
        else:
            assert drawn == ""
