"""Waiting for a command: woken at once, or by a look at the row, and never for ever."""

import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from ocpp import operations, store
from ocpp.choices import CommandState
from ocpp.models import Command
from ocpp.operations import waiting
from ocpp.tests.commanding import answers, make_charger, session_of

pytestmark = pytest.mark.django_db(transaction=True)

ACCEPTED = {"status": "Accepted"}


@pytest.fixture(autouse=True)
def _nobody_is_left_waiting() -> Any:
    yield
    assert store._waiters == {}


def test_it_returns_as_soon_as_this_process_has_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "FIRST_LOOK_S", 60)
    monkeypatch.setattr(waiting, "LONGEST_LOOK_S", 60)
    charger = make_charger()
    with session_of(charger, answers(ACCEPTED)):
        command = operations.wait(operations.reset(charger), 20)
    assert (command.state, command.response) == (CommandState.ANSWERED, ACCEPTED)


def test_an_answer_that_came_before_the_wait_is_seen() -> None:
    charger = make_charger()
    with session_of(charger, answers(ACCEPTED)) as session:
        command = operations.reset(charger)
        session.finish()
    assert operations.wait(command, 20).state == CommandState.ANSWERED


def test_it_finds_out_what_another_process_has_finished() -> None:
    charger = make_charger()
    command = operations.reset(charger)
    waits = threading.Event()

    def elsewhere() -> None:
        """Another process: its store is not ours, so nobody wakes us."""
        try:
            waits.wait(10)
            Command.objects.update(state=CommandState.ANSWERED, response=ACCEPTED)
        finally:
            connection.close()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    real_waiter = store.waiter

    def waiter(pk: int) -> threading.Event:
        waits.set()
        return real_waiter(pk)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "waiter", waiter)
        command = operations.wait(command, 20)
    thread.join()
    assert command.state == CommandState.ANSWERED


def test_it_gives_up_when_the_time_is_over() -> None:
    charger = make_charger()
    with session_of(charger, None):
        began = time.monotonic()
        command = operations.wait(operations.reset(charger), 0.2)
        assert 0.2 <= time.monotonic() - began < 5
    assert not command.is_finished


def test_what_nobody_will_send_any_more_expires() -> None:
    command = operations.reset(make_charger())
    Command.objects.update(expires=datetime(2026, 1, 1, tzinfo=UTC))
    assert operations.wait(command, 20).state == CommandState.EXPIRED


def test_it_holds_no_transaction_open() -> None:
    charger = make_charger()
    seen: list[bool] = []
    real = threading.Event.wait

    def watched(event: threading.Event, timeout: float | None = None) -> bool:
        seen.append(connection.in_atomic_block)
        return real(event, timeout)

    with pytest.MonkeyPatch.context() as patch:
        command = operations.reset(charger)
        patch.setattr(threading.Event, "wait", watched)
        operations.wait(command, 0.05)
    assert seen
    assert not any(seen)


def test_when_this_process_ends_nobody_waits_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also not for a command that is still queued, with the time that it has."""
    monkeypatch.setattr(store, "ended", threading.Event())
    monkeypatch.setattr(waiting, "FIRST_LOOK_S", 60)
    command = operations.reset(make_charger())
    real_waiter = store.waiter

    def waiter(pk: int) -> threading.Event:
        event = real_waiter(pk)
        threading.Timer(0.1, store.end).start()
        return event

    monkeypatch.setattr(store, "waiter", waiter)
    began = time.monotonic()
    assert operations.wait(command, 20).state == CommandState.QUEUED
    monkeypatch.setattr(store, "waiter", real_waiter)
    assert operations.wait(command, 20).state == CommandState.QUEUED
    assert time.monotonic() - began < 10
