"""Security profiles 0 to 3 on one address: real TLS, real certificates, real charge points.

The production server (`manage.py serve`) reads the certificates itself; `test_nginx.py` has the
same behind a proxy.
"""

import base64
import json
import signal
import socket
import ssl
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from tests.interop.foreign import ForeignChargePoint
from tests.support.certificates import DAY, Authority, Identity
from tests.support.databases import Database
from tests.support.fixtures import ServerMaker
from tests.support.secure_wire import connected
from tests.support.server import ServerProcess
from tests.support.wire import Wire

KEY = "0123456789abcdef0123456789abcdef01234567"
RIGHT = ("CP", KEY)

MAKE = f"""
from ocpp.domain import credentials
from ocpp.models import Charger
for profile in range(4):
    charger = Charger.objects.create(charger_id=f"CP{{profile}}", security_profile=profile)
    credentials.keep(charger, {KEY!r})
"""


class Site:
    """A node that serves TLS and plain text, and who signs for whom there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority("Charge points")
        self.stranger = Authority("Somebody else")
        self.server_authority = Authority("Servers")
        self.authorities = self.authority.save(folder, "clients")
        self.servers = self.server_authority.save(folder, "servers")
        self.certificate, self.key = self.server_authority.issue_for_server().save(folder, "server")

    def options(self) -> list[str]:
        """Those of `serve`."""
        files = ["--tls-cert", self.certificate, "--tls-key", self.key]
        return [*files, "--tls-client-ca", self.authorities]

    def context(self, client: Identity | None = None) -> ssl.SSLContext:
        """How a charge point speaks TLS."""
        context = ssl.create_default_context(cafile=self.servers)
        if client is not None:
            context.load_cert_chain(*client.save(self.folder, "client"))
        return context


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@contextmanager
def charge_point(
    url: str,
    charger_id: str,
    *,
    password: str | None = None,
    context: ssl.SSLContext | None = None,
    headers: dict[str, str] | None = None,
) -> Iterator[Wire]:
    """A connection with a password, over TLS where there is a context for it."""
    scheme, _, place = url.partition("://")
    user = "" if password is None else f"{charger_id}:{password}@"
    address = f"{scheme}://{user}{place}/ws/ocpp/{charger_id}"
    with connected(address, context=context, headers=headers) as wire:
        yield wire


def status(url: str, charger_id: str, **options: Any) -> int:
    """The HTTP status of a handshake: 101, or what refused it; 0 when TLS did."""
    begun = False
    try:
        with charge_point(url, charger_id, **options) as wire:
            begun = True
            assert wire.is_alive()
            return 101
    except InvalidStatus as refusal:
        response = refusal.response
        assert (response.headers.get("WWW-Authenticate") is not None) is (
            response.status_code == 401
        )
        return response.status_code
    except (ssl.SSLError, ConnectionError, ConnectionClosed, InvalidMessage, EOFError):
        # Where the server's alert is quicker than the request, or slower.
        assert not begun
        return 0


def told(server: ServerProcess, charger_id: str) -> dict[str, Any]:
    """What the database knows of a charger: its presence, and what was noted."""
    ((pk, epoch, profile, tls),) = server.database.query(
        "SELECT id, epoch, security_profile, over_tls FROM ocpp_charger WHERE charger_id = %s",
        [charger_id],
    )
    notes = server.database.query(
        "SELECT detail FROM ocpp_anomaly WHERE charger_id = %s ORDER BY id", [pk]
    )
    return {"epoch": epoch, "profile": profile, "tls": bool(tls), "notes": [n for (n,) in notes]}


def codes(notes: list[str]) -> list[str]:
    """The codes of refusals among notes."""
    return [note.partition("TLS (")[2].partition(",")[0] for note in notes]


@pytest.fixture
def tls_server(make_server: ServerMaker, site: Site) -> ServerProcess:
    """`serve` with TLS, and a charger of each profile: CP0 to CP3."""
    server = make_server(serve=site.options(), environment={"LOG_LEVEL": "DEBUG"})
    server.shell(MAKE)
    return server.start()


def wss(server: ServerProcess) -> str:
    return f"wss://127.0.0.1:{server.port}"


def test_each_profile_over_tls_on_one_address(tls_server: ServerProcess, site: Site) -> None:
    url = wss(tls_server)
    plain, mine = site.context(), site.context(site.authority.issue("CP3"))
    # Right.
    assert status(url, "CP0", context=plain) == 101
    assert status(url, "CP1", context=plain, password=KEY) == 101
    assert status(url, "CP2", context=plain, password=KEY) == 101
    assert status(url, "CP3", context=mine) == 101
    assert status(url, "CP3", context=mine, password="whatever") == 101
    assert status(url, "NEW", context=plain) == 101
    # A browser, which shows no certificate.
    with urllib.request.urlopen(f"https://127.0.0.1:{tls_server.port}/", context=plain) as page:
        assert page.status == 200
    # Upward is always welcome: a certificate where a key would do.
    assert status(url, "CP2", context=site.context(site.authority.issue("CP2"))) == 101
    # Wrong.
    assert status(url, "CP1", context=plain) == 401
    assert status(url, "CP2", context=plain, password=KEY[::-1]) == 401
    assert status(url, "CP2", context=plain) == 401
    assert status(url, "CP3", context=plain) == 403
    assert status(url, "CP3", context=plain, password=KEY) == 403
    assert told(tls_server, "CP3")["tls"]
    assert codes(told(tls_server, "CP3")["notes"]) == ["certificate_missing", "downgrade"]
    assert codes(told(tls_server, "CP2")["notes"]) == ["wrong_key", "unauthenticated"]
    tls_server.stop()  # which writes the lines that its log still holds back
    output = tls_server.output()
    assert '"level":"ERROR"' not in output
    assert "wrong_key" in output
    for charger_id in ("CP1", "CP2"):
        assert base64.b64encode(f"{charger_id}:{KEY}".encode()).decode() not in output
    assert KEY not in output


def test_certificates_that_do_not_count(tls_server: ServerProcess, site: Site) -> None:
    url = wss(tls_server)
    sign = site.authority.issue
    right = sign("CP3")
    assert status(url, "CP3", context=site.context(right)) == 101
    begun = told(tls_server, "CP3")["epoch"]

    def tried(client: Identity) -> int:
        return status(url, "CP3", context=site.context(client))

    assert tried(sign("CP3", begin=-9 * DAY, end=-DAY)) == 403
    assert tried(sign("CP3", begin=DAY, end=9 * DAY)) == 403
    assert tried(sign("CP2")) == 403
    # Signed by nobody who is trusted here: TLS itself ends.
    assert tried(site.stranger.issue("CP3")) == 0
    revoked = tls_server.shell(
        "from django.utils import timezone\n"
        "from ocpp.models import Certificate\n"
        "answer(Certificate.objects.filter(charger__charger_id='CP3')"
        ".update(revoked=timezone.now()))"
    )
    assert revoked == 1
    assert tried(right) == 403
    # Nothing of it has touched the charger, and a new certificate is good.
    charger = told(tls_server, "CP3")
    assert charger["epoch"] == begun
    expected = ["certificate_expired", "certificate_other", "certificate_revoked"]
    assert codes(charger["notes"]) == expected
    assert "expired at" in charger["notes"][0]
    assert tried(sign("CP3")) == 101
    assert "Traceback" not in tls_server.output()


def test_plain_text(make_server: ServerMaker) -> None:
    """`serve` without TLS: profiles 0 and 1, and nothing for those who had more."""
    server = make_server(serve=[])
    server.shell(MAKE)
    server.start()
    url = server.ws_url
    assert status(url, "CP0") == 101
    assert status(url, "CP1", password=KEY) == 101
    assert status(url, "CP1") == 401
    for charger_id in ("CP2", "CP3"):
        assert status(url, charger_id, password=KEY) == 403
        assert status(url, charger_id) == 403
        # What only a trusted proxy may say.
        spoofed = {"X-Forwarded-Proto": "https", "X-Client-Verify": "SUCCESS"}
        assert status(url, charger_id, password=KEY, headers=spoofed) == 403
        notes = told(server, charger_id)["notes"]
        assert codes(notes)[:2] == ["downgrade", "insecure_transport"]
        assert "no trusted proxy" in notes[2]


def test_versions_and_ciphers(tls_server: ServerProcess, site: Site) -> None:
    url = wss(tls_server)
    old = site.context()
    old.minimum_version = ssl.TLSVersion.TLSv1_2
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    assert status(url, "CP2", context=old, password=KEY) == 101
    # In TLS 1.2 a certificate is shown before anything else is said.
    older = site.context(site.authority.issue("CP3"))
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    assert status(url, "CP3", context=older) == 101
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    assert status(url, "CP2", context=old, password=KEY) == 0


def test_the_ciphers_of_the_whitepaper(make_server: ServerMaker, site: Site) -> None:
    identity = site.server_authority.issue_for_server(rsa_key=True)
    certificate, key = identity.save(site.folder, "rsa")
    server = make_server(serve=["--tls-cert", certificate, "--tls-key", key])
    server.shell(MAKE)
    server.start()
    context = site.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-GCM-SHA256")
    assert status(wss(server), "CP2", context=context, password=KEY) == 101
    # Without authorities nobody is asked for a certificate.
    assert status(wss(server), "CP3", context=site.context(site.authority.issue("CP3"))) == 403


def test_a_resumed_tls_session_still_shows_its_certificate(
    tls_server: ServerProcess, site: Site
) -> None:
    """A charge point that comes back often does not repeat the whole handshake."""
    context = site.context(site.authority.issue("CP3"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    request = (
        b"GET /CP3 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    session: ssl.SSLSession | None = None
    for again in (False, True):
        with (
            socket.create_connection(("127.0.0.1", tls_server.port), timeout=20) as raw,
            context.wrap_socket(raw, server_hostname="127.0.0.1", session=session) as connection,
        ):
            connection.sendall(request)
            assert connection.recv(1000).startswith(b"HTTP/1.1 101 ")
            assert connection.session_reused is again
            session = connection.session


def test_secured_in_one_click_by_a_foreign_charge_point(
    tls_server: ServerProcess, site: Site, python_library: Path
) -> None:
    """The library takes the key over TLS, and comes back with it."""
    assert python_library.exists()
    url, answers = wss(tls_server), {"ChangeConfiguration": {"status": "Accepted"}}
    tls = {"authority": site.servers}
    with ForeignChargePoint("ocpp", f"{url}/ws/ocpp", "CP0", answers, tls) as foreign:
        boot = {"chargePointVendor": "V", "chargePointModel": "M"}
        assert foreign.call("BootNotification", boot)["status"] == "Accepted"
        answered = json.loads(tls_server.manage("ocpp_command", "CP0", "secure"))
        assert answered == {"status": "Accepted"}
        action, payload = foreign.command()
        assert (action, payload["key"]) == ("ChangeConfiguration", "AuthorizationKey")
    key = payload["value"]
    assert told(tls_server, "CP0")["profile"] == 2
    assert status(url, "CP0", context=site.context()) == 401
    assert status(url, "CP0", context=site.context(), password=KEY) == 401
    secret = url.replace("wss://", f"wss://CP0:{key}@")
    with ForeignChargePoint("ocpp", f"{secret}/ws/ocpp", "CP0", answers, tls) as foreign:
        assert "currentTime" in foreign.call("Heartbeat", {})
    tls_server.stop()
    output = tls_server.output()
    assert "'CP0' connected" in output
    assert key not in output
    assert base64.b64encode(f"CP0:{key}".encode()).decode() not in output


def test_a_foreign_charge_point_with_a_client_certificate(
    tls_server: ServerProcess, site: Site, python_library: Path
) -> None:
    assert python_library.exists()
    certificate, key = site.authority.issue("CP3").save(site.folder, "foreign")
    tls = {"authority": site.servers, "certificate": certificate, "key": key}
    url = f"{wss(tls_server)}/ws/ocpp"
    with ForeignChargePoint("ocpp", url, "CP3", {}, tls) as foreign:
        assert foreign.subprotocol == "ocpp1.6"
        boot = {"chargePointVendor": "V", "chargePointModel": "M"}
        assert foreign.call("BootNotification", boot)["status"] == "Accepted"
    assert foreign.complaints == []


def test_the_newest_that_proves_itself_wins(tls_server: ServerProcess, site: Site) -> None:
    url = wss(tls_server)
    with charge_point(url, "CP2", context=site.context(), password=KEY) as old:
        assert old.is_alive()
        assert status(url, "CP2", context=site.context()) == 401
        assert old.is_alive()
        with charge_point(url, "CP2", context=site.context(), password=KEY) as new:
            assert old.closed_with() == 1008
            assert new.is_alive()


def test_guessing_is_limited(make_server: ServerMaker) -> None:
    server = make_server(serve=[], environment={"OCPP_KEY_FAILURES_PER_15_MINUTES": "3"})
    server.shell(MAKE)
    server.start()
    guessed = [status(server.ws_url, "CP1", password=f"guess{n}") for n in range(5)]
    assert guessed == [401, 401, 401, 429, 429]


def test_the_server_of_developers(make_server: ServerMaker) -> None:
    """Daphne refuses with the same statuses."""
    server = make_server(runserver=True)
    server.shell(MAKE)
    server.start()
    assert status(server.ws_url, "CP0") == 101
    assert status(server.ws_url, "CP1", password=KEY) == 101
    assert status(server.ws_url, "CP1") == 401
    assert status(server.ws_url, "CP1", password="wrong") == 401
    assert status(server.ws_url, "CP2", password=KEY) == 403


def test_serve_ends_in_order(tls_server: ServerProcess, site: Site) -> None:
    with charge_point(wss(tls_server), "CP0", context=site.context()) as wire:
        assert wire.is_alive()
        code, _ = tls_server.end_with(signal.SIGTERM)
        assert code == 0
        assert wire.closed_with() == 1012
    assert not tls_server.shell(
        "from ocpp.models import Charger\nanswer(Charger.objects.exclude(owner='').exists())"
    )


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--tls-key", "x"], "need --tls-cert"),
        (["--tls-cert", "/nowhere.pem"], "/nowhere.pem"),
    ],
)
def test_files_that_cannot_be_used(
    migrated_database: Database, tmp_path: Path, options: list[str], why: str
) -> None:
    server = ServerProcess(migrated_database, tmp_path)
    with pytest.raises(AssertionError, match=why):
        server.manage("serve", "--port", str(server.port), *options)
