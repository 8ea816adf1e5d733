"""Reading certificates and requests for them, and what must be true of them.

Sizes and algorithms are those of the Security Whitepaper, 3.2 (A00.FR.501 and following).
"""

import base64
import re
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.utils.translation import gettext as _

from ocpp.domain.errors import Invalid
from ocpp.models.charger import identity_key

#: The smallest keys (bits).
RSA_BITS = 2048
EC_BITS = 224
#: The longest of one certificate, and of a chain, in a message (characters).
LONGEST = 5500
LONGEST_CHAIN = 10_000

_WEAK_HASHES = (hashes.MD5, hashes.SHA1)
_BAD = (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension)
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_ENVELOPE = re.compile(
    r"-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----(.*?)-----END (?:NEW )?CERTIFICATE REQUEST-----",
    re.DOTALL,
)


def read_certificate(field: str, text: str) -> x509.Certificate:
    """The one certificate that a PEM text holds. Raises Invalid, which names `field`."""
    found = read_chain(field, text)
    if len(found) != 1:
        raise Invalid(
            field, _("holds %(count)d certificates; one is wanted.") % {"count": len(found)}
        )
    return found[0]


def read_chain(field: str, text: str) -> list[x509.Certificate]:
    """The certificates of a PEM text, in its order. Raises Invalid, which names `field`."""
    if "PRIVATE KEY" in text:
        raise Invalid(field, _("holds a private key, which must not leave its owner."))
    try:
        found = x509.load_pem_x509_certificates(text.encode("ascii"))
        for one in found:
            _read_all_of(one)
    except (*_BAD, UnicodeEncodeError):
        raise Invalid(field, _not_a_certificate()) from None
    return found


def _read_all_of(one: x509.Certificate) -> None:
    """Read what is otherwise read only when it is needed: now it can still be refused."""
    for name in ("subject", "issuer", "extensions", "not_valid_after_utc", "serial_number"):
        getattr(one, name)
    one.public_key()


def _not_a_certificate() -> str:
    return _("is not a certificate in PEM: -----BEGIN CERTIFICATE----- … -----END CERTIFICATE-----")


def check_in_time(field: str, certificate: x509.Certificate, now: datetime) -> None:
    """Raise Invalid for a certificate that is not valid yet, or no longer."""
    if now < certificate.not_valid_before_utc:
        raise Invalid(
            field,
            _("is not valid before %(time)s.")
            % {"time": written(certificate.not_valid_before_utc)},
        )
    if now > certificate.not_valid_after_utc:
        raise Invalid(
            field,
            _("is no longer valid: it has expired on %(time)s.")
            % {"time": written(certificate.not_valid_after_utc)},
        )


def written(moment: datetime) -> str:
    """A time in UTC for a sentence."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def read_csr(field: str, text: str) -> x509.CertificateSigningRequest:
    """A request for a certificate, PKCS #10. Raises Invalid, which names `field`.

    The whitepaper wants PEM; DER in base64 or hexadecimal, as its older editions had it, is
    understood too.
    """
    enveloped = _ENVELOPE.search(text)
    inside = text if enveloped is None else enveloped.group(1)
    # Some charge points lose the ends of the lines, or send them as two characters each.
    bare = "".join(inside.replace("\\n", "").replace("\\r", "").split())
    try:
        der = bytes.fromhex(bare) if _HEX.fullmatch(bare) else base64.b64decode(bare, validate=True)
        return x509.load_der_x509_csr(der)
    except (*_BAD, UnicodeEncodeError):
        raise Invalid(field, _("is not a certificate signing request (PKCS #10) in PEM.")) from None


def check_csr(field: str, csr: x509.CertificateSigningRequest, charger_id: str) -> None:
    """Raise Invalid for a request that must not be signed for the charger `charger_id`."""
    try:
        signed = csr.is_signature_valid
        weak = isinstance(csr.signature_hash_algorithm, _WEAK_HASHES)
        key = csr.public_key()
        names = csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        owners = csr.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    except _BAD:
        raise Invalid(field, _("has a key or a signature that is not known here.")) from None
    if not signed:
        raise Invalid(field, _("is not signed with its own key."))
    if weak:
        raise Invalid(field, _("is signed with a hash that is no longer safe; use SHA-256."))
    _check_key(field, key)
    if [identity_key(str(name.value)) for name in names] != [identity_key(charger_id)]:
        raise Invalid(
            field,
            _("has the common name %(given)s; it must be the charger's id, %(charger)s.")
            % {
                "given": ", ".join(str(name.value) for name in names)[:64] or _("none"),
                "charger": charger_id,
            },
        )
    wanted = settings.OCPP_CPO_NAME
    if wanted and [str(owner.value) for owner in owners] != [wanted]:
        raise Invalid(
            field,
            _("has the organization %(given)s; it must be %(wanted)s (key CpoName).")
            % {
                "given": ", ".join(str(owner.value) for owner in owners)[:64] or _("none"),
                "wanted": wanted,
            },
        )


def _check_key(field: str, key: object) -> None:
    if isinstance(key, rsa.RSAPublicKey):
        kind, bits, least = "RSA", key.key_size, RSA_BITS
    elif isinstance(key, ec.EllipticCurvePublicKey):
        kind, bits, least = "EC", key.curve.key_size, EC_BITS
    else:
        raise Invalid(field, _("has a key that is neither RSA nor an elliptic curve's."))
    if bits < least:
        raise Invalid(
            field,
            _("has a key of %(bits)d bits; %(kind)s needs %(least)d at least.")
            % {"bits": bits, "kind": kind, "least": least},
        )


def as_pem(*certificates: x509.Certificate) -> str:
    """Certificates in PEM, one after the other."""
    return "".join(one.public_bytes(Encoding.PEM).decode("ascii") for one in certificates)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the DER form in lower-case hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def serial(certificate: x509.Certificate) -> str:
    """The serial number in lower-case hexadecimal, without leading zeros."""
    return f"{certificate.serial_number:x}"


def subject(certificate: x509.Certificate) -> str:
    """Whose it is, as RFC 4514 writes it, fit for a column."""
    text = certificate.subject.rfc4514_string({NameOID.SERIAL_NUMBER: "serialNumber"})
    return "".join(c if c.isprintable() else "?" for c in text)[:255]


def storable(text: str) -> str:
    """What a charge point or another program said, as a column of 500 takes it."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "?")[:500]
