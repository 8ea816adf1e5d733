"""Client certificates of charge points (Security Whitepaper for OCPP 1.6, profile 3).

The TLS layer, or the proxy in front, has verified the signatures up to an authority that it trusts.
Here the rest is looked at: time, whose it is, what it is for, and whether it was revoked.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.db.models import Q

from ocpp.choices import CertificateKind
from ocpp.domain.oddities import Why, reason
from ocpp.domain.visitor import Refused
from ocpp.models import Certificate, Charger
from ocpp.models.charger import identity_key


class Known(NamedTuple):
    """A certificate that was found good, and whether there is a row of it."""

    certificate: x509.Certificate
    has_row: bool


def check(charger: Charger, chain: Sequence[bytes], tls_error: str, now: datetime) -> Known:
    """The charger's own certificate: the first of `chain` (DER). Raises Refused (403)."""
    if tls_error:
        late = "expired" in tls_error or "not yet valid" in tls_error
        raise Refused(
            403,
            reason(Why.NOT_ACCEPTED, error=tls_error),
            "certificate_expired" if late else "certificate_untrusted",
        )
    try:
        certificates = [x509.load_der_x509_certificate(der) for der in chain]
        leaf = certificates[0]
        names, usages = _names(leaf), _usages(leaf)
    except Exception as error:  # whatever a stranger's bytes make of the parser
        raise Refused(403, reason(Why.NOT_READABLE), "certificate_untrusted") from error
    for one in certificates:
        _require_in_time(one, now)
    if identity_key(charger.charger_id) not in names:
        raise Refused(403, reason(Why.OF_ANOTHER), "certificate_other")
    if usages is not None and not usages & {
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    }:
        raise Refused(403, reason(Why.NOT_FOR_CLIENTS), "certificate_untrusted")
    return Known(leaf, _require_not_revoked(certificates))


def keep(charger: Charger, known: Known) -> None:
    """Keep a row of a certificate that another authority has signed, so that it can be revoked."""
    if known.has_row:
        return
    one = known.certificate
    Certificate.objects.get_or_create(
        fingerprint=fingerprint(one),
        defaults={
            "charger": charger,
            "kind": CertificateKind.CHARGE_POINT,
            "subject": one.subject.rfc4514_string()[:255],
            "serial_number": f"{one.serial_number:x}"[:40],
            "pem": one.public_bytes(Encoding.PEM).decode("ascii"),
            "valid_from": one.not_valid_before_utc,
            "valid_until": one.not_valid_after_utc,
        },
    )


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of its DER form, as `Certificate.fingerprint` has it."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def _require_in_time(one: x509.Certificate, now: datetime) -> None:
    begin, end = one.not_valid_before_utc, one.not_valid_after_utc
    if now < begin:
        why = reason(Why.NOT_YET_VALID, time=_text(begin))
        raise Refused(403, why, "certificate_expired")
    if now > end:
        raise Refused(403, reason(Why.EXPIRED, time=_text(end)), "certificate_expired")


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _names(one: x509.Certificate) -> set[str]:
    """Whose it is: its common name, and its alternative names of hosts."""
    names = [str(part.value) for part in one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    try:
        others = one.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        pass
    else:
        names += others.value.get_values_for_type(x509.DNSName)
    return {identity_key(name) for name in names}


def _usages(one: x509.Certificate) -> set[x509.ObjectIdentifier] | None:
    """What it may be used for; None where it does not say."""
    try:
        return set(one.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return None


def _require_not_revoked(certificates: Sequence[x509.Certificate]) -> bool:
    """Raise Refused when one of them was revoked; returns whether the first has a row.

    A certificate is the same when its bytes are, or its issuer and serial number (RFC 5280).
    """
    mine = [fingerprint(one) for one in certificates]
    serial = f"{certificates[0].serial_number:x}"[:40]
    rows = Certificate.objects.filter(
        Q(fingerprint__in=mine) | Q(revoked__isnull=False, serial_number=serial)
    )
    has_row = False
    for row in rows:
        has_row = has_row or row.fingerprint == mine[0]
        if row.revoked is not None and (
            row.fingerprint in mine or _issuer(row) == certificates[0].issuer
        ):
            raise Refused(403, reason(Why.REVOKED), "certificate_revoked")
    return has_row


def _issuer(row: Certificate) -> x509.Name | None:
    try:
        return x509.load_pem_x509_certificate(row.pem.encode()).issuer
    except ValueError:
        return None
