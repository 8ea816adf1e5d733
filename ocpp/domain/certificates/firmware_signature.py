"""Signatures of firmware (Security Whitepaper, L01).

The charge point is the judge of them, by the manufacturer's root that it has. What is plainly
wrong is told here before anything is sent.
"""

import base64
import binascii
import hashlib
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from django.utils.translation import gettext as _

from ocpp.domain.errors import Invalid, NotFound

_SHA256 = Prehashed(hashes.SHA256())
#: The whitepaper wants PSS. Charge points that know only PKCS #1 v1.5 are signed for with that.
_PADDINGS = (
    padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO),
    padding.PKCS1v15(),
)


def read(field: str, text: str) -> bytes:
    """The bytes of a signature in base64. Raises Invalid, which names `field`."""
    try:
        signature = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(field, _("is not base64 (in one line, without blanks).")) from None
    if not signature:
        raise Invalid(field, _("is empty."))
    return signature


def check(field: str, signature: bytes, certificate: x509.Certificate, file: Path) -> None:
    """Raise Invalid when the signature is not that of the file by the key of the certificate.

    SHA-256 with RSA or ECDSA; a key of another kind is not checked. Raises NotFound without file.
    """
    key = certificate.public_key()
    try:
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").digest()
    except OSError:
        raise NotFound(_("The file of this firmware is not there any more.")) from None
    if isinstance(key, ec.EllipticCurvePublicKey):
        fits = _fits_ec(key, signature, digest)
    elif isinstance(key, rsa.RSAPublicKey):
        fits = any(_fits_rsa(key, signature, digest, one) for one in _PADDINGS)
    else:
        return
    if not fits:
        raise Invalid(
            field, _("is not the signature of this file by the key of the signing certificate.")
        )


def _fits_ec(key: ec.EllipticCurvePublicKey, signature: bytes, digest: bytes) -> bool:
    try:
        key.verify(signature, digest, ec.ECDSA(_SHA256))
    except InvalidSignature:
        return False
    return True


def _fits_rsa(
    key: rsa.RSAPublicKey, signature: bytes, digest: bytes, how: padding.AsymmetricPadding
) -> bool:
    try:
        key.verify(signature, digest, how, _SHA256)
    except InvalidSignature:
        return False
    return True
