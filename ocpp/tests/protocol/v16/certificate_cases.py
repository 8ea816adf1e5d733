"""The orders for certificates and signed firmware: cases of `test_orders`."""

from typing import Any

HASH_DATA = {
    "hash_algorithm": "SHA256",
    "issuer_name_hash": "a",
    "issuer_key_hash": "b",
    "serial_number": "1f",
}

#: Order, neutral arguments, action and payload on the wire.
REQUESTS: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "install_certificate",
        {"certificate_type": "ManufacturerRootCertificate", "certificate": "P"},
        "InstallCertificate",
        '{"certificateType":"ManufacturerRootCertificate","certificate":"P"}',
    ),
    (
        "get_installed_certificate_ids",
        {"certificate_type": "CentralSystemRootCertificate"},
        "GetInstalledCertificateIds",
        '{"certificateType":"CentralSystemRootCertificate"}',
    ),
    (
        "delete_certificate",
        HASH_DATA,
        "DeleteCertificate",
        '{"certificateHashData":{"hashAlgorithm":"SHA256","issuerNameHash":"a",'
        '"issuerKeyHash":"b","serialNumber":"1f"}}',
    ),
    (
        "certificate_signed",
        {"certificate_chain": "P"},
        "CertificateSigned",
        '{"certificateChain":"P"}',
    ),
    (
        "signed_update_firmware",
        {
            "location": "http://x/f",
            "retrieve_date": "2026-05-01T12:00:00Z",
            "install_date": None,
            "signing_certificate": "P",
            "signature": "S",
            "retries": 1,
            "retry_interval": None,
            "request_id": 7,
        },
        "SignedUpdateFirmware",
        '{"requestId":7,"firmware":{"location":"http://x/f",'
        '"retrieveDateTime":"2026-05-01T12:00:00Z","signingCertificate":"P","signature":"S"},'
        '"retries":1}',
    ),
]

#: Order, payload of the answer, its outcome.
ANSWERS: list[tuple[str, str, dict[str, Any]]] = [
    ("certificate_signed", '{"status":"Rejected"}', {"status": "Rejected"}),
    ("delete_certificate", '{"status":"NotFound"}', {"status": "NotFound"}),
    ("install_certificate", '{"status":"Failed"}', {"status": "Failed"}),
    (
        "signed_update_firmware",
        '{"status":"InvalidCertificate"}',
        {"status": "InvalidCertificate"},
    ),
    (
        "get_installed_certificate_ids",
        '{"status":"NotFound"}',
        {"status": "NotFound", "certificates": []},
    ),
    (
        "get_installed_certificate_ids",
        '{"status":"Accepted","certificateHashData":[{"hashAlgorithm":"SHA256",'
        '"issuerNameHash":"a","issuerKeyHash":"b","serialNumber":"1f"}]}',
        {"status": "Accepted", "certificates": [HASH_DATA]},
    ),
]
