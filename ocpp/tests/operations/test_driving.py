"""A driver's start and stop: what is asked of the charger, and what the driver is told of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import RFID, Account
from ocpp.domain import commands
from ocpp.domain.errors import Conflict, NotConnected, NotFound, TooMany
from ocpp.models import Charger, Command, Connector
from ocpp.operations.driving import Notice, notice, start_own, stop_own
from ocpp.tests.commanding import Reply, answers, keeps_silent, make_charger, refuses
from ocpp.tests.factories import TAG, Reporter, make_driver

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return make_driver()


@pytest.fixture
def charger() -> Charger:
    made = make_charger(require_rfid=True)
    Connector.objects.create(charger=made, connector_id=1, status="Preparing")
    return made


def told(account: Account, charger: Charger) -> Notice | None:
    return notice(account.user, charger, timezone.now())


def reply(command: Command, what: Reply) -> None:
    claimed = commands.claim_next(command.charger_id, command.charger.epoch, timezone.now())
    assert claimed == command
    what(claimed, command.charger.epoch)


def test_a_start_goes_out_with_a_card_of_the_driver(account: Account, charger: Charger) -> None:
    command = start_own(account.user, charger)
    assert (command.action, command.created_by) == ("remote_start", account.user)
    assert command.payload == {"id_tag": TAG, "connector_id": 1}


def test_a_stop_goes_out_for_ones_own_session_alone(account: Account, charger: Charger) -> None:
    started, _ = Reporter(charger).start()
    stranger = make_driver("bob", tag="BEEF0001")
    with pytest.raises(NotFound):
        stop_own(stranger.user, started.pk)
    assert not Command.objects.exists()
    command = stop_own(account.user, started.pk)
    assert (command.action, command.payload) == ("remote_stop", {"transaction_id": started.pk})


def test_a_charger_that_is_offline_cannot_be_asked(account: Account, charger: Charger) -> None:
    started, _ = Reporter(charger).start(connector=2)
    Charger.objects.update(owner="")
    with pytest.raises(NotConnected):
        start_own(account.user, charger)
    with pytest.raises(NotConnected):
        stop_own(account.user, started.pk)


def test_a_driver_who_may_not_charge_asks_for_nothing(account: Account, charger: Charger) -> None:
    RFID.objects.update(allowed=False)
    with pytest.raises(Conflict):
        start_own(account.user, charger)
    assert not Command.objects.exists()


def test_one_who_asks_too_often_has_to_wait(
    account: Account, charger: Charger, settings: Settings
) -> None:
    settings.DRIVER_REQUESTS_PER_MINUTE = 2
    started, _ = Reporter(charger).start(connector=2)
    start_own(account.user, charger)
    stop_own(account.user, started.pk)
    with pytest.raises(TooMany, match="too often"):
        stop_own(account.user, started.pk)
    assert Command.objects.count() == 2
    other = make_driver("bob", tag="BEEF0002")
    start_own(other.user, charger)


# --- what becomes of it -------------------------------------------------------------------------


def test_nothing_asked_nothing_told(account: Account, charger: Charger) -> None:
    assert told(account, charger) is None


def test_the_request_is_on_its_way(account: Account, charger: Charger) -> None:
    start_own(account.user, charger)
    assert told(account, charger) == Notice("info", "Asking the charger…", busy=True)
    assert told(make_driver("bob", tag="BEEF0003"), charger) is None


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (answers({"status": "Rejected"}), "refused to start"),
        (refuses("NotSupported"), "could not do that"),
        (keeps_silent, "did not answer within"),
        (
            lambda command, epoch: commands.connection_lost(
                command.charger_id, epoch, timezone.now()
            ),
            "lost its connection",
        ),
    ],
)
def test_what_went_wrong_is_said(
    account: Account, charger: Charger, what: Callable[..., Any], words: str
) -> None:
    reply(start_own(account.user, charger), what)
    found = told(account, charger)
    assert found is not None
    assert (found.level, found.busy) == ("danger", False)
    assert words in found.words


def test_one_that_could_not_be_sent(account: Account, charger: Charger) -> None:
    start_own(account.user, charger)
    Command.objects.update(expires=timezone.now() - timedelta(seconds=1))
    commands.expire_overdue(timezone.now())
    found = told(account, charger)
    assert found is not None
    assert "could not be reached in time" in found.words


def test_an_accepted_start_until_the_session_begins(account: Account, charger: Charger) -> None:
    reply(start_own(account.user, charger), answers({"status": "Accepted"}))
    found = told(account, charger)
    assert found is not None
    assert (found.level, found.busy) == ("success", True)
    Reporter(charger).start(now=timezone.now())
    assert told(account, charger) is None


def test_a_start_that_was_not_allowed_in_the_end(account: Account, charger: Charger) -> None:
    reply(start_own(account.user, charger), answers({"status": "Accepted"}))
    account.user.is_active = False
    account.user.save()
    Reporter(charger).start(now=timezone.now())
    found = told(account, charger)
    assert found is not None
    assert found.words == "The session was not allowed to begin: The user is deactivated."


def test_an_accepted_stop_until_the_session_ends(account: Account, charger: Charger) -> None:
    reporter = Reporter(charger)
    started, _ = reporter.start()
    reply(stop_own(account.user, started.pk), answers({"status": "Accepted"}))
    found = told(account, charger)
    assert found is not None
    assert "is ending the session" in found.words
    reporter.stop(started.pk)
    assert told(account, charger) is None


def test_a_refused_stop_says_where_to_stop(account: Account, charger: Charger) -> None:
    started, _ = Reporter(charger).start()
    reply(stop_own(account.user, started.pk), answers({"status": "Rejected"}))
    found = told(account, charger)
    assert found is not None
    assert "at the charger itself" in found.words


def test_old_news_is_none(account: Account, charger: Charger) -> None:
    reply(start_own(account.user, charger), answers({"status": "Rejected"}))
    Command.objects.update(created=timezone.now() - timedelta(minutes=3))
    assert told(account, charger) is None
