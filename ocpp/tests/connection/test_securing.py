"""“Secure this charger”: the key goes over the wire once, and what its answer changes."""

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from ocpp import operations
from ocpp.choices import CommandState, CredentialState, Registration
from ocpp.domain import commands, credentials
from ocpp.domain.errors import Conflict, DomainError, Invalid, NotConnected
from ocpp.models import Charger, Command, Credential, Message
from ocpp.tests.connection.test_commands import outcome, the_charger
from ocpp.tests.connection.test_security_profiles import KEY, basic, make, opened
from ocpp.tests.connection.wire import Wire, settle
from ocpp.tests.factories import in_thread

ACTIVE, OFFERED = CredentialState.ACTIVE, CredentialState.OFFERED


def known() -> list[str]:
    """The states of its keys, oldest first."""
    return list(Credential.objects.order_by("pk").values_list("state", flat=True))


async def secure(**arguments: Any) -> Command:
    return await in_thread(lambda: operations.secure(the_charger(), **arguments))


async def asked(wire: Wire, key: str = "AuthorizationKey") -> tuple[str, str]:
    """The ChangeConfiguration that came: its message id, and the value."""
    frame = await wire.get()
    assert frame[2] == "ChangeConfiguration"
    assert frame[3]["key"] == key
    return frame[1], frame[3]["value"]


def answer(wire: Wire, message_id: str, status: str = "Accepted") -> None:
    wire.put(json.dumps([3, message_id, {"status": status}]))


async def comes_in(status: int = 101, **proof: Any) -> None:
    wire = await opened(**proof)
    assert wire.status == status, wire.refusal
    if status == 101:
        await wire.end()
    await settle()


@pytest.mark.parametrize(("tls", "profile"), [(False, 1), (True, 2)])
async def test_in_one_click(tls: bool, profile: int) -> None:
    """From nothing to a key: what is accepted is asked for from the next connection on."""
    wire = await opened(tls=tls)
    command = await secure()
    message_id, key = await asked(wire)
    assert len(bytes.fromhex(key)) == 20
    assert (await in_thread(the_charger)).security_profile == 0
    answer(wire, message_id)
    done = await outcome(command)
    assert (done.state, done.response) == (CommandState.ANSWERED, {"status": "Accepted"})
    assert (await in_thread(the_charger)).security_profile == profile
    assert await in_thread(known) == [ACTIVE]
    await wire.end()
    await settle()
    await comes_in(401, tls=tls)
    await comes_in(401, tls=tls, headers=basic(password=KEY))
    await comes_in(101, tls=tls, headers=basic(password=key))


async def test_the_key_is_kept_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    wire = await opened()
    # Queued, it is sealed; nobody is there to send it.
    await in_thread(lambda: Charger.objects.update(epoch=99))
    command = await secure()

    def columns(model: Any) -> str:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")  # noqa: S608
            return str(cursor.fetchall())

    assert command.payload == {"key": "AuthorizationKey", "value": "***"}
    sealed = await in_thread(lambda: Command.objects.get().sealed_value)
    assert len(sealed) == 40
    assert sealed not in await in_thread(columns, Command)
    await in_thread(lambda: Charger.objects.update(epoch=1))
    wire.put('[2,"h","Heartbeat",{}]')
    frames = [await wire.get(), await wire.get()]
    (sent,) = [frame for frame in frames if frame[0] == 2]
    key = sent[3]["value"]
    assert key == sealed
    assert (await in_thread(lambda: Command.objects.get().sealed_value)) == ""
    answer(wire, sent[1])
    await outcome(command)
    await wire.end()
    await settle()
    for model in (Command, Credential, Message, Charger):
        assert key not in await in_thread(columns, model)
    assert key not in caplog.text
    assert "AuthorizationKey" in caplog.text


@pytest.mark.parametrize("status", ["Rejected", "NotSupported"])
async def test_rejected_the_old_key_stays_and_the_new_one_goes(status: str) -> None:
    await in_thread(make, 1)
    wire = await opened(headers=basic())
    command = await secure()
    message_id, key = await asked(wire)
    answer(wire, message_id, status)
    assert (await outcome(command)).response == {"status": status}
    await wire.end()
    await settle()
    await comes_in(401, headers=basic(password=key))
    await comes_in(101, headers=basic())


async def test_a_callerror_is_as_good_as_rejected() -> None:
    await in_thread(make, 1)
    wire = await opened(headers=basic())
    command = await secure()
    message_id, _ = await asked(wire)
    wire.put(json.dumps([4, message_id, "InternalError", "", {}]))
    assert (await outcome(command)).state == CommandState.ERROR
    assert await in_thread(known) == [ACTIVE]
    await wire.end()


async def test_accepted_the_old_key_goes() -> None:
    await in_thread(make, 1)
    wire = await opened(headers=basic())
    command = await secure()
    message_id, key = await asked(wire)
    answer(wire, message_id)
    await outcome(command)
    await wire.end()
    await settle()
    await comes_in(401, headers=basic())
    await comes_in(101, headers=basic(password=key))


@pytest.mark.parametrize("used", ["old", "new"])
async def test_without_an_answer_both_stay_until_one_is_used(settings: Settings, used: str) -> None:
    settings.OCPP_CALL_TIMEOUT_S = 0.1
    await in_thread(make, 1)
    wire = await opened(headers=basic())
    command = await secure()
    _, key = await asked(wire)
    assert (await outcome(command)).state == CommandState.TIMEOUT
    assert await in_thread(known) == [ACTIVE, OFFERED]
    await wire.end()
    await settle()
    await comes_in(headers=basic(password=KEY if used == "old" else key))
    assert await in_thread(known) == ([ACTIVE, OFFERED] if used == "old" else [ACTIVE])


@pytest.mark.parametrize(("status", "keys"), [("Accepted", 1), ("Rejected", 0)])
async def test_a_late_answer_counts(settings: Settings, status: str, keys: int) -> None:
    settings.OCPP_CALL_TIMEOUT_S = 0.1
    wire = await opened()
    command = await secure()
    message_id, key = await asked(wire)
    assert (await outcome(command)).state == CommandState.TIMEOUT
    answer(wire, message_id, status)
    await wire.call("Heartbeat")
    await settle()
    assert await in_thread(known) == [ACTIVE] * keys
    assert (await in_thread(the_charger)).security_profile == keys
    await wire.end()
    await settle()
    await comes_in(headers=basic(password=key))


async def test_a_late_callerror_counts_as_well(settings: Settings) -> None:
    settings.OCPP_CALL_TIMEOUT_S = 0.1
    wire = await opened()
    command = await secure()
    message_id, _ = await asked(wire)
    assert (await outcome(command)).state == CommandState.TIMEOUT
    wire.put(json.dumps([4, message_id, "NotSupported", "", {}]))
    await wire.call("Heartbeat")
    await settle()
    assert await in_thread(known) == []
    await wire.end()


async def test_a_connection_that_ends_before_the_answer_keeps_both() -> None:
    """As the whitepaper has it, a charge point that takes a key connects again at once."""
    await in_thread(make, 1)
    wire = await opened(headers=basic())
    command = await secure()
    _, key = await asked(wire)
    await wire.end()
    await settle()
    assert (await outcome(command)).state == CommandState.FAILED
    await comes_in(headers=basic())
    await comes_in(headers=basic(password=key))
    await comes_in(401, headers=basic())


async def test_a_key_that_was_never_sent_is_dropped() -> None:
    await in_thread(partial(make, 0, "", owner="elsewhere/1/x"))
    await secure()
    later = timezone.now() + timedelta(hours=1)
    await in_thread(commands.expire_overdue, later)
    assert await in_thread(known) == []


async def test_reboot_required_nothing_is_taken_from_it_until_then() -> None:
    await in_thread(make, 0)
    wire = await opened(headers=basic())
    command = await secure()
    message_id, key = await asked(wire)
    answer(wire, message_id, "RebootRequired")
    await outcome(command)
    charger = await in_thread(the_charger)
    assert (charger.security_profile, charger.wanted_profile) == (0, 1)
    assert await in_thread(Credential.objects.filter(reboot_required=True).count) == 1
    await wire.end()
    await settle()
    await comes_in()
    # After its start it comes with the new key: from now on it has to.
    await comes_in(headers=basic(password=key))
    assert (await in_thread(the_charger)).security_profile == 1
    await comes_in(401)


async def knows(profile: int) -> None:
    """Its configuration has told its security profile."""
    config = {"SecurityProfile": {"value": str(profile), "readonly": False}}
    await in_thread(lambda: Charger.objects.update(config=config))


@pytest.mark.parametrize(("tls", "profile"), [(False, 1), (True, 2)])
async def test_a_charge_point_with_the_key_securityprofile_is_told_that_too(
    tls: bool, profile: int
) -> None:
    await in_thread(make, 0, "")
    wire = await opened(tls=tls)
    await knows(0)
    await secure()
    message_id, _ = await asked(wire)
    answer(wire, message_id)
    message_id, value = await asked(wire, "SecurityProfile")
    assert value == str(profile)
    charger = await in_thread(the_charger)
    assert (charger.security_profile, charger.wanted_profile) == (0, profile)
    answer(wire, message_id)
    await wire.call("Heartbeat")
    await settle()
    charger = await in_thread(the_charger)
    assert (charger.security_profile, charger.wanted_profile) == (profile, None)
    assert charger.config["SecurityProfile"]["value"] == str(profile)
    await wire.end()


async def test_a_charge_point_that_stays_at_its_profile_is_not_locked_out() -> None:
    await in_thread(make, 0, "")
    wire = await opened()
    await knows(0)
    await secure()
    message_id, _ = await asked(wire)
    answer(wire, message_id)
    message_id, _ = await asked(wire, "SecurityProfile")
    answer(wire, message_id, "Rejected")
    await wire.call("Heartbeat")
    await settle()
    charger = await in_thread(the_charger)
    assert (charger.security_profile, charger.wanted_profile) == (0, None)
    await wire.end()
    await settle()
    await comes_in()


async def test_to_tls_it_rises_when_it_has_come_over_tls() -> None:
    """It may fall back to what it had, when it cannot (whitepaper, A05)."""
    await in_thread(make, 1)
    wire = await opened(headers=basic())
    await knows(1)
    await secure(profile=2)
    message_id, key = await asked(wire)
    answer(wire, message_id)
    message_id, value = await asked(wire, "SecurityProfile")
    assert value == "2"
    answer(wire, message_id)
    await wire.call("Heartbeat")
    await settle()
    await wire.end()
    await settle()
    await comes_in(headers=basic(password=key))
    assert (await in_thread(the_charger)).security_profile == 1
    await comes_in(headers=basic(password=key), tls=True)
    assert (await in_thread(the_charger)).security_profile == 2
    await comes_in(403, headers=basic(password=key))


async def test_a_key_that_staff_send_by_hand_is_good_too() -> None:
    await in_thread(make, 1)
    wire = await opened(headers=basic())

    def change() -> Command:
        given = {"key": "authorizationkey", "value": "bb" * 20}
        return operations.OPERATIONS["change_configuration"].run(the_charger(), given, None)

    await in_thread(change)
    message_id, value = await asked(wire)
    assert value == "bb" * 20
    answer(wire, message_id)
    await wire.call("Heartbeat")
    await settle()
    await wire.end()
    await settle()
    await comes_in(headers=basic(password="bb" * 20))
    assert (await in_thread(the_charger)).security_profile == 1


def refused(kind: type[DomainError], **arguments: Any) -> str:
    with pytest.raises(kind) as caught:
        operations.secure(the_charger(), **arguments)
    return str(caught.value)


async def test_what_is_refused_before_anything_is_sent(settings: Settings) -> None:
    await in_thread(partial(make, 1, owner="elsewhere/1/x"))
    assert "from 1 to 2" in await in_thread(partial(refused, Invalid, profile=3))
    assert "wss://" in await in_thread(partial(refused, Conflict, profile=2))
    await in_thread(lambda: Charger.objects.update(security_profile=2))
    assert "lower than 2" in await in_thread(partial(refused, Invalid, profile=1))
    await in_thread(lambda: Charger.objects.update(registration=Registration.PENDING))
    assert "waits for approval" in await in_thread(refused, Conflict)
    await in_thread(lambda: Charger.objects.update(registration=Registration.ACCEPTED))
    await secure()
    assert "on its way" in await in_thread(refused, Conflict)
    await in_thread(lambda: Command.objects.update(state=CommandState.TIMEOUT))
    await in_thread(lambda: Charger.objects.update(owner=""))
    assert await in_thread(refused, NotConnected)
    # Nothing of what was refused has left a key.
    assert await in_thread(known) == [ACTIVE, OFFERED]
    for _ in range(3):
        await in_thread(credentials.make_key, await in_thread(the_charger))
    with pytest.raises(Conflict, match="5 keys already"):
        await in_thread(credentials.make_key, await in_thread(the_charger))


async def test_a_secret_that_can_no_longer_be_opened_is_not_sent(settings: Settings) -> None:
    await in_thread(partial(make, 0, "", owner="elsewhere/1/x", epoch=7))
    command = await secure()
    settings.SECRET_KEY = "another"
    charger = await in_thread(the_charger)
    assert await in_thread(commands.claim_next, charger.pk, 7, timezone.now()) is None
    await in_thread(command.refresh_from_db)
    assert command.state == CommandState.ERROR
    assert "SECRET_KEY" in command.error_description
    assert await in_thread(known) == []
