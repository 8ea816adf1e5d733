"""Registering nodes: what a node may say of itself, and the row that it makes."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nodes.models import PORT, Node

#: A name of the DNS (RFC 1123): labels of letters, digits and hyphens.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?", re.IGNORECASE)
_WORD = re.compile(r"[\w.+-]{1,40}", re.ASCII)
#: What a node may say.
FIELDS = ("hostname", "address", "port", "version", "role", "latitude", "longitude")


class BadNode(ValueError):
    """What was said of a node cannot be stored; the text says which value, and what would do."""


def register(said: Mapping[str, Any]) -> tuple[Node, bool]:
    """Make or change the node that `said` describes; returns it, and whether it is new.

    What was not said keeps its value. The node counts as seen now. Raises BadNode.
    """
    facts = _facts(said)
    hostname = facts.pop("hostname")
    if "port" not in facts:
        facts["port"] = PORT
    facts["last_seen"] = timezone.now()
    with transaction.atomic():
        return Node.objects.update_or_create(hostname=hostname, defaults=facts)


def seen(hostname: str) -> bool:
    """The node with this name is there, now; whether it is known."""
    return bool(Node.objects.filter(hostname=hostname.lower()).update(last_seen=timezone.now()))


def _facts(said: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(said) - set(FIELDS))
    if unknown:
        text = _("%(name)s is not known. Known are: %(names)s.")
        raise BadNode(text % {"name": unknown[0][:60], "names": ", ".join(FIELDS)})
    facts: dict[str, Any] = {
        "hostname": host_name(said.get("hostname")),
        "address": address(said.get("address")),
    }
    if said.get("port") not in (None, ""):
        facts["port"] = port(said["port"])
    for name in ("version", "role"):
        if said.get(name) not in (None, ""):
            facts[name] = _word(name, said[name])
    for name, most in (("latitude", 90), ("longitude", 180)):
        if said.get(name) not in (None, ""):
            facts[name] = _degrees(name, said[name], most)
    if ("latitude" in facts) != ("longitude" in facts):
        raise BadNode(_("latitude and longitude belong together."))
    return facts


def host_name(given: Any) -> str:
    """The name in lower case. Raises BadNode."""
    if isinstance(given, str) and len(given) <= 253 and _NAME.fullmatch(given):
        return given.lower().rstrip(".")
    raise BadNode(_told("hostname", given, _("letters, digits, hyphens and dots")))


def address(given: Any) -> str:
    """An IP address in its usual spelling, or a name. Raises BadNode."""
    if isinstance(given, str):
        try:
            found = ip_address(given.strip().strip("[]"))
        except ValueError:
            numeric = given.rstrip(".").rpartition(".")[2].isdigit()
            if len(given) <= 253 and _NAME.fullmatch(given) and not numeric:
                return given.lower().rstrip(".")
        else:
            if not found.is_multicast and not found.is_unspecified and "%" not in str(found):
                return str(found)
    raise BadNode(_told("address", given, _("an IP address or the name of a host")))


def port(given: Any) -> int:
    """A number from 1 to 65535. Raises BadNode."""
    text = str(given) if isinstance(given, int | str) and not isinstance(given, bool) else ""
    if re.fullmatch(r"[0-9]{1,5}", text) and 1 <= int(text) <= 65535:
        return int(text)
    raise BadNode(_told("port", given, _("a number from 1 to 65535")))


def _word(name: str, given: Any) -> str:
    if isinstance(given, str) and _WORD.fullmatch(given):
        return given
    raise BadNode(_told(name, given, _("a word of at most 40 letters, digits and . + - _")))


def _degrees(name: str, given: Any, most: int) -> Decimal:
    if isinstance(given, int | float | str) and not isinstance(given, bool):
        try:
            value = Decimal(str(given)).quantize(Decimal("0.000001"))
        except InvalidOperation:
            value = Decimal("NaN")
        if value.is_finite() and abs(value) <= most:
            return value
    raise BadNode(_told(name, given, _("a number from -%(most)d to %(most)d") % {"most": most}))


def _told(name: str, given: Any, rule: str) -> str:
    if given in (None, ""):
        return _("%(name)s is missing. Send %(rule)s.") % {"name": name, "rule": rule}
    text = _("%(name)s is %(value)s. Send %(rule)s.")
    return text % {"name": name, "value": ascii(given)[:80], "rule": rule}
