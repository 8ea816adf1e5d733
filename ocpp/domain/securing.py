"""Securing a charger: a new key is told to its charge point (Security Whitepaper, A01 and A05)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from ocpp.choices import SecurityProfile
from ocpp.domain import commands, credentials
from ocpp.domain.errors import Conflict, Invalid
from ocpp.models import Charger, Command


def secure(charger: Charger, profile: int | None, user: User | None = None) -> Command:
    """Tell the charge point a new key; when it accepts, its security profile rises to `profile`.

    None: to 2 when it is connected over TLS, else to 1; never lower than it is. Raises Invalid for
    a profile that is lower, Conflict when it cannot connect so, and what `commands.queue` raises.
    """
    now = Charger.objects.get(pk=charger.pk)
    if profile is None:
        shown = SecurityProfile.BASIC_TLS if now.over_tls else SecurityProfile.BASIC
        profile = max(shown, now.security_profile)
    elif profile < now.security_profile:
        raise Invalid(
            "profile",
            _("must not be lower than %(profile)d, the profile that it has.")
            % {"profile": now.security_profile},
        )
    needs_tls = now.security_profile < profile == SecurityProfile.BASIC_TLS
    if needs_tls and not now.over_tls and credentials.told_profile(now) is None:
        raise Conflict(
            _(
                "%(charger)s connects without TLS, and its configuration has no SecurityProfile. "
                "Have it connect to wss:// first."
            )
            % {"charger": now.charger_id}
        )
    raise_to = profile if profile > now.security_profile else None
    return send_key(now, credentials.new_key(), user, raise_to=raise_to)


def send_key(
    charger: Charger, key: str, user: User | None = None, *, raise_to: int | None = None
) -> Command:
    """Tell the charge point `key` by ChangeConfiguration; until it accepts, the old one stays good.

    Raises Conflict while another key is on its way, and what `commands.queue` raises.
    """
    with transaction.atomic():
        commands.one_at_a_time(charger.pk)
        commands.expire_overdue(timezone.now(), charger.pk)
        credentials.require_none_on_its_way(charger)
        payload = {"key": credentials.AUTHORIZATION_KEY, "value": key}
        command = commands.queue(charger, "change_configuration", payload, user=user)
        credentials.keep(charger, key, user, command=command, raise_to=raise_to)
    return command
