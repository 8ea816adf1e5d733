"""Commands over the wire: claimed, sent one at a time, answered, refused, late or never."""

import asyncio
import json
from typing import Any

import pytest
from pytest_django import Settings

from ocpp import store
from ocpp.choices import CommandState
from ocpp.domain import commands
from ocpp.models import Anomaly, Charger, Command, Message
from ocpp.tests.connection.wire import Wire, connected, settle
from ocpp.tests.factories import NOON, in_thread

STATES = CommandState


def the_charger() -> Charger:
    return Charger.objects.get()


def rows(model: Any) -> list[Any]:
    return list(model.objects.order_by("pk"))


async def queue(action: str = "reset", **payload: Any) -> Command:
    """Queue a command as any process may."""

    def work() -> Command:
        return commands.queue(the_charger(), action, payload or {"type": "Soft"})

    return await in_thread(work)


async def outcome(command: Command) -> Command:
    """The command, when everything that goes on is done."""
    event = store.waiter(command.pk)
    done: Command = await in_thread(lambda: Command.objects.get(pk=command.pk))
    if not done.is_finished:
        assert await asyncio.to_thread(event.wait, 10)
        done = await in_thread(lambda: Command.objects.get(pk=command.pk))
    store.discard_waiter(command.pk, event)
    return done


async def test_a_command_is_sent_and_answered() -> None:
    async with connected() as wire:
        command = await queue("remote_stop", transaction_id=7)
        asked = await wire.get()
        assert asked[0] == 2
        assert asked[2:] == ["RemoteStopTransaction", {"transactionId": 7}]
        sent: Command = (await in_thread(rows, Command))[0]
        assert (sent.state, sent.message_id, sent.epoch) == (STATES.SENT, asked[1], 1)
        assert sent.sent is not None
        wire.put(json.dumps([3, asked[1], {"status": "Accepted"}]))
        done = await outcome(command)
        assert (done.state, done.response) == (STATES.ANSWERED, {"status": "Accepted"})
        assert done.finished is not None
        assert not done.late


async def test_what_was_queued_before_the_charger_came_back_is_sent_then() -> None:
    async with connected():
        pass
    await settle()

    def leave_one() -> None:
        Charger.objects.update(owner="elsewhere/1/x")
        commands.queue(the_charger(), "clear_cache", {})

    await in_thread(leave_one)
    async with connected() as wire:
        assert (await wire.get())[2] == "ClearCache"


async def test_a_command_that_another_process_queued_is_found() -> None:
    """Nobody wakes the session: it is seen by looking, within a second or so."""
    async with connected() as wire:

        def elsewhere() -> None:
            later = NOON.replace(year=2100)
            Command.objects.create(charger=the_charger(), action="clear_cache", expires=later)

        await in_thread(elsewhere)
        assert (await wire.get())[2] == "ClearCache"


async def test_one_is_sent_at_a_time_and_in_order() -> None:
    async with connected() as wire:
        queued = [await queue("unlock", connector_id=number) for number in (1, 2, 3)]
        for number in (1, 2, 3):
            asked = await wire.get()
            assert asked[3] == {"connectorId": number}
            assert await wire.silent(0.05)
            # Meanwhile its own calls are answered.
            assert "currentTime" in await wire.call("Heartbeat")
            wire.put(json.dumps([3, asked[1], {"status": "Unlocked"}]))
        for command in queued:
            assert (await outcome(command)).state == STATES.ANSWERED


@pytest.mark.parametrize("description", ["no such thing", ""])
async def test_an_error_is_the_outcome(description: str) -> None:
    async with connected() as wire:
        command = await queue()
        asked = await wire.get()
        wire.put(json.dumps([4, asked[1], "NotSupported", description, {}]))
        done = await outcome(command)
    assert done.state == STATES.ERROR
    assert (done.error_code, done.error_description) == ("NotSupported", description)


@pytest.mark.parametrize(
    "payload", ['{"status":"Perhaps"}', "{}", "[1]", "5", '{"status":[]}', '{"status":"\\u0000"}']
)
async def test_an_answer_that_cannot_be_read_is_an_error(payload: str) -> None:
    async with connected() as wire:
        command = await queue()
        asked = await wire.get()
        wire.put(f'[3,"{asked[1]}",{payload}]')
        done = await outcome(command)
        assert done.state == STATES.ERROR
        assert done.error_code == "UnreadableAnswer"
        assert done.error_description
        assert "currentTime" in await wire.call("Heartbeat")


@pytest.mark.parametrize(
    ("code", "description"), [("Sur\\u0000prise", "a\\u0000b"), ("C" * 500, "d" * 5000)]
)
async def test_an_error_that_no_column_takes_is_an_outcome(code: str, description: str) -> None:
    async with connected() as wire:
        command = await queue()
        asked = await wire.get()
        wire.put(f'[4,"{asked[1]}","{code}","{description}",{{}}]')
        done = await outcome(command)
    assert done.state == STATES.ERROR
    assert len(done.error_code) <= 40
    assert len(done.error_description) <= 2000
    assert "\x00" not in done.error_code + done.error_description


async def test_an_answer_whose_frame_is_broken_is_no_answer() -> None:
    async with connected() as wire:
        command = await queue()
        asked = await wire.get()
        wire.put(f'[4,"{asked[1]}","GenericError","half a pair: \\ud83d",{{}}]')
        wire.put(f'[3,"{asked[1]}",{{"status":"Accepted"}}]')
        assert (await outcome(command)).state == STATES.ANSWERED


async def test_no_answer_in_time_and_then_a_late_one(settings: Settings) -> None:
    settings.OCPP_CALL_TIMEOUT_S = 0.1
    async with connected() as wire:
        command = await queue()
        asked = await wire.get()
        done = await outcome(command)
        assert (done.state, done.late, done.response) == (STATES.TIMEOUT, False, None)
        # The next one is sent although the first was never answered.
        settings.OCPP_CALL_TIMEOUT_S = 10
        second = await queue("clear_cache")
        asked_next = await wire.get()
        wire.put(json.dumps([3, asked[1], {"status": "Accepted"}]))
        wire.put(json.dumps([3, asked_next[1], {"status": "Rejected"}]))
        assert (await outcome(second)).response == {"status": "Rejected"}
        await settle()
        late: Command = (await in_thread(rows, Command))[0]
        assert (late.state, late.late, late.response) == (
            STATES.TIMEOUT,
            True,
            {"status": "Accepted"},
        )
        # A second late answer is one to no call of ours.
        assert await in_thread(rows, Anomaly) == []
        wire.put(json.dumps([3, asked[1], {"status": "Accepted"}]))
        await wire.call("Heartbeat")
    assert [a.detail for a in await in_thread(rows, Anomaly)] == ["an answer to no call of ours"]


async def test_a_late_error(settings: Settings) -> None:
    settings.OCPP_CALL_TIMEOUT_S = 0.1
    async with connected() as wire:
        command = await queue()
        asked = await wire.get()
        await outcome(command)
        wire.put(json.dumps([4, asked[1], "InternalError", "", {}]))
        await wire.call("Heartbeat")
        await settle()
    late: Command = (await in_thread(rows, Command))[0]
    assert (late.state, late.late) == (STATES.TIMEOUT, True)
    assert late.response == {"error": "InternalError"}


async def test_when_the_connection_ends_what_was_sent_has_failed_and_the_rest_waits() -> None:
    wire = await Wire().open()
    first = await queue()
    second = await queue("clear_cache")
    await wire.get()
    await wire.end()
    assert (await outcome(first)).state == STATES.FAILED
    async with connected() as wire:
        assert (await wire.get())[2] == "ClearCache"
    assert (await outcome(second)).state == STATES.FAILED


async def test_an_answer_on_another_connection_answers_nothing() -> None:
    """A pending call belongs to one connection: nobody else can answer or cancel it."""
    old = await Wire("/CP1").open()
    command = await queue()
    asked = await old.get()
    answer = json.dumps([3, asked[1], {"status": "Accepted"}])
    async with connected("/CP2") as other:
        other.put(answer)
        await other.call("Heartbeat")
    async with connected("/CP1") as new:
        assert await old.closing() == 1008
        await old.end()
        new.put(answer)
        await new.call("Heartbeat")
        assert (await outcome(command)).state == STATES.FAILED
        assert "currentTime" in await new.call("Heartbeat")
    assert {a.detail for a in await in_thread(rows, Anomaly)} == {"an answer to no call of ours"}
    assert len(await in_thread(rows, Anomaly)) == 2


async def test_what_is_overdue_is_not_sent() -> None:
    async with connected() as wire:

        def overdue() -> None:
            Command.objects.create(charger=the_charger(), action="reset", expires=NOON)

        await in_thread(overdue)
        await queue("clear_cache")
        assert (await wire.get())[2] == "ClearCache"
        first: Command = (await in_thread(rows, Command))[0]
        assert first.state == STATES.EXPIRED


async def test_a_command_that_the_version_does_not_know_is_refused() -> None:
    async with connected() as wire:
        command = await queue("teleport", to="Mars")
        done = await outcome(command)
        assert (done.state, done.error_code) == (STATES.ERROR, "NotSupported")
        await queue("clear_cache")
        assert (await wire.get())[2] == "ClearCache"


async def test_configuration_that_is_reported_is_learned() -> None:
    async with connected() as wire:
        command = await queue("get_configuration", keys=[])
        asked = await wire.get()
        entries = [
            {"key": "HeartbeatInterval", "readonly": False, "value": "60"},
            {"key": "AuthorizationKey", "readonly": "false", "value": "hidden"},
        ]
        wire.put(json.dumps([3, asked[1], {"configurationKey": entries}]))
        await outcome(command)
        await settle()
        charger = await in_thread(the_charger)
        messages: list[Message] = await in_thread(rows, Message)
    assert charger.config["HeartbeatInterval"] == {"value": "60", "readonly": False}
    assert "hidden" not in json.dumps(charger.config)
    # Nor does the message log tell the secret.
    assert [message.action for message in messages] == ["GetConfiguration"]
    assert "hidden" not in messages[0].answer
    assert "60" in messages[0].answer


async def test_a_call_of_ours_is_logged_with_its_answer(settings: Settings) -> None:
    async with connected() as wire:
        command = await queue()
        asked = await wire.get()
        wire.put(json.dumps([3, asked[1], {"status": "Accepted"}]))
        await outcome(command)
        settings.OCPP_CALL_TIMEOUT_S = 0.05
        silent = await queue("clear_cache")
        await wire.get()
        await outcome(silent)
        settings.OCPP_CALL_TIMEOUT_S = 10
        refused = await queue()
        asked_last = await wire.get()
        wire.put(json.dumps([4, asked_last[1], "NotSupported", "", {}]))
        await outcome(refused)
        await settle()
        answered, unanswered, error = await in_thread(rows, Message)
    assert answered.direction == Message.Direction.OUT
    assert (answered.action, answered.message_id) == ("Reset", asked[1])
    assert json.loads(answered.request) == asked
    assert json.loads(answered.answer) == [3, asked[1], {"status": "Accepted"}]
    assert answered.time <= answered.answer_time
    assert (unanswered.action, unanswered.answer) == ("ClearCache", "")
    assert unanswered.answer_time is None
    assert (error.action, error.error_code) == ("Reset", "NotSupported")
