"""A node registers at another: the command and the heartbeat, over a real connection."""

import threading
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.urls import resolve
from pytest_django import Settings

from nodes.domain import current
from nodes.models import Node
from ocpp.tests.committed import transactional_db
from outgoing.models import AllowedNetwork
from schedules import domain as schedules
from schedules.models import Schedule

__all__ = ["transactional_db"]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(transactional_db: None) -> Iterator[str]:
    """The project's pages, on this machine."""
    # The first request would load every page, which takes its time.
    resolve(current.PATH)
    http = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet)
    http.set_app(get_wsgi_application())
    thread = threading.Thread(target=http.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{http.server_address[1]}"
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def hub(server: str, settings: Settings) -> str:
    """A node at which others may register, on this machine."""
    settings.MESH_TOKEN = "a-shared-secret-of-some-length"
    settings.NODE_HOSTNAME = "saltillo"
    settings.NODE_ADDRESS = "192.0.2.7"
    settings.OUTGOING_LOOPBACK_FOR_TESTS = True
    AllowedNetwork.objects.create(cidr="127.0.0.0/8")
    return server


def run(**options: Any) -> str:
    out = StringIO()
    call_command("register_node", stdout=out, stderr=out, **options)
    return out.getvalue()


def failure(**options: Any) -> tuple[int, str]:
    with pytest.raises(CommandError) as caught:
        run(**options)
    text = str(caught.value)
    assert "\n" not in text, "one sentence that stands on a line of its own"
    assert text.startswith(f"Not registered at {options['hub']}. ") or not options["hub"]
    assert caught.value.__cause__ is None
    return caught.value.returncode, text


def test_the_command_registers_this_node(hub: str, settings: Settings) -> None:
    settings.NODE_LATITUDE, settings.NODE_LONGITUDE, settings.NODE_ROLE = "25.4", "-101", "site"
    assert "saltillo (192.0.2.7:8000)" in run(hub=hub + "/")
    run(hub=hub)
    node = Node.objects.get()
    assert (node.hostname, node.address, node.role) == ("saltillo", "192.0.2.7", "site")
    assert node.version == (settings.BASE_DIR / "VERSION").read_text().strip()


def test_the_hub_may_be_a_setting(hub: str, settings: Settings) -> None:
    assert failure(hub="")[0] == 2
    settings.NODE_HUB = hub
    run()
    assert Node.objects.count() == 1


def test_a_wrong_token(hub: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodes.domain.mesh.is_member", lambda shown: False)
    code, text = failure(hub=hub)
    assert code == 4
    assert "401" in text
    assert "X-Mesh-Token" in text


def test_what_is_no_hub(hub: str) -> None:
    code, text = failure(hub=hub + "/nowhere")
    assert code == 4
    assert "404" in text


def test_settings_that_no_hub_takes(hub: str, settings: Settings) -> None:
    settings.NODE_ROLE = "two words"
    code, text = failure(hub=hub)
    assert code == 4
    assert "role" in text


def test_a_hub_that_is_away(hub: str) -> None:
    assert failure(hub="http://127.0.0.1:9")[0] == 3


@pytest.mark.parametrize("url", ["http://169.254.169.254", "ftp://hub.example", "nonsense"])
def test_a_hub_that_may_not_be_reached(hub: str, url: str) -> None:
    assert failure(hub=url)[0] == 2


def test_a_private_hub_has_to_be_allowed(hub: str) -> None:
    AllowedNetwork.objects.all().delete()
    code, text = failure(hub=hub)
    assert code == 2
    assert "Allowed networks" in text
    assert not Node.objects.exists()


def test_the_heartbeat_keeps_the_hub_informed(hub: str, settings: Settings) -> None:
    duty = next(one for one in schedules.duties() if one.name == "nodes.heartbeat")
    duty.deed()
    assert not Node.objects.exists(), "without a hub, and without a row of its own"
    settings.NODE_HUB = hub
    duty.deed()
    Node.objects.update(last_seen=None)
    duty.deed()
    assert Node.objects.get().state == "online"


def test_a_hub_that_is_away_is_told_once_and_once_when_it_is_back(
    hub: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="schedules")

    def beat() -> list[str]:
        """What the log has of a heartbeat; nothing but that duty is due."""
        caplog.clear()
        schedules.make_rows()
        Schedule.objects.exclude(name="nodes.heartbeat").delete()
        schedules.run_now(["nodes.heartbeat"])
        assert list(schedules.run_due()) == ["nodes.heartbeat"]
        assert not any(one.exc_info for one in caplog.records), "no traceback"
        return [one.getMessage() for one in caplog.records if one.name == "schedules.domain"]

    settings.NODE_HUB = hub
    assert beat() == []
    settings.NODE_HUB = "http://127.0.0.1:9"
    (away,) = beat()
    assert away.startswith("Schedule nodes.heartbeat has to wait: The hub http://127.0.0.1:9 does")
    assert "\n" not in away
    assert beat() == []
    assert beat() == []
    assert Schedule.objects.get().last_error in away
    settings.NODE_HUB = hub
    assert beat() == ["Schedule nodes.heartbeat goes on, after 3 failures"]
    assert beat() == []
    assert Schedule.objects.get().last_error == ""


def test_a_hub_that_refuses_is_told_once(
    hub: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.NODE_HUB = hub
    monkeypatch.setattr("nodes.domain.mesh.is_member", lambda shown: False)
    with pytest.raises(schedules.Waits, match="401"):
        current.heartbeat()


@pytest.mark.django_db
def test_this_node_stays_online_in_its_own_list() -> None:
    node, made = current.register_here()
    assert made
    assert not current.register_here()[1]
    Node.objects.update(last_seen=None)
    current.heartbeat()
    node.refresh_from_db()
    assert node.state == "online"


@pytest.mark.django_db
def test_what_a_node_says_of_itself(settings: Settings) -> None:
    settings.SITE_URL = "https://charge.example"
    facts = current.facts()
    assert (facts["address"], facts["port"]) == ("charge.example", 443)
    assert "role" not in facts
    settings.NODE_PORT = 9000
    assert current.facts()["port"] == 9000
