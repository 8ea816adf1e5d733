"""Keys and certificates of a simulated charge point, in memory (Security Whitepaper, edition 3)."""

import base64
import binascii
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

CENTRAL, MANUFACTURER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"
MAX_INSTALLED = 8
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "SHA256": hashes.SHA256,
    "SHA384": hashes.SHA384,
    "SHA512": hashes.SHA512,
}

HashData = dict[str, str]


def load(pem: str) -> list[x509.Certificate]:
    """The certificates in `pem`; none when it cannot be read."""
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return []


def current(certificate: x509.Certificate) -> bool:
    """Whether it is valid today."""
    now = datetime.now(UTC)
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def hash_data(certificate: x509.Certificate, algorithm: str = "SHA256") -> HashData:
    """CertificateHashDataType of a self-issued certificate (RFC 6960, CertID)."""
    return {
        "hashAlgorithm": algorithm,
        "issuerNameHash": _digest(algorithm, certificate.issuer.public_bytes()),
        "issuerKeyHash": _digest(algorithm, _key_bits(certificate)),
        "serialNumber": f"{certificate.serial_number:x}",
    }


def _key_bits(certificate: x509.Certificate) -> bytes:
    """The content of the BIT STRING with the public key."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    if isinstance(key, ec.EllipticCurvePublicKey):
        point = serialization.PublicFormat.UncompressedPoint
        return key.public_bytes(serialization.Encoding.X962, point)
    raise UnsupportedAlgorithm("only RSA and EC keys are known here")


def _digest(algorithm: str, content: bytes) -> str:
    digest = hashes.Hash(_HASHES[algorithm]())
    digest.update(content)
    return digest.finalize().hex()


class Trust:
    """Roots that were installed, and the charge point's own key and certificate."""

    def __init__(self, identity: str) -> None:
        self._identity = identity
        self._roots: list[tuple[str, x509.Certificate]] = []
        self._asked: ec.EllipticCurvePrivateKey | None = None
        #: PEM of the certificate chain and of its key, once the central system has signed one.
        self.own: tuple[str, str] | None = None

    def roots(self, kind: str) -> list[x509.Certificate]:
        """The installed certificates of a kind."""
        return [certificate for one, certificate in self._roots if one == kind]

    def install(self, kind: str, pem: str) -> str:
        """The status of InstallCertificate.conf."""
        found = load(pem)
        if len(found) != 1:
            return "Rejected"
        (root,) = found
        if root.issuer != root.subject or not current(root):
            return "Rejected"
        try:
            hash_data(root)
        except UnsupportedAlgorithm:
            return "Rejected"
        if (kind, root) in self._roots:
            return "Accepted"
        if len(self._roots) >= MAX_INSTALLED:
            return "Rejected"
        self._roots.append((kind, root))
        return "Accepted"

    def installed(self, kind: str) -> list[HashData]:
        """What GetInstalledCertificateIds.conf lists."""
        return [hash_data(certificate) for certificate in self.roots(kind)]

    def delete(self, wanted: HashData) -> str:
        """The status of DeleteCertificate.conf."""
        lower = {name: value.lower() for name, value in wanted.items()}
        lower["serialNumber"] = lower["serialNumber"].lstrip("0") or "0"
        algorithm = wanted["hashAlgorithm"]
        stay = [
            (kind, certificate)
            for kind, certificate in self._roots
            if hash_data(certificate, algorithm) != lower | {"hashAlgorithm": algorithm}
        ]
        if len(stay) == len(self._roots):
            return "NotFound"
        self._roots = stay
        return "Accepted"

    def request(self, organization: str) -> str:
        """A new key, and the PEM of a request to have it certified."""
        self._asked = ec.generate_private_key(ec.SECP256R1())
        name = [x509.NameAttribute(NameOID.COMMON_NAME, self._identity)]
        if organization:
            name.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:64]))
        request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(name))
        signed = request.sign(self._asked, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM).decode()

    def take(self, pem: str) -> bool:
        """Take a chain as one's own, when its first certificate fits the key that was asked for."""
        chain = load(pem)
        if not chain or self._asked is None or not current(chain[0]):
            return False
        if chain[0].public_key() != self._asked.public_key():
            return False
        names = chain[0].subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if [name.value for name in names] != [self._identity]:
            return False
        key = self._asked.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self.own, self._asked = (pem, key.decode()), None
        return True

    def trusts_signer(self, pem: str) -> bool:
        """Whether a manufacturer's root that is installed has issued this signing certificate."""
        chain = load(pem)
        if not chain or not current(chain[0]):
            return False
        for issuer in [*chain[1:], *self.roots(MANUFACTURER)]:
            if _issued(chain[0], issuer):
                if issuer in self.roots(MANUFACTURER):
                    return True
                chain[0] = issuer
        return False


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def signature_fits(pem: str, signature: str, content: bytes) -> bool:
    """Whether `signature` (Base64, over SHA-256) of `content` is of the certificate's key."""
    chain = load(pem)
    if not chain:
        return False
    key = chain[0].public_key()
    try:
        raw = base64.b64decode(signature, validate=True)
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(raw, content, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
            key.verify(raw, content, pss, hashes.SHA256())
        else:
            return False
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True
