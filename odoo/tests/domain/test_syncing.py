"""One process at a time, with a log."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from odoo.domain import pulling, syncing
from odoo.domain.claiming import Busy, Claim, claimed
from odoo.models import Instance, SyncRun
from odoo.tests.server import Odoo
from schedules import domain as schedules


def test_one_process_at_a_time(instance: Instance) -> None:
    with claimed(instance), pytest.raises(Busy, match="Another process"):
        syncing.sync(instance, push=True, pull=False)
    assert len(syncing.sync(instance, push=True, pull=False)) == 1


def test_a_claim_of_a_process_that_died_ends(instance: Instance) -> None:
    dead = Claim(instance)
    Instance.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    living = Claim(instance)
    with pytest.raises(Busy):
        dead.renew()
    dead.release()
    living.renew()
    living.release()
    assert Instance.objects.get().claimed_until is None


def test_the_schedule_exchanges_with_those_that_want_it(instance: Instance, server: Odoo) -> None:
    assert syncing.NAME in {duty.name for duty in schedules.duties()}
    server.add("res.partner", name="Ana", barcode="CAFE0001")
    Instance.objects.create(name="Idle", url="http://odoo.invalid", database="d", user="u")
    assert syncing.sync_all() == 1
    assert set(SyncRun.objects.values_list("instance__name", "kind")) == {
        ("Main", "pull"),
        ("Main", "push"),
    }


def test_one_that_breaks_holds_up_no_other(
    instance: Instance, server: Odoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Instance.objects.create(
        name="A", url=server.url, database="prod", user="u", pull_partners=True
    )
    real = pulling.pull

    def broken(one: Instance, *args: Any) -> None:
        if one == first:
            raise RuntimeError("a bug")
        real(one, *args)

    monkeypatch.setattr(pulling, "pull", broken)
    server.add("res.partner", name="Ana", barcode="CAFE0001")
    assert syncing.sync_all() == 1
    assert first.runs.get().problem == "RuntimeError: a bug"
    first.refresh_from_db()
    assert first.claimed_until is None


def test_runs_in_which_nothing_happened_do_not_fill_the_log(
    instance: Instance, server: Odoo
) -> None:
    for _ in range(3):
        syncing.sync_all()
    assert SyncRun.objects.count() == 2
    assert all(run.ended is not None for run in SyncRun.objects.all())


def test_the_log_keeps_its_newest(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncing, "KEPT", 3)
    instance.database = "nope"
    instance.save()
    for _ in range(5):
        syncing.sync(instance, push=False, pull=True)
    assert instance.runs.count() == 3
