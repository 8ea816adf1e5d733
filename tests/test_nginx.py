"""Behind the real nginx, configured as in the documentation: profiles 0 to 3 on one address."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.certificates import DAY
from tests.support.fixtures import ServerMaker
from tests.support.nginx import Nginx
from tests.support.server import ServerProcess
from tests.support.services import need
from tests.test_security import KEY, MAKE, Site, charge_point, codes, status, told


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def node(make_server: ServerMaker) -> ServerProcess:
    """A node as the example tells to set it up, with chargers CP0 to CP3."""
    need("nginx")
    trust = {"TRUSTED_PROXIES": "127.0.0.1", "OCPP_CLIENT_CERTIFICATE_HEADERS": "1"}
    server = make_server(serve=[], environment=trust)
    server.shell(MAKE)
    return server.start()


@pytest.fixture
def nginx(node: ServerProcess, site: Site) -> Iterator[Nginx]:
    with Nginx(site.folder, node.port, site.certificate, site.key, site.authorities) as nginx:
        yield nginx


def test_each_profile_behind_nginx(node: ServerProcess, nginx: Nginx, site: Site) -> None:
    secure, plain = f"wss://127.0.0.1:{nginx.tls_port}", f"ws://127.0.0.1:{nginx.plain_port}"
    context, mine = site.context(), site.context(site.authority.issue("CP3"))
    # Right.
    assert status(plain, "CP0") == 101
    assert status(plain, "CP1", password=KEY) == 101
    assert status(secure, "CP1", context=context, password=KEY) == 101
    assert status(secure, "CP2", context=context, password=KEY) == 101
    assert status(secure, "CP3", context=mine) == 101
    assert told(node, "CP3")["tls"]
    # Less than it has to be.
    assert status(plain, "CP1") == 401
    assert status(plain, "CP2", password=KEY) == 403
    assert status(secure, "CP2", context=context) == 401
    assert status(secure, "CP3", context=context, password=KEY) == 403
    # Another charger's; one whose time is over, which nginx itself refuses, as one of a stranger.
    other = site.context(site.authority.issue("CP2"))
    assert status(secure, "CP3", context=other) == 403
    late = site.context(site.authority.issue("CP3", begin=-9 * DAY, end=-DAY))
    assert status(secure, "CP3", context=late) == 400
    assert status(secure, "CP3", context=site.context(site.stranger.issue("CP3"))) == 400
    assert codes(told(node, "CP3")["notes"]) == ["downgrade", "certificate_other"]


def test_headers_of_the_client_do_not_pass_nginx(
    node: ServerProcess, nginx: Nginx, site: Site
) -> None:
    """nginx puts its own in their place, so what a client writes there counts for nothing."""
    forged = {
        "X-Forwarded-Proto": "https",
        "X-Client-Verify": "SUCCESS",
        "X-Client-Cert": quote(site.authority.issue("CP3").pem),
    }
    secure, plain = f"wss://127.0.0.1:{nginx.tls_port}", f"ws://127.0.0.1:{nginx.plain_port}"
    assert status(secure, "CP3", context=site.context(), headers=forged) == 403
    assert status(plain, "CP3", headers=forged) == 403
    assert status(plain, "CP2", headers=forged, password=KEY) == 403
    assert codes(told(node, "CP3")["notes"]) == ["certificate_missing", "insecure_transport"]


def test_headers_of_somebody_who_is_no_trusted_proxy(make_server: ServerMaker, site: Site) -> None:
    trust = {"TRUSTED_PROXIES": "192.0.2.1", "OCPP_CLIENT_CERTIFICATE_HEADERS": "1"}
    server = make_server(serve=[], environment=trust)
    server.shell(MAKE)
    server.start()
    forged = {
        "X-Forwarded-Proto": "https",
        "X-Client-Verify": "SUCCESS",
        "X-Client-Cert": quote(site.authority.issue("CP3").pem),
    }
    assert status(server.ws_url, "CP3", headers=forged) == 403
    notes = told(server, "CP3")["notes"]
    assert codes(notes)[0] == "insecure_transport"
    assert "no trusted proxy" in notes[1]


def test_messages_pass_in_both_directions(node: ServerProcess, nginx: Nginx, site: Site) -> None:
    url = f"wss://127.0.0.1:{nginx.tls_port}"
    with charge_point(url, "CP2", context=site.context(), password=KEY) as wire:
        answer = wire.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
        assert answer[2]["status"] == "Accepted"
        with charge_point(url, "CP2", context=site.context(), password=KEY) as newer:
            assert wire.closed_with() == 1008
            assert newer.is_alive()
