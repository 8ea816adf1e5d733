"""Group, expiry and number of transactions of a card, and a local list that keeps itself."""

from typing import Any

from tests.interop import stories
from tests.interop.foreign import ForeignChargePoint
from tests.support.fixtures import ServerMaker
from tests.support.server import ServerProcess

CHARGER = "INTEROP-5"
FOUND = "04DD0001"
END = "2099-01-31T12:00:00Z"
ANSWERS: dict[str, dict[str, Any]] = {
    "GetLocalListVersion": {"listVersion": 0},
    "SendLocalList": {"status": "Accepted"},
}
INFO = {"status": "Accepted", "expiryDate": END, "parentIdTag": "FLEET"}
EXPIRED = {"status": "Expired", "expiryDate": "2020-01-31T12:00:00Z"}


def _prepare(server: ServerProcess) -> None:
    """A card of a group, for one transaction at a time, and an expired one of the same group."""
    server.shell(
        f"""
from accounts.models import RFID
from ocpp.models import Charger
RFID.objects.update(parent="fleet", expires={END!r}, max_concurrent=1)
RFID.objects.filter(rfid={stories.POOR_CARD!r}).update(expires="2020-01-31T12:00:00Z")
for charger in Charger.objects.all():
    charger.local_list_upkeep = "always"
    charger.save()
answer(None)
"""
    )


def _list(number: int, kind: str, **entries: Any) -> tuple[str, dict[str, Any]]:
    listed = [{"idTag": tag, "idTagInfo": info} for tag, info in sorted(entries.items())]
    payload = {"listVersion": number, "updateType": kind, "localAuthorizationList": listed}
    return "SendLocalList", payload


def test_what_is_told_of_a_card_and_the_list_that_keeps_itself(
    make_server: ServerMaker, library: str
) -> None:
    server = make_server().start()
    token = stories.provide(server, CHARGER).token
    _prepare(server)
    with ForeignChargePoint(library, server.ws_url, CHARGER, ANSWERS) as charge_point:
        assert charge_point.command() == ("GetLocalListVersion", {})
        both = {stories.CARD: INFO, stories.POOR_CARD: EXPIRED}
        assert charge_point.command() == _list(1, "Full", **both)
        _charge(charge_point)

        # Another process blocks a card: nobody asks, and the charge point is told.
        server.shell(
            "from accounts.models import RFID\n"
            f"answer(RFID.objects.filter(rfid={stories.CARD!r}).update(allowed=False))"
        )
        blocked = {"status": "Blocked", "expiryDate": END}
        assert charge_point.command() == _list(2, "Differential", **{stories.CARD: blocked})
        answer = charge_point.call("Authorize", {"idTag": stories.CARD})
        assert answer == {"idTagInfo": blocked}

        # A tag that nobody knows is adopted.
        assert charge_point.call("Authorize", {"idTag": FOUND.lower()}) == {
            "idTagInfo": {"status": "Invalid"}
        }
        _, inbox = server.request("GET", "/ocpp/unknown-tags/", token=token)
        (found,) = inbox["tags"]
        assert (found["tag"], found["charger_id"], found["times"]) == (FOUND, CHARGER, 1)
        server.shell(
            "from django.contrib.auth.models import Permission\n"
            "from accounts.models import User\n"
            "operator = User.objects.get(username='operator')\n"
            "operator.user_permissions.add(Permission.objects.get(codename='add_rfid'))\n"
            "answer(None)"
        )
        path = f"/ocpp/unknown-tags/{found['id']}/adopt/"
        status, card = server.request("POST", path, {"user": "rich"}, token=token)
        assert (status, card) == (201, {"rfid": FOUND, "user": "rich", "allowed": True})
        accepted = {"status": "Accepted"}
        assert charge_point.command() == _list(3, "Differential", **{FOUND: accepted})
        assert charge_point.call("Authorize", {"idTag": FOUND}) == {"idTagInfo": accepted}
        charge_point.call("Heartbeat", {})
    assert charge_point.complaints == []
    assert "Traceback" not in server.output()
    _, shown = server.request("GET", f"/ocpp/chargers/{CHARGER}/", token=token)
    assert (shown["local_list_version"], shown["local_list"]["problem"]) == (3, "")


def _charge(charge_point: ForeignChargePoint) -> None:
    def start(connector: int) -> dict[str, Any]:
        return charge_point.call(
            "StartTransaction",
            {
                "connectorId": connector,
                "idTag": stories.CARD,
                "meterStart": stories.METER_START_WH,
                "timestamp": stories.text(stories.started_at()),
            },
        )

    assert charge_point.call("Authorize", {"idTag": stories.CARD}) == {"idTagInfo": INFO}
    assert charge_point.call("Authorize", {"idTag": stories.POOR_CARD}) == {"idTagInfo": EXPIRED}
    first, second = start(1), start(2)
    assert first["idTagInfo"] == INFO
    assert second["idTagInfo"] == {**INFO, "status": "ConcurrentTx"}
    stopped = charge_point.call(
        "StopTransaction",
        {
            "transactionId": first["transactionId"],
            "idTag": stories.CARD,
            "meterStop": stories.METER_START_WH + 5,
            "timestamp": stories.text(stories.started_at()),
        },
    )
    assert stopped == {"idTagInfo": INFO}
