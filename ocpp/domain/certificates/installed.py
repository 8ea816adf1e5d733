"""The root certificates in charge points: what they tell, and what they were made to trust."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from audit import domain as audit
from ocpp.domain.certificates import reading
from ocpp.domain.errors import Invalid, NotFound
from ocpp.models import Charger, Command, InstalledCertificate

#: A charge point tells no more than this many are kept of.
MOST = 100


class HashData(NamedTuple):
    """Which certificate is meant: CertificateHashDataType of the whitepaper."""

    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


def find(charger: Charger, number: int) -> HashData:
    """The certificate of a row of the last listing. Raises NotFound."""
    row = InstalledCertificate.objects.filter(charger=charger, pk=number).first()
    if row is None:
        raise NotFound(
            _("%(charger)s has told of no installed certificate %(number)d.")
            % {"charger": charger.charger_id, "number": number}
        )
    return HashData(*(getattr(row, name) for name in HashData._fields))


def hash_data(root: x509.Certificate) -> HashData:
    """How charge points name a root, by SHA-256."""
    asked = ocsp.OCSPRequestBuilder().add_certificate(root, root, hashes.SHA256()).build()
    return HashData(
        "SHA256",
        asked.issuer_name_hash.hex(),
        asked.issuer_key_hash.hex(),
        reading.serial(root),
    )


def learn_installed(command: Command, response: Mapping[str, Any], now: datetime) -> None:
    """It answered InstallCertificate: what it accepted is installed."""
    if response.get("status") != "Accepted":
        return
    try:
        root = reading.read_certificate("certificate", command.payload["certificate"])
    except Invalid:
        return
    if root.subject != root.issuer:
        return  # the hashes are of its issuer, which is not known here
    _rows(command).filter(_same(hash_data(root))).delete()
    row = InstalledCertificate.objects.create(
        charger_id=command.charger_id,
        certificate_type=command.payload["certificate_type"],
        subject=reading.subject(root),
        told=now,
        **hash_data(root)._asdict(),
    )
    audit.record("certificate.installed", row, after=_told(row), user_pk=command.created_by_id)


def learn_ids(command: Command, response: Mapping[str, Any], now: datetime) -> None:
    """It told which are installed for one use: those, and no others."""
    if response.get("status") not in ("Accepted", "NotFound"):
        return
    kind = command.payload["certificate_type"]
    rows = _rows(command).filter(certificate_type=kind)
    subjects = {_number(row.serial_number): row.subject for row in rows}
    told = list(dict.fromkeys(HashData(**one) for one in response.get("certificates", ())))[:MOST]
    with transaction.atomic():
        rows.delete()
        InstalledCertificate.objects.bulk_create(
            InstalledCertificate(
                charger_id=command.charger_id,
                certificate_type=kind,
                subject=subjects.get(_number(one.serial_number), ""),
                told=now,
                **one._asdict(),
            )
            for one in told
        )


def learn_deleted(command: Command, response: Mapping[str, Any], now: datetime) -> None:
    """It answered DeleteCertificate: what it has deleted, or never had, is not installed."""
    if response.get("status") in ("Accepted", "NotFound"):
        payload = command.payload
        named = HashData(*(payload[name] for name in HashData._fields))
        for row in _rows(command).filter(_same(named)):
            before = _told(row)
            audit.record("certificate.removed", row, before=before, user_pk=command.created_by_id)
            row.delete()


def _told(row: InstalledCertificate) -> dict[str, Any]:
    """What the audit has of a certificate in a charge point."""
    names = ("charger_id", "certificate_type", "subject", "serial_number")
    return {name: getattr(row, name) for name in names}


def _rows(command: Command) -> Any:
    return InstalledCertificate.objects.filter(charger=command.charger_id)


def _same(named: HashData) -> Q:
    """The same certificate, in whatever letter case the hashes are written."""
    return Q(hash_algorithm=named.hash_algorithm) & Q(
        issuer_name_hash__iexact=named.issuer_name_hash,
        issuer_key_hash__iexact=named.issuer_key_hash,
        serial_number__iexact=named.serial_number,
    )


def _number(serial: str) -> str:
    """A serial number without what writers of hexadecimal differ in."""
    return serial.lower().lstrip("0")
