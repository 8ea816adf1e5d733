"""The command `simulate`, mostly as a process of its own."""

import os
import pty
import re
import signal
import subprocess
import sys
import threading

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from ocpp.domain.simulators import rows
from ocpp.models.simulator import SimulatorState
from ocpp.tests.domain.simulators.conftest import make_row, threaded_central, until

__all__ = ["make_row", "threaded_central"]

FAST = ["--duration", "60", "--interval", "10", "--time-scale", "500"]
LONG = ["--duration", "1000000", "--interval", "0.1"]


@pytest.fixture
def simulate(threaded_central):
    """Starts the command against the central system; ends what is left of it."""
    started = []

    def run(*arguments, environment=None, **options):
        port = ["--port", str(threaded_central.port)]
        process = subprocess.Popen(
            [sys.executable, "manage.py", "simulate", *port, *arguments],
            cwd=settings.BASE_DIR,
            env={
                **os.environ,
                "SECRET_KEY": "x" * 50,
                "LANGUAGE_CODE": "en",
                **(environment or {}),
            },
            stdin=subprocess.DEVNULL,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options},
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended(process):
    """Exit code, output and errors of a process that has ended."""
    output, errors = process.communicate(timeout=30)
    return process.returncode, output, errors


def test_many_complete(simulate, threaded_central):
    code, output, errors = ended(
        simulate(
            *("--count", "3", "--path-prefix", "ws/ocpp/P", *FAST),
            *("--rfid", "CAFE0001", "--rfid", "CAFE0002", "--password", "secret"),
        )
    )
    assert (code, errors) == (0, "")
    assert re.search(
        r"^3 of 3 charge points completed, 0 failed; 3 sessions, 0\.\d+ kWh, \d+ messages in",
        output,
        re.MULTILINE,
    )
    assert set(threaded_central.identities) == {f"/ws/ocpp/P{n}" for n in (1, 2, 3)}
    cards = sorted(payload["idTag"] for payload in threaded_central.sent("Authorize"))
    assert cards == ["CAFE0001", "CAFE0001", "CAFE0002"]
    assert all(threaded_central.authorizations)


def test_the_password_may_come_from_the_environment(simulate, threaded_central):
    simulated = simulate(*FAST, environment={"OCPP_SIMULATOR_PASSWORD": "secret"})
    assert ended(simulated)[0] == 0
    assert threaded_central.authorizations == ["Basic U0lNMTpzZWNyZXQ="]


def test_failures_are_told_with_their_reasons(simulate, threaded_central):
    threaded_central.say("Authorize", {"idTagInfo": {"status": "Blocked"}})
    code, output, errors = ended(simulate("--count", "2", *FAST))
    assert code == 1
    assert "1 of 2 charge points completed, 1 failed; 1 sessions" in output
    assert re.search(r"SIM[12]: Authorisation refused for card FFFFFFFF: Blocked\.", errors)
    assert "Traceback" not in errors


def test_one_line_for_one_reason(simulate, threaded_central):
    threaded_central.refuse = 403
    code, _, errors = ended(simulate("--count", "7", "--connects-per-second", "100", *FAST))
    assert code == 1
    (line,) = errors.strip().splitlines()
    assert re.search(r"SIM\d, SIM\d, SIM\d, SIM\d, SIM\d… \(7\): The server refused", line)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_every_transaction(simulate, threaded_central, number):
    process = simulate("--count", "2", "--repeat", *LONG)
    until(lambda: len({p["transactionId"] for p in threaded_central.sent("MeterValues")}) == 2)
    process.send_signal(number)
    code, output, errors = ended(process)
    assert (code, errors) == (0, "")
    assert "Stopping: transactions are being ended." in output
    assert "2 of 2 charge points completed" in output
    reasons = [payload["reason"] for payload in threaded_central.sent("StopTransaction")]
    assert reasons == ["Local", "Local"]


def test_a_second_signal_ends_at_once(simulate, threaded_central):
    threaded_central.say("StopTransaction", None)
    process = simulate(*LONG)
    until(lambda: threaded_central.sent("MeterValues"))
    process.send_signal(signal.SIGINT)
    until(lambda: threaded_central.sent("StopTransaction"))
    process.send_signal(signal.SIGINT)
    code, _, errors = ended(process)
    assert code == 1
    assert "transactions may be open at the server" in errors


def test_a_terminal_gets_one_live_line(simulate, threaded_central):
    ours, theirs = pty.openpty()
    process = simulate("--repeat", *LONG, stdout=theirs, text=False)
    os.close(theirs)
    shown = []

    def read():
        while True:
            try:
                shown.append(os.read(ours, 4096).decode())
            except OSError:
                return

    reader = threading.Thread(target=read)
    reader.start()
    until(lambda: re.search(r"1 of 1 connected, 1 charging, .* messages/s", "".join(shown)))
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    reader.join(10)
    os.close(ours)
    text = "".join(shown)
    before, _, after = text.partition("Stopping")
    assert "\r\x1b[K" in before
    assert "\n" not in before
    assert "1 of 1 charge points completed" in after


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--count", "0"], "0 is below 1"),
        (["--port", "0"], "0 is below 1"),
        (["--port", "70000"], "ws_port is 70000"),
        (["--duration", "0"], "0 is not above zero"),
        (["--power", "nan"], "nan is not above zero"),
        (["--interval", "soon"], "invalid positive value: 'soon'"),
        (["--rfid", "x" * 21], "1 to 20 characters"),
        (["--path-prefix", "x" * 48], "1 to 48 characters"),
    ],
)
def test_wrong_arguments(arguments, words):
    with pytest.raises(CommandError, match=words):
        call_command("simulate", *arguments)


def test_rows_of_the_admin(threaded_central, make_row, monkeypatch, transactional_db, capsys):
    monkeypatch.setattr(rows, "BEAT_S", 0.1)
    row = make_row(ws_port=threaded_central.port, duration_s=2, power_kw=900)
    call_command("simulate", "--row", "Patio")
    row.refresh_from_db()
    assert (row.state, row.sessions) == (SimulatorState.FINISHED, 1)
    told = capsys.readouterr().out
    assert "Patio: Charging, " in told
    assert f"Patio: Finished, {row.energy_wh / 1000:.3f} kWh" in told


def test_rows_that_fail(threaded_central, make_row, transactional_db):
    threaded_central.refuse = 401
    make_row(ws_port=threaded_central.port)
    with pytest.raises(CommandError, match="Patio: The server refused the handshake: 401"):
        call_command("simulate", "--row", "Patio")
    with pytest.raises(CommandError, match="no simulator called “Patioo”"):
        call_command("simulate", "--row", "Patioo")
