"""The simulated charge point against the real server, and against the standard's own schemas."""

import asyncio
import http.cookiejar
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from ocpp.simulator import ChargePointSimulator, ErrorKind, Phase, SimulatorConfig, SimulatorError
from tests.interop import stories
from tests.support.server import ServerProcess

CHARGER = "SIM-1"
#: Simulated seconds in a real one: ten minutes of charging pass in two seconds.
FAST = 300


def simulator(server: ServerProcess, **options: Any) -> ChargePointSimulator:
    """A charge point of the server, in a hurry."""
    values = {
        "ws_port": server.port,
        "cp_path": f"ws/ocpp/{CHARGER}",
        "rfid": stories.CARD,
        "duration_s": 600,
        "interval_s": 60,
        "power_kw": 22,
        "time_scale": FAST,
        **options,
    }
    return ChargePointSimulator(SimulatorConfig(**values))


async def reached(point: ChargePointSimulator, phase: Phase) -> None:
    """Wait until the charge point is in a phase."""
    async with asyncio.timeout(20):
        while point.phase is not phase:  # noqa: ASYNC110  (it is computed, not announced)
            await asyncio.sleep(0.02)


def transactions(server: ServerProcess) -> list[tuple[Any, ...]]:
    """State, reason, account and meter values of every transaction, oldest first."""
    return server.database.query(
        "SELECT state, reason, account_id, meter_start, meter_stop FROM ocpp_transaction "
        "ORDER BY id"
    )


async def test_a_session_reaches_the_ledger(server: ServerProcess) -> None:
    provisions = stories.provide(server, CHARGER)
    server.shell("from ocpp.models import Charger; Charger.objects.update(strict=True)")
    point = simulator(server, register_wh=1_000_000)
    await point._run_session()

    (row,) = transactions(server)
    stop_wh = point.connector.meter.register_wh
    assert row == ("completed", "Local", provisions.account_id, 1_000_000, stop_wh)
    assert 3_000 < point.energy_wh < 3_667
    spent = provisions.balance_kwh - stories.balance_kwh(server, provisions.account_id)
    assert spent * 1000 == point.energy_wh
    # Nine samples of nine values, and the register at begin and end.
    ((readings,),) = server.database.query("SELECT COUNT(*) FROM ocpp_meterreading")
    assert readings == 9 * 9 + 2
    # Even in strict mode there was nothing to tolerate or refuse.
    assert server.database.query("SELECT kind, detail FROM ocpp_anomaly") == []
    assert (point.counters.refused, point.counters.unreadable) == (0, 0)


async def test_a_card_without_credit_is_refused(server: ServerProcess) -> None:
    stories.provide(server, CHARGER)
    with pytest.raises(SimulatorError) as caught:
        await simulator(server, rfid=stories.POOR_CARD)._run_session()
    assert caught.value.kind is ErrorKind.CARD
    assert transactions(server) == []


async def test_staff_start_and_stop_it_over_rest(server: ServerProcess) -> None:
    token = stories.provide(server, CHARGER).token
    point = simulator(server, autostart=False, duration_s=1_000_000)
    session = asyncio.create_task(point._run_session())

    async def command(body: dict[str, Any]) -> Any:
        path = f"/ocpp/chargers/{CHARGER}/action/"
        return await asyncio.to_thread(server.request, "POST", path, body, token=token)

    await reached(point, Phase.AVAILABLE)
    status, answer = await command({"action": "remote_start", "id_tag": stories.CARD})
    assert (status, answer["answer"]) == (200, {"status": "Accepted"}), answer
    await reached(point, Phase.CHARGING)
    status, answer = await command({"action": "trigger_message", "requested_message": "Heartbeat"})
    assert (status, answer["answer"]) == (200, {"status": "Accepted"}), answer
    status, answer = await command({"action": "remote_stop"})
    assert (status, answer["answer"]) == (200, {"status": "Accepted"}), answer
    await asyncio.wait_for(session, 20)
    assert [row[:2] for row in transactions(server)] == [("completed", "Remote")]


async def test_a_killed_server_loses_no_energy(server: ServerProcess) -> None:
    provisions = stories.provide(server, CHARGER)
    point = simulator(server, duration_s=1_500)
    session = asyncio.create_task(point._run_session())
    await reached(point, Phase.CHARGING)
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)
    await asyncio.wait_for(session, 60)

    (row,) = transactions(server)
    assert row[:2] == ("completed", "Local")
    spent = provisions.balance_kwh - stories.balance_kwh(server, provisions.account_id)
    assert spent * 1000 == point.energy_wh


def test_the_command(server: ServerProcess) -> None:
    server.shell("from ocpp.models import Charger; Charger.objects.create(charger_id='SIM1')")
    arguments = ["--port", str(server.port), "--count", "5", "--duration", "60"]
    output = server.manage("simulate", *arguments, "--time-scale", "100")
    assert "5 of 5 charge points completed, 0 failed; 5 sessions" in output
    assert [row[:2] for row in transactions(server)] == [("completed", "Local")] * 5


class Staff:
    """A browser in which an administrator is logged in."""

    def __init__(self, server: ServerProcess, simulator_pk: int) -> None:
        self._server = server
        self._pk = simulator_pk
        self._cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self._cookies)
        )
        self.get("/admin/login/")
        assert "/admin/logout/" in self.post(
            "/admin/login/?next=/admin/", {"username": "admin", "password": "secret"}
        )

    def get(self, path: str) -> str:
        """A page."""
        with self._opener.open(self._server.url + path, timeout=20) as response:
            text: str = response.read().decode()
        return text

    def post(self, path: str, fields: dict[str, Any]) -> str:
        """The page after a form."""
        token = next(cookie.value for cookie in self._cookies if cookie.name == "csrftoken")
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        request = urllib.request.Request(  # noqa: S310  (our own loopback server)
            self._server.url + path, body, {"Referer": self._server.url}
        )
        with self._opener.open(request, timeout=20) as response:
            text: str = response.read().decode()
        return text

    def act(self, action: str) -> None:
        """Start or stop the simulator."""
        self.post("/admin/ocpp/simulator/", {"action": action, "_selected_action": self._pk})

    def until(self, pattern: str) -> str:
        """The state in the list of simulators, once it matches."""
        deadline = time.monotonic() + 25
        while True:
            (shown,) = re.findall(
                r'field-shown_state">([^<]*)<', self.get("/admin/ocpp/simulator/")
            )
            if re.fullmatch(pattern, shown):
                return str(shown)
            assert time.monotonic() < deadline, shown
            time.sleep(0.2)  # between two looks at the page


@pytest.fixture
def make_staffed(make_server: Any) -> Callable[..., tuple[ServerProcess, Staff]]:
    """Starts a server with an administrator and a simulator that charges at that very server."""

    def make(*, runserver: bool) -> tuple[ServerProcess, Staff]:
        words = {"LANGUAGE_CODE": "en", "SECURE_COOKIES": "0"}
        server: ServerProcess = make_server(runserver=runserver, environment=words).start()
        pk = server.shell(
            f"""
from accounts.models import User
from ocpp.models import Simulator
User.objects.create_superuser("admin", password="secret")
answer(Simulator.objects.create(
    name="Patio", cp_path="SIM-9", ws_port={server.port}, duration_s=3600, interval_s=1).pk)
"""
        )
        return server, Staff(server, pk)

    return make


def test_the_admin_tells_the_truth_after_a_kill(make_staffed: Any) -> None:
    server, staff = make_staffed(runserver=False)
    staff.act("start")
    staff.until("Running: Charging")

    server.kill()
    server.start()
    staff.until("Not running: its process has ended")
    staff.act("start")
    staff.until("Running: Charging")
    staff.act("stop")
    staff.until("Finished")
    lost, stopped = transactions(server)
    # The start of a new transaction closes the one that the dead process left open.
    assert (lost[0], stopped[:2]) == ("lost", ("completed", "Local"))


def test_a_server_that_stops_takes_its_simulators_with_it(make_staffed: Any) -> None:
    server, staff = make_staffed(runserver=True)
    staff.act("start")
    staff.until("Running: Charging")
    server.stop()
    ((state,),) = server.database.query("SELECT run_state FROM ocpp_simulator")
    assert state in ("finished", "failed")
    assert "Traceback" not in server.output()
