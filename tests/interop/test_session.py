"""A charge point that nobody here wrote completes a session against the real server."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.interop import stories
from tests.interop.foreign import ForeignChargePoint
from tests.support.server import ServerProcess

CHARGER = "INTEROP-1"
ANSWERS = {"RemoteStopTransaction": {"status": "Accepted"}}


def test_a_whole_session(server: ServerProcess, library: str) -> None:
    provisions = stories.provide(server, CHARGER)
    before = provisions.balance_kwh
    assert before == stories.CREDIT_KWH

    with ForeignChargePoint(library, f"{server.ws_url}/ws/ocpp", CHARGER, ANSWERS) as charge_point:
        assert charge_point.subprotocol == "ocpp1.6"
        transaction_id, moments = charge(charge_point)
        energy_wh = stories.MOMENTS * stories.WH_PER_MOMENT
        assert stories.balance_kwh(server, provisions.account_id) == before - kwh(energy_wh)

        stopping(server, charge_point, provisions.token, transaction_id)
        energy_wh, data = stop(charge_point, transaction_id, moments)
    assert charge_point.complaints == []

    assert stories.stored(server.database, transaction_id) == stories.expected([*moments, *data])
    check_transaction(server, transaction_id, provisions.account_id, energy_wh)
    assert stories.balance_kwh(server, provisions.account_id) == before - kwh(energy_wh)
    assert "Traceback" not in server.output()


def kwh(wh: int) -> Decimal:
    """Wh as kWh."""
    return Decimal(wh) / 1000


def charge(charge_point: ForeignChargePoint) -> tuple[int, list[dict[str, Any]]]:
    """From boot to the last periodic values; returns the transaction and those values."""
    boot = charge_point.call(
        "BootNotification",
        {"chargePointVendor": "Foreign", "chargePointModel": "M1", "firmwareVersion": "1.0"},
    )
    assert boot["status"] == "Accepted"
    assert boot["interval"] > 0
    charge_point.call("Heartbeat", {})
    for connector, status in [(0, "Available"), (1, "Available"), (1, "Preparing")]:
        charge_point.call(
            "StatusNotification",
            {"connectorId": connector, "errorCode": "NoError", "status": status},
        )

    def authorization(card: str) -> str:
        answer = charge_point.call("Authorize", {"idTag": card})
        word: str = answer["idTagInfo"]["status"]
        return word

    assert authorization("DEADBEEF") == "Invalid"
    assert authorization(stories.POOR_CARD) == "Blocked"
    assert authorization(stories.CARD) == "Accepted"

    start = stories.started_at()
    started = charge_point.call(
        "StartTransaction",
        {
            "connectorId": 1,
            "idTag": stories.CARD,
            "meterStart": stories.METER_START_WH,
            "timestamp": stories.text(start),
        },
    )
    assert started["idTagInfo"]["status"] == "Accepted"
    moments = [stories.moment(start, number + 1) for number in range(stories.MOMENTS)]
    for moment in moments:
        charge_point.call(
            "MeterValues",
            {
                "connectorId": 1,
                "transactionId": started["transactionId"],
                "meterValue": [moment],
            },
        )
    return started["transactionId"], moments


def stopping(
    server: ServerProcess, charge_point: ForeignChargePoint, token: str, transaction_id: int
) -> None:
    """The operator stops the session through REST."""
    path = f"/ocpp/chargers/{CHARGER}/action/"
    status, problem = server.request("POST", path, {"action": "remote_stop"})
    assert (status, list(problem)) == (401, ["detail"])
    status, answer = server.request("POST", path, {"action": "remote_stop"}, token=token)
    assert status == 200, answer
    assert answer["answer"] == {"status": "Accepted"}
    assert charge_point.command() == (
        "RemoteStopTransaction",
        {"transactionId": transaction_id},
    )


def stop(
    charge_point: ForeignChargePoint, transaction_id: int, moments: list[dict[str, Any]]
) -> tuple[int, list[dict[str, Any]]]:
    """The charge point ends the transaction; returns its energy (Wh) and its last data."""
    first = stories.moment_of(moments[0]["timestamp"].replace("Z", ""))
    end = first + timedelta(minutes=stories.MOMENTS)
    meter_stop = stories.METER_START_WH + stories.MOMENTS * stories.WH_PER_MOMENT + 17
    data = stories.stop_data(first - timedelta(minutes=1), end, meter_stop)
    charge_point.call(
        "StopTransaction",
        {
            "transactionId": transaction_id,
            "idTag": stories.CARD,
            "meterStop": meter_stop,
            "timestamp": stories.text(end),
            "reason": "Remote",
            "transactionData": data,
        },
    )
    for status in ("Finishing", "Available"):
        charge_point.call(
            "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": status}
        )
    return meter_stop - stories.METER_START_WH, data


def check_transaction(
    server: ServerProcess, transaction_id: int, account_id: int, energy_wh: int
) -> None:
    """The transaction's row, read without the project, says what the charge point said."""
    (row,) = server.database.query(
        "SELECT c.charger_id, t.connector_id, t.state, t.id_tag, r.rfid, t.account_id, "
        "t.meter_start, t.meter_stop, t.energy_wh, t.reason, t.needs_review "
        "FROM ocpp_transaction t JOIN ocpp_charger c ON c.id = t.charger_id "
        "JOIN accounts_rfid r ON r.id = t.rfid_id WHERE t.id = %s",
        [transaction_id],
    )
    start = stories.METER_START_WH
    assert row == (
        *(CHARGER, 1, "completed", stories.CARD, stories.CARD, account_id),
        *(start, start + energy_wh, energy_wh, "Remote", False),
    )
    ((times,),) = server.database.query(
        "SELECT COUNT(*) FROM ocpp_transaction WHERE start_time < stop_time AND id = %s",
        [transaction_id],
    )
    assert times == 1
    assert server.database.query("SELECT COUNT(*) FROM ocpp_transaction") == [(1,)]
