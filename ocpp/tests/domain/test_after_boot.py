"""What a charge point is asked and told by itself after a boot, and what is kept of it."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from ocpp.domain import after_boot, commands, configuration_keys, snapshots
from ocpp.domain.errors import NotConnected
from ocpp.models import Charger, Command, ConfigurationSnapshot
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import NOON

pytestmark = pytest.mark.django_db

Keys = dict[str, str]
FULL: Keys = dict.fromkeys(configuration_keys.REQUIRED, "1") | {"GetConfigurationMaxKeys": "50"}
#: Values at which nothing is to be raised.
FINE = FULL | {"TransactionMessageAttempts": "10", "TransactionMessageRetryInterval": "60"}


@pytest.fixture(autouse=True)
def on(settings: Settings) -> None:
    settings.OCPP_READ_CONFIGURATION = True


def read(charger: Charger, hours: float = 0) -> Command | None:
    return after_boot.read_configuration(charger.pk, NOON + timedelta(hours=hours))


def answer(
    charger: Charger,
    keys: Keys,
    *,
    readonly: tuple[str, ...] = (),
    unknown: tuple[str, ...] = (),
    hours: float = 0,
) -> Command:
    """The charge point answers GetConfiguration; returns the command."""
    now = NOON + timedelta(hours=hours)
    command = commands.claim_next(charger.pk, charger.epoch, now)
    assert command is not None
    assert command.action == "get_configuration"
    told = {key: {"value": v, "readonly": key in readonly} for key, v in keys.items()}
    response: dict[str, Any] = {"configuration": told, "unknown_keys": list(unknown)}
    assert commands.answered(command.pk, charger.epoch, response, now)
    return command


def waiting() -> list[tuple[str, dict[str, Any]]]:
    rows = Command.objects.filter(state="queued").order_by("pk")
    return list(rows.values_list("action", "payload"))


def the_snapshots() -> list[ConfigurationSnapshot]:
    return list(ConfigurationSnapshot.objects.all())


# --- when it is asked ------------------------------------------------------------------------


def test_one_that_is_known_costs_three_questions(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    charger = make_charger()
    read(charger)
    answer(charger, FINE)
    with django_assert_num_queries(3):
        assert read(charger, hours=1) is None


def test_all_keys_are_asked_for_once() -> None:
    charger = make_charger()
    command = read(charger)
    assert command is not None
    assert waiting() == [("get_configuration", {"keys": None, "after_boot": True})]
    assert read(charger) is None
    assert command.created_by is None


def test_not_when_staff_have_just_asked() -> None:
    charger = make_charger()
    commands.queue(charger, "get_configuration", {"keys": None})
    assert read(charger) is None


def test_but_when_they_asked_for_one_key_only() -> None:
    charger = make_charger()
    commands.queue(charger, "get_configuration", {"keys": ["HeartbeatInterval"]})
    assert read(charger) is not None


@pytest.mark.parametrize("how", ["setting", "charger"])
def test_it_can_be_turned_off(settings: Settings, how: str) -> None:
    settings.OCPP_READ_CONFIGURATION = how != "setting"
    assert read(make_charger(read_after_boot=how != "charger")) is None


def test_one_that_has_gone_is_not_asked() -> None:
    with pytest.raises(NotConnected):
        read(make_charger(connected=False))


def test_again_after_a_day_or_with_another_firmware_or_a_restart() -> None:
    charger = make_charger(firmware_version="1")
    read(charger)
    answer(charger, FINE)
    assert read(charger, hours=1) is None
    assert after_boot.is_due(charger, NOON + timedelta(hours=24))
    charger.firmware_version = "2"
    assert after_boot.is_due(charger, NOON + timedelta(hours=1))
    charger.firmware_version = "1"
    commands.queue(charger, "change_configuration", {"key": "A", "value": "2"})
    changed = commands.claim_next(charger.pk, 1, NOON)
    assert changed is not None
    later = NOON + timedelta(minutes=5)
    commands.answered(changed.pk, 1, {"status": "RebootRequired"}, later)
    assert after_boot.is_due(charger, NOON + timedelta(hours=1))


# --- what is kept ------------------------------------------------------------------------------


def test_a_snapshot_is_kept_and_the_same_again_only_confirmed() -> None:
    charger = make_charger(firmware_version="1")
    read(charger)
    answer(charger, FINE | {"AuthorizationKey": "c0ffee"}, readonly=("ResetRetries",))
    (first,) = the_snapshots()
    assert (first.firmware_version, first.taken, first.confirmed) == ("1", NOON, NOON)
    assert first.keys["ResetRetries"] == {"value": "1", "readonly": True}
    assert first.keys["AuthorizationKey"] == {"value": None, "readonly": False}
    read(charger, hours=25)
    answer(charger, FINE | {"AuthorizationKey": "d0nut"}, readonly=("ResetRetries",), hours=25)
    (same,) = the_snapshots()
    assert (same.taken, same.confirmed) == (NOON, NOON + timedelta(hours=25))


def test_what_staff_read_by_hand_is_a_snapshot_too() -> None:
    charger = make_charger()
    commands.queue(charger, "get_configuration", {"keys": None})
    answer(charger, {"A": "1"})
    assert [s.keys for s in the_snapshots()] == [{"A": {"value": "1", "readonly": False}}]
    # A few keys are none, and nothing more is asked for.
    commands.queue(charger, "get_configuration", {"keys": ["B"]})
    answer(charger, {"B": "1"})
    assert len(the_snapshots()) == 1
    assert waiting() == []


def test_differences() -> None:
    charger = make_charger()
    for hours, keys in enumerate([{"A": "1", "B": "1", "C": "1"}, {"A": "1", "B": "2", "D": "1"}]):
        commands.queue(charger, "get_configuration", {"keys": None})
        answer(charger, keys, hours=hours)
    newest, first = the_snapshots()
    assert snapshots.since_before(first) == []
    found = snapshots.since_before(newest)
    assert [tuple(one) for one in found] == [("B", "1", "2"), ("C", "1", None), ("D", None, "1")]
    assert [one.key for one in found if one.added] == ["D"]
    assert [one.key for one in found if one.removed] == ["C"]


def test_access_that_changed_is_a_difference_and_a_secret_is_none() -> None:
    before = {"A": {"value": "1", "readonly": False}, "Password": {"value": "x"}}
    after = {"A": {"value": "1", "readonly": True}, "Password": {"value": "y"}}
    assert snapshots.differences(before, after) == [("A", "1", "1 (R)")]


def test_a_bounded_number_is_kept(settings: Settings) -> None:
    settings.OCPP_SNAPSHOTS_KEPT = 3
    charger, other = make_charger(), make_charger("CP2")
    commands.queue(other, "get_configuration", {"keys": None})
    answer(other, {"A": "1"})
    for number in range(5):
        commands.queue(charger, "get_configuration", {"keys": None})
        answer(charger, {"A": str(number)}, hours=number)
    kept = [s.keys["A"]["value"] for s in the_snapshots() if s.charger_id == charger.pk]
    assert kept == ["4", "3", "2"]
    assert ConfigurationSnapshot.objects.filter(charger=other).count() == 1


# --- a charge point that tells only some keys ------------------------------------------------


def test_missing_keys_are_asked_for_until_all_are_told() -> None:
    charger = make_charger()
    limited = dict(list(FINE.items())[:8]) | {"GetConfigurationMaxKeys": "8"}
    read(charger)
    answer(charger, limited)
    asked: list[str] = []
    while waiting():
        ((_, payload),) = waiting()
        assert len(payload["keys"]) <= 8
        asked += payload["keys"]
        told = {key: FINE[key] for key in payload["keys"] if key in FINE}
        unknown = tuple(key for key in payload["keys"] if key not in FINE)
        answer(charger, told, unknown=unknown, hours=1)
    assert len(asked) == len(set(asked))
    (snapshot,) = the_snapshots()
    assert snapshot.keys.keys() == FINE.keys()
    assert snapshot.confirmed == NOON + timedelta(hours=1)
    # The next time it seems to have lost some, until it has told all.
    read(charger, hours=26)
    answer(charger, limited, hours=26)
    while waiting():
        ((_, payload),) = waiting()
        told = {key: FINE[key] for key in payload["keys"] if key in FINE}
        answer(charger, told, hours=26)
    (same,) = the_snapshots()
    assert same.pk == snapshot.pk
    assert same.confirmed == NOON + timedelta(hours=26)


def test_by_hand_a_short_answer_is_taken_as_it_is() -> None:
    charger = make_charger()
    commands.queue(charger, "get_configuration", {"keys": None})
    answer(charger, {"A": "1", "GetConfigurationMaxKeys": "50"})
    assert waiting() == []


# --- keys that lose money --------------------------------------------------------------------


def raised(charger: Charger, keys: Keys, **told: Any) -> list[dict[str, Any]]:
    read(charger)
    answer(charger, keys, **told)
    return [payload for action, payload in waiting() if action == "change_configuration"]


def test_attempts_at_messages_about_transactions_are_raised() -> None:
    keys = FULL | {"TransactionMessageAttempts": "3", "TransactionMessageRetryInterval": "90"}
    assert raised(make_charger(), keys) == [{"key": "TransactionMessageAttempts", "value": "10"}]


@pytest.mark.parametrize("value", ["10", "11", "", "many"])
def test_what_is_high_enough_or_no_number_stays(value: str) -> None:
    keys = FINE | {"TransactionMessageAttempts": value}
    assert raised(make_charger(), keys) == []


def test_what_is_read_only_or_missing_stays() -> None:
    keys = FULL | {"TransactionMessageRetryInterval": "60"}
    assert raised(make_charger(), keys, readonly=("TransactionMessageAttempts",)) == []


def test_raising_can_be_turned_off(settings: Settings) -> None:
    settings.OCPP_AT_LEAST = []
    assert raised(make_charger(), FULL) == []


def test_other_keys_can_be_raised_and_nonsense_is_left_out(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.OCPP_AT_LEAST = ["ResetRetries=3", "nonsense", "A=b"]
    assert raised(make_charger(), FULL) == [{"key": "ResetRetries", "value": "3"}]
    assert "OCPP_AT_LEAST has 'nonsense'" in caplog.text


@pytest.mark.parametrize(("status", "again"), [("Rejected", 0), ("Accepted", 1)])
def test_what_was_refused_is_not_tried_each_day(status: str, again: int) -> None:
    charger = make_charger()
    keys = FINE | {"TransactionMessageAttempts": "1"}
    assert len(raised(charger, keys)) == 1
    change = commands.claim_next(charger.pk, 1, NOON)
    assert change is not None
    commands.answered(change.pk, 1, {"status": status}, NOON)
    read(charger, hours=25)
    answer(charger, keys, hours=25)
    assert len(waiting()) == again


def test_a_change_that_staff_did_not_ask_for_waits_for_a_boot() -> None:
    charger = make_charger()
    commands.queue(charger, "get_configuration", {"keys": None})
    answer(charger, FULL)
    assert waiting() == []
