"""Answers about certificates (Security Whitepaper, edition 3)."""

from typing import TYPE_CHECKING, Any

from ocpp.simulator.answers.reply import Handler, Reply, status
from ocpp.simulator.checks import Request
from ocpp.simulator.trust import CENTRAL, MANUFACTURER

if TYPE_CHECKING:
    from ocpp.simulator.equipment import Equipment


def _install(point: "Equipment", payload: dict[str, Any]) -> Reply:
    request = Request(payload, "certificateType", "certificate")
    kind = request.choice("certificateType", CENTRAL, MANUFACTURER)
    return status(point.trust.install(kind, request.text("certificate", 5500)))


def _installed(point: "Equipment", payload: dict[str, Any]) -> Reply:
    request = Request(payload, "certificateType")
    found = point.trust.installed(request.choice("certificateType", CENTRAL, MANUFACTURER))
    if not found:
        return status("NotFound")
    return {"status": "Accepted", "certificateHashData": found}, None


def _delete(point: "Equipment", payload: dict[str, Any]) -> Reply:
    wanted = Request(payload, "certificateHashData").inner(
        "certificateHashData",
        *("hashAlgorithm", "issuerNameHash", "issuerKeyHash", "serialNumber"),
    )
    return status(
        point.trust.delete(
            {
                "hashAlgorithm": wanted.choice("hashAlgorithm", "SHA256", "SHA384", "SHA512"),
                "issuerNameHash": wanted.text("issuerNameHash", 128),
                "issuerKeyHash": wanted.text("issuerKeyHash", 128),
                "serialNumber": wanted.text("serialNumber", 40),
            }
        )
    )


def _signed(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """The certificate that was asked for with SignCertificate; it holds from now on."""
    chain = Request(payload, "certificateChain").text("certificateChain", 10_000)
    if point.trust.take(chain):
        return status("Accepted")
    return status("Rejected", lambda: point.tell("InvalidChargePointCertificate"))


HANDLERS: dict[str, Handler] = {
    "CertificateSigned": _signed,
    "DeleteCertificate": _delete,
    "GetInstalledCertificateIds": _installed,
    "InstallCertificate": _install,
}
