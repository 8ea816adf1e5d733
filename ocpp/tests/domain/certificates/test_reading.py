"""What is read as a certificate or a request for one, and what is refused, with the rule."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from pytest_django import Settings

from ocpp.domain.certificates import reading
from ocpp.domain.errors import Invalid
from ocpp.tests.certifying import ec_key, make_csr, make_root, pem, rsa_key


def refusal(csr: Any, charger_id: str = "CP1") -> str:
    with pytest.raises(Invalid) as caught:
        reading.check_csr("csr", csr, charger_id)
    assert caught.value.field == "csr"
    return str(caught.value.sentence)


def test_a_request_is_understood_in_every_form_that_editions_of_the_whitepaper_had() -> None:
    request = make_csr()
    der = request.public_bytes(Encoding.DER)
    base64_lines = base64.encodebytes(der).decode()
    proper = request.public_bytes(Encoding.PEM).decode()
    broken = [proper.replace("\n", end) for end in ("\r\n", "", " ", "\\n", "\\r\\n")]
    broken.append(proper.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"))
    for text in (proper, *broken, base64_lines, der.hex(), der.hex().upper()):
        read = reading.read_csr("csr", text)
        assert read == request
        reading.check_csr("csr", read, "CP1")


@pytest.mark.parametrize(
    "text", ["", "x", "-----BEGIN CERTIFICATE REQUEST-----\nAA==\n", "añ", "00", "MAA="]
)
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="is not a certificate signing request"):
        reading.read_csr("csr", text)


@pytest.mark.parametrize("key", [ec_key(), ec_key(ec.SECP384R1()), ec_key(ec.SECP224R1())])
def test_curves_of_224_bits_and_more_are_good(key: Any) -> None:
    reading.check_csr("csr", make_csr(key=key), "CP1")


def test_small_and_strange_keys_are_refused() -> None:
    reading.check_csr("csr", make_csr(key=rsa_key(2048)), "CP1")
    assert refusal(make_csr(key=rsa_key(1024))) == (
        "has a key of 1024 bits; RSA needs 2048 at least."
    )
    assert refusal(make_csr(key=ec_key(ec.SECP192R1()))) == (
        "has a key of 192 bits; EC needs 224 at least."
    )
    edwards = ed25519.Ed25519PrivateKey.generate()
    other = x509.CertificateSigningRequestBuilder().subject_name(make_csr().subject)
    assert "neither RSA nor" in refusal(other.sign(edwards, None))


def test_a_request_is_signed_with_its_own_key() -> None:
    der = bytearray(make_csr().public_bytes(Encoding.DER))
    der[-1] ^= 1
    read = reading.read_csr("csr", bytes(der).hex())
    assert refusal(read) in (
        "is not signed with its own key.",
        "has a key or a signature that is not known here.",
    )


def test_the_common_name_is_the_charger_s_id() -> None:
    reading.check_csr("csr", make_csr("cp1"), "CP1")
    assert refusal(make_csr("CP2")) == (
        "has the common name CP2; it must be the charger's id, CP1."
    )
    assert refusal(make_csr(None)) == (
        "has the common name none; it must be the charger's id, CP1."
    )


def test_the_organization_is_the_operator_s_where_one_is_set(settings: Settings) -> None:
    reading.check_csr("csr", make_csr(organization="Whoever"), "CP1")
    settings.OCPP_CPO_NAME = "Acme"
    reading.check_csr("csr", make_csr(organization="Acme"), "CP1")
    assert refusal(make_csr(organization="Other")) == (
        "has the organization Other; it must be Acme (key CpoName)."
    )
    assert refusal(make_csr()) == "has the organization none; it must be Acme (key CpoName)."


def test_certificates_are_read_in_their_order() -> None:
    first, second = make_root("A"), make_root("B")
    text = f"remarks\n{pem(first)}more\n{pem(second)}"
    assert reading.read_chain("c", text) == [first, second]
    assert reading.as_pem(first, second) == pem(first, second)
    assert reading.read_certificate("c", pem(first)) == first
    with pytest.raises(Invalid, match="c: holds 2 certificates; one is wanted"):
        reading.read_certificate("c", text)


@pytest.mark.parametrize("text", ["", "x", "ñ", "-----BEGIN CERTIFICATE-----\nAA==\n"])
def test_what_is_no_certificate_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="is not a certificate in PEM"):
        reading.read_chain("certificate", text)


def test_a_private_key_is_never_taken() -> None:
    key = ec_key()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(Invalid, match="holds a private key"):
        reading.read_chain("certificate", pem(make_root("A", key)) + secret)


def test_a_certificate_has_its_time() -> None:
    now = datetime.now(UTC)
    old = make_root(begins=now - timedelta(days=9), ends=now - timedelta(days=1))
    new = make_root(begins=now + timedelta(days=1))
    reading.check_in_time("c", make_root(), now)
    with pytest.raises(Invalid, match="c: is no longer valid"):
        reading.check_in_time("c", old, now)
    with pytest.raises(Invalid, match="c: is not valid before"):
        reading.check_in_time("c", new, now)
