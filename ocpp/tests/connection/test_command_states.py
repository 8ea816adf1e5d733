"""However a command ends, staff see what is true: over REST, and in the admin's row of it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from ocpp.choices import CommandState
from ocpp.domain import commands
from ocpp.models import Charger, Command
from ocpp.tests.api.conftest import token_client
from ocpp.tests.connection.test_commands import outcome, queue, rows
from ocpp.tests.connection.wire import Wire, connected, settle
from ocpp.tests.factories import NOON, in_thread

#: The command as REST tells it, and the text of its row in the admin.
Seen = tuple[dict[str, Any], str]


async def seen(command: Command) -> Seen:
    """What staff see of a command now."""

    def work() -> Seen:
        staff, _ = User.objects.get_or_create(username="boss", is_staff=True, is_superuser=True)
        path = f"/ocpp/chargers/{command.charger.charger_id}/commands/{command.pk}/"
        told = token_client(staff).get(path)
        assert told.status_code == 200, told.content
        admin = Client()
        admin.force_login(staff)
        page = admin.get(f"/admin/ocpp/command/{command.pk}/change/").content.decode()
        (row,) = [
            part
            for part in admin.get("/admin/ocpp/command/").content.decode().split("<tr")
            if f"/admin/ocpp/command/{command.pk}/change/" in part
        ]
        told_there = row.split("field-outcome")[1].split(">")[1].split("<")[0]
        # The page of the command tells the same as its row.
        assert told_there in page
        return told.json(), told_there

    return await in_thread(work)


def put_result(wire: Wire, asked: list[Any], payload: Any) -> None:
    """Answer a command with a CALLRESULT."""
    wire.put(json.dumps([3, asked[1], payload]))


async def test_an_answer() -> None:
    async with connected() as wire:
        command = await queue()
        put_result(wire, await wire.get(), {"status": "Rejected"})
        await outcome(command)
    told, row = await seen(command)
    assert (told["state"], told["answer"]) == ("answered", {"status": "Rejected"})
    assert row == "CP1 answered: Rejected."


async def test_a_mute_charger_and_then_a_late_answer(settings: Settings) -> None:
    settings.OCPP_CALL_TIMEOUT_S = 1
    async with connected() as wire:
        command = await queue()
        asked = await wire.get()
        assert (await seen(command))[0]["state"] == "sent"
        await outcome(command)
        told, row = await seen(command)
        assert (told["state"], told["late"], told["answer"]) == ("timeout", False, None)
        assert told["finished"] is not None
        assert row == "CP1 did not answer within 1 s."
        put_result(wire, asked, {"status": "Accepted"})
        await wire.call("Heartbeat")
        await settle()
        told, row = await seen(command)
    assert (told["state"], told["late"]) == ("timeout", True)
    assert told["answer"] == {"status": "Accepted"}
    assert row == "CP1 answered too late: Accepted."


@pytest.mark.parametrize(
    ("answer", "late"),
    [
        (lambda number: [4, number, "InternalError", "", {}], "InternalError."),
        (lambda number: [3, number, {"status": "Perhaps"}], "status"),
    ],
)
async def test_a_late_error_or_garbage(
    settings: Settings, answer: Callable[[str], Any], late: str
) -> None:
    settings.OCPP_CALL_TIMEOUT_S = 0.1
    async with connected() as wire:
        command = await queue()
        asked = await wire.get()
        await outcome(command)
        wire.put(json.dumps(answer(asked[1])))
        await wire.call("Heartbeat")
        await settle()
    told, row = await seen(command)
    assert (told["state"], told["late"]) == ("timeout", True)
    assert late in row.partition("answered too late: ")[2]


async def test_an_error() -> None:
    async with connected() as wire:
        command = await queue()
        asked = await wire.get()
        wire.put(json.dumps([4, asked[1], "NotSupported", "<b>no</b>", {}]))
        await outcome(command)
    told, row = await seen(command)
    assert (told["state"], told["error_code"]) == ("error", "NotSupported")
    assert told["error_description"] == "<b>no</b>"
    assert row == "CP1 refused: NotSupported &lt;b&gt;no&lt;/b&gt;"


@pytest.mark.parametrize("payload", [{}, {"status": "Perhaps"}, [1], "x"])
async def test_garbage(payload: Any) -> None:
    async with connected() as wire:
        command = await queue()
        put_result(wire, await wire.get(), payload)
        await outcome(command)
    told, row = await seen(command)
    assert (told["state"], told["error_code"]) == ("error", "UnreadableAnswer")
    assert told["error_description"] in row.replace("&#x27;", "'").replace("&quot;", '"')


async def test_a_reconnect_in_the_middle() -> None:
    """What was sent has failed and is not sent again; what was queued goes out on the new one."""
    old = await Wire().open()
    sent, waiting = await queue(), await queue("clear_cache")
    asked = await old.get()
    async with connected() as new:
        assert await old.closing() == 1008
        await old.end()
        asked_next = await new.get()
        assert asked_next[2] == "ClearCache"
        # Its answer comes on the new connection: too late, and not taken for another's.
        put_result(new, asked, {"status": "Accepted"})
        put_result(new, asked_next, {"status": "Accepted"})
        await outcome(waiting)
        await outcome(sent)
        assert await new.silent()
        told, row = await seen(sent)
        assert (told["state"], told["answer"]) == ("failed", None)
        assert row == "The connection of CP1 was lost before it answered."
        assert (await seen(waiting))[1] == "CP1 answered: Accepted."


async def test_a_process_that_ended_without_a_word() -> None:
    """Another node's process was killed, and the charge point comes to this one."""
    async with connected():
        pass
    await settle()

    def sent_elsewhere() -> Command:
        Charger.objects.update(owner="elsewhere/1/x")
        command = commands.queue(Charger.objects.get(), "reset", {"type": "Soft"})
        assert commands.claim_next(command.charger_id, Charger.objects.get().epoch, NOON)
        return command

    command = await in_thread(sent_elsewhere)
    async with connected() as wire:
        await wire.call("Heartbeat")
        await outcome(command)
        told, _row = await seen(command)
        assert told["state"] == "failed"
        assert await wire.silent()


async def test_an_overdue_command() -> None:
    async with connected() as wire:

        def overdue() -> Command:
            return Command.objects.create(
                charger=Charger.objects.get(), action="reset", expires=NOON
            )

        command = await in_thread(overdue)
        await queue("clear_cache")
        assert (await wire.get())[2] == "ClearCache"
        told, row = await seen(command)
    assert (told["state"], told["sent"]) == ("expired", None)
    assert row == "The command could not be sent to CP1 in time."


async def test_every_state_has_been_seen() -> None:
    """A new state needs its test here."""
    assert set(CommandState.values) == {
        *("queued", "sent", "answered", "error", "timeout", "expired", "failed"),
    }
    assert await in_thread(rows, Command) == []
