"""Operations about certificates and signed firmware: what they queue, what they refuse."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pytest_django import Settings

from ocpp import operations
from ocpp.choices import CertificateKind, CertificateRequestState
from ocpp.domain import commands, firmware_files
from ocpp.domain.certificates import authority
from ocpp.domain.errors import Conflict, Invalid, NotFound
from ocpp.models import CertificateRequest, Charger, Command, FirmwareTicket
from ocpp.tests.certifying import ec_key, make_certificate, make_csr, make_root, name, pem
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import NOON, NOON_TEXT

MAKER = "ManufacturerRootCertificate"
ROOT = make_root(begins=NOON - timedelta(days=1), ends=NOON + timedelta(days=1))
HASH_DATA = {
    "hash_algorithm": "SHA512",
    "issuer_name_hash": "ab",
    "issuer_key_hash": "cd",
    "serial_number": "1F",
}
KEY = ec_key()
CONTENT = b"firmware" * 1000
SIGNER = make_root(key=KEY, begins=NOON - timedelta(days=1), ends=NOON + timedelta(days=1))
SIGNATURE = base64.b64encode(KEY.sign(CONTENT, ec.ECDSA(hashes.SHA256()))).decode()
SIGNED = {"signing_certificate": pem(SIGNER), "signature": SIGNATURE}
URL = "https://files.example/f.bin"


@pytest.fixture(autouse=True)
def _here(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.UPLOADS_ROOT = str(tmp_path)
    settings.SITE_URL = "https://node.example"
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


def _run(charger: Charger, action: str, **given: Any) -> Command:
    return operations.OPERATIONS[action].run(charger, given, None)


def _private() -> str:
    return KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _expired() -> str:
    return pem(make_root(begins=NOON - timedelta(days=9), ends=NOON - timedelta(days=1)))


def test_a_certificate_is_queued_without_the_remarks_beside_it(charger: Charger) -> None:
    text = f"Subject: someone\n{pem(ROOT)}the end"
    command = _run(charger, "install_certificate", certificate_type=MAKER, certificate=text)
    assert command.payload == {"certificate_type": MAKER, "certificate": pem(ROOT)}


#: Operation, arguments as given, what is said.
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("install_certificate", {"certificate": pem(ROOT)}, "certificate_type: is required."),
    (
        "install_certificate",
        {"certificate_type": "V2GRootCertificate", "certificate": pem(ROOT)},
        "certificate_type: must be one of: CentralSystemRootCertificate, ManufacturerRootCerti",
    ),
    ("install_certificate", {"certificate_type": MAKER}, "certificate: is required."),
    (
        "install_certificate",
        {"certificate_type": MAKER, "certificate": 5},
        "certificate: must be text.",
    ),
    (
        "install_certificate",
        {"certificate_type": MAKER, "certificate": "x" * 5501},
        "certificate: has 5501 characters; 1 to 5500 are allowed.",
    ),
    (
        "install_certificate",
        {"certificate_type": MAKER, "certificate": "x"},
        "certificate: is not a certificate in PEM",
    ),
    (
        "install_certificate",
        {"certificate_type": MAKER, "certificate": pem(ROOT, ROOT)},
        "certificate: holds 2 certificates; one is wanted.",
    ),
    (
        "install_certificate",
        {"certificate_type": MAKER, "certificate": pem(ROOT) + _private()},
        "certificate: holds a private key",
    ),
    (
        "install_certificate",
        {"certificate_type": MAKER, "certificate": _expired()},
        "certificate: is no longer valid: it has expired on 2026-04-30 12:00 UTC.",
    ),
    ("get_installed_certificate_ids", {}, "certificate_type: is required."),
    ("delete_certificate", {}, "hash_algorithm: is required, unless installed is the number"),
    (
        "delete_certificate",
        {**HASH_DATA, "serial_number": None},
        "serial_number: is required, unless installed",
    ),
    (
        "delete_certificate",
        {"installed": 1, "serial_number": "1"},
        "serial_number: cannot be given together with installed.",
    ),
    ("delete_certificate", {**HASH_DATA, "hash_algorithm": "MD5"}, "hash_algorithm: must be one"),
    (
        "delete_certificate",
        {**HASH_DATA, "serial_number": "1" * 41},
        "serial_number: has 41 characters;",
    ),
    (
        "delete_certificate",
        {**HASH_DATA, "issuer_key_hash": "1" * 129},
        "issuer_key_hash: has 129 characters;",
    ),
    ("certificate_signed", {}, "certificate: Give either certificate or certificate_chain."),
    (
        "certificate_signed",
        {"certificate": 1, "certificate_chain": pem(ROOT)},
        "certificate: Give either",
    ),
    (
        "certificate_signed",
        {"certificate_chain": "x" * 10_001},
        "certificate_chain: has 10001 characters; 1 to 10000 are allowed.",
    ),
    (
        "certificate_signed",
        {"certificate_chain": _expired() + pem(ROOT)},
        "certificate_chain: is no longer valid",
    ),
    ("signed_update_firmware", {"location": URL}, "signing_certificate: is required."),
    (
        "signed_update_firmware",
        {"location": URL, "signing_certificate": pem(SIGNER)},
        "signature: is required.",
    ),
    ("signed_update_firmware", SIGNED, "location: is required, unless firmware is the number"),
    (
        "signed_update_firmware",
        {**SIGNED, "location": URL, "firmware": 1},
        "firmware: cannot be given together with location.",
    ),
    (
        "signed_update_firmware",
        {**SIGNED, "location": URL, "signature": "a b"},
        "signature: is not base64",
    ),
    (
        "signed_update_firmware",
        {**SIGNED, "location": URL, "signature": "A" * 801},
        "signature: has 801 characters;",
    ),
    (
        "signed_update_firmware",
        {**SIGNED, "location": URL, "signing_certificate": _expired()},
        "signing_certificate: is no longer valid",
    ),
    (
        "signed_update_firmware",
        {
            **SIGNED,
            "location": URL,
            "retrieve_date": NOON_TEXT,
            "install_date": "2026-05-01T11:59:59Z",
        },
        "install_date: must not be before 2026-05-01T12:00:00Z.",
    ),
]


@pytest.mark.parametrize(("action", "given", "sentence"), REFUSED)
def test_it_refuses_before_anything_is_queued(
    charger: Charger, action: str, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Invalid) as caught:
        _run(charger, action, **given)
    assert str(caught.value).startswith(sentence)
    assert not Command.objects.exists()


def test_the_hash_data_are_queued(charger: Charger) -> None:
    assert _run(charger, "delete_certificate", **HASH_DATA).payload == HASH_DATA


# --- certificate_signed ----------------------------------------------------------------------


def test_one_of_its_certificates_is_sent(charger: Charger) -> None:
    made = authority.sign("CP1", make_csr())
    row = authority.keep(made, CertificateKind.CHARGE_POINT, charger)
    command = _run(charger, "certificate_signed", certificate=row.pk)
    assert command.payload == {"certificate_chain": pem(made)}
    CertificateRequest.objects.create(
        charger=charger,
        state=CertificateRequestState.INSTALLED,
        certificate=row,
        chain=pem(made, ROOT),
        created=NOON,
    )
    command = _run(charger, "certificate_signed", certificate=row.pk)
    assert command.payload == {"certificate_chain": pem(made, ROOT)}
    with pytest.raises(NotFound, match="CP2 has no certificate"):
        _run(make_charger("CP2"), "certificate_signed", certificate=row.pk)
    row.revoked = NOON
    row.save()
    with pytest.raises(Conflict, match="revoked"):
        _run(charger, "certificate_signed", certificate=row.pk)
    row.revoked, row.valid_until = None, NOON
    row.save()
    with pytest.raises(Conflict, match="expired"):
        _run(charger, "certificate_signed", certificate=row.pk)


def test_a_chain_from_elsewhere_is_sent_in_its_order(charger: Charger) -> None:
    leaf = make_certificate(
        name("CP1"), KEY.public_key(), SIGNER.subject, KEY, NOON, NOON + timedelta(days=1)
    )
    command = _run(charger, "certificate_signed", certificate_chain=pem(leaf, SIGNER))
    assert command.payload == {"certificate_chain": pem(leaf, SIGNER)}


def test_not_to_a_charger_that_waits(db: None) -> None:
    with pytest.raises(Conflict, match="waits for approval"):
        _run(
            make_charger(registration="Pending"), "certificate_signed", certificate_chain=pem(ROOT)
        )


# --- signed firmware -------------------------------------------------------------------------


def test_signed_firmware_from_elsewhere(charger: Charger) -> None:
    command = _run(
        charger,
        "signed_update_firmware",
        **SIGNED,
        location=URL,
        install_date="2026-05-02T06:00:00-06:00",
        retries=2,
    )
    command.refresh_from_db()
    assert command.payload == {
        **SIGNED,
        "location": URL,
        "retrieve_date": NOON_TEXT,
        "install_date": "2026-05-02T12:00:00Z",
        "retries": 2,
        "retry_interval": None,
        "request_id": command.pk,
    }


def test_signed_firmware_of_this_node(charger: Charger) -> None:
    file = firmware_files.store("f.bin", [CONTENT], "", None)
    command = _run(charger, "signed_update_firmware", **SIGNED, firmware=file.pk)
    command.refresh_from_db()
    assert command.payload["location"].startswith("https://node.example/ocpp/firmware/")
    assert command.payload["request_id"] == command.pk
    assert FirmwareTicket.objects.get().command == command
    claimed = commands.claim_next(charger.pk, 1, NOON)
    assert claimed == command
    commands.answered(command.pk, 1, {"status": "Accepted"}, NOON)
    command.refresh_from_db()
    assert command.payload["location"] == "https://node.example/ocpp/firmware/***/f.bin"


def test_a_signature_of_another_file_is_refused(charger: Charger) -> None:
    file = firmware_files.store("f.bin", [CONTENT, b"x"], "", None)
    with pytest.raises(Invalid, match="signature: is not the signature of this file"):
        _run(charger, "signed_update_firmware", **SIGNED, firmware=file.pk)
    with pytest.raises(NotFound, match="There is no firmware"):
        _run(charger, "signed_update_firmware", **SIGNED, firmware=file.pk + 1)
    assert not Command.objects.exists()
    assert not FirmwareTicket.objects.exists()


# --- the command line --------------------------------------------------------------------------


def test_a_certificate_may_come_from_a_file(tmp_path: Path) -> None:
    rule = operations.install_certificate.arguments["certificate"].rule
    (tmp_path / "root.pem").write_text(pem(ROOT))
    assert rule.from_text("certificate", f"@{tmp_path}/root.pem") == pem(ROOT)
    with pytest.raises(Invalid, match=r"certificate: cannot be read: .*No such file"):
        rule.from_text("certificate", f"@{tmp_path}/none.pem")
    # REST reads no file of the node.
    with pytest.raises(Invalid, match="is not a certificate"):
        rule.check("certificate", f"@{tmp_path}/root.pem")
