"""Every message of the Security Whitepaper, in both directions, with charge points that nobody
here wrote. Both libraries know all of them and judge each by their own schemas."""

import base64
import time
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from ocpp.tests.certifying import csr_pem, ec_key, make_root, pem, rsa_key
from tests.interop import stories
from tests.interop.foreign import ForeignChargePoint
from tests.support.server import ServerProcess

CHARGER = "INTEROP-4"
PATH = f"/ocpp/chargers/{CHARGER}/action/"
ACCEPTED = {"status": "Accepted"}
KEY = ec_key()
ROOT = make_root("Interop Root", KEY)
SIGNATURE = base64.b64encode(KEY.sign(b"firmware", ec.ECDSA(hashes.SHA256()))).decode()
HASH_DATA = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "ab" * 32,
    "issuerKeyHash": "cd" * 32,
    "serialNumber": f"{ROOT.serial_number:x}",
}
NEUTRAL_HASH_DATA = {
    "hash_algorithm": "SHA256",
    "issuer_name_hash": "ab" * 32,
    "issuer_key_hash": "cd" * 32,
    "serial_number": f"{ROOT.serial_number:x}",
}
CENTRAL = "CentralSystemRootCertificate"
MAKER = "ManufacturerRootCertificate"

#: Body of the REST request -> action and payload on the wire, answer, what REST tells of it.
#: None for the id of a request: the number of the command.
COMMANDS: list[tuple[dict[str, Any], str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (
        {"action": "install_certificate", "certificate_type": CENTRAL, "certificate": pem(ROOT)},
        "InstallCertificate",
        {"certificateType": CENTRAL, "certificate": pem(ROOT)},
        ACCEPTED,
        ACCEPTED,
    ),
    (
        {"action": "get_installed_certificate_ids", "certificate_type": CENTRAL},
        "GetInstalledCertificateIds",
        {"certificateType": CENTRAL},
        {"status": "Accepted", "certificateHashData": [HASH_DATA]},
        {"status": "Accepted", "certificates": [NEUTRAL_HASH_DATA]},
    ),
    (
        {"action": "delete_certificate", **NEUTRAL_HASH_DATA},
        "DeleteCertificate",
        {"certificateHashData": HASH_DATA},
        {"status": "Failed"},
        {"status": "Failed"},
    ),
    (
        {"action": "certificate_signed", "certificate_chain": pem(ROOT)},
        "CertificateSigned",
        {"certificateChain": pem(ROOT)},
        {"status": "Rejected"},
        {"status": "Rejected"},
    ),
    (
        {
            "action": "signed_update_firmware",
            "location": "ftp://files.example/f.bin",
            "retrieve_date": "2026-05-01T06:00:00-06:00",
            "install_date": "2026-05-02T12:00:00Z",
            "signing_certificate": pem(ROOT),
            "signature": SIGNATURE,
            "retries": 2,
            "retry_interval": 60,
        },
        "SignedUpdateFirmware",
        {
            "firmware": {
                "location": "ftp://files.example/f.bin",
                "retrieveDateTime": "2026-05-01T12:00:00Z",
                "installDateTime": "2026-05-02T12:00:00Z",
                "signingCertificate": pem(ROOT),
                "signature": SIGNATURE,
            },
            "requestId": None,
            "retries": 2,
            "retryInterval": 60,
        },
        {"status": "AcceptedCanceled"},
        {"status": "AcceptedCanceled"},
    ),
    (
        {"action": "get_log", "log_type": "SecurityLog", "location": "ftp://files.example/in"},
        "GetLog",
        {
            "log": {"remoteLocation": "ftp://files.example/in"},
            "logType": "SecurityLog",
            "requestId": None,
        },
        {"status": "Accepted", "filename": "s.log"},
        {"status": "Accepted", "file_name": "s.log"},
    ),
    (
        {"action": "extended_trigger_message", "requested_message": "SignChargePointCertificate"},
        "ExtendedTriggerMessage",
        {"requestedMessage": "SignChargePointCertificate"},
        ACCEPTED,
        ACCEPTED,
    ),
]
ANSWERS = {action: answer for _, action, _, answer, _ in COMMANDS}


def test_every_command_and_its_progress(server: ServerProcess, library: str) -> None:
    token = stories.provide(server, CHARGER).token
    numbers: dict[str, int] = {}
    with ForeignChargePoint(library, server.ws_url, CHARGER, ANSWERS) as charge_point:
        charge_point.call("Heartbeat", {})
        for body, action, payload, _, expected in COMMANDS:
            status, told = server.request("POST", PATH, body, token=token)
            assert status == 200, told
            assert told["answer"] == expected
            numbers[action] = told["command"]
            if "requestId" in payload:
                payload = {**payload, "requestId": told["command"]}
            assert charge_point.command() == (action, payload)
        for action, word, request in [
            ("SignedFirmwareStatusNotification", "SignatureVerified", "SignedUpdateFirmware"),
            ("LogStatusNotification", "Uploading", "GetLog"),
        ]:
            payload = {"status": word, "requestId": numbers[request]}
            assert charge_point.call(action, payload) == {}
            path = f"/ocpp/chargers/{CHARGER}/commands/{numbers[request]}/"
            status, told = server.request("GET", path, token=token)
            assert (status, told["progress"]) == (200, word)
        # The PyPI library does not know that techInfo may be left out.
        event = {
            "type": "SettingSystemTime",
            "timestamp": "2026-05-01T12:00:00Z",
            "techInfo": "by hand",
        }
        assert charge_point.call("SecurityEventNotification", event) == {}
    kept = server.shell(
        """
from ocpp.models import InstalledCertificate, SecurityEvent
answer([
    list(InstalledCertificate.objects.values_list("certificate_type", "subject")),
    SecurityEvent.objects.get().type,
])
"""
    )
    assert kept == [[[CENTRAL, "CN=Interop Root"]], "SettingSystemTime"]
    assert charge_point.complaints == []
    assert "Traceback" not in server.output()


def test_a_certificate_is_asked_for_signed_and_installed(
    server: ServerProcess, library: str
) -> None:
    stories.provide(server, CHARGER)
    answers = {"CertificateSigned": ACCEPTED}
    with ForeignChargePoint(library, server.ws_url, CHARGER, answers) as charge_point:
        charge_point.call("Heartbeat", {})
        refused = charge_point.call("SignCertificate", {"csr": csr_pem("SOMEBODY-ELSE")})
        assert refused == {"status": "Rejected"}
        for key in (ec_key(), rsa_key()):
            csr = csr_pem(CHARGER, key, organization="Acme")
            assert charge_point.call("SignCertificate", {"csr": csr}) == ACCEPTED
            action, payload = charge_point.command()
            assert action == "CertificateSigned"
            (leaf,) = x509.load_pem_x509_certificates(payload["certificateChain"].encode())
            assert leaf.public_key() == key.public_key()
        assert _states_in_the_end(server) == ["rejected", "installed", "installed"]
    ((text,),) = server.database.query("SELECT pem FROM ocpp_certificate WHERE kind = 'authority'")
    leaf.verify_directly_issued_by(x509.load_pem_x509_certificate(text.encode()))
    assert charge_point.complaints == []
    assert "Traceback" not in server.output()


def _states_in_the_end(server: ServerProcess) -> list[str]:
    """The states of all requests, when the last one is finished."""
    deadline = time.monotonic() + 20
    while True:
        rows = server.database.query(
            "SELECT state, finished FROM ocpp_certificaterequest ORDER BY id"
        )
        if rows[-1][1] is not None or time.monotonic() > deadline:
            return [state for state, _ in rows]
        time.sleep(0.05)
