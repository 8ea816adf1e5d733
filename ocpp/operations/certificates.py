"""Certificates of charge points, and of those that they trust (Security Whitepaper, A02, M03-M05).

What is not a certificate, or not in its time, is refused before anything is sent.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from ocpp.choices import CertificateUse
from ocpp.domain import commands
from ocpp.domain.certificates import installed as rules
from ocpp.domain.certificates import reading
from ocpp.domain.errors import Conflict, Invalid, NotFound
from ocpp.models import Certificate, CertificateRequest, Charger, Command
from ocpp.operations.arguments import Number, OneOf, Text
from ocpp.operations.operation import Operation


@dataclass(frozen=True, slots=True)
class Pem:
    """One certificate in PEM, or a chain of them, the first of which is valid now.

    On the command line also `@` and the name of a file. The value is the PEM alone, without the
    remarks that a file may hold beside it.
    """

    max_length: int = reading.LONGEST
    chain: bool = False

    def check(self, field: str, value: Any) -> Any:
        """See Rule."""
        text = Text(self.max_length).check(field, value)
        if self.chain:
            found = reading.read_chain(field, text)
        else:
            found = [reading.read_certificate(field, text)]
        reading.check_in_time(field, found[0], timezone.now())
        return reading.as_pem(*found)

    def from_text(self, field: str, text: str) -> Any:
        """See Rule."""
        if text.startswith("@"):
            try:
                text = Path(text[1:]).read_text("ascii")
            except (OSError, ValueError) as error:
                raise Invalid(field, _("cannot be read: %(error)s") % {"error": error}) from None
        return self.check(field, text)

    def schema(self) -> dict[str, Any]:
        """See Rule."""
        return {
            "type": "string",
            "pattern": "-----BEGIN CERTIFICATE-----",
            "maxLength": self.max_length,
        }


CertificateType = Annotated[str, OneOf(*CertificateUse.values)]


@Operation
def install_certificate(
    charger: Charger,
    *,
    certificate_type: CertificateType,
    certificate: Annotated[str, Pem()],
    user: User | None = None,
) -> Command:
    """Have it trust a root certificate (PEM, 5500 characters at most) (whitepaper, M05)."""
    return commands.queue(
        charger,
        "install_certificate",
        {"certificate_type": certificate_type, "certificate": certificate},
        user=user,
    )


@Operation
def get_installed_certificate_ids(
    charger: Charger, *, certificate_type: CertificateType, user: User | None = None
) -> Command:
    """Ask which root certificates of a kind it trusts (whitepaper, M03).

    They stand on the charger's page afterwards.
    """
    return commands.queue(
        charger, "get_installed_certificate_ids", {"certificate_type": certificate_type}, user=user
    )


@Operation
def delete_certificate(
    charger: Charger,
    *,
    installed: Annotated[int, Number(1)] | None = None,
    hash_algorithm: Annotated[str, OneOf("SHA256", "SHA384", "SHA512")] | None = None,
    issuer_name_hash: Annotated[str, Text(128)] | None = None,
    issuer_key_hash: Annotated[str, Text(128)] | None = None,
    serial_number: Annotated[str, Text(40)] | None = None,
    user: User | None = None,
) -> Command:
    """Have it trust a root certificate no longer (whitepaper, M04).

    `installed` is the number of a row of the last listing; or give all four of the hash data.
    """
    given = {
        "hash_algorithm": hash_algorithm,
        "issuer_name_hash": issuer_name_hash,
        "issuer_key_hash": issuer_key_hash,
        "serial_number": serial_number,
    }
    for name, value in given.items():
        if installed is None and value is None:
            raise Invalid(name, _("is required, unless installed is the number of a certificate."))
        if installed is not None and value is not None:
            raise Invalid(name, _("cannot be given together with installed."))
    if installed is not None:
        given = dict(rules.find(charger, installed)._asdict())
    return commands.queue(charger, "delete_certificate", given, user=user)


@Operation
def certificate_signed(
    charger: Charger,
    *,
    certificate: Annotated[int, Number(1)] | None = None,
    certificate_chain: Annotated[str, Pem(reading.LONGEST_CHAIN, chain=True)] | None = None,
    user: User | None = None,
) -> Command:
    """Send it a certificate for its own key (whitepaper, A02): what it asks for is sent by itself.

    `certificate` is the number of one of its certificates here; or give it in PEM, followed by
    those between it and the root.
    """
    if (certificate is None) == (certificate_chain is None):
        raise Invalid("certificate", _("Give either certificate or certificate_chain."))
    if certificate is not None:
        certificate_chain = _chain_of(charger, certificate)
    return commands.queue(
        charger, "certificate_signed", {"certificate_chain": certificate_chain}, user=user
    )


def _chain_of(charger: Charger, number: int) -> str:
    row = Certificate.objects.filter(charger=charger, pk=number).first()
    if row is None:
        raise NotFound(
            _("%(charger)s has no certificate %(number)d.")
            % {"charger": charger.charger_id, "number": number}
        )
    if row.revoked is not None:
        raise Conflict(_("This certificate is revoked already."))
    if row.valid_until <= timezone.now():
        raise Conflict(_("This certificate has expired."))
    request = CertificateRequest.objects.filter(certificate=row).first()
    return row.pem if request is None else request.chain
