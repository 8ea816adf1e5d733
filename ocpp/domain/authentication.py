"""Whether a connection proves what its charger's security profile asks for.

The profiles (Security Whitepaper for OCPP 1.6, edition 3, 2): 0 nothing, 1 a key, 2 a key over TLS,
3 a client certificate over TLS. More than is asked for is always welcome, less is refused and kept
as an anomaly. Guessing of keys is limited for each charger and address, so that nobody can lock out
a charge point from elsewhere.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.conf import settings

from accounts.domain import throttle
from accounts.domain.addresses import Peer
from ocpp import limits_hit
from ocpp.choices import SecurityProfile
from ocpp.domain import anomalies, client_certificates, credentials
from ocpp.domain.oddities import Odd, Oddity, Why, odd, reason
from ocpp.domain.visitor import Refused, Visitor
from ocpp.models import Charger, Credential
from ocpp.models.charger import identity_key

logger = logging.getLogger(__name__)

#: Refusals that are kept as an anomaly of the charger.
KEPT = frozenset(
    {
        "unauthenticated",
        "wrong_key",
        "throttled",
        "insecure_transport",
        "downgrade",
        "certificate_missing",
        "certificate_expired",
        "certificate_other",
        "certificate_revoked",
        "certificate_untrusted",
    }
)


class Shown(NamedTuple):
    """What a connection has proved: as which profile, and by what."""

    profile: int = SecurityProfile.NONE
    credential: Credential | None = None
    #: The certificate that proves it.
    certificate: client_certificates.Known | None = None
    #: What it has shown without need, and without success.
    oddity: Odd | None = None


NOTHING = Shown()


def authenticate(charger: Charger | None, visitor: Visitor, now: datetime) -> Shown:
    """What the connection proves. Writes nothing. Raises Refused when it is too little.

    An unknown id (None) needs to prove nothing.
    """
    proof = visitor.proof
    required = SecurityProfile.NONE if charger is None else charger.security_profile
    if required == SecurityProfile.NONE and not (proof.basic or proof.malformed or proof.chain):
        return NOTHING
    if charger is None:
        return Shown(oddity=odd(Oddity.CREDENTIALS_OF_NOBODY))
    oddity = None
    if proof.tls and (proof.chain or proof.certificate_error):
        try:
            known = client_certificates.check(charger, proof.chain, proof.certificate_error, now)
            return Shown(SecurityProfile.CERTIFICATE, certificate=known)
        except Refused as refusal:
            if required == SecurityProfile.CERTIFICATE:
                raise
            oddity = odd(Oddity.BAD_CERTIFICATE, why=refusal.why)
    _require_transport(required, visitor)
    if required == SecurityProfile.NONE:
        return _optional_key(charger, visitor, oddity)
    credential = _require_key(charger, visitor)
    profile = SecurityProfile.BASIC_TLS if proof.tls else SecurityProfile.BASIC
    return Shown(profile, credential=credential, oddity=oddity)


def _require_transport(required: int, visitor: Visitor) -> None:
    """Raise Refused for plain text where TLS is asked for, and for no certificate likewise."""
    proof = visitor.proof
    lower = proof.basic is not None
    if required >= SecurityProfile.BASIC_TLS and not proof.tls:
        if lower:
            raise Refused(403, reason(Why.NOT_LESS_THAN_TLS), "downgrade")
        raise Refused(403, reason(Why.NO_TLS), "insecure_transport")
    if required == SecurityProfile.CERTIFICATE:
        if lower:
            raise Refused(403, reason(Why.KEY_IS_NOT_ENOUGH), "downgrade")
        raise Refused(403, reason(Why.NO_CERTIFICATE), "certificate_missing")


def _require_key(charger: Charger, visitor: Visitor) -> Credential:
    proof = visitor.proof
    if proof.malformed:
        raise Refused(401, reason(Why.BAD_HEADER), "unauthenticated")
    if proof.basic is None:
        raise Refused(401, reason(Why.NO_KEY), "unauthenticated")
    counter = guesses(visitor)
    # One query for both: a fleet may come back all at once.
    keys = list(charger.credentials.order_by("pk").annotate(hits=throttle.hits_of(counter)))
    try:
        throttle.check(counter, keys[0].hits if keys else ())
    except throttle.TooManyAttempts as too_many:
        limits_hit.hit("wrong_keys")
        raise Refused(429, reason(Why.TOO_MANY_KEYS), "throttled") from too_many
    credential = _match(charger, visitor, keys)
    if credential is None:
        raise Refused(401, reason(Why.WRONG_KEY), "wrong_key")
    return credential


def _optional_key(charger: Charger, visitor: Visitor, oddity: Odd | None) -> Shown:
    """At profile 0: what the key proves; a wrong one is only noted."""
    proof = visitor.proof
    if proof.malformed:
        return Shown(oddity=odd(Oddity.BAD_HEADER))
    if proof.basic is None:
        return Shown(oddity=oddity)
    credential = _match(charger, visitor, charger.credentials.order_by("pk"))
    if credential is None:
        return Shown(oddity=odd(Oddity.FOREIGN_KEY))
    profile = SecurityProfile.BASIC_TLS if proof.tls else SecurityProfile.BASIC
    told = oddity or odd(Oddity.NEEDLESS_KEY)
    return Shown(profile, credential=credential, oddity=told)


def _match(charger: Charger, visitor: Visitor, keys: Iterable[Credential]) -> Credential | None:
    if visitor.proof.basic is None:
        return None
    user, password = visitor.proof.basic.split(visitor.charger_id.count(":"))
    found = credentials.match(keys, password)
    return found if credentials.is_user(user, charger.charger_id) else None


def guesses(visitor: Visitor) -> throttle.Counter:
    """What wrong keys are counted by: the charger at this address. Never the charger alone."""
    network = Peer(visitor.address, visitor.private).network
    limit = throttle.Limit(settings.OCPP_KEY_FAILURES_PER_15_MINUTES, 15 * throttle.MINUTE)
    return throttle.Counter(f"ocpp-key {network} {identity_key(visitor.charger_id)}", (limit,))


def settle(charger: Charger, visitor: Visitor, shown: Shown, now: datetime) -> None:
    """The connection is admitted: keep what it has proved, and what was odd about that."""
    if shown.credential is not None:
        credentials.used(shown.credential)
    if shown.certificate is not None:
        client_certificates.keep(charger, shown.certificate)
    if charger.wanted_profile is not None and shown.profile >= charger.wanted_profile:
        credentials.raise_profile(charger.pk, charger.wanted_profile)
    elif shown.oddity:
        _note(charger, f"oddity {shown.oddity.text}", shown.oddity, now)
    _note_spoofing(charger, visitor, now)


def refused(visitor: Visitor, refusal: Refused, now: datetime) -> None:
    """The connection is refused: count a wrong key, and keep the event with its charger."""
    if refusal.code == "wrong_key":
        try:
            throttle.take([guesses(visitor)])
        except throttle.TooManyAttempts:
            logger.debug("A wrong key for %a beyond the limit", visitor.charger_id)
    if refusal.code not in KEPT:
        return
    charger = Charger.objects.filter(id_key=identity_key(visitor.charger_id)).first()
    if charger is None:
        return
    told = odd(
        Oddity.REFUSED_TLS if visitor.proof.tls else Oddity.REFUSED,
        address=visitor.address or "–",
        profile=charger.security_profile,
        why=refusal.why,
        refusal=refusal.code,
    )
    _note(charger, refusal.code, told, now)
    _note_spoofing(charger, visitor, now)


def _note_spoofing(charger: Charger, visitor: Visitor, now: datetime) -> None:
    if visitor.proof.spoofed:
        _note(charger, "spoofed", odd(Oddity.SPOOFED, address=visitor.address or "–"), now)


def _note(charger: Charger, about: str, told: Odd, now: datetime) -> None:
    anomalies.record_rarely(charger.pk, told, now, about=about)
