"""Who signs: this node's own authority, or another that a setting names.

`OCPP_CERTIFICATE_AUTHORITY` is the dotted path of a callable

    def sign(charger_id: str, csr_pem: str) -> str

which returns the certificate in PEM, followed by those between it and the root. It is called in
a thread of its own and may take its time. It raises `Refused` with a reason where it will never
sign this; after any other exception it is asked again later.
"""

from collections.abc import Callable
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from ocpp.domain.certificates import authority, reading
from ocpp.domain.errors import DomainError, Invalid
from ocpp.models.charger import identity_key

Signer = Callable[[str, str], str]


class Refused(DomainError):
    """An authority will not sign this request, however often it is asked."""


def sign(charger_id: str, csr_pem: str, now: datetime) -> list[x509.Certificate]:
    """The charge point's certificate, and those between it and the root.

    Raises Refused or Invalid where it must not be signed; whatever else is raised may pass.
    """
    csr = reading.read_csr("csr", csr_pem)
    reading.check_csr("csr", csr, charger_id)
    if not settings.OCPP_CERTIFICATE_AUTHORITY:
        return [authority.sign(charger_id, csr)]
    signer: Signer = import_string(settings.OCPP_CERTIFICATE_AUTHORITY)
    told = signer(charger_id, csr_pem)
    if not isinstance(told, str):
        raise TypeError(f"{settings.OCPP_CERTIFICATE_AUTHORITY} returned {type(told).__name__}")
    chain = reading.read_chain("certificate", told)
    _check(chain, csr, charger_id, now)
    return chain


def _check(
    chain: list[x509.Certificate],
    csr: x509.CertificateSigningRequest,
    charger_id: str,
    now: datetime,
) -> None:
    """Raise Invalid where what another authority returned is not what was asked for."""
    leaf = chain[0]
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if leaf.public_key().public_bytes(*form) != csr.public_key().public_bytes(*form):
        raise Invalid("certificate", _("is for another key than that of the request."))
    names = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if [identity_key(str(name.value)) for name in names] != [identity_key(charger_id)]:
        raise Invalid("certificate", _("is for another charger."))
    reading.check_in_time("certificate", leaf, now)
    if len(reading.as_pem(*chain)) > reading.LONGEST_CHAIN:
        raise Invalid(
            "certificate",
            _("and its chain are longer than %(most)d characters.")
            % {"most": reading.LONGEST_CHAIN},
        )
