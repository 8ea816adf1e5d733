"""API tokens: made once, shown once, stored as a digest.

A token reads `prefix.secret`. The prefix finds its row, and the SHA-256 of the whole is
compared in constant time. A plain hash suffices: the secret is random, so nobody can guess it
from a list of words as with passwords.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Final

from django.db.models import Q
from django.utils import timezone

from accounts.models import ApiToken, User

#: `last_used` is written at most this often, so that a busy program costs no writes.
LAST_USED_EVERY: Final = timedelta(minutes=1)

_NO_DIGEST: Final = "0" * 64


def create(
    user: User,
    name: str,
    expires: datetime | None = None,
    scope: ApiToken.Scope = ApiToken.Scope.FULL,
) -> tuple[ApiToken, str]:
    """A new token of `user`, and its text: the only time that anybody can see it."""
    prefix = secrets.token_hex(4)
    text = f"{prefix}.{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user,
        name=name,
        scope=scope,
        prefix=prefix,
        digest=_digest(text),
        expires=expires,
    )
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


def revoke(token: ApiToken) -> None:
    """End `token` now and for good. One that is revoked already keeps its moment."""
    now = timezone.now()
    if ApiToken.objects.filter(pk=token.pk, revoked=None).update(revoked=now):
        token.revoked = now


def _touch(token: ApiToken, now: datetime) -> None:
    """Note the use, once when several requests come at the same time."""
    due = Q(last_used=None) | Q(last_used__lte=now - LAST_USED_EVERY)
    ApiToken.objects.filter(due, pk=token.pk).update(last_used=now)
    token.last_used = now


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
