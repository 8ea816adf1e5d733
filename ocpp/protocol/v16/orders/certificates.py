"""The orders of the Security Whitepaper for certificates and for signed firmware."""

from collections.abc import Mapping

from ocpp.protocol.payload import Payload
from ocpp.protocol.v16.messages import certificates
from ocpp.protocol.v16.orders.base import Arguments, Order, Outcome, plain, status


def _delete(arguments: Arguments) -> Payload:
    return certificates.DeleteCertificate(
        certificateHashData=certificates.CertificateHashData(
            hashAlgorithm=arguments["hash_algorithm"],
            issuerNameHash=arguments["issuer_name_hash"],
            issuerKeyHash=arguments["issuer_key_hash"],
            serialNumber=arguments["serial_number"],
        )
    )


def _installed(answer: certificates.GetInstalledCertificateIdsResponse) -> Outcome:
    return {
        "status": answer.status,
        "certificates": [
            {
                "hash_algorithm": one.hashAlgorithm,
                "issuer_name_hash": one.issuerNameHash,
                "issuer_key_hash": one.issuerKeyHash,
                "serial_number": one.serialNumber,
            }
            for one in answer.certificateHashData or ()
        ],
    }


def _signed_update_firmware(arguments: Arguments) -> Payload:
    return certificates.SignedUpdateFirmware(
        firmware=certificates.Firmware(
            location=arguments["location"],
            retrieveDateTime=arguments["retrieve_date"],
            installDateTime=arguments.get("install_date"),
            signingCertificate=arguments["signing_certificate"],
            signature=arguments["signature"],
        ),
        requestId=arguments["request_id"],
        retries=arguments.get("retries"),
        retryInterval=arguments.get("retry_interval"),
    )


ORDERS: Mapping[str, Order] = {
    "certificate_signed": plain(
        certificates.CertificateSigned,
        certificates.CertificateSignedResponse,
        certificateChain="certificate_chain",
    ),
    "delete_certificate": Order(
        _delete, certificates.DeleteCertificateResponse, status, "DeleteCertificate"
    ),
    "get_installed_certificate_ids": plain(
        certificates.GetInstalledCertificateIds,
        certificates.GetInstalledCertificateIdsResponse,
        _installed,
        certificateType="certificate_type",
    ),
    "install_certificate": plain(
        certificates.InstallCertificate,
        certificates.InstallCertificateResponse,
        certificateType="certificate_type",
        certificate="certificate",
    ),
    "signed_update_firmware": Order(
        _signed_update_firmware,
        certificates.SignedUpdateFirmwareResponse,
        status,
        "SignedUpdateFirmware",
    ),
}
