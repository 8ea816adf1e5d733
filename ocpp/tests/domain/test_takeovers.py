"""Takeover of a connection that another process holds."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from ocpp import store
from ocpp.choices import SecurityProfile
from ocpp.domain import chargers, takeovers
from ocpp.domain.chargers import OWNER, Visitor
from ocpp.domain.station import Station
from ocpp.domain.takeovers import Contested
from ocpp.models import Charger, ServerProcess, Takeover
from ocpp.tests.factories import NOON

HERE, THERE = "10.0.0.1", "10.0.0.2"
OTHER = "other/7/word"


@pytest.fixture
def process(db: None) -> ServerProcess:
    until = Now() + timedelta(seconds=60)
    return ServerProcess.objects.create(
        name=OTHER, host="other", pid=7, started=Now(), lease_until=until
    )


@pytest.fixture
def charger(process: ServerProcess) -> Charger:
    return Charger.objects.create(charger_id="CP1", owner=OTHER, epoch=4, remote_address=HERE)


def visit(address: str, beaten: int | None = None) -> object:
    return chargers.admit_or_tell(Visitor("CP1", "/CP1", address, True), NOON, beaten)


def as_if_mine() -> None:
    """What was asked of the other process is asked of this one."""
    Takeover.objects.update(owner=OWNER)


def test_from_the_same_address_the_newest_wins_and_the_other_process_is_told(
    charger: Charger, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    told: list[tuple[str, int]] = []
    monkeypatch.setattr(store, "messenger", lambda kind, pk: told.append((kind, pk)))
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        station = visit(HERE)
    assert isinstance(station, Station)
    charger.refresh_from_db()
    assert (charger.owner, charger.epoch, station.epoch) == (OWNER, 5, 5)
    assert told == [("look", charger.pk)]
    asked = Takeover.objects.get()
    assert (asked.owner, asked.kind, asked.epoch) == (OTHER, "close", 5)


def test_from_another_address_nothing_is_written_before_the_first_was_asked(
    charger: Charger,
) -> None:
    assert visit(THERE) == Contested(charger.pk, OTHER, 4)
    charger.refresh_from_db()
    assert (charger.owner, charger.epoch, charger.remote_address) == (OTHER, 4, HERE)
    # It did not answer: then this one wins, but not against yet another.
    assert isinstance(visit(THERE, beaten=3), Contested)
    assert isinstance(visit(THERE, beaten=4), Station)


def test_who_proves_who_it_is_wins_from_any_address(charger: Charger) -> None:
    Charger.objects.update(security_profile=SecurityProfile.BASIC)
    charger.refresh_from_db()
    assert takeovers.contested(charger, THERE, None) is None


def test_a_process_whose_lease_is_over_is_not_asked(charger: Charger) -> None:
    ServerProcess.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert isinstance(visit(THERE), Station)
    # It may only stand still: then it finds that it has lost the charger.
    assert Takeover.objects.get().kind == "close"


def test_of_a_process_that_is_no_more_nothing_is_asked(charger: Charger) -> None:
    ServerProcess.objects.all().delete()
    assert isinstance(visit(THERE), Station)
    assert not Takeover.objects.exists()


def test_the_older_one_ends_without_harm_to_the_newer(charger: Charger) -> None:
    station = visit(HERE)
    assert isinstance(station, Station)
    chargers.leave(charger.pk, 4, NOON)
    charger.refresh_from_db()
    assert (charger.owner, charger.epoch) == (OWNER, 5)


def test_what_is_asked_is_answered(charger: Charger) -> None:
    question = takeovers.ask(Contested(charger.pk, OTHER, 4))
    assert takeovers.errands() == ([], [])
    as_if_mine()
    assert takeovers.errands().probe == [(question, charger.pk, 4)]
    assert takeovers.verdict(question) is None
    takeovers.answer(question, True)
    assert takeovers.verdict(question) is True
    assert takeovers.errands() == ([], [])
    takeovers.settle(question)
    assert takeovers.verdict(question) is False


def test_what_is_to_be_closed_is_kept_for_a_while(charger: Charger) -> None:
    takeovers.announce(charger.pk, OTHER, 5)
    takeovers.announce(charger.pk, OTHER, 7)
    as_if_mine()
    assert [errand.epoch for errand in takeovers.errands().close] == [5, 7]
    assert takeovers.fences() == {charger.pk: 7}
    Takeover.objects.update(created=Now() - timedelta(minutes=1))
    assert len(takeovers.errands().close) == 2
    assert takeovers.errands().close == []
    assert takeovers.fences() == {}


def test_which_connection_is_the_newest(charger: Charger) -> None:
    assert takeovers.is_newest(charger.pk, 4)
    assert not takeovers.is_newest(charger.pk, 3)
