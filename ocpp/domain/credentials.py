"""Keys of charge points: made, kept as salted hashes, compared, replaced.

A key is told to its charge point by a ChangeConfiguration of AuthorizationKey (Security
Whitepaper, A01), or typed in there by hand. Until it is known which of two keys the charge point
uses, either is good: the older one is dropped when the charge point accepts the newer one or
connects with it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from audit import domain as audit
from ocpp.choices import FINISHED_COMMAND_STATES, CredentialState, SecurityProfile
from ocpp.domain import configuration
from ocpp.domain.errors import Conflict, DomainError
from ocpp.models import Charger, Command, Credential
from ocpp.models.charger import identity_key

#: Configuration keys of the whitepaper.
AUTHORIZATION_KEY = "AuthorizationKey"
SECURITY_PROFILE = "SecurityProfile"

KEY_BYTES = 20
#: Keys of one charger that may be good at the same time.
MOST = 5


def new_key() -> str:
    """A random key as the whitepaper writes it: 20 bytes in hexadecimal digits."""
    return secrets.token_hex(KEY_BYTES)


def keep(
    charger: Charger,
    key: str,
    user: User | None = None,
    *,
    command: Command | None = None,
    raise_to: int | None = None,
) -> Credential:
    """From now on `key` is good, beside the present one. Raises Conflict when there are too many.

    With the `command` that tells it to the charge point, and the security profile to which that
    raises the charger.
    """
    if charger.credentials.count() >= MOST:
        raise Conflict(
            _("%(charger)s has %(count)d keys already. Delete the keys that it does not use.")
            % {"charger": charger.charger_id, "count": MOST}
        )
    salt = secrets.token_bytes(16)
    with transaction.atomic():
        made = Credential.objects.create(
            charger=charger,
            state=CredentialState.OFFERED,
            salt=salt.hex(),
            digest=_digest(salt, _decoded(key.encode()) or key.encode()),
            command=command,
            raise_to=raise_to,
            created_by=user,
        )
        after = {"number": made.pk, "raise_to": raise_to}
        audit.record("charger.key_made", charger, after=after, user_pk=user.pk if user else None)
    return made


def make_key(charger: Charger, user: User | None = None) -> str:
    """A new key for somebody to type into the charge point: returned once, and not kept."""
    with transaction.atomic():
        key = new_key()
        keep(charger, key, user)
    return key


def delete_keys(charger: Charger, *, unused: bool = False) -> int:
    """Delete every key of a charger, or the new ones that it has not used yet; returns how many."""
    keys = Credential.objects.filter(charger=charger)
    if unused:
        keys = keys.filter(state=CredentialState.OFFERED)
    with transaction.atomic():
        numbers = list(keys.values_list("pk", flat=True))
        count = keys.delete()[0]
        if numbers:
            audit.record("charger.keys_deleted", charger, before={"numbers": numbers})
    return count


def require_none_on_its_way(charger: Charger) -> None:
    """Raise Conflict while a key is being told to the charge point."""
    waiting = Credential.objects.filter(charger=charger, command__isnull=False)
    if waiting.exclude(command__state__in=FINISHED_COMMAND_STATES).exists():
        raise Conflict(
            _("A new key is on its way to %(charger)s already.") % {"charger": charger.charger_id}
        )


# --- comparing -------------------------------------------------------------------------------


def is_user(user: bytes, charger_id: str) -> bool:
    """Whether a user name is the charger's id; letter case makes no difference."""
    try:
        return identity_key(user.decode()) == identity_key(charger_id)
    except UnicodeDecodeError:
        return False


def find(charger: Charger, password: bytes) -> Credential | None:
    """The key of the charger that `password` is, see `match`."""
    return match(charger.credentials.order_by("pk"), password)


def match(keys: Iterable[Credential], password: bytes) -> Credential | None:
    """The key that `password` is: its bytes, or the text of their hexadecimal digits.

    Every key is compared, each in constant time.
    """
    forms = [form for form in (_decoded(password), password) if form is not None]
    found: Credential | None = None
    for credential in keys:
        salt = bytes.fromhex(credential.salt)
        for form in forms:
            if hmac.compare_digest(_digest(salt, form), credential.digest):
                found = credential
    return found


def _decoded(text: bytes) -> bytes | None:
    """The bytes that hexadecimal digits stand for, or None when they are none."""
    if not text or b" " in text or not text.isalnum():
        return None
    try:
        return bytes.fromhex(text.decode("ascii"))
    except ValueError:
        return None


def _digest(salt: bytes, key: bytes) -> str:
    return hashlib.sha256(salt + key).hexdigest()


# --- what becomes of a new key ---------------------------------------------------------------


def used(credential: Credential) -> None:
    """The charge point has connected with this key, so it has given up the older ones."""
    if credential.state == CredentialState.OFFERED:
        _settle(credential)


def learn_change(command: Command, response: Mapping[str, Any], now: datetime) -> None:
    """ChangeConfiguration was answered, in time or late."""
    configuration.learn_change(command, response, now)
    if is_key(command.payload.get("key")):
        _learn_key(command, response)
    elif _is(command.payload.get("key"), SECURITY_PROFILE):
        _learn_profile(command, response)


def learn_not_changed(command: Command, error: str, now: datetime) -> None:
    """ChangeConfiguration was never sent, or refused with an error: as if it were rejected."""
    learn_change(command, {}, now)


def is_key(name: Any) -> bool:
    """Whether a configuration key is the one that holds the key."""
    return _is(name, AUTHORIZATION_KEY)


def _is(name: Any, key: str) -> bool:
    return isinstance(name, str) and name.casefold() == key.casefold()


def _learn_key(command: Command, response: Mapping[str, Any]) -> None:
    credential = _of(command)
    if credential is None:
        return
    status = response.get("status")
    if status == "Accepted":
        _settle(credential)
        _raise_or_ask(credential)
    elif status == "RebootRequired":
        # Until its next start it goes on with what it has: that is not taken from it.
        credential.reboot_required = True
        credential.save(update_fields=["reboot_required"])
        if credential.raise_to is not None:
            _want(credential.charger_id, credential.raise_to)
    else:
        credential.delete()


def _learn_profile(command: Command, response: Mapping[str, Any]) -> None:
    profile = number(command.payload.get("value"))
    if profile is None or not SecurityProfile.NONE < profile <= SecurityProfile.CERTIFICATE:
        return
    status = response.get("status")
    charger = Charger.objects.get(pk=command.charger_id)
    if status == "Accepted" and _shows_already(charger, profile):
        raise_profile(charger.pk, profile)
    elif status in ("Accepted", "RebootRequired"):
        # It falls back to its present profile when it cannot connect with the new one (A05).
        _want(charger.pk, profile)
    else:
        Charger.objects.filter(pk=charger.pk, wanted_profile=profile).update(wanted_profile=None)


def raise_profile(charger_pk: int, profile: int) -> None:
    """From now on a connection has to prove this much. Never lowers what is asked for."""
    lower = Charger.objects.filter(pk=charger_pk, security_profile__lt=profile)
    lower.update(security_profile=profile)
    Charger.objects.filter(pk=charger_pk, wanted_profile__lte=profile).update(wanted_profile=None)


def number(value: Any) -> int | None:
    """The security profile that a configuration value tells, or None."""
    text = str(value).strip()
    return int(text) if text in ("0", "1", "2", "3") else None


def told_profile(charger: Charger) -> int | None:
    """The profile that the charge point's configuration tells; None where it has no such key."""
    return number(configuration.value(charger.config, SECURITY_PROFILE))


def _of(command: Command) -> Credential | None:
    return Credential.objects.filter(command=command, state=CredentialState.OFFERED).first()


def _settle(credential: Credential) -> None:
    """The charge point has this key; older ones are of no use. A newer one is undecided yet."""
    older = Credential.objects.filter(charger=credential.charger_id)
    older.filter(Q(pk__lt=credential.pk) | Q(state=CredentialState.ACTIVE)).exclude(
        pk=credential.pk
    ).delete()
    credential.state = CredentialState.ACTIVE
    credential.reboot_required = False
    credential.save(update_fields=["state", "reboot_required"])


def _raise_or_ask(credential: Credential) -> None:
    """Ask for the security profile that was meant, first of the charge point if it has a say."""
    # `commands` tells this module what was answered, so it is imported when it is needed.
    from ocpp.domain import commands

    profile = credential.raise_to
    if profile is None:
        return
    charger = Charger.objects.get(pk=credential.charger_id)
    told = told_profile(charger)
    if told is not None and told < profile:
        payload = {"key": SECURITY_PROFILE, "value": str(profile)}
        try:
            with transaction.atomic():
                commands.queue(charger, "change_configuration", payload)
        except DomainError:
            # It cannot be told now; what it shows when it connects next decides.
            pass
        _want(charger.pk, profile)
        return
    if profile == SecurityProfile.BASIC_TLS and not charger.over_tls:
        _want(charger.pk, profile)
        return
    raise_profile(charger.pk, profile)


def _want(charger_pk: int, profile: int) -> None:
    lower = Charger.objects.filter(pk=charger_pk, security_profile__lt=profile)
    lower.update(wanted_profile=profile)


def _shows_already(charger: Charger, profile: int) -> bool:
    """Whether a charge point that uses its key from now on connects with this profile."""
    return (
        profile <= (SecurityProfile.BASIC_TLS if charger.over_tls else SecurityProfile.BASIC)
        and charger.credentials.filter(state=CredentialState.ACTIVE).exists()
    )
