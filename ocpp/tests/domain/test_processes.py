"""Leases of processes: who owns chargers, who no longer does, and that one notices."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from ocpp.choices import CommandState
from ocpp.domain import commands, processes
from ocpp.domain.processes import OWNER
from ocpp.models import Charger, Command, ServerProcess, Takeover
from ocpp.tests.factories import NOON

OTHER = "other/7/word"


def other(lease_s: float) -> ServerProcess:
    """Another process, whose lease ends in so many seconds."""
    until = Now() + timedelta(seconds=lease_s)
    return ServerProcess.objects.create(
        name=OTHER, host="other", pid=7, started=Now(), lease_until=until
    )


def owners() -> dict[str, str]:
    return dict(Charger.objects.values_list("charger_id", "owner"))


@pytest.mark.django_db
def test_a_lease_is_begun_and_renewed() -> None:
    assert processes.renew() is False
    first = ServerProcess.objects.get()
    assert (first.name, first.host != "") == (OWNER, True)
    assert first.pid == int(OWNER.split("/")[1])
    ServerProcess.objects.update(lease_until=first.lease_until - timedelta(hours=1))
    assert not processes.lives(OWNER)
    assert processes.renew() is True
    assert processes.lives(OWNER)
    assert ServerProcess.objects.filter(lease_until__gt=Now() + timedelta(seconds=15)).exists()


@pytest.mark.django_db
def test_who_is_gone_owns_no_chargers() -> None:
    other(-1)
    theirs = Charger.objects.create(charger_id="THEIRS", owner=OTHER, epoch=3)
    Charger.objects.create(charger_id="OURS", owner=OWNER, epoch=1)
    sent = Command.objects.create(
        charger=theirs, action="x", epoch=3, state=CommandState.SENT, expires=NOON
    )
    queued = commands.queue(theirs, "clear_cache", {})
    Takeover.objects.create(owner=OTHER, charger=theirs, kind="close", epoch=3, created=Now())
    assert processes.bury_the_dead(NOON) == [OTHER]
    assert processes.bury_the_dead(NOON) == []
    assert owners() == {"THEIRS": "", "OURS": OWNER}
    theirs.refresh_from_db()
    assert (theirs.disconnected_at, theirs.epoch) == (NOON, 3)
    sent.refresh_from_db()
    queued.refresh_from_db()
    assert (sent.state, queued.state) == (CommandState.FAILED, CommandState.QUEUED)
    assert not Takeover.objects.exists()
    assert not ServerProcess.objects.exists()


@pytest.mark.django_db
def test_who_lives_is_left_alone_and_nobody_buries_himself() -> None:
    other(5)
    processes.renew()
    ServerProcess.objects.filter(name=OWNER).update(lease_until=Now() - timedelta(hours=1))
    Charger.objects.create(charger_id="THEIRS", owner=OTHER)
    assert processes.bury_the_dead(NOON) == []
    assert owners() == {"THEIRS": OTHER}


@pytest.mark.django_db(transaction=True)
def test_of_many_that_notice_one_corrects_presence() -> None:
    other(-1)
    Charger.objects.create(charger_id="THEIRS", owner=OTHER)
    together = threading.Barrier(6)
    found: list[list[str] | Exception] = []

    def notice() -> None:
        try:
            together.wait(10)
            found.append(processes.bury_the_dead(NOON))
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=notice) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=str) == [[OTHER], [], [], [], [], []] or found.count([OTHER]) == 1
    assert [each for each in found if each not in ([], [OTHER])] == []
    assert owners() == {"THEIRS": ""}


@pytest.mark.django_db
def test_a_process_that_ends_gives_back_what_it_has() -> None:
    processes.renew()
    other(5)
    Charger.objects.create(charger_id="OURS", owner=OWNER)
    Charger.objects.create(charger_id="THEIRS", owner=OTHER)
    assert processes.leave(NOON) == 1
    assert owners() == {"OURS": "", "THEIRS": OTHER}
    assert [process.name for process in ServerProcess.objects.all()] == [OTHER]


@pytest.mark.django_db
def test_connections_are_compared_with_the_database() -> None:
    def make(charger_id: str, epoch: int, owner: str) -> int:
        charger = Charger.objects.create(charger_id=charger_id, epoch=epoch, owner=owner)
        return charger.pk

    mine = make("MINE", 4, OWNER)
    lost = make("LOST", 4, "")
    taken = make("TAKEN", 5, OTHER)
    taken_and_gone = make("GONE", 5, "")
    deleted = make("DELETED", 4, OWNER)
    Charger.objects.filter(pk=deleted).delete()
    held = dict.fromkeys([mine, lost, taken, taken_and_gone, deleted], 4)

    found = processes.compare(held, regain=False)
    assert (set(found.outdated), found.regained) == ({taken, taken_and_gone, deleted}, [])
    assert owners()["LOST"] == ""

    found = processes.compare(held, regain=True)
    assert (set(found.outdated), found.regained) == ({taken, taken_and_gone, deleted}, [lost])
    assert owners() == {"MINE": OWNER, "LOST": OWNER, "TAKEN": OTHER, "GONE": ""}
    assert Charger.objects.get(pk=lost).disconnected_at is None


@pytest.mark.django_db
def test_many_connections_are_compared_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "AT_ONCE", 2)
    pks = [Charger.objects.create(charger_id=f"CP{n}", epoch=2, owner=OWNER).pk for n in range(5)]
    assert processes.compare(dict.fromkeys(pks, 1), regain=False).outdated == pks
