"""A charge point's end of a command, for tests that need no socket."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from ocpp import store
from ocpp.choices import Registration
from ocpp.domain import commands
from ocpp.models import Charger, Command

#: What a session does with a command that it has claimed.
Reply = Callable[[Command, int], None]


def make_charger(
    charger_id: str = "CP1",
    *,
    connected: bool = True,
    epoch: int = 1,
    registration: str = Registration.ACCEPTED,
    **fields: Any,
) -> Charger:
    """A charger that some process holds the connection of, unless said otherwise."""
    return Charger.objects.create(
        charger_id=charger_id,
        owner="somewhere/1/abcd" if connected else "",
        epoch=epoch,
        registration=registration,
        **fields,
    )


def answers(response: dict[str, Any]) -> Reply:
    """The charge point answers."""

    def reply(command: Command, epoch: int) -> None:
        commands.answered(command.pk, epoch, response, timezone.now())

    return reply


def refuses(code: str, description: str = "") -> Reply:
    """The charge point sends a CALLERROR."""

    def reply(command: Command, epoch: int) -> None:
        commands.refused(command.pk, epoch, code, description, timezone.now())

    return reply


def keeps_silent(command: Command, epoch: int) -> None:
    """No answer comes, and its time is over at once."""
    commands.timed_out(command.pk, epoch, timezone.now())


def hangs_up(command: Command, epoch: int) -> None:
    """The connection ends instead of an answer."""
    commands.connection_lost(command.charger_id, epoch, timezone.now())


class StandIn:
    """Stands where a session does: woken by the store, it claims a command and replies.

    It works in a thread of its own and a transaction each, as the writer does. What it has
    claimed is in `taken`.
    """

    def __init__(self, charger: Charger, reply: Reply | None) -> None:
        self.charger_pk = charger.pk
        self.epoch = charger.epoch
        self.taken: list[Command] = []
        self._reply = reply
        self._threads: list[threading.Thread] = []

    def wake(self) -> None:
        """A command may be waiting."""
        thread = threading.Thread(target=self._work)
        self._threads.append(thread)
        thread.start()

    def refresh(self) -> None:
        """Nothing is cached here."""

    def booted(self) -> None:
        """Nothing is asked by itself here."""

    def dismiss(self) -> None:
        """There is no connection to end."""

    def _work(self) -> None:
        try:
            with transaction.atomic():
                command = commands.claim_next(self.charger_pk, self.epoch, timezone.now())
            if command is None:
                return
            self.taken.append(command)
            if self._reply is not None:
                with transaction.atomic():
                    self._reply(command, self.epoch)
        finally:
            connection.close()

    def finish(self) -> None:
        """Wait until everything that was begun is done."""
        for thread in self._threads:
            thread.join(timeout=10)


@contextmanager
def session_of(charger: Charger, reply: Reply | None = None) -> Iterator[StandIn]:
    """While it lasts, commands to `charger` are claimed in this process and replied to."""
    stand_in = StandIn(charger, reply)
    store.add(stand_in)
    try:
        yield stand_in
    finally:
        store.remove(stand_in)
        stand_in.finish()
