"""The simulated charge point does what the real server tells it over REST, file transfers too."""

import asyncio
from typing import Any

from ocpp.simulator import ChargePointSimulator, Phase, SimulatorConfig
from tests.interop import stories
from tests.support.fixtures import ServerMaker
from tests.support.server import ServerProcess

CHARGER = "SIM-2"
FAST = 300


class Told:
    """Staff with a token, and the simulator's row."""

    def __init__(self, server: ServerProcess, token: str) -> None:
        self._server = server
        self._token = token

    async def command(self, action: str, **arguments: Any) -> Any:
        """What the charge point answered."""
        status, told = await asyncio.to_thread(
            self._server.request,
            "POST",
            f"/ocpp/chargers/{CHARGER}/action/",
            {"action": action, **arguments},
            token=self._token,
        )
        assert status == 200, (action, told)
        return told["answer"]

    async def column(self, name: str, value: Any) -> None:
        """Wait until a column of the charger holds something."""
        found = None
        try:
            async with asyncio.timeout(30):
                while found != value:
                    rows = self._server.database.query(
                        f"SELECT {name} FROM ocpp_charger WHERE charger_id = %s",  # noqa: S608
                        [CHARGER],
                    )
                    found = rows[0][0]
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{name} is {found!r}, not {value!r}") from None


async def reached(point: ChargePointSimulator, phase: Phase) -> None:
    """Wait until the charge point is in a phase."""
    async with asyncio.timeout(20):
        while point.phase is not phase:  # noqa: ASYNC110  (it is computed, not announced)
            await asyncio.sleep(0.02)


async def test_it_does_what_it_is_told(make_server: ServerMaker) -> None:
    server = make_server()
    server.environment["SITE_URL"] = server.url
    await asyncio.to_thread(server.start)
    token = (await asyncio.to_thread(stories.provide, server, CHARGER)).token
    number = await asyncio.to_thread(
        server.shell,
        "from ocpp.domain import firmware_files\n"
        "answer(firmware_files.store('two.bin', [b'firmware 2'], '', None).pk)",
    )
    staff = Told(server, token)
    accepted = {"status": "Accepted"}
    point = ChargePointSimulator(
        SimulatorConfig(
            ws_port=server.port,
            cp_path=CHARGER,
            autostart=False,
            duration_s=1_000_000,
            interval_s=60,
            power_kw=11,
            time_scale=FAST,
        )
    )
    session = asyncio.create_task(point._run_session())
    await reached(point, Phase.AVAILABLE)

    assert await staff.command("send_local_list") == accepted
    assert (await staff.command("get_local_list_version"))["list_version"] >= 1

    assert await staff.command("get_diagnostics")
    await staff.column("diagnostics_status", "Uploaded")
    assert (await staff.command("get_log", log_type="SecurityLog"))["status"] == "Accepted"
    await staff.column("log_status", "Uploaded")
    await staff.command("update_firmware", firmware=number)
    await staff.column("firmware_status", "Installed")
    await reached(point, Phase.AVAILABLE)

    reserved = await staff.command("reserve", id_tag=stories.CARD, connector_id=1, minutes=30)
    assert reserved == accepted
    await reached(point, Phase.RESERVED)
    assert await staff.command("remote_start", id_tag="BEEF0001") == {"status": "Rejected"}
    assert await staff.command("remote_start", id_tag=stories.CARD, connector_id=1) == accepted
    await reached(point, Phase.CHARGING)
    (used,) = server.database.query("SELECT state FROM ocpp_reservation")
    assert used == ("used",)

    profile = {"connector_id": 1, "purpose": "TxDefaultProfile", "kind": "Relative", "unit": "A"}
    periods = [{"start": 0, "limit": 10, "phases": 3}]
    assert await staff.command("set_charging_profile", **profile, periods=periods) == accepted
    schedule = await staff.command("get_composite_schedule", connector_id=1, duration=60, unit="A")
    assert [(one["start"], one["limit"]) for one in schedule["periods"]] == [(0, 10.0)]
    assert await staff.command("clear_charging_profile", connector_id=1) == accepted

    assert await staff.command("remote_stop") == accepted
    await asyncio.wait_for(session, 30)
    assert (point.counters.refused, point.counters.unreadable) == (0, 0)
    assert server.database.query("SELECT kind, detail FROM ocpp_anomaly") == []
    assert "Traceback" not in server.output()
