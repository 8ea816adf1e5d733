"""Waiting for what becomes of a command."""

import time

from django.utils import timezone

from ocpp import store
from ocpp.choices import CommandState
from ocpp.domain import commands
from ocpp.models import Command

#: Pauses between looks at the row (s): only for commands that another process finishes.
FIRST_LOOK_S = 0.25
LONGEST_LOOK_S = 1.0


def wait(command: Command, timeout_s: float) -> Command:
    """Block this thread until `command` is finished, at most `timeout_s`; returns it as it is.

    When this process is being stopped it returns at once.
    Woken at once when this process finishes it. The row is also looked at now and then, for a
    command that another process sends. Call it outside of a transaction: it would see nothing
    new in it, and hold it open.
    """
    deadline = time.monotonic() + timeout_s
    event = store.waiter(command.pk)
    look_s = FIRST_LOOK_S
    try:
        while True:
            command = _read(command.pk)
            left_s = deadline - time.monotonic()
            if command.is_finished or left_s <= 0 or store.ended.is_set():
                return command
            event.wait(min(look_s, left_s))
            look_s = min(look_s * 2, LONGEST_LOOK_S)
    finally:
        store.discard_waiter(command.pk, event)


def _read(command_pk: int) -> Command:
    command = Command.objects.select_related("charger").get(pk=command_pk)
    now = timezone.now()
    if command.state == CommandState.QUEUED and command.expires <= now:
        # Its charger has gone, so no session is there to notice.
        commands.expire_overdue(now, command.charger_id)
        command.refresh_from_db()
    return command
