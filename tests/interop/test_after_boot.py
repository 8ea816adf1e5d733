"""A foreign library whose configuration is read, and raised, after its boot."""

from typing import Any

from ocpp.domain import configuration_keys
from tests.interop.foreign import ForeignChargePoint
from tests.support.fixtures import ServerMaker

CHARGER = "AFTER-BOOT"


def test_its_configuration_is_read_after_its_boot(make_server: ServerMaker, library: str) -> None:
    on = {"OCPP_READ_CONFIGURATION": "1", "OCPP_READ_CONFIGURATION_DELAY_S": "0"}
    server = make_server(environment=on).start()
    keys: list[dict[str, Any]] = [
        {"key": key, "value": "90", "readonly": False} for key in configuration_keys.REQUIRED
    ]
    for entry in keys:
        if entry["key"] == "TransactionMessageAttempts":
            entry["value"] = "3"
    answers: dict[str, dict[str, Any]] = {
        "GetConfiguration": {"configurationKey": keys},
        "ChangeConfiguration": {"status": "Accepted"},
        "TriggerMessage": {"status": "Accepted"},
    }
    with ForeignChargePoint(library, server.ws_url, CHARGER, answers) as charge_point:
        boot = {"chargePointVendor": "Foreign", "chargePointModel": "M1"}
        assert charge_point.call("BootNotification", boot)["status"] == "Accepted"
        assert charge_point.command() == ("GetConfiguration", {})
        raised = {"key": "TransactionMessageAttempts", "value": "10"}
        assert charge_point.command() == ("ChangeConfiguration", raised)
        # A decision of staff reaches it too.
        server.shell(
            "from ocpp.models import Charger\n"
            "from ocpp.choices import Registration\n"
            "from ocpp.domain import registration\n"
            f"charger = Charger.objects.get(charger_id='{CHARGER}')\n"
            "registration.decide(charger, Registration.PENDING)\n"
        )
        asked = {"requestedMessage": "BootNotification"}
        assert charge_point.command() == ("TriggerMessage", asked)
        answer = charge_point.call("BootNotification", boot)
        assert (answer["status"], answer["interval"]) == ("Pending", 60)
    assert charge_point.complaints == []
    assert "Traceback" not in server.output()
