"""`manage.py ocpp_command`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from ocpp.management import bulk
from ocpp.models import BulkCommand, Command
from ocpp.operations import Outcome
from ocpp.operations.bulk import Progress
from ocpp.tests.commanding import answers, make_charger, refuses, session_of


def _run(*words: str) -> str:
    out = StringIO()
    call_command("ocpp_command", *words, stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_it_shows_the_answer() -> None:
    charger = make_charger()
    with session_of(charger, answers({"status": "Accepted"})) as session:
        shown = _run("cp1", "remote_start", "id_tag=04A2", "connector_id=2")
    assert json.loads(shown) == {"status": "Accepted"}
    assert session.taken[0].payload == {"id_tag": "04A2", "connector_id": 2}


@pytest.mark.django_db(transaction=True)
def test_a_value_may_hold_the_sign_between_name_and_value() -> None:
    charger = make_charger()
    with session_of(charger, answers({"status": "Accepted"})) as session:
        _run("CP1", "change_configuration", "key=Formula", "value=a=b,c")
    assert session.taken[0].payload == {"key": "Formula", "value": "a=b,c"}


@pytest.mark.django_db(transaction=True)
def test_a_refusal_ends_it_with_the_reason() -> None:
    charger = make_charger()
    with (
        session_of(charger, refuses("NotSupported")),
        pytest.raises(CommandError, match="CP1 refused: NotSupported"),
    ):
        _run("CP1", "clear_cache")


@pytest.mark.django_db(transaction=True)
def test_it_does_not_wait_for_ever() -> None:
    make_charger()
    with pytest.raises(CommandError, match="The command waits to be sent to CP1"):
        _run("CP1", "clear_cache", "--wait", "0.1")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("CP2", "reset"), "There is no charger CP2."),
        (("CP1", "reset", "Hard"), "Hard: write arguments as name=value."),
        (("CP1", "reset", "type=Warm"), "type: must be one of: Soft, Hard."),
        (("CP1", "reset", "speed=9"), "speed: is not an argument of reset"),
        (("CP1", "unlock", "connector_id=one"), "connector_id: must be a whole number."),
        (("CP1", "explode"), "invalid choice: 'explode'"),
    ],
)
def test_what_is_wrong_is_said(db: None, words: tuple[str, ...], reason: str) -> None:
    make_charger()
    with pytest.raises(CommandError, match=reason.replace(".", r"\.")):
        _run(*words)
    assert not Command.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_periods_of_a_profile_are_written_with_colons() -> None:
    charger = make_charger()
    words = ["connector_id=1", "purpose=TxDefaultProfile", "kind=Relative", "unit=A"]
    with session_of(charger, answers({"status": "Accepted"})) as session:
        _run("CP1", "set_charging_profile", *words, "periods=0:16.5:3,3600:10")
    assert session.taken[0].payload["periods"] == [
        {"start": 0, "limit": "16.5", "phases": 3},
        {"start": 3600, "limit": "10.0", "phases": None},
    ]


# --- many chargers ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_several_are_told_and_each_answer_has_a_line() -> None:
    chargers = [make_charger(name) for name in ("CP1", "CP2", "CP3")]
    accepted = answers({"status": "Accepted"})
    with session_of(chargers[0], accepted) as first, session_of(chargers[1], accepted):
        shown = _run("--chargers", "cp1, CP2", "reset", "type=Hard")
    assert shown == "CP1\tdone\tCP1 answered: Accepted.\nCP2\tdone\tCP2 answered: Accepted.\n"
    assert first.taken[0].payload == {"type": "Hard"}


@pytest.mark.django_db(transaction=True)
def test_it_ends_with_an_error_when_one_had_no_success() -> None:
    good, bad = make_charger("GOOD"), make_charger("BAD")
    make_charger("AWAY", connected=False)
    make_charger("NEW", registration="Pending")
    out = StringIO()
    with (
        session_of(good, answers({"status": "Accepted"})),
        session_of(bad, refuses("NotSupported")),
        pytest.raises(CommandError, match="2 of 3 chargers without success"),
    ):
        call_command("ocpp_command", "--all", "clear_cache", stdout=out)
    lines = dict(line.split("\t")[:2] for line in out.getvalue().splitlines())
    assert lines == {"AWAY": "failed", "BAD": "failed", "GOOD": "done"}


@pytest.mark.django_db(transaction=True)
def test_it_does_not_wait_for_the_mute_for_ever() -> None:
    make_charger()
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 1 chargers without success"):
        call_command("ocpp_command", "--all", "clear_cache", "--wait", "0.1", stdout=out)
    assert out.getvalue().startswith("CP1\twaiting\t")


def test_the_bar_grows() -> None:
    out = StringIO()
    bar = bulk.Bar(out, terminal=True)
    done: dict[Outcome, list[int]] = {outcome: [] for outcome in Outcome} | {
        Outcome.DONE: [1, 2],
        Outcome.SENT: [3, 4],
    }
    bar.draw(Progress(done))
    bar.end()
    assert out.getvalue().startswith("\r[###############...............] 2/4  sent 2, done 2")
    silent = StringIO()
    bulk.Bar(silent, terminal=False).draw(Progress(done))
    assert silent.getvalue() == ""


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--all",), "WORD"),
        (("--all", "explode"), "invalid choice: 'explode'"),
        (("CP1",), "Which action?"),
        (("--chargers", "CP1,CP9", "reset"), "There is no charger CP9."),
        (("--chargers", ",", "reset"), "must name at least one"),
        (("--chargers", "CP1", "reset", "type=Warm"), "type: must be one of: Soft, Hard."),
        (("--chargers", "CP1", "--all", "reset"), "not allowed with"),
    ],
)
def test_what_is_wrong_reaches_nobody(db: None, words: tuple[str, ...], reason: str) -> None:
    make_charger()
    with pytest.raises(CommandError, match=reason.replace(".", r"\.").replace("?", r"\?")):
        _run(*words)
    assert not Command.objects.exists()
    assert not BulkCommand.objects.exists()
