"""What a charge point makes of a central system that is absent, refuses, breaks off or errs."""

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ocpp.simulator import ChargePointSimulator, ErrorKind, SimulatorConfig, SimulatorError
from ocpp.tests.simulator.central_system import central_system
from ocpp.tests.simulator.conftest import running

LONG = 1_000_000


async def failure(point):
    """The error with which a session of this charge point ends."""
    with pytest.raises(SimulatorError) as caught:
        await asyncio.wait_for(point._run_session(), 10)
    return caught.value


async def test_nobody_listens():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        error = await failure(ChargePointSimulator(SimulatorConfig(ws_port=port)))
    assert (error.kind, error.detail) == (ErrorKind.REFUSED, f"127.0.0.1:{port}")


async def test_unknown_host():
    error = await failure(ChargePointSimulator(SimulatorConfig(host="nowhere.invalid")))
    assert error.kind is ErrorKind.UNREACHABLE


@pytest.mark.parametrize(
    ("status", "words"), [(401, "401 Unauthorized"), (403, "403 Forbidden"), (404, "404 Not Found")]
)
async def test_refused_handshake(central, make, status, words):
    central.refuse = status
    error = await failure(make())
    assert (error.kind, error.detail) == (ErrorKind.HANDSHAKE, words)
    assert len(central.authorizations) == 1


async def test_a_busy_server_is_asked_again(central, make):
    central.refuse = 503
    async with running(make()):
        await central.until(lambda: len(central.authorizations) == 2)
        central.refuse = None
    assert len(central.sent("StopTransaction")) == 1


async def test_server_without_the_subprotocol(central, make):
    central.subprotocols = None
    error = await failure(make())
    assert (error.kind, error.detail) == (ErrorKind.SUBPROTOCOL, "-")


async def test_no_tls_where_it_was_asked_for(central, make):
    error = await failure(make(ssl=ssl.create_default_context()))
    assert error.kind in (ErrorKind.TLS, ErrorKind.UNREACHABLE)


async def test_tls(tmp_path):
    server, client = tls_contexts(tmp_path)
    async with central_system(ssl=server) as central:
        options: dict[str, Any] = {
            "host": "localhost",
            "ws_port": central.port,
            "duration_s": 20,
            "time_scale": 500,
        }
        await ChargePointSimulator(SimulatorConfig(ssl=client, **options))._run_session()
        assert len(central.sent("StopTransaction")) == 1
        # The system's trust store does not know this certificate.
        error = await failure(ChargePointSimulator(SimulatorConfig(ssl=True, **options)))
    assert error.kind is ErrorKind.TLS
    assert "certificate verify failed" in error.detail


def tls_contexts(folder):
    """A server's and a client's context around a fresh certificate for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "localhost.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=str(path))


async def test_never_accepted(central, make):
    central.say(
        "BootNotification",
        {"status": "Pending", "currentTime": "2025-01-01T00:00:00Z", "interval": 300},
    )
    error = await failure(make())
    assert (error.kind, error.detail) == (ErrorKind.BOOT, "Pending, 300 s")


async def test_no_answer(central, make):
    central.say("Authorize", None)
    error = await failure(make(call_timeout_s=0.1))
    assert (error.kind, error.detail) == (ErrorKind.NO_ANSWER, "Authorize, 0.1 s")


async def test_call_error(central, make):
    central.say("Authorize", ("InternalError", "the database is away"))
    error = await failure(make())
    assert error.kind is ErrorKind.CALL_ERROR
    assert error.detail == "Authorize: InternalError the database is away"


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        ("BootNotification", {"status": "Accepted", "interval": 300}),
        (
            "BootNotification",
            {"status": "Yes", "interval": 300, "currentTime": "2025-01-01T00:00:00Z"},
        ),
        (
            "BootNotification",
            {"status": "Accepted", "interval": 300, "currentTime": "2025-01-01T00:00:00"},
        ),
        ("Authorize", {}),
        ("Authorize", {"idTagInfo": {"status": "Perhaps"}}),
        ("StartTransaction", {"idTagInfo": {"status": "Accepted"}}),
        ("StartTransaction", {"idTagInfo": {"status": "Accepted"}, "transactionId": "1"}),
    ],
)
async def test_answers_against_the_standard(central, make, action, answer):
    central.say(action, answer)
    error = await failure(make())
    assert error.kind is ErrorKind.PROTOCOL
    assert error.detail.startswith(f"{action}.conf")


async def test_transaction_messages_are_sent_again(central, make):
    central.say("StartTransaction", ("InternalError", ""), ("InternalError", ""))
    central.say("MeterValues", ("InternalError", ""))
    central.say("StopTransaction", ("InternalError", ""))
    point = make()
    await point._run_session()
    starts, stops = central.sent("StartTransaction"), central.sent("StopTransaction")
    assert (len(starts), len(stops)) == (3, 2)
    assert starts[0] == starts[2]
    assert stops[0] == stops[1]
    assert len(central.sent("MeterValues")) == 6


async def test_lost_meter_values_fail_the_session_after_its_stop(central, make):
    central.say("MeterValues", *[("FormationViolation", "no")] * 3)
    error = await failure(make())
    assert error.kind is ErrorKind.CALL_ERROR
    assert error.detail == "MeterValues: FormationViolation no"
    assert len(central.sent("StopTransaction")) == 1


async def test_lost_connection_in_a_transaction(central, make):
    point = make(duration_s=600, interval_s=60, time_scale=200)
    async with running(point):
        await central.until(lambda: len(central.sent("MeterValues")) >= 2)
        await central.drop()
    assert len(central.identities) == 2
    assert len(central.sent("BootNotification")) == 2
    # Charging went on meanwhile: it comes back in that status, with every sample.
    statuses = [s["status"] for s in central.sent("StatusNotification") if s["connectorId"] == 1]
    assert statuses.count("Charging") == 2
    assert len(central.sent("StartTransaction")) == len(central.sent("StopTransaction")) == 1
    assert len({str(sample) for sample in central.sent("MeterValues")}) == 9


async def test_lost_connection_before_the_answer_to_a_stop(central, make):
    central.say("StopTransaction", None)
    async with running(make()):
        await central.until(lambda: central.sent("StopTransaction"))
        await central.drop()
    first, second = central.sent("StopTransaction")
    assert first == second


async def test_gives_up_when_nobody_comes_back(central, make):
    point = make(duration_s=LONG, reconnect_s=0.3)
    task = asyncio.create_task(failure(point))
    await central.until(lambda: central.sent("MeterValues"))
    central.refuse = 403
    await central.drop()
    error = await task
    assert (error.kind, error.detail) == (ErrorKind.HANDSHAKE, "403 Forbidden")


async def test_unreadable_frames_are_let_be(central, make):
    point = make(autostart=False)
    async with running(point):
        await central.until(lambda: len(central.sent("StatusNotification")) == 2)
        for frame in ("", "[", "{}", "[3]", '[3,"unknown",{}]', '[4,"unknown","x","y",{}]', b"[2]"):
            await central.send(frame)
        await central.send("[" * 100_000)
        assert await central.call("ClearCache", {}) == {"status": "Accepted"}
        assert point.counters.unreadable == 8
        point.stop()


async def test_cancelled_sessions_leave_nothing_behind(central, make):
    point = make(duration_s=LONG)
    task = asyncio.create_task(point._run_session())
    await central.until(lambda: central.sent("MeterValues"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    ours = [t for t in asyncio.all_tasks() if "simulator/" in str(t.get_coro())]
    assert ours == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"host": ""}, "host is empty"),
        ({"ws_port": 0}, "ws_port is 0"),
        ({"cp_path": "//"}, "cp_path is '//'"),
        ({"cp_path": "x" * 49}, "1 to 48 characters"),
        ({"rfid": ""}, "rfid is ''"),
        ({"rfid": "x" * 21}, "1 to 20 characters"),
        ({"duration_s": 0}, "duration_s is 0"),
        ({"interval_s": -1}, "interval_s is -1"),
        ({"power_kw": 0}, "power_kw is 0"),
        ({"time_scale": 0}, "time_scale is 0"),
        ({"register_wh": -1}, "register_wh is -1"),
    ],
)
def test_impossible_configurations(options, words):
    with pytest.raises(ValueError, match=words):
        SimulatorConfig(**options)


def test_address():
    config = SimulatorConfig(host="::1", ws_port=9000, cp_path="/a b/CP ü/", ssl=True)
    assert config.identity == "CP ü"
    assert config.url == "wss://[::1]:9000/a%20b/CP%20%C3%BC/"


def test_the_password_is_not_shown():
    assert "secret" not in repr(SimulatorConfig(password="secret"))
