"""Where a request comes from."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.domain import addresses
from accounts.domain.addresses import Peer, resolve

PUBLIC = "203.0.113.7"


@pytest.mark.parametrize(
    "address",
    ["10.1.2.3", "172.31.0.1", "192.168.1.5", "127.0.0.1", "::1", "fd00::1", "fe80::1%eth0"],
)
def test_private_and_loopback_addresses_are_private_peers(address: str) -> None:
    assert resolve(address, {}).private


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "172.32.0.1", "2001:db8::1", "", "unix"])
def test_others_are_not(address: str) -> None:
    assert not resolve(address, {}).private


@pytest.mark.parametrize("header", addresses.FORWARDING_HEADERS)
def test_a_proxy_that_nobody_configured_is_no_private_peer(header: str) -> None:
    peer = resolve("127.0.0.1", {header: "10.0.0.1"})
    assert peer == Peer("127.0.0.1", private=False)


@pytest.mark.parametrize(
    ("remote", "forwarded_for", "expected"),
    [
        # Not through the proxy: what the client claims is not believed.
        (PUBLIC, "10.9.9.9", Peer(PUBLIC, private=False)),
        # Through the proxy.
        ("10.0.0.5", PUBLIC, Peer(PUBLIC, private=False)),
        ("10.0.0.5", f"{PUBLIC}:55123", Peer(PUBLIC, private=False)),
        ("10.0.0.5", "[2001:db8::7]:443", Peer("2001:db8::7", private=False)),
        ("10.0.0.5", "192.168.7.7", Peer("192.168.7.7", private=True)),
        # The client forged a hop of its own.
        ("10.0.0.5", f"127.0.0.1, {PUBLIC}", Peer(PUBLIC, private=False)),
        ("10.0.0.5", "127.0.0.1, 192.168.7.7", Peer("192.168.7.7", private=False)),
        # Through two configured proxies.
        ("10.0.0.5", f"{PUBLIC}, 10.0.1.9", Peer(PUBLIC, private=False)),
        # The proxy itself, or one that tells nothing that can be read.
        ("10.0.0.5", "", Peer("10.0.0.5", private=True)),
        ("10.0.0.5", "unknown", Peer("10.0.0.5", private=False)),
    ],
)
def test_only_configured_proxies_are_believed(
    settings: Settings, remote: str, forwarded_for: str, expected: Peer
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.5", "10.0.1.0/24"]
    headers = {"x-forwarded-for": forwarded_for} if forwarded_for else {}
    assert resolve(remote, headers) == expected


@given(forged=st.text(max_size=80), remote=st.ip_addresses(v=4))
def test_no_header_moves_a_client_that_is_not_behind_a_proxy(forged: str, remote: object) -> None:
    peer = resolve(str(remote), {"x-forwarded-for": forged})
    assert peer == Peer(str(remote), private=False)


def test_a_proxy_that_cannot_be_read_is_named(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.5", "proxy.local"]
    with pytest.raises(ImproperlyConfigured, match=r"proxy\.local"):
        resolve("10.0.0.5", {})


def test_limits_count_an_ipv6_client_by_its_network() -> None:
    first = resolve("2001:db8:1:2::1", {}).network
    assert first == resolve("2001:db8:1:2:ffff::9", {}).network
    assert first != resolve("2001:db8:1:3::1", {}).network
    assert resolve("::ffff:203.0.113.7", {}).network == PUBLIC
    assert resolve("", {}).network == "unknown"


def test_requests_and_scopes_are_read_alike(settings: Settings, rf: RequestFactory) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.5"]
    request = rf.get("/", REMOTE_ADDR="10.0.0.5", headers={"X-Forwarded-For": f"1.1.1.1, {PUBLIC}"})
    scope = {
        "client": ("10.0.0.5", 4711),
        "headers": [(b"X-Forwarded-For", b"1.1.1.1"), (b"x-forwarded-for", PUBLIC.encode())],
    }
    assert addresses.of_request(request) == addresses.of_scope(scope) == Peer(PUBLIC, False)
    assert addresses.of_scope({"client": None}) == Peer("", private=False)
