from ipaddress import ip_address, ip_network

import pytest
from pytest_django import Settings

from outgoing.domain import addresses

EVERYTHING_ALLOWED = (*addresses.ALLOWABLE, *addresses.LOOPBACK)


@pytest.mark.parametrize(
    "text",
    [
        *("169.254.1.1", "169.254.169.254", "fe80::1", "fec0::1", "100.100.100.200"),
        *("168.63.129.16", "192.0.0.192", "fd00:ec2::254", "224.0.0.1", "ff02::1"),
        *("0.0.0.0", "::", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1"),  # noqa: S104
        *("::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"),
        *("::ffff:0:169.254.169.254", "64:ff9b:1::a9fe:a9fe", "2001:0:1::1", "::169.254.169.254"),
        *("2001:db8::1", "0.1.2.3", "::ffff:0.0.0.0"),
        *("127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "::127.0.0.1"),
        *("2002:7f00:1::", "::ffff:0:127.0.0.1", "::1%lo"),
    ],
)
def test_some_addresses_are_never_reached_whatever_was_allowed(text: str) -> None:
    assert addresses.objection(ip_address(text), EVERYTHING_ALLOWED)


@pytest.mark.parametrize(
    "text",
    [
        *("10.0.0.1", "172.16.5.5", "192.168.1.1", "100.64.0.1", "fc00::1", "fd12:3456::1"),
        *("::ffff:10.0.0.1", "64:ff9b::c0a8:101", "2002:c0a8:101::", "::ffff:0:10.0.0.1"),
        "fd12::1%3",
    ],
)
def test_private_addresses_are_reached_only_where_they_are_allowed(text: str) -> None:
    assert addresses.objection(ip_address(text), [])
    assert addresses.objection(ip_address(text), EVERYTHING_ALLOWED) == ""
    elsewhere = [ip_network("10.255.255.0/24"), ip_network("fdff::/32")]
    assert addresses.objection(ip_address(text), elsewhere)


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "172.32.0.1"]
)
def test_public_addresses_are_reached(text: str) -> None:
    assert addresses.objection(ip_address(text), []) == ""


def test_a_private_network_can_be_allowed() -> None:
    assert str(addresses.allowable(" 192.168.1.20 ")) == "192.168.1.20/32"
    assert str(addresses.allowable("fd12::/64")) == "fd12::/64"


@pytest.mark.parametrize(
    "text",
    [
        *("0.0.0.0/0", "::/0", "169.254.0.0/16", "8.8.8.8", "192.0.0.0/8", "192.168.1.1/24"),
        *("::ffff:127.0.0.1", "nonsense", "", "127.0.0.1", "127.0.0.0/8", "::1"),
    ],
)
def test_what_is_no_private_network_cannot_be_allowed(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        addresses.allowable(text)


@pytest.mark.parametrize("text", ["127.0.0.1", "::1"])
def test_the_setting_of_tests_lets_loopback_be_allowed(settings: Settings, text: str) -> None:
    settings.OUTGOING_LOOPBACK_FOR_TESTS = True
    assert addresses.objection(ip_address(text), [])
    assert addresses.objection(ip_address(text), EVERYTHING_ALLOWED) == ""
    assert addresses.allowable(text)
