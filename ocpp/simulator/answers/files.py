"""Answers of the profile Firmware Management, and of the Security Whitepaper about files."""

from functools import partial
from typing import TYPE_CHECKING, Any

from ocpp.simulator.answers.reply import Handler, Reply, status
from ocpp.simulator.checks import Request
from ocpp.simulator.files import Signed, Upload, Wish

if TYPE_CHECKING:
    from ocpp.simulator.equipment import Equipment

MAX_URL = 2000


def _update(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.19."""
    request = Request(payload, "location", "retries", "retrieveDate", "retryInterval")
    wish = Wish(
        request.text("location", MAX_URL),
        request.moment("retrieveDate"),
        *_tries(request),
    )
    return {}, partial(point.files.update, wish)


def _signed_update(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """Security Whitepaper, L01."""
    request = Request(payload, "requestId", "retries", "retryInterval", "firmware")
    firmware = request.inner(
        "firmware",
        *("location", "retrieveDateTime", "installDateTime", "signingCertificate", "signature"),
    )
    signed = Signed(
        request.integer("requestId"),
        firmware.text("signingCertificate", 5500),
        firmware.text("signature", 800),
    )
    wish = Wish(
        firmware.text("location", 512),
        firmware.moment("retrieveDateTime"),
        *_tries(request),
        install=firmware.optional(firmware.moment, "installDateTime"),
        signed=signed,
    )
    if not point.trust.trusts_signer(signed.certificate):
        return status("InvalidCertificate", lambda: point.tell("InvalidFirmwareSigningCertificate"))
    word = "AcceptedCanceled" if point.files.updating else "Accepted"
    return status(word, partial(point.files.update, wish))


def _diagnostics(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.9: without a file name when there is nothing of that time."""
    request = Request(payload, "location", "retries", "retryInterval", "startTime", "stopTime")
    upload = Upload(
        request.text("location", MAX_URL),
        *_tries(request),
        since=request.optional(request.moment, "startTime"),
        until=request.optional(request.moment, "stopTime"),
    )
    if not point.files.has_lines(upload):
        return {}, None
    return {"fileName": point.files.name(upload)}, partial(point.files.upload, upload)


def _log(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """Security Whitepaper, N01."""
    request = Request(payload, "log", "logType", "requestId", "retries", "retryInterval")
    log = request.inner("log", "remoteLocation", "oldestTimestamp", "latestTimestamp")
    upload = Upload(
        log.text("remoteLocation", 512),
        *_tries(request),
        since=log.optional(log.moment, "oldestTimestamp"),
        until=log.optional(log.moment, "latestTimestamp"),
        kind=request.choice("logType", "DiagnosticsLog", "SecurityLog"),
        request_id=request.integer("requestId"),
    )
    word = "AcceptedCanceled" if point.files.uploading else "Accepted"
    answer = {"status": word, "filename": point.files.name(upload)}
    return answer, partial(point.files.upload, upload)


def _tries(request: Request) -> tuple[int, int]:
    """How often to try again, and how long to wait before that (s)."""
    return (
        request.optional(request.integer, "retries", 0) or 0,
        request.optional(request.integer, "retryInterval", 0) or 0,
    )


HANDLERS: dict[str, Handler] = {
    "GetDiagnostics": _diagnostics,
    "GetLog": _log,
    "SignedUpdateFirmware": _signed_update,
    "UpdateFirmware": _update,
}
