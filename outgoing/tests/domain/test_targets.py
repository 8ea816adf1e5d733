import socket
import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest

from outgoing.domain import Kind, Refused, Unreachable, resolve
from outgoing.models import AllowedNetwork

pytestmark = pytest.mark.django_db


def answering(*found: str) -> Callable[..., list[Any]]:
    """A name server that knows one answer."""
    return lambda host, port, **_: [(None, None, 0, "", (one, port)) for one in found]


def test_a_url_is_taken_apart_and_its_name_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answering("8.8.8.8", "10.0.0.1", "8.8.4.4"))
    target = resolve("https://Example.COM/a b?c=d&e=é#part".replace(" ", "%20"))
    assert (target.scheme, target.host, target.port) == ("https", "example.com", 443)
    assert target.path == "/a%20b?c=d&e=%C3%A9"
    assert target.address == "8.8.8.8"
    assert target.addresses == ("8.8.8.8", "8.8.4.4"), "the private one is none of them"


@pytest.mark.parametrize(
    "url",
    [
        *("", "nonsense", "//example.com/", "ftp://example.com/", "file:///etc/passwd"),
        *("gopher://127.0.0.1:70/", "http://user:secret@8.8.8.8/", "http://@8.8.8.8/"),
        *("http://8.8.8.8:0/", "http://8.8.8.8:99999/", "http://8.8.8.8:x/", "http:///path"),
        *("http://a b/", "http://8.8.8.8\\@127.0.0.1/", "http://8.8.8.8/\r\nX: y", "http://[::1"),
        *("http://-/", "http://a..b/", "http://" + "a" * 64 + ".example/", "http://ex_?\x00/"),
        "http://8.8.8.8/" + "a" * 2000,
    ],
)
def test_what_is_no_url_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        resolve(url)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::]"),
        "0.0.0.0",  # noqa: S104  (refused, not bound)
        *(
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0x7f.1",
            "127.1",
            "017700000001",
            "0x7f.0.0.1",
        ),
        *("169.254.169.254", "[fe80::1]", "[fe80::1%25eth0]", "[64:ff9b::7f00:1]", "10.0.0.1"),
        *("①②⑦.0.0.1", "127。0。0。1"),
    ],
)
def test_every_spelling_of_an_inner_address_is_refused(host: str) -> None:
    with pytest.raises(Refused):
        resolve(f"http://{host}/")


def test_an_allowed_network_opens_itself_alone() -> None:
    AllowedNetwork.objects.create(cidr="192.168.1.20/32")
    assert resolve("http://192.168.1.20:8069/x").address == "192.168.1.20"
    with pytest.raises(Refused, match="Allowed networks"):
        resolve("http://192.168.1.21/")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
def test_this_machine_is_not_reached_whatever_is_listed(host: str) -> None:
    for cidr in ("127.0.0.0/8", "::1/128"):
        AllowedNetwork.objects.create(cidr=cidr)
    with pytest.raises(Refused, match="this machine itself"):
        resolve(f"http://{host}:8069/")


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "127.0.0.0/8", "169.254.0.0/16", "rubbish"])
def test_a_row_that_was_not_checked_opens_nothing(cidr: str) -> None:
    AllowedNetwork.objects.create(cidr=cidr)
    for host in ("127.0.0.1", "169.254.169.254"):
        with pytest.raises(Refused):
            resolve(f"http://{host}/")


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(Unreachable) as caught:
        resolve("http://nobody.invalid/")
    assert caught.value.kind is Kind.DNS
    assert "nobody.invalid" in caught.value.reason


def test_a_name_server_that_says_nothing_does_not_hold_us_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ending = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ending.wait(30) and [])
    began = monotonic()
    with pytest.raises(Unreachable) as caught:
        resolve("http://example.com/", deadline=monotonic() + 0.2)
    ending.set()
    assert caught.value.kind is Kind.TIMEOUT
    assert monotonic() - began < 2
