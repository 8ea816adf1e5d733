"""Limits of a session: the most energy and minutes, and the hours at which it may run."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import RFID, Account
from ocpp.choices import CommandState, StopCause, TransactionState
from ocpp.domain import authorization, stopping
from ocpp.models import Charger, ChargerGroup, Command, Transaction
from ocpp.tests.factories import NOON, TAG, Reporter, at, make_driver

OWNER = "here/1/x"


@pytest.fixture(autouse=True)
def utc(settings: Settings) -> None:
    """NOON is a Friday, and noon on the wall too."""
    settings.TIME_ZONE = "UTC"


@pytest.fixture
def account(db: None) -> Account:
    return make_driver()


@pytest.fixture
def reporter(charger: Charger, account: Account) -> Reporter:
    Charger.objects.filter(pk=charger.pk).update(owner=OWNER)
    charger.refresh_from_db()
    return Reporter(charger)


def minute(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def after(minutes: float) -> dict[str, Any]:
    return {"time": at(minutes), "now": minute(minutes)}


def asked() -> list[dict[str, Any]]:
    assert not Command.objects.exclude(action="remote_stop").exists()
    return list(Command.objects.order_by("pk").values_list("payload", flat=True))


def answer(state: CommandState = CommandState.ANSWERED) -> None:
    Command.objects.update(state=state)


def in_group(charger: Charger, hours: str, zone: str = "", name: str = "North") -> ChargerGroup:
    group = ChargerGroup.objects.create(name=name, allowed_hours=hours, time_zone=zone)
    group.chargers.add(charger)
    return group


def told(reporter: Reporter) -> list[str]:
    codes = ("energy_reached", "minutes_reached", "hours_over")
    return [one.detail for one in reporter.anomalies() if one.code in codes]


# --- what is agreed at the start ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("of_account", "of_card", "agreed"),
    [
        ((None, None), (None, None), (None, None)),
        (("20", 60), (None, None), (20_000, 60)),
        ((None, None), ("7.5", 30), (7500, 30)),
        (("20", 30), ("7.5", 60), (7500, 30)),
    ],
)
def test_the_smaller_of_account_and_card_counts(
    reporter: Reporter, of_account: tuple, of_card: tuple, agreed: tuple
) -> None:
    def facts(kwh: str | None, minutes: int | None) -> dict[str, Any]:
        energy = None if kwh is None else Decimal(kwh)
        return {"max_session_kwh": energy, "max_session_minutes": minutes}

    Account.objects.update(**facts(*of_account))
    RFID.objects.update(**facts(*of_card))
    session, _ = reporter.start()
    assert (session.limit_wh, session.limit_minutes) == agreed
    ends = None if agreed[1] is None else minute(agreed[1])
    assert session.stop_at == ends


def test_the_minutes_or_the_hours_end_first(reporter: Reporter) -> None:
    in_group(reporter.charger, "08:00-14:00")
    Account.objects.update(max_session_minutes=180, allowed_hours="Fr 10:00-20:00")
    session, status = reporter.start()
    assert (status, session.stop_at) == ("Accepted", minute(120))
    Account.objects.update(max_session_minutes=60)
    assert reporter.start(meter=2000, time=at(1), now=minute(1))[0].stop_at == minute(61)


def test_a_refused_start_has_no_limits(reporter: Reporter) -> None:
    RFID.objects.update(allowed=False)
    Account.objects.update(max_session_kwh=1, max_session_minutes=1)
    session, status = reporter.start()
    assert (status, session.limit_wh, session.stop_at) == ("Blocked", None, None)


def test_the_minutes_of_an_offline_queue_began_then(reporter: Reporter) -> None:
    Account.objects.update(max_session_minutes=90)
    session, _ = reporter.start(time=at(-60))
    assert session.stop_at == minute(30)
    # A clock that is years behind tells nothing.
    other, _ = reporter.start(time="2016-01-01T00:00:00Z", connector=2)
    assert other.stop_at == minute(90)


# --- outside of the hours -----------------------------------------------------------------------


def test_outside_of_the_hours_of_the_account(reporter: Reporter) -> None:
    Account.objects.update(allowed_hours="Mo-Th 08:00-18:00")
    session, status = reporter.start()
    assert (status, session.state) == ("Blocked", TransactionState.REFUSED)
    expected = "Outside of the allowed hours of the account: Mo-Th 08:00-18:00."
    assert session.authorization_reason == expected
    assert reporter.report(authorization.decide_tag, TAG).info.status == "Blocked"
    # A retry finds the same, even when the hours have begun meanwhile.
    Account.objects.update(allowed_hours="")
    again, status = reporter.start()
    assert (again.pk, status) == (session.pk, "Blocked")


def test_outside_of_the_hours_of_a_group_nobody_charges(reporter: Reporter) -> None:
    in_group(reporter.charger, "Sa 08:00-18:00", name="Casino")
    for tag in (TAG, "unknown"):
        session, status = reporter.start(tag=tag)
        assert status == "Blocked"
        expected = "Outside of the allowed hours of Casino: Sa 08:00-18:00."
        assert session.authorization_reason == expected
    elsewhere = Reporter(Charger.objects.create(charger_id="CP2"))
    assert elsewhere.start()[1] == "Accepted"


def test_all_groups_of_a_charger_count(reporter: Reporter) -> None:
    in_group(reporter.charger, "08:00-18:00", name="A")
    in_group(reporter.charger, "", name="B")
    assert reporter.start()[0].stop_at == minute(360)
    in_group(reporter.charger, "18:00-08:00", name="C")
    assert reporter.start(connector=2)[1] == "Blocked"


def test_a_group_has_the_clocks_of_its_time_zone(reporter: Reporter) -> None:
    group = in_group(reporter.charger, "06:00-08:00", "America/Monterrey")
    session, status = reporter.start()
    assert (status, session.stop_at) == ("Accepted", datetime(2026, 5, 1, 14, tzinfo=UTC))
    group.time_zone = "Europe/Madrid"
    group.save()
    assert reporter.start(connector=2)[1] == "Blocked"


def test_a_start_of_an_offline_queue_is_judged_by_its_own_time(reporter: Reporter) -> None:
    Account.objects.update(allowed_hours="08:00-11:00")
    assert reporter.start()[1] == "Blocked"
    session, status = reporter.start(connector=2, time=at(-90))
    assert (status, session.stop_at) == ("Accepted", minute(-60))
    assert reporter.start(connector=3, time=at(-30))[1] == "Blocked"


def test_hours_past_midnight(reporter: Reporter) -> None:
    Account.objects.update(allowed_hours="Fr 22:00-06:00")
    for hours, status in [(9.9, "Blocked"), (10, "Accepted"), (17.9, "Accepted"), (18, "Blocked")]:
        assert reporter.start(meter=int(hours * 10), **after(hours * 60))[1] == status


def test_no_hours_cost_no_query(
    reporter: Reporter, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        authorization.decide(reporter.charger.pk, TAG, NOON)
    Account.objects.update(allowed_hours="08:00-18:00", max_session_kwh=5, max_session_minutes=5)
    with django_assert_num_queries(2):
        authorization.decide(reporter.charger.pk, TAG, NOON)
    for name in "AB":
        in_group(reporter.charger, "08:00-18:00", name=name)
    with django_assert_num_queries(3):
        authorization.decide(reporter.charger.pk, TAG, NOON)


# --- a running session is stopped: energy -------------------------------------------------------


def test_a_session_with_all_its_energy_is_asked_to_stop(reporter: Reporter) -> None:
    Account.objects.update(max_session_kwh=Decimal("2.5"))
    session, _ = reporter.start(meter=1000)
    reporter.values("3499", **after(10))
    assert asked() == []
    reporter.values("3500", **after(11))
    reporter.values("3600", **after(12))
    assert asked() == [{"transaction_id": session.pk}]
    session.refresh_from_db()
    assert (session.stop_cause, session.stop_asked) == (StopCause.ENERGY, minute(11))
    assert told(reporter) == ["the session has 2500 of at most 2500 Wh"]
    assert [one.transaction_id for one in reporter.anomalies()] == [session.pk]
    # Another connection knows it, too.
    Reporter(reporter.charger).values("3700", **after(13))
    assert len(asked()) == 1


def test_values_cost_no_query_before_and_after(
    reporter: Reporter, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Beside the two by which the test finds its readings, nothing is read for a limit."""
    Account.objects.update(max_session_kwh=2)
    session, _ = reporter.start(meter=0)
    reporter.values("10", **after(1))
    with django_assert_num_queries(2):
        reporter.values("1900", **after(2))
    reporter.values("2100", **after(3))
    assert asked() == [{"transaction_id": session.pk}]
    with django_assert_num_queries(2):
        reporter.values("2200", **after(4))


def test_it_is_asked_again_while_energy_flows(reporter: Reporter) -> None:
    Account.objects.update(max_session_kwh=2)
    reporter.start(meter=0)
    reporter.values("2000", **after(10))
    answer()
    reporter.values("2100", **after(14))
    assert stopping.ask_due(OWNER, minute(14.9)) == 0
    assert stopping.ask_due(OWNER, minute(15)) == 1
    answer()
    # Nothing has flowed since: it is not asked for ever.
    assert stopping.ask_due(OWNER, minute(20)) == 0
    reporter.values("2200", **after(24))
    assert stopping.ask_due(OWNER, minute(25)) == 1
    assert len(asked()) == 3


@pytest.mark.parametrize(
    ("state", "again"),
    [
        (CommandState.ANSWERED, 0),
        (CommandState.ERROR, 0),
        (CommandState.FAILED, 1),
        (CommandState.EXPIRED, 1),
    ],
)
def test_a_request_that_was_lost_is_repeated(
    reporter: Reporter, state: CommandState, again: int
) -> None:
    Account.objects.update(max_session_minutes=10)
    reporter.start()
    assert stopping.ask_due(OWNER, minute(10)) == 1
    answer(state)
    assert stopping.ask_due(OWNER, minute(15)) == again


# --- a running session is stopped: minutes and hours --------------------------------------------


@pytest.mark.parametrize(
    ("limits", "cause", "words"),
    [
        ({"max_session_minutes": 30}, StopCause.MINUTES, "the session has had its 30 minutes"),
        ({"allowed_hours": "09:00-12:30"}, StopCause.HOURS, "the allowed hours of the session"),
    ],
)
def test_a_session_whose_time_is_up_is_asked_without_any_value(
    reporter: Reporter, limits: dict[str, Any], cause: StopCause, words: str
) -> None:
    Account.objects.update(**limits)
    session, _ = reporter.start()
    assert stopping.ask_due(OWNER, minute(29)) == 0
    assert stopping.ask_due("elsewhere", minute(31)) == 0
    assert stopping.ask_due(OWNER, minute(31)) == 1
    assert stopping.ask_due(OWNER, minute(32)) == 0
    assert asked() == [{"transaction_id": session.pk}]
    session.refresh_from_db()
    assert (session.stop_cause, session.stop_asked) == (cause, minute(31))
    assert words in told(reporter)[0]


def test_one_that_has_ended_is_left_alone(reporter: Reporter) -> None:
    Account.objects.update(max_session_minutes=30)
    session, _ = reporter.start()
    reporter.stop(session.pk)
    assert stopping.ask_due(OWNER, minute(90)) == 0


def test_one_that_cannot_be_asked_is_tried_again_soon(
    reporter: Reporter, settings: Settings
) -> None:
    Account.objects.update(max_session_minutes=30)
    session, _ = reporter.start()
    settings.OCPP_COMMAND_QUEUE = 0
    assert stopping.ask_due(OWNER, minute(31)) == 0
    session.refresh_from_db()
    assert (session.stop_asked, session.stop_cause) == (None, "")
    assert session.stop_at == minute(31) + stopping.TRY_AGAIN
    settings.OCPP_COMMAND_QUEUE = 5
    assert stopping.ask_due(OWNER, minute(31.5)) == 1


def test_new_credit_takes_back_no_other_request(reporter: Reporter) -> None:
    Charger.objects.update(require_rfid=True)
    Account.objects.update(max_session_minutes=10)
    session, _ = reporter.start(meter=0)
    assert stopping.ask_due(OWNER, minute(10)) == 1
    reporter.values("4900", **after(11))  # the hold grows
    session.refresh_from_db()
    assert (session.stop_asked, session.stop_cause) == (minute(10), StopCause.MINUTES)


def test_looking_costs_one_query_when_nothing_is_due(
    reporter: Reporter, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Account.objects.update(max_session_minutes=10)
    for connector in range(1, 6):
        reporter.start(connector=connector)
    with django_assert_num_queries(1):
        assert stopping.ask_due(OWNER, minute(9)) == 0


def test_what_staff_change_is_for_later_sessions(reporter: Reporter) -> None:
    Account.objects.update(max_session_kwh=5)
    session, _ = reporter.start(meter=0)
    Account.objects.update(max_session_kwh=1)
    reporter.values("2000", **after(5))
    assert asked() == []
    assert Transaction.objects.get(pk=session.pk).limit_wh == 5000
