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
from ocpp.choices import AnomalyKind, SecurityProfile
from ocpp.domain import anomalies, client_certificates, credentials
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
    oddity: str = ""


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
        return Shown(oddity="it sent credentials that nobody here knows")
    oddity = ""
    if proof.tls and (proof.chain or proof.certificate_error):
        try:
            known = client_certificates.check(charger, proof.chain, proof.certificate_error, now)
            return Shown(SecurityProfile.CERTIFICATE, certificate=known)
        except Refused as refusal:
            if required == SecurityProfile.CERTIFICATE:
                raise
            oddity = refusal.reason
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
            raise Refused(
                403, "This charge point has to connect over TLS (wss://), not less.", "downgrade"
            )
        raise Refused(
            403, "This charge point has to connect over TLS (wss://).", "insecure_transport"
        )
    if required == SecurityProfile.CERTIFICATE:
        if lower:
            raise Refused(
                403,
                "This charge point has to show its client certificate; a key is not enough.",
                "downgrade",
            )
        raise Refused(
            403, "This charge point has to show its client certificate.", "certificate_missing"
        )


def _require_key(charger: Charger, visitor: Visitor) -> Credential:
    proof = visitor.proof
    if proof.malformed:
        raise Refused(401, "The Authorization header cannot be read.", "unauthenticated")
    if proof.basic is None:
        raise Refused(401, "This charge point has to send its key.", "unauthenticated")
    counter = guesses(visitor)
    # One query for both: a fleet may come back all at once.
    keys = list(charger.credentials.order_by("pk").annotate(hits=throttle.hits_of(counter)))
    try:
        throttle.check(counter, keys[0].hits if keys else ())
    except throttle.TooManyAttempts as too_many:
        limits_hit.hit("wrong_keys")
        raise Refused(
            429, "Too many wrong keys from this address. Please try again later.", "throttled"
        ) from too_many
    credential = _match(charger, visitor, keys)
    if credential is None:
        raise Refused(401, "The user name or the key is wrong.", "wrong_key")
    return credential


def _optional_key(charger: Charger, visitor: Visitor, oddity: str) -> Shown:
    """At profile 0: what the key proves; a wrong one is only noted."""
    proof = visitor.proof
    if proof.malformed:
        return Shown(oddity="its Authorization header cannot be read")
    if proof.basic is None:
        return Shown(oddity=oddity)
    credential = _match(charger, visitor, charger.credentials.order_by("pk"))
    if credential is None:
        return Shown(oddity="it sent a key that is not its own, which its profile 0 does not need")
    profile = SecurityProfile.BASIC_TLS if proof.tls else SecurityProfile.BASIC
    told = "it sent its key, which its profile 0 does not need: the profile can be raised"
    return Shown(profile, credential=credential, oddity=oddity or told)


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
        _note(charger, "oddity " + shown.oddity, shown.oddity, now)
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
    transport = "over TLS" if visitor.proof.tls else "without TLS"
    _note(
        charger,
        refusal.code,
        f"a connection from {visitor.address or 'somewhere'} {transport} was refused "
        f"({refusal.code}, security profile {charger.security_profile}): {refusal.reason}",
        now,
    )
    _note_spoofing(charger, visitor, now)


def _note_spoofing(charger: Charger, visitor: Visitor, now: datetime) -> None:
    if visitor.proof.spoofed:
        detail = (
            f"headers with a client certificate came from {visitor.address}, which is no trusted "
            "proxy; they were ignored"
        )
        _note(charger, "spoofed", detail, now)


def _note(charger: Charger, about: str, detail: str, now: datetime) -> None:
    anomalies.record_rarely(charger.pk, AnomalyKind.SECURITY, detail, now, about=about)
