"""Security Whitepaper, edition 3, messages about certificates and signed firmware (5.1 to 5.17).

SignCertificate comes from the charge point, the others go to it.
"""

from typing import Annotated, Literal

from msgspec import Meta

from ocpp.protocol.payload import Integer, Payload

Text40 = Annotated[str, Meta(max_length=40)]
Text128 = Annotated[str, Meta(max_length=128)]
Text512 = Annotated[str, Meta(max_length=512)]
Text800 = Annotated[str, Meta(max_length=800)]
#: One certificate, or a request for one, in PEM.
Pem = Annotated[str, Meta(max_length=5500)]
PemChain = Annotated[str, Meta(max_length=10000)]

CertificateUse = Literal["CentralSystemRootCertificate", "ManufacturerRootCertificate"]


class SignCertificate(Payload):
    """The charge point asks for a certificate with its own key."""

    csr: Pem


class SignCertificateResponse(Payload):
    """Answer to SignCertificate: `Accepted` says that the request will be looked at."""

    status: Literal["Accepted", "Rejected"]


class CertificateSigned(Payload):
    """The certificate that was asked for, and those between it and the root."""

    certificateChain: PemChain


class CertificateSignedResponse(Payload):
    """Answer to CertificateSigned."""

    status: Literal["Accepted", "Rejected"]


class InstallCertificate(Payload):
    """A root certificate that the charge point is to trust."""

    certificateType: CertificateUse
    certificate: Pem


class InstallCertificateResponse(Payload):
    """Answer to InstallCertificate."""

    status: Literal["Accepted", "Failed", "Rejected"]


class CertificateHashData(Payload):
    """Which certificate is meant, by hashes as in RFC 6960, 4.1.1."""

    hashAlgorithm: Literal["SHA256", "SHA384", "SHA512"]
    issuerNameHash: Text128
    issuerKeyHash: Text128
    serialNumber: Text40


class DeleteCertificate(Payload):
    """A root certificate that the charge point is to trust no longer."""

    certificateHashData: CertificateHashData


class DeleteCertificateResponse(Payload):
    """Answer to DeleteCertificate."""

    status: Literal["Accepted", "Failed", "NotFound"]


class GetInstalledCertificateIds(Payload):
    """Ask which root certificates of a kind are installed."""

    certificateType: CertificateUse


class GetInstalledCertificateIdsResponse(Payload):
    """Answer to GetInstalledCertificateIds; `NotFound` says that there are none."""

    status: Literal["Accepted", "NotFound"]
    certificateHashData: Annotated[list[CertificateHashData], Meta(min_length=1)] | None = None


class Firmware(Payload):
    """Where signed firmware is, when to fetch and install it, and how to check it."""

    location: Text512
    retrieveDateTime: str
    signingCertificate: Pem
    #: Base64.
    signature: Text800
    installDateTime: str | None = None


class SignedUpdateFirmware(Payload):
    """Fetch firmware, check its signature, install it; the interval is in s."""

    requestId: Integer
    firmware: Firmware
    retries: Integer | None = None
    retryInterval: Integer | None = None


class SignedUpdateFirmwareResponse(Payload):
    """Answer to SignedUpdateFirmware."""

    status: Literal[
        "Accepted", "Rejected", "AcceptedCanceled", "InvalidCertificate", "RevokedCertificate"
    ]
