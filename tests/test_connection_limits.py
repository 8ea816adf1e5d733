"""Limits on connecting, over the real socket of both servers: who is to come later, and who not."""

import time
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.support.fixtures import ServerMaker
from tests.support.server import ServerProcess
from tests.support.wire import connected

#: What the servers of these tests allow. Nobody is new to one whose chargers were made before.
TIGHT = {
    "OCPP_START_GRACE_S": "0",
    "OCPP_CONNECTS_A_MINUTE": "4",
    "OCPP_HANDSHAKES_PER_ADDRESS_A_SECOND": "2",
    "OCPP_LEASE_S": "1",
}
CHARGERS = """
from ocpp.models import Charger
for number in range(12):
    Charger.objects.create(charger_id=f"SITE{number}")
"""
HITS = """
from ocpp.models import ServerProcess
answer([one.limits_hit for one in ServerProcess.objects.all()])
"""
PATIENCE_S = 20
FLOODER, SITE = "127.0.0.9", "127.0.0.8"


def status(server: ServerProcess, charger_id: str, source: str) -> tuple[int, str | None]:
    """The status of a handshake, with what Retry-After says."""
    try:
        with connected(server.ws_url, charger_id, source=source) as wire:
            assert wire.is_alive()
            return 101, None
    except InvalidStatus as refused:
        return refused.response.status_code, refused.response.headers.get("Retry-After")


def counted(server: ServerProcess, name: str) -> int:
    """How often a limit was hit, as the running server has stored it by now."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        rows: list[dict[str, Any]] = server.shell(HITS) or []
        if found := sum(row.get(name, 0) for row in rows):
            return found
    return 0


@pytest.mark.parametrize("runserver", [False, True], ids=["serve", "runserver"])
def test_a_flapping_charger_and_a_flooding_address(
    make_server: ServerMaker, runserver: bool
) -> None:
    options: dict[str, Any] = {"runserver": True} if runserver else {"serve": []}
    server = make_server(environment=TIGHT, **options)
    server.shell(CHARGERS)
    server.start()
    # Strangers of one address: most of them are to come later.
    flood = [status(server, f"NEW{number}", FLOODER) for number in range(20)]
    assert {code for code, _ in flood} == {101, 429}
    refused = [after for code, after in flood if code == 429]
    assert refused
    assert {after for after in refused if after is not None} == {"1"}
    # A site comes back at once through one address, the flooder's too: it is let in.
    for source in (SITE, FLOODER):
        assert {status(server, f"SITE{n}", source)[0] for n in range(12)} == {101}
    # One of them flaps. It rests, at this address.
    codes = [status(server, "SITE1", SITE) for _ in range(4)]
    assert [code for code, _ in codes] == [101, 101, 101, 429]
    assert codes[-1][1] in ("299", "300")
    assert status(server, "SITE2", SITE)[0] == 101
    assert status(server, "SITE1", "127.0.0.7")[0] == 101
    assert counted(server, "flapping") == 1
    assert counted(server, "handshakes_per_address") == len(refused)
    assert "Traceback" not in server.output()
