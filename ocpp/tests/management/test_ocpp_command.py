"""`manage.py ocpp_command`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from ocpp.models import Command
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
