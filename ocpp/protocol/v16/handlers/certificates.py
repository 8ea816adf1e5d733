"""SignCertificate."""

from ocpp.domain.certificates import requests
from ocpp.domain.station import Station
from ocpp.protocol.v16.messages.certificates import SignCertificate, SignCertificateResponse


def sign_certificate(station: Station, request: SignCertificate) -> SignCertificateResponse:
    """Note that the charge point wants a certificate; it is signed and sent later."""
    status = requests.asked(station, request.csr)
    # The words of the rule are the standard's.
    return SignCertificateResponse(status=status)  # type: ignore[arg-type]
