"""What the API of the nodes has to know of who asks, and how often: matters of `accounts`."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

from accounts import access
from accounts.api_auth import BearerToken, Session, staff
from accounts.domain import addresses, throttle
from accounts.domain.throttle import Counter, Limit
from accounts.models import User


def is_loopback(request: HttpRequest) -> bool:
    """Whether a program of this machine asks, and nobody has forwarded it."""
    peer = addresses.of_request(request)
    forwarded = any(name in request.headers for name in addresses.FORWARDING_HEADERS)
    return peer.private and not forwarded and ip_address(peer.address).is_loopback


def limit(request: HttpRequest) -> None:
    """Count a registration of this address. Raises `throttle.TooManyAttempts`."""
    network = addresses.of_request(request).network
    limits = (Limit(settings.NODE_REGISTRATIONS_PER_MINUTE, throttle.MINUTE),)
    throttle.take([Counter(f"node {network}", limits)])


def viewer(request: HttpRequest) -> User | None:
    """The member of staff who may see nodes. Raises PermissionDenied."""
    user = staff(request)
    return None if user is None else access.require(request, "nodes.view_node")


#: People and programs that may see the list of nodes.
VIEWERS = [BearerToken(viewer), Session(viewer)]
