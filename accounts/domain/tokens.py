"""API tokens: made once, shown once, stored as a digest.

A token reads `prefix.secret`. The prefix finds its row, and the SHA-256 of the whole is
compared in constant time. A plain hash suffices: the secret is random, so nobody can guess it
from a list of words as with passwords.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.domain import scopes
from accounts.models import ApiToken, User
from audit import domain as audit

#: `last_used` is written at most this often, so that a busy program costs no writes.
LAST_USED_EVERY: Final = timedelta(minutes=1)

#: Tokens of one user that are good at the same time, of those that people make themselves.
MOST: Final = 20

_NO_DIGEST: Final = "0" * 64


def create(
    user: User,
    name: str,
    expires: datetime | None = None,
    scope: ApiToken.Scope = ApiToken.Scope.FULL,
    areas: Iterable[str] = (),
) -> tuple[ApiToken, str]:
    """A new token of `user`, and its text: the only time that anybody can see it.

    With `areas`, such as `charging:read`, its scope is these and nothing else. Raises
    `scopes.NoSuchScope`, and ValueError where the scope is `some` and there are none.
    """
    chosen = scopes.clean(areas)
    if chosen:
        scope = ApiToken.Scope.SOME
    elif scope == ApiToken.Scope.SOME:
        raise ValueError("A token for some areas names at least one.")
    prefix = secrets.token_hex(4)
    text = f"{prefix}.{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            name=name,
            scope=scope,
            areas=chosen,
            prefix=prefix,
            digest=_digest(text),
            expires=expires,
        )
        told = {"of": user.pk, "scope": token.scope, "areas": chosen, "expires": expires}
        audit.record("token.made", token, after=told)
    return token, text


def find(secret: str) -> ApiToken | None:
    """The token with this text, with its user loaded.

    None when there is none, it is revoked or expired, or its user is not active.
    """
    prefix = secret.partition(".")[0]
    known = None
    if len(prefix) == 8 and prefix.isascii() and prefix.isalnum():
        known = ApiToken.objects.select_related("user").filter(prefix=prefix).first()
    matches = compare_digest(_digest(secret), known.digest if known else _NO_DIGEST)
    now = timezone.now()
    if known is None or not matches or not known.valid_at(now) or not known.user.is_active:
        return None
    if known.last_used is None or known.last_used <= now - LAST_USED_EVERY:
        _touch(known, now)
    return known


def live(user: User) -> int:
    """How many tokens of a user open something now."""
    unexpired = Q(expires=None) | Q(expires__gt=timezone.now())
    return ApiToken.objects.filter(unexpired, user=user, revoked=None).count()


def revoke(token: ApiToken) -> None:
    """End `token` now and for good. One that is revoked already keeps its moment."""
    now = timezone.now()
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked=None).update(revoked=now):
            token.revoked = now
            audit.record("token.revoked", token, after={"of": token.user_id})


def _touch(token: ApiToken, now: datetime) -> None:
    """Note the use, once when several requests come at the same time."""
    due = Q(last_used=None) | Q(last_used__lte=now - LAST_USED_EVERY)
    ApiToken.objects.filter(due, pk=token.pk).update(last_used=now)
    token.last_used = now


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
