"""Firmware, uploads, local lists and triggers, with charge points that nobody here wrote."""

import urllib.error
import urllib.request
from typing import Any

from tests.interop import stories
from tests.interop.foreign import ForeignChargePoint
from tests.support.fixtures import ServerMaker

CHARGER = "INTEROP-3"
ELSEWHERE = "ftp://files.example/in"
CONTENT = bytes(range(256)) * 4000

ACCEPTED = {"status": "Accepted"}
#: Body of the REST request -> action and payload on the wire, answer, what REST tells of it.
COMMANDS: list[tuple[dict[str, Any], str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (
        {
            "action": "update_firmware",
            "location": ELSEWHERE,
            "retrieve_date": "2026-05-01T06:00:00-06:00",
            "retries": 2,
            "retry_interval": 60,
        },
        "UpdateFirmware",
        {
            "location": ELSEWHERE,
            "retrieveDate": "2026-05-01T12:00:00Z",
            "retries": 2,
            "retryInterval": 60,
        },
        {},
        {},
    ),
    (
        {"action": "get_diagnostics", "location": ELSEWHERE, "start_time": "2026-05-01T12:00:00Z"},
        "GetDiagnostics",
        {"location": ELSEWHERE, "startTime": "2026-05-01T12:00:00Z"},
        {"fileName": "d.zip"},
        {"file_name": "d.zip"},
    ),
    (
        {"action": "send_local_list"},
        "SendLocalList",
        {
            "listVersion": 1,
            "updateType": "Full",
            "localAuthorizationList": [
                {"idTag": tag, "idTagInfo": {"status": "Accepted"}}
                for tag in (stories.CARD, stories.POOR_CARD)
            ],
        },
        ACCEPTED,
        ACCEPTED,
    ),
    (
        {"action": "get_local_list_version"},
        "GetLocalListVersion",
        {},
        {"listVersion": 1},
        {"list_version": 1},
    ),
    (
        {
            "action": "extended_trigger_message",
            "requested_message": "SignChargePointCertificate",
        },
        "ExtendedTriggerMessage",
        {"requestedMessage": "SignChargePointCertificate"},
        {"status": "NotImplemented"},
        {"status": "NotImplemented"},
    ),
]


def test_every_command(make_server: ServerMaker, library: str) -> None:
    server = make_server().start()
    token = stories.provide(server, CHARGER).token
    path = f"/ocpp/chargers/{CHARGER}/action/"
    answers = {action: answer for _, action, _, answer, _ in COMMANDS}
    with ForeignChargePoint(library, server.ws_url, CHARGER, answers) as charge_point:
        charge_point.call("Heartbeat", {})
        for body, action, payload, _, expected in COMMANDS:
            status, told = server.request("POST", path, body, token=token)
            assert status == 200, told
            assert told["answer"] == expected
            assert charge_point.command() == (action, payload)
        body = {"action": "send_local_list", "update_type": "Differential"}
        status, told = server.request("POST", path, body, token=token)
        assert (status, told["detail"]) == (
            409,
            f"{CHARGER} has all cards as they are (version 1).",
        )
    assert charge_point.complaints == []
    assert "Traceback" not in server.output()


def _put(url: str, content: bytes) -> int:
    request = urllib.request.Request(url, content, method="PUT")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_a_log_comes_to_this_node(make_server: ServerMaker, library: str) -> None:
    server = make_server(environment={"OCPP_UPLOAD_MAX_MB": "2"})
    server.environment["SITE_URL"] = server.url
    server.start()
    token = stories.provide(server, CHARGER).token
    answers = {"GetLog": {"status": "Accepted", "filename": "s.log"}}
    with ForeignChargePoint(library, server.ws_url, CHARGER, answers) as charge_point:
        charge_point.call("Heartbeat", {})
        status, told = server.request(
            "POST",
            f"/ocpp/chargers/{CHARGER}/action/",
            {"action": "get_log", "log_type": "SecurityLog"},
            token=token,
        )
        assert (status, told["answer"]) == (200, {"status": "Accepted", "file_name": "s.log"})
        _, payload = charge_point.command()
        number = payload["requestId"]
        assert number == told["command"]
        url = payload["log"]["remoteLocation"]
        charge_point.call("LogStatusNotification", {"status": "Uploading", "requestId": number})
        assert _put(f"{url}s.log", b"x" * 2_000_001) == 413
        assert _put(f"{url}s.log", CONTENT) == 201
        assert _put(f"{url}s.log", CONTENT) == 404
        charge_point.call("LogStatusNotification", {"status": "Uploaded", "requestId": number})
    received = server.shell(
        """
from ocpp.domain import uploads
from ocpp.models import UploadSlot
slot = UploadSlot.objects.select_related("charger").get()
content = uploads.path_of(slot).read_bytes()
answer([slot.charger.log_status, slot.file_name, slot.size, content[:256].hex()])
"""
    )
    assert received == ["Uploaded", "s.log", len(CONTENT), CONTENT[:256].hex()]
    shown = server.request("GET", f"/ocpp/chargers/{CHARGER}/", token=token)[1]
    secret = url.split("/")[-2]
    assert secret not in str(shown)
    assert charge_point.complaints == []
    assert "Traceback" not in server.output()


def test_a_long_list_goes_out_in_parts(make_server: ServerMaker, library: str) -> None:
    server = make_server().start()
    token = stories.provide(server, CHARGER).token
    path = f"/ocpp/chargers/{CHARGER}/action/"
    limit = {"key": "SendLocalListMaxLength", "readonly": True, "value": "1"}
    answers: dict[str, dict[str, Any]] = {
        "GetConfiguration": {"configurationKey": [limit]},
        "SendLocalList": ACCEPTED,
    }
    with ForeignChargePoint(library, server.ws_url, CHARGER, answers) as charge_point:
        charge_point.call("Heartbeat", {})
        for body in ({"action": "get_configuration"}, {"action": "send_local_list"}):
            assert server.request("POST", path, body, token=token)[0] == 200
        assert charge_point.command()[0] == "GetConfiguration"
        for number, (kind, tag) in enumerate(
            [("Full", stories.CARD), ("Differential", stories.POOR_CARD)], 1
        ):
            entry = {"idTag": tag, "idTagInfo": {"status": "Accepted"}}
            assert charge_point.command() == (
                "SendLocalList",
                {"listVersion": number, "updateType": kind, "localAuthorizationList": [entry]},
            )
        charge_point.call("Heartbeat", {})
    assert charge_point.complaints == []
    assert "Traceback" not in server.output()
