"""Which addresses requests of this node may go to.

Public ones may be reached. Private ones only within a network that was allowed. Loopback,
link-local, metadata, multicast, reserved and unspecified ones never. An IPv4 address that is
written inside an IPv6 one (RFC 4291, 6052, 3056) is judged as what it is.
"""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from django.conf import settings
from django.utils.translation import gettext as _

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: What can be allowed: RFC 1918, 6598 and 4193.
ALLOWABLE: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "fc00::/7",
    )
)
#: This machine itself: never, but under tests whose other side is on the same machine.
LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

#: Where clouds tell the secrets of a machine to whatever runs on it; not all are link-local.
METADATA: frozenset[Address] = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd20:ce::254",
    )
)

#: Prefixes of IPv6 whose last 32 bits are an IPv4 address: compatible, mapped, translated, NAT64.
_LAST_32_BITS = tuple(
    IPv6Network(text) for text in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")
)
_SIX_TO_FOUR = IPv6Network("2002::/16")
#: Translations whose IPv4 address stands wherever their network wants, and Teredo.
_OPAQUE = tuple(IPv6Network(text) for text in ("64:ff9b:1::/48", "2001::/32"))
#: Site-local addresses, given up by RFC 3879 and still routed in places.
_SITE_LOCAL = IPv6Network("fec0::/10")


def plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, or the address itself, without a zone."""
    if isinstance(address, IPv4Address):
        return address
    number = int(address)
    bare = IPv6Address(number)
    if bare.is_unspecified or bare.is_loopback:
        return bare
    if any(bare in network for network in _LAST_32_BITS):
        return IPv4Address(number & 0xFFFFFFFF)
    if bare in _SIX_TO_FOUR:
        return IPv4Address(number >> 80 & 0xFFFFFFFF)
    return bare


def objection(address: Address, allowed: Iterable[Network]) -> str:
    """Why no request may go to `address`; "" when it may. `allowed` are the allowed networks."""
    real = plain(address)
    if real in METADATA:
        return _("it is where a cloud keeps the secrets of its machines")
    if real.is_unspecified:
        return _("it is the address of nobody")
    if real.is_multicast:
        return _("it is the address of a group")
    if real.is_link_local or real in _SITE_LOCAL:
        return _("it is a link-local address")
    if real.is_loopback and not settings.OUTGOING_LOOPBACK_FOR_TESTS:
        return _("it is this machine itself; give its address in its own network")
    if any(real in network for network in _allowable_networks()):
        if any(real in network for network in allowed):
            return ""
        return _("it is in a private network; a superuser can allow that under Allowed networks")
    if not real.is_global or real.is_reserved or any(real in network for network in _OPAQUE):
        return _("it is a reserved address")
    return ""


def allowable(text: str) -> Network:
    """`text` as a network that can be allowed.

    Raises ValueError, with a text for people, when it is none or reaches beyond what can be.
    """
    try:
        network = ip_network(text.strip())
    except ValueError:
        raise ValueError(
            _(
                "%(text)s is no network. Write an address such as 192.168.1.20 or a network such "
                "as 192.168.1.0/24, where the part behind the network is zero."
            )
            % {"text": text.strip()}
        ) from None
    wanted = _allowable_networks()
    if not any(_within(network, wide) for wide in wanted):
        raise ValueError(
            _(
                "%(text)s cannot be allowed. What can be allowed lies within one of: %(networks)s. "
                "Public addresses need not be allowed."
            )
            % {"text": network, "networks": ", ".join(str(one) for one in wanted)}
        )
    return network


def _allowable_networks() -> tuple[Network, ...]:
    return (*ALLOWABLE, *LOOPBACK) if settings.OUTGOING_LOOPBACK_FOR_TESTS else ALLOWABLE


def _within(network: Network, wide: Network) -> bool:
    if isinstance(network, IPv4Network):
        return isinstance(wide, IPv4Network) and network.subnet_of(wide)
    return isinstance(wide, IPv6Network) and network.subnet_of(wide)
