"""Keys, requests and certificates as charge points, manufacturers and authorities make them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

Key = Any  # the classes of private keys have no common one that signs


def ec_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    """A new key on P-256 or another curve."""
    return ec.generate_private_key(curve or ec.SECP256R1())


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """A new RSA key."""
    return rsa.generate_private_key(65537, bits)


def name(common_name: str | None, organization: str | None = None) -> x509.Name:
    """A name of these parts."""
    parts = [(NameOID.ORGANIZATION_NAME, organization), (NameOID.COMMON_NAME, common_name)]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value])


def make_csr(
    common_name: str | None = "CP1",
    key: Key = None,
    *,
    organization: str | None = None,
    algorithm: Any = None,
) -> x509.CertificateSigningRequest:
    """A request for a certificate."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(name(common_name, organization))
    return builder.sign(key or ec_key(), algorithm or hashes.SHA256())


def csr_pem(common_name: str | None = "CP1", key: Key = None, **parts: Any) -> str:
    """The same in PEM."""
    return make_csr(common_name, key, **parts).public_bytes(Encoding.PEM).decode()


def make_root(
    common_name: str = "Maker Root",
    key: Key = None,
    *,
    begins: datetime | None = None,
    ends: datetime | None = None,
) -> x509.Certificate:
    """A root certificate that is not this node's."""
    own = key or ec_key()
    return make_certificate(
        name(common_name), own.public_key(), name(common_name), own, begins, ends
    )


def make_certificate(
    subject: x509.Name,
    public_key: Any,
    issuer: x509.Name,
    issuer_key: Key,
    begins: datetime | None = None,
    ends: datetime | None = None,
) -> x509.Certificate:
    """A certificate as anybody may sign it."""
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins or now - timedelta(days=1))
        .not_valid_after(ends or now + timedelta(days=365))
        .sign(issuer_key, hashes.SHA256())
    )


def pem(*certificates: x509.Certificate) -> str:
    """Certificates in PEM."""
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


#: What `OCPP_CERTIFICATE_AUTHORITY` names in tests, and what it was asked.
SIGNER = "ocpp.tests.certifying.another_authority"
asked: list[tuple[str, str]] = []
#: What it does: returns its answer or raises.
answer: Any = None

_other_key = ec_key()
_other_root = make_root("Another Authority", _other_key)


def another_authority(charger_id: str, csr: str) -> Any:
    """An authority that is not this node's own."""
    asked.append((charger_id, csr))
    if answer is not None:
        return answer(charger_id, csr)
    return other_chain(csr)


def other_chain(csr: str, **times: datetime) -> str:
    """The certificate of that authority for a request, and its root."""
    request = x509.load_pem_x509_csr(csr.encode())
    leaf = make_certificate(
        request.subject, request.public_key(), _other_root.subject, _other_key, **times
    )
    return pem(leaf, _other_root)
