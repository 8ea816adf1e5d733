"""Certificates for tests, made by `cryptography` alone."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def name(words: str) -> x509.Name:
    """A name of one part."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])


def pem(certificate: x509.Certificate) -> str:
    """It as text."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


class Authority:
    """A certificate authority of a test."""

    def __init__(self, words: str = "Test root", days: int = 30) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = name(words)
        self.root = self.sign(self.name, self.key.public_key(), days=days)

    def sign(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, days: int = 30
    ) -> x509.Certificate:
        """A certificate of a key; one of fewer than 0 days has expired."""
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=60))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    def answer(self, csr: str, subject: str = "", days: int = 30) -> str:
        """The certificate that a request asks for, or one of another subject."""
        request = x509.load_pem_x509_csr(csr.encode())
        assert request.is_signature_valid
        key = request.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        return pem(self.sign(name(subject) if subject else request.subject, key, days))
