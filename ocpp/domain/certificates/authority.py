"""The certificate authority of this node: a root that is made once, and signs for charge points.

Its key lies sealed in the database, so every process of the node signs with the same one.
"""

from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import domain as audit
from ocpp.choices import CertificateKind
from ocpp.domain.certificates import reading
from ocpp.domain.errors import Conflict
from ocpp.models import Authority, Certificate, Charger

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

#: How long a root lasts, and how far back what is signed begins: clocks of charge points differ.
ROOT_LASTS = timedelta(days=20 * 365)
BACKDATED = timedelta(hours=1)
#: How long a list of revoked certificates is good for.
CRL_LASTS = timedelta(days=7)
ROOT_RSA_BITS = 3072


def current() -> Authority:
    """The authority that signs; made when there is none yet, by one process only."""
    found = _active()
    if found is not None:
        return found
    key, certificate = _new_root(timezone.now())
    try:
        with transaction.atomic():
            return _store(key, certificate)
    except IntegrityError:
        # Another process was quicker at this very moment.
        return Authority.objects.select_related("certificate").get(active=True)


def replace() -> Authority:
    """Make a new root that signs from now on; the old one still vouches for what it signed."""
    key, certificate = _new_root(timezone.now())
    with transaction.atomic():
        Authority.objects.filter(active=True).update(active=False)
        return _store(key, certificate)


def _active() -> Authority | None:
    return Authority.objects.select_related("certificate").filter(active=True).first()


def _new_root(now: datetime) -> tuple[Key, x509.Certificate]:
    """A key and its root. Outside of any transaction: RSA takes its time."""
    key = _new_key()
    name = settings.OCPP_CPO_NAME or "Arthexis Constellation"
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{name[:45]} charge points"),
            # Two roots of one node must not have one name: verifiers look issuers up by it.
            x509.NameAttribute(NameOID.SERIAL_NUMBER, f"{x509.random_serial_number():x}"[:16]),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + ROOT_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return key, _signed(builder, key)


def _store(key: Key, certificate: x509.Certificate) -> Authority:
    row = keep(certificate, CertificateKind.AUTHORITY, None)
    return Authority.objects.create(
        certificate=row,
        private_key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(
            "ascii"
        ),
    )


def _new_key() -> Key:
    if settings.OCPP_AUTHORITY_KEY == "rsa":
        return rsa.generate_private_key(65537, ROOT_RSA_BITS)
    return ec.generate_private_key(ec.SECP256R1())


def _usage(**wanted: bool) -> x509.KeyUsage:
    names = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: wanted.get(name, False) for name in names})


def _padding(key: Key) -> Any:
    """RSA-PSS, as the whitepaper wants it (A00.FR.503)."""
    if isinstance(key, rsa.RSAPrivateKey):
        return padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    return None


def _signed(builder: x509.CertificateBuilder, key: Key) -> x509.Certificate:
    return builder.sign(key, hashes.SHA256(), rsa_padding=_padding(key))


def keep(
    certificate: x509.Certificate, kind: CertificateKind, charger: Charger | None
) -> Certificate:
    """The row of a certificate; the one that is there when it was kept before."""
    with transaction.atomic():
        row, made = Certificate.objects.get_or_create(
            fingerprint=reading.fingerprint(certificate),
            defaults={
                "charger": charger,
                "kind": kind,
                "subject": reading.subject(certificate),
                "serial_number": reading.serial(certificate),
                "pem": reading.as_pem(certificate),
                "valid_from": certificate.not_valid_before_utc,
                "valid_until": certificate.not_valid_after_utc,
            },
        )
        if made:
            named = {name: getattr(row, name) for name in ("kind", "subject", "serial_number")}
            told = {"charger": row.charger_id, "valid_until": row.valid_until}
            audit.record("certificate.made", row, after=named | told)
    return row


def key_of(authority: Authority) -> Key:
    """The private key. Raises Conflict when it cannot be opened any more."""
    if not authority.private_key:
        raise Conflict(
            _(
                "The key of the certificate authority cannot be opened: SECRET_KEY has changed."
                " Add the former one to SECRET_KEY_FALLBACKS, or make a new authority."
            )
        )
    key = load_pem_private_key(authority.private_key.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)  # noqa: S101  (ours)
    return key


def sign(charger_id: str, csr: x509.CertificateSigningRequest) -> x509.Certificate:
    """A certificate for a charge point, for its own key and as long as the settings say.

    Raises Invalid for a request that must not be signed, Conflict when this node cannot sign.
    """
    reading.check_csr("csr", csr, charger_id)
    authority = current()
    root = x509.load_pem_x509_certificate(authority.certificate.pem.encode())
    key = key_of(authority)
    now = timezone.now()
    lasts = timedelta(days=settings.OCPP_CERTIFICATE_DAYS)
    public = csr.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)  # noqa: S101  (checked)
    builder = (
        x509.CertificateBuilder()
        # As it asked for it: charge points compare.
        .subject_name(csr.subject)
        .issuer_name(root.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(max(now - BACKDATED, root.not_valid_before_utc))
        .not_valid_after(min(now + lasts, root.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            _usage(digital_signature=True, key_encipherment=isinstance(public, rsa.RSAPublicKey)),
            critical=True,
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(public),
            critical=False,
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
                root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
            ),
            critical=False,
        )
    )
    if settings.SITE_URL:
        url = settings.SITE_URL + reverse("ocpp:authority-crl", args=[authority.pk])
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return _signed(builder, key)


def roots(now: datetime) -> list[Certificate]:
    """The roots that vouch for charge points now, the one that signs first."""
    valid = Authority.objects.filter(
        certificate__revoked=None, certificate__valid_until__gt=now
    ).select_related("certificate")
    return [one.certificate for one in valid.order_by("-active", "-pk")]


def bundle(now: datetime) -> str:
    """The roots in PEM: what a TLS listener takes as authorities of client certificates."""
    return "".join(one.pem for one in roots(now))


def crl(authority: Authority, now: datetime) -> x509.CertificateRevocationList:
    """The certificates of an authority that were revoked and have not expired (RFC 5280, 5)."""
    key = key_of(authority)
    root = x509.load_pem_x509_certificate(authority.certificate.pem.encode())
    identifier = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.subject)
        .last_update(now)
        .next_update(now + CRL_LASTS)
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
    )
    revoked = Certificate.objects.filter(
        ~Q(revoked=None), kind=CertificateKind.CHARGE_POINT, valid_until__gt=now
    )
    for pem, when in revoked.values_list("pem", "revoked").iterator():
        one = x509.load_pem_x509_certificate(pem.encode())
        if when is not None and one.issuer == root.subject:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(one.serial_number)
                .revocation_date(when)
                .build()
            )
    return builder.sign(key, hashes.SHA256(), rsa_padding=_padding(key))
