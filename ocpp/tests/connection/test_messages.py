"""Each message of a charge point, over the wire: its answer, and the rows that it leaves."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from accounts.models import Account
from ocpp.choices import TransactionState
from ocpp.models import (
    Anomaly,
    Charger,
    Connector,
    DataTransfer,
    Message,
    MeterReading,
    Transaction,
)
from ocpp.tests.connection.wire import connected
from ocpp.tests.factories import NOON, NOON_TEXT, TAG, at, in_thread, make_driver

pytestmark = pytest.mark.usefixtures("both_ways")

UTC_TEXT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def the_charger() -> Charger:
    return Charger.objects.get(charger_id="CP1")


def only(model: Any) -> Any:
    return model.objects.get()


def rows(model: Any) -> list[Any]:
    return list(model.objects.order_by("pk"))


async def test_boot_notification() -> None:
    async with connected() as wire:
        answer = await wire.call(
            "BootNotification",
            chargePointVendor="Vendor",
            chargePointModel="Model",
            chargePointSerialNumber="S1",
            firmwareVersion="1.2.3",
        )
        charger = await in_thread(the_charger)
    assert answer["status"] == "Accepted"
    assert answer["interval"] == django_settings.OCPP_HEARTBEAT_INTERVAL_S
    assert UTC_TEXT.fullmatch(answer["currentTime"])
    assert (charger.vendor, charger.model, charger.serial_number) == ("Vendor", "Model", "S1")
    assert charger.last_boot is not None


async def test_heartbeat() -> None:
    async with connected() as wire:
        before = datetime.now(UTC).replace(microsecond=0)
        answer = await wire.call("Heartbeat")
        charger = await in_thread(the_charger)
    assert before <= datetime.fromisoformat(answer["currentTime"]) <= datetime.now(UTC)
    assert charger.last_heartbeat is not None
    assert charger.last_heartbeat >= before


async def test_status_notification() -> None:
    async with connected() as wire:
        answer = await wire.call(
            "StatusNotification",
            connectorId=1,
            errorCode="HighTemperature",
            status="Faulted",
            info="hot",
            timestamp=NOON_TEXT,
        )
        connector: Connector = await in_thread(only, Connector)
    assert answer == {}
    assert (connector.status, connector.error_code, connector.info) == (
        "Faulted",
        "HighTemperature",
        "hot",
    )
    assert connector.status_time == NOON


@pytest.mark.parametrize(
    ("require_rfid", "tag", "status"),
    [
        (False, "whoever", "Accepted"),
        (True, "DEADBEEF", "Invalid"),
        (True, TAG, "Accepted"),
        (True, TAG.lower(), "Accepted"),
    ],
)
async def test_authorize(require_rfid: bool, tag: str, status: str) -> None:
    def prepare() -> None:
        make_driver()
        Charger.objects.create(charger_id="CP1", require_rfid=require_rfid)

    await in_thread(prepare)
    async with connected() as wire:
        answer = await wire.call("Authorize", idTag=tag)
    assert answer == {"idTagInfo": {"status": status}}


async def test_a_whole_session() -> None:
    account: Account = await in_thread(make_driver)
    async with connected() as wire:
        started = await wire.call(
            "StartTransaction", connectorId=1, idTag=TAG, meterStart=1000, timestamp=NOON_TEXT
        )
        number = started["transactionId"]
        assert started["idTagInfo"] == {"status": "Accepted"}
        for minute in (10, 20):
            sampled = [
                {"value": str(1000 + minute * 100), "unit": "Wh"},
                {"value": "16.0", "measurand": "Current.Import", "unit": "A", "phase": "L1"},
            ]
            answer = await wire.call(
                "MeterValues",
                connectorId=1,
                transactionId=number,
                meterValue=[{"timestamp": at(minute), "sampledValue": sampled}],
            )
            assert answer == {}
        running: Transaction = await in_thread(only, Transaction)
        assert (running.meter_last, running.energy_wh) == (3000, 2000)
        data = [{"timestamp": at(30), "sampledValue": [{"value": "4.5", "unit": "kWh"}]}]
        stopped = await wire.call(
            "StopTransaction",
            transactionId=number,
            idTag=TAG,
            meterStop=4500,
            timestamp=at(30),
            reason="EVDisconnected",
            transactionData=data,
        )
        assert stopped == {"idTagInfo": {"status": "Accepted"}}
    ended: Transaction = await in_thread(only, Transaction)
    assert ended.state == TransactionState.COMPLETED
    assert (ended.energy_wh, ended.billed_wh, ended.reason) == (3500, 3500, "EVDisconnected")
    assert await in_thread(lambda: account.balance_kwh) == Decimal("96.5")
    readings: list[MeterReading] = await in_thread(rows, MeterReading)
    assert [reading.value for reading in readings] == [2000, 16, 3000, 16, 4500]
    assert {reading.transaction_id for reading in readings} == {number}


async def test_a_stop_without_a_tag_is_answered_without_one() -> None:
    async with connected() as wire:
        answer = await wire.call(
            "StopTransaction", transactionId=0, meterStop=1, timestamp=NOON_TEXT
        )
    assert answer == {}


async def test_a_start_that_is_refused_has_a_transaction_id() -> None:
    await in_thread(lambda: Charger.objects.create(charger_id="CP1", require_rfid=True))
    async with connected() as wire:
        answer = await wire.call(
            "StartTransaction", connectorId=1, idTag="x", meterStart=0, timestamp=NOON_TEXT
        )
    refused: Transaction = await in_thread(only, Transaction)
    assert answer == {"idTagInfo": {"status": "Invalid"}, "transactionId": refused.pk}
    assert refused.state == TransactionState.REFUSED


async def test_a_start_is_retried_on_another_connection_with_another_message_id() -> None:
    start: dict[str, Any] = {
        "connectorId": 1,
        "idTag": TAG,
        "meterStart": 1000,
        "timestamp": NOON_TEXT,
    }
    numbers = set()
    for _ in range(3):
        async with connected() as wire:
            answer = await wire.call("StartTransaction", **start)
            numbers.add(answer["transactionId"])
    assert len(numbers) == 1
    assert len(await in_thread(rows, Transaction)) == 1


@pytest.mark.parametrize("payload", [{}, {"messageId": "M", "data": "\\N\tä\n"}])
async def test_data_transfer_of_an_unknown_vendor_is_kept(payload: dict[str, str]) -> None:
    async with connected() as wire:
        answer = await wire.call("DataTransfer", vendorId="com.vendor", **payload)
    assert answer == {"status": "UnknownVendorId"}
    kept: DataTransfer = await in_thread(only, DataTransfer)
    assert kept.vendor_id == "com.vendor"
    assert (kept.message_id, kept.data) == (payload.get("messageId", ""), payload.get("data", ""))


@pytest.mark.parametrize(
    ("action", "status", "column"),
    [
        ("FirmwareStatusNotification", "Installed", "firmware_status"),
        ("DiagnosticsStatusNotification", "UploadFailed", "diagnostics_status"),
    ],
)
async def test_progress(action: str, status: str, column: str) -> None:
    async with connected() as wire:
        assert await wire.call(action, status=status) == {}
    charger = await in_thread(the_charger)
    assert getattr(charger, column) == status


# --- what is refused -------------------------------------------------------------------------

BAD: list[tuple[str, dict[str, Any], str]] = [
    ("NoSuchAction", {}, "NotImplemented"),
    ("heartbeat", {}, "NotImplemented"),
    ("Reset", {"type": "Soft"}, "NotSupported"),
    ("RemoteStopTransaction", {"transactionId": 1}, "NotSupported"),
    ("Authorize", {}, "OccurenceConstraintViolation"),
    ("Authorize", {"idTag": ["x"]}, "TypeConstraintViolation"),
    ("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Gone"}, "Prop"),
    ("Authorize", {"idTag": "x\x00"}, "FormationViolation"),
    ("Heartbeat", {"a": [[[[[[[[[[[]]]]]]]]]]]}, "FormationViolation"),
]


@pytest.mark.parametrize(("action", "payload", "code"), BAD)
async def test_what_is_wrong_is_named_and_the_connection_lives_on(
    action: str, payload: dict[str, Any], code: str
) -> None:
    async with connected() as wire:
        answer = await wire.call(action, "id-1", **payload)
        assert answer[:2] == [4, "id-1"]
        assert answer[2].startswith(code)
        assert answer[3]
        assert answer[4] == {}
        assert "currentTime" in await wire.call("Heartbeat")
        message: Message = (await in_thread(rows, Message))[0]
    assert (message.action, message.message_id) == (action, "id-1")
    assert message.error_code == answer[2]
    assert json.loads(message.answer) == answer


#: A frame, the id with which it is answered, and whether it is a frame at all.
FRAMES: list[tuple[str, str | None, bool]] = [
    ('[2,"a","StopTransaction",{"transactionId":,}]', "a", False),
    ('[2,"a","Heartbeat"]', "a", False),
    ('[2,"a","Heartbeat",{"x":NaN}]', "a", False),
    ('[2,"a","Heartbeat",' + "[" * 50_000 + "]" * 50_000 + "]", "a", False),
    ('[2,"a","Heartbeat",{"x":' + "9" * 400 + "}]", "a", True),
    ('[2,"a","Heartbeat",{"a":1,"a":2}]', "a", True),
    ("hello", None, False),
    ("{}", None, False),
    ("[]", None, False),
    ("[5]", None, False),
    ('[7,"a"]', None, False),
    ('[2,"\\u0000","Heartbeat",{}]', None, False),
    ('[3,"nobody asked",{}]', None, False),
    ('[4,"nobody asked","GenericError","",{}]', None, False),
]


@pytest.mark.parametrize(("frame", "message_id", "readable"), FRAMES)
async def test_a_frame_that_is_wrong_never_ends_the_connection(
    frame: str, message_id: str | None, readable: bool
) -> None:
    async with connected() as wire:
        wire.put(frame)
        if message_id is not None:
            assert (await wire.get())[:3] == [4, message_id, "FormationViolation"]
        # The next answer is that of the next call: there was one for the frame, or none.
        assert "currentTime" in await wire.call("Heartbeat")
        messages = await in_thread(rows, Message)
    assert len(messages) == 2
    assert messages[0].request == (frame if readable else frame[:4096])
    noted = [anomaly.kind for anomaly in await in_thread(rows, Anomaly)]
    assert noted == ([] if readable else ["frame"])


@pytest.mark.parametrize("frame", ["", " ", "\n"])
async def test_an_empty_frame_is_ignored(frame: str) -> None:
    async with connected() as wire:
        wire.put(frame)
        assert "currentTime" in await wire.call("Heartbeat")
        assert len(await in_thread(rows, Message)) == 1


async def test_strict_mode_refuses_what_is_tolerated_otherwise(settings: Settings) -> None:
    async with connected() as wire:
        assert await wire.call("Authorize", idTag=5) == {"idTagInfo": {"status": "Accepted"}}
    settings.OCPP_STRICT = True
    async with connected() as wire:
        answer = await wire.call("Authorize", idTag=5)
        assert answer[2] == "TypeConstraintViolation"
        answer = await wire.call("Authorize", idTag="5", vendor="x")
        assert answer[2] == "FormationViolation"


async def test_a_tolerated_form_is_noted_once_in_a_connection() -> None:
    async with connected() as wire:
        for number in range(5):
            await wire.call("Authorize", idTag=number, vendor="x")
    found: list[Anomaly] = await in_thread(rows, Anomaly)
    assert [(a.kind, a.action) for a in found] == [("tolerated", "Authorize")] * 2
    async with connected() as wire:
        await wire.call("Authorize", idTag=1)
    assert len(await in_thread(rows, Anomaly)) == 3


async def test_one_bad_value_costs_no_other() -> None:
    sampled: list[Any] = [{"value": "1"}, {"value": "1", "unit": "ell"}, 5, {"value": "NaN"}]
    moments = [{"timestamp": NOON_TEXT, "sampledValue": sampled}, {"timestamp": NOON_TEXT}]
    async with connected() as wire:
        assert await wire.call("MeterValues", connectorId=1, meterValue=moments) == {}
    readings: list[MeterReading] = await in_thread(rows, MeterReading)
    assert [(reading.value, reading.raw) for reading in readings] == [
        (1, ""),
        (1, ""),
        (None, "NaN"),
    ]
    kinds = [anomaly.kind for anomaly in await in_thread(rows, Anomaly)]
    assert sorted(kinds) == [*["bad_value"] * 3, "tolerated"]


# --- the message log ---------------------------------------------------------------------------


async def test_a_message_is_logged_as_it_went_over_the_wire() -> None:
    text = ' [2, "id-1",\t"Authorize", {"idTag": "\\u00e4\\\\N"}]'
    async with connected() as wire:
        answer = await wire.ask(text)
        message: Message = await in_thread(only, Message)
    assert (message.request, json.loads(message.answer)) == (text, answer)
    assert (message.direction, message.action) == (Message.Direction.IN, "Authorize")
    assert (message.message_id, message.error_code) == ("id-1", "")
    assert message.answer_time is not None
    assert message.time <= message.answer_time
