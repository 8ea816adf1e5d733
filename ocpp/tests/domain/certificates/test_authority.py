"""The node's own authority: one root, what it signs, and what others' verifiers say of it."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError
from django.core import serializers
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from ocpp.choices import CertificateKind
from ocpp.domain.certificates import authority, reading, requests
from ocpp.domain.errors import Conflict, Invalid
from ocpp.models import Authority, Certificate, Charger
from ocpp.tests.certifying import ec_key, make_csr, rsa_key
from tests.support.services import need

pytestmark = pytest.mark.django_db


def root() -> x509.Certificate:
    return x509.load_pem_x509_certificate(authority.current().certificate.pem.encode())


def extension(certificate: x509.Certificate, kind: Any) -> Any:
    return certificate.extensions.get_extension_for_class(kind).value


def test_the_root_is_made_once() -> None:
    first = authority.current()
    assert authority.current() == first
    assert Authority.objects.count() == 1
    row = first.certificate
    certificate = root()
    assert row.kind == CertificateKind.AUTHORITY
    assert row.fingerprint == reading.fingerprint(certificate)
    assert row.valid_until == certificate.not_valid_after_utc
    assert certificate.subject == certificate.issuer
    constraints = extension(certificate, x509.BasicConstraints)
    assert (constraints.ca, constraints.path_length) == (True, 0)
    usage = extension(certificate, x509.KeyUsage)
    assert usage.key_cert_sign
    assert usage.crl_sign
    assert not usage.digital_signature


def test_of_two_processes_one_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = authority.current()
    # This one looked before the other had made it.
    monkeypatch.setattr(authority, "_active", lambda: None)
    assert authority.current() == mine
    with pytest.raises(IntegrityError), transaction.atomic():
        authority._store(*authority._new_root(datetime.now(UTC)))


def test_its_key_is_sealed(settings: Settings) -> None:
    made = authority.current()
    with connection.cursor() as cursor:
        cursor.execute("SELECT private_key FROM ocpp_authority")
        (stored,) = cursor.fetchone()
    assert "PRIVATE" not in stored
    assert "PRIVATE" in made.private_key
    assert "PRIVATE" not in serializers.serialize("json", [made])
    settings.SECRET_KEY = "another"
    with pytest.raises(Conflict, match="SECRET_KEY has changed"):
        authority.sign("CP1", make_csr())


def test_what_it_signs() -> None:
    key = ec_key()
    certificate = authority.sign("CP1", make_csr(key=key, organization="Acme"))
    assert certificate.public_key() == key.public_key()
    names = certificate.subject
    assert names.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "CP1"
    assert names.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "Acme"
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert not constraints.value.ca
    assert list(extension(certificate, x509.ExtendedKeyUsage)) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    usage = extension(certificate, x509.KeyUsage)
    assert usage.digital_signature
    assert not usage.key_cert_sign
    assert not usage.key_encipherment
    assert (
        extension(certificate, x509.AuthorityKeyIdentifier).key_identifier
        == extension(root(), x509.SubjectKeyIdentifier).digest
    )
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    assert extension(certificate, x509.SubjectKeyIdentifier) == own
    other = authority.sign("CP1", make_csr())
    assert other.serial_number != certificate.serial_number
    assert certificate.serial_number.bit_length() > 64


def test_it_lasts_as_long_as_the_settings_say_and_no_longer_than_the_root(
    settings: Settings,
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    with time_machine.travel(now, tick=False):
        settings.OCPP_CERTIFICATE_DAYS = 10
        certificate = authority.sign("CP1", make_csr())
        assert certificate.not_valid_after_utc == now + timedelta(days=10)
        assert certificate.not_valid_before_utc == now - authority.BACKDATED
        settings.OCPP_CERTIFICATE_DAYS = 100 * 365
        certificate = authority.sign("CP1", make_csr())
        assert certificate.not_valid_after_utc == root().not_valid_after_utc


def test_an_rsa_key_may_also_encipher() -> None:
    certificate = authority.sign("CP1", make_csr(key=rsa_key()))
    assert extension(certificate, x509.KeyUsage).key_encipherment


def test_it_signs_no_bad_request() -> None:
    with pytest.raises(Invalid, match="common name"):
        authority.sign("CP1", make_csr("CP2"))


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_foreign_verifiers_agree(settings: Settings, kind: str, tmp_path: Path) -> None:
    settings.OCPP_AUTHORITY_KEY = kind
    certificate = authority.sign("CP1", make_csr(key=ec_key()))
    public = root().public_key()
    if kind == "ec":
        assert isinstance(public, ec.EllipticCurvePublicKey)
        certificate.verify_directly_issued_by(root())
    else:
        assert isinstance(public, rsa.RSAPublicKey)
        assert public.key_size == authority.ROOT_RSA_BITS
    need("openssl")
    revoked = authority.keep(certificate, CertificateKind.CHARGE_POINT, _charger())
    (tmp_path / "root.pem").write_text(authority.bundle(datetime.now(UTC)))
    (tmp_path / "leaf.pem").write_text(reading.as_pem(certificate))

    def verify(*more: str) -> "subprocess.CompletedProcess[str]":
        words = ["openssl", "verify", "-x509_strict", "-purpose", "sslclient"]
        return subprocess.run(
            [*words, "-CAfile", "root.pem", *more, "leaf.pem"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    def write_crl() -> None:
        made = authority.crl(authority.current(), datetime.now(UTC))
        (tmp_path / "crl.pem").write_bytes(made.public_bytes(Encoding.PEM))

    assert verify().stdout.strip() == "leaf.pem: OK", verify().stderr
    write_crl()
    with_crl = ("-crl_check", "-CRLfile", "crl.pem")
    assert verify(*with_crl).stdout.strip() == "leaf.pem: OK", verify(*with_crl).stderr
    requests.revoke(revoked, "lost", datetime.now(UTC))
    write_crl()
    assert "certificate revoked" in verify(*with_crl).stderr


def _charger() -> Charger:
    return Charger.objects.get_or_create(charger_id="CP1")[0]


def test_the_verifier_of_cryptography_agrees() -> None:
    certificate = authority.sign("CP1", make_csr())
    old = root()
    authority.replace()
    # The Web's rules for leaves ask for names of hosts; those for authorities are good.
    leaves, roots = ExtensionPolicy.permit_all(), ExtensionPolicy.webpki_defaults_ca()

    def verify(trusted: x509.Certificate) -> list[x509.Certificate]:
        verifier = (
            PolicyBuilder()
            .store(Store([trusted]))
            .time(datetime.now(UTC))
            .extension_policies(ca_policy=roots, ee_policy=leaves)
            .build_client_verifier()
        )
        return verifier.verify(certificate, []).chain

    assert verify(old) == [certificate, old]
    with pytest.raises(VerificationError):
        verify(root())


def test_a_new_root_signs_and_the_old_one_still_vouches() -> None:
    now = datetime.now(UTC)
    old = authority.current()
    new = authority.replace()
    assert authority.current() == new
    assert [row.pk for row in authority.roots(now)] == [
        new.certificate.pk,
        old.certificate.pk,
    ]
    found = x509.load_pem_x509_certificates(authority.bundle(now).encode())
    assert found[0].subject != found[1].subject
    Certificate.objects.filter(pk=old.certificate.pk).update(revoked=now)
    assert authority.roots(now) == [new.certificate]


def test_the_list_of_revoked_ones_is_that_of_its_root() -> None:
    now = datetime.now(UTC)
    old = authority.current()
    first = authority.keep(
        authority.sign("CP1", make_csr()), CertificateKind.CHARGE_POINT, _charger()
    )
    good = authority.keep(
        authority.sign("CP1", make_csr()), CertificateKind.CHARGE_POINT, _charger()
    )
    requests.revoke(first, "stolen", now)
    new = authority.replace()
    revoked = authority.crl(old, now)
    assert [f"{one.serial_number:x}" for one in revoked] == [first.serial_number]
    assert revoked.next_update_utc == now.replace(microsecond=0) + authority.CRL_LASTS
    assert list(authority.crl(new, now)) == []
    assert good.serial_number != first.serial_number


def test_where_the_list_is_stands_in_the_certificate(settings: Settings) -> None:
    assert not [
        one
        for one in authority.sign("CP1", make_csr()).extensions
        if isinstance(one.value, x509.CRLDistributionPoints)
    ]
    settings.SITE_URL = "https://node.example"
    (point,) = extension(authority.sign("CP1", make_csr()), x509.CRLDistributionPoints)
    number = authority.current().pk
    assert point.full_name[0].value == f"https://node.example/ocpp/authority/{number}.crl"
