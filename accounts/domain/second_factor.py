"""The second factor: codes of an authenticator (TOTP, RFC 6238), and recovery codes.

A user sets it up (`begin`), proves that the authenticator has the secret (`confirm`), and has to
give a code with every login from then on (`check`). A code is good for 30 s and those before and
after, once. Wrong ones are limited as passwords are.
"""

import base64
import binascii
import secrets
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Final
from unicodedata import normalize

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone

from accounts.domain import throttle
from accounts.models import RecoveryCode, SecondFactor, User
from audit import domain as audit

#: What authenticators take for granted, so it is not a setting: digits, and seconds of a step.
DIGITS: Final = 6
STEP_S: Final = 30
#: Steps before and after the present one whose codes are good too: clocks differ, people are slow.
STEPS_BESIDE: Final = 1
#: Codes for when the authenticator is lost, and their random bytes.
RECOVERY_CODES: Final = 10
RECOVERY_BYTES: Final = 10
#: Whose codes these are, in the authenticator.
ISSUER: Final = "Constellation"


class WrongCode(Exception):
    """The code is not the one that is due, was used already, or there is no second factor."""


class NotBegun(Exception):
    """There is nothing to be confirmed: it is on already, or was not begun."""


def is_on(user: User) -> bool:
    """Whether a password alone opens no session of this user."""
    return user.second_factor_since is not None


def may_have(user: User) -> bool:
    """Whether the user may set one up: staff."""
    return user.is_staff or user.is_superuser


def is_required(user: User) -> bool:
    """Whether the user cannot do without one (`STAFF_SECOND_FACTOR`)."""
    return settings.STAFF_SECOND_FACTOR == "required" and may_have(user)


def is_missing(user: User) -> bool:
    """Whether the user has to set one up before anything else."""
    return is_required(user) and not is_on(user)


def is_missing_for(somebody: object) -> bool:
    """The same for whoever has a session, also for nobody."""
    return isinstance(somebody, User) and is_missing(somebody)


def or_nobody(somebody: Any) -> Any:
    """Whose a connection by session is: nobody's while the second factor is missing."""
    return AnonymousUser() if is_missing_for(somebody) else somebody


def begin(user: User) -> SecondFactor:
    """A new secret for the user's authenticator, in place of one that was not confirmed.

    Raises NotBegun when the second factor is on: it has to be turned off first.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        if is_on(user):
            raise NotBegun
        SecondFactor.objects.filter(user=user).delete()
        secret = base64.b32encode(secrets.token_bytes(20)).decode("ascii")
        return SecondFactor.objects.create(user=user, secret=secret)


def begun(user: User) -> SecondFactor | None:
    """What is being set up; None when nothing is."""
    return None if is_on(user) else SecondFactor.objects.filter(user=user).first()


def address(factor: SecondFactor) -> str:
    """What an authenticator reads from the QR code (`otpauth://…`)."""
    totp = TOTP(_key(factor), DIGITS, SHA1(), STEP_S)  # nosec B303  # noqa: S303  (what RFC 6238 has)
    return totp.get_provisioning_uri(factor.user.get_username(), ISSUER)


def confirm(user: User, code: str) -> list[str]:
    """Turn it on, with a first code; every other session of the user ends.

    Returns the recovery codes, which nobody can see again. `user` is changed too, for
    `update_session_auth_hash`. Raises WrongCode and NotBegun.
    """
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        factor = begun(row)
        if factor is None or not may_have(row):
            raise NotBegun
        if not _takes(factor, code):
            raise WrongCode
        codes = _new_recovery_codes(factor)
        user.second_factor_since = row.second_factor_since = timezone.now()
        row.save(update_fields=["second_factor_since"])
        audit.record("second_factor.on", user, user_pk=user.pk)
    return codes


def check(user: User, code: str, network: str, *, recovery: bool = True) -> None:
    """Take a code of the authenticator, or a recovery code, from `network` (`Peer.network`).

    Without `recovery` only one of the authenticator. Raises WrongCode, and
    `throttle.TooManyAttempts` when there were too many wrong ones.
    """
    counters = throttle.second_factor(user.pk, network)
    moment = throttle.take(counters)
    factor = SecondFactor.objects.filter(user=user).first() if is_on(user) else None
    if factor is None or not (_takes(factor, code) or (recovery and _takes_recovery(factor, code))):
        audit.record("second_factor.failed", user, user_pk=user.pk)
        raise WrongCode
    throttle.forget(counters[0])
    throttle.give_back(counters[1:], moment)


def renew_recovery_codes(user: User, code: str, network: str) -> list[str]:
    """New recovery codes, which nobody can see again; the ones before are void, used or not.

    It takes a code of the authenticator: who has nothing but a recovery code shall not make more of
    them. Raises as `check` does.
    """
    check(user, code, network, recovery=False)
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        factor = SecondFactor.objects.filter(user=row).first() if is_on(row) else None
        if factor is None:  # turned off since the code was taken
            raise WrongCode
        RecoveryCode.objects.filter(factor=factor).delete()
        codes = _new_recovery_codes(factor)
        audit.record("second_factor.recovery_renewed", user, user_pk=user.pk)
    return codes


def turn_off(user: User) -> bool:
    """Turn it off; every other session of the user ends. Whether it was on.

    Who may do that is for the doors to see to. `user` is changed too.
    """
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        was_on = is_on(row)
        SecondFactor.objects.filter(user=row).delete()
        user.second_factor_since = row.second_factor_since = None
        row.save(update_fields=["second_factor_since"])
        if was_on:
            audit.record("second_factor.off", user)
    return was_on


def recovery_codes_left(user: User) -> int:
    """How many recovery codes have not been used."""
    return RecoveryCode.objects.filter(factor__user=user, used=None).count()


# --- codes ------------------------------------------------------------------------------------


def _key(factor: SecondFactor) -> bytes:
    """The secret; a random one in place of one that cannot be read, which fits no code."""
    try:
        return base64.b32decode(factor.secret) or secrets.token_bytes(20)
    except binascii.Error:
        return secrets.token_bytes(20)


def _plain(code: str) -> str:
    """A code as people type it: with blanks or dashes, in capitals, in digits of any width."""
    text = normalize("NFKC", code).casefold()
    return "".join(text.replace("-", " ").split())


def _takes(factor: SecondFactor, code: str) -> bool:
    """Whether this is a code of now that was not used yet; from now on it was."""
    plain = _plain(code)
    if len(plain) != DIGITS or not (plain.isascii() and plain.isdecimal()):
        return False
    hotp = HOTP(_key(factor), DIGITS, SHA1())  # nosec B303  # noqa: S303  (what RFC 6238 has)
    now = int(timezone.now().timestamp()) // STEP_S
    found = 0
    for step in range(now - STEPS_BESIDE, now + STEPS_BESIDE + 1):
        if compare_digest(hotp.generate(step), plain.encode("ascii")):
            found = max(found, step)
    # The database decides, should the same code be sent twice at the same moment.
    earlier = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=found)
    return bool(found) and earlier.update(last_step=found) == 1


def _takes_recovery(factor: SecondFactor, code: str) -> bool:
    unused = RecoveryCode.objects.filter(factor=factor, digest=_digest(code), used=None)
    if not unused.update(used=timezone.now()):
        return False
    left = recovery_codes_left(factor.user)
    audit.record(
        "second_factor.recovery_used", factor.user, after={"left": left}, user_pk=factor.pk
    )
    return True


def _new_recovery_codes(factor: SecondFactor) -> list[str]:
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, digest=_digest(one)) for one in codes
    )
    return codes


def _recovery_code() -> str:
    """80 random bits as `abcd-efgh-ijkl-mnop`."""
    text = base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode("ascii").lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _digest(code: str) -> str:
    return sha256(_plain(code).encode("utf-8", "surrogatepass")).hexdigest()
