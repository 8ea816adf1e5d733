"""Firmware that a simulated charge point fetches, and logs that it uploads."""

import base64
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from ocpp.simulator.trust import MANUFACTURER
from ocpp.tests.simulator.certificates import Authority, name, pem
from ocpp.tests.simulator.conftest import running
from ocpp.tests.simulator.test_calls import waiting

FIRMWARE = b"firmware 2"
PAST, FUTURE = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"


class FileServer(ThreadingHTTPServer):
    """Keeps what is put there."""

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.stored = {}
        self.url = f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def files():
    """A file server: what was put there by path, and the firmware at /firmware."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/firmware" else 404)
            self.end_headers()
            if self.path == "/firmware":
                self.wfile.write(FIRMWARE)

        def do_PUT(self):
            content = self.rfile.read(int(self.headers["Content-Length"]))
            denied = self.path.startswith("/denied")
            if not denied:
                server.stored[self.path] = content.decode()
            self.send_response(403 if denied else 201)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    server = FileServer(Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def statuses(central, message):
    """What a notification has told, in order."""
    return [payload["status"] for payload in central.sent(message)]


async def told(central, message, word):
    """Wait until a notification tells this."""
    await central.until(lambda: word in statuses(central, message))


async def test_firmware_is_fetched_and_installed(central, make, files):
    point = make(autostart=False)
    async with running(point):
        await waiting(central)
        update = {"location": f"{files.url}/firmware", "retrieveDate": PAST}
        assert await central.call("UpdateFirmware", update) == {}
        await told(central, "FirmwareStatusNotification", "Installed")
        point.stop()
    assert statuses(central, "FirmwareStatusNotification") == [
        "Downloading",
        "Downloaded",
        "Installing",
        "Installed",
    ]
    first, second = central.sent("BootNotification")
    assert first["firmwareVersion"] == "1.0"
    assert second["firmwareVersion"].startswith("1.0-")


@pytest.mark.parametrize("location", ["/nothing", "ftp"])
async def test_firmware_that_cannot_be_had(central, make, files, location):
    point = make(autostart=False)
    async with running(point):
        await waiting(central)
        url = "ftp://127.0.0.1/firmware" if location == "ftp" else files.url + location
        update = {"location": url, "retrieveDate": PAST, "retries": 1, "retryInterval": 1}
        assert await central.call("UpdateFirmware", update) == {}
        await told(central, "FirmwareStatusNotification", "DownloadFailed")
        point.stop()
    assert len(central.sent("BootNotification")) == 1


async def test_diagnostics(central, make, files):
    point = make(autostart=False)
    async with running(point):
        await waiting(central)
        folder = {"location": f"{files.url}/folder/"}
        nothing = await central.call("GetDiagnostics", folder | {"startTime": FUTURE})
        assert nothing == {}
        answer = await central.call("GetDiagnostics", folder)
        await told(central, "DiagnosticsStatusNotification", "Uploaded")
        assert "made" in files.stored[f"/folder/{answer['fileName']}"]
        await central.call("GetDiagnostics", {"location": "http://127.0.0.1:1/"})
        await told(central, "DiagnosticsStatusNotification", "UploadFailed")
        point.stop()


async def test_logs(central, make, files):
    point = make(autostart=False)
    async with running(point):
        await waiting(central)
        for number, (place, word) in enumerate(
            [("/logs/", "Uploaded"), ("/denied/", "PermissionDenied")]
        ):
            request = {
                "log": {"remoteLocation": files.url + place},
                "logType": "SecurityLog",
                "requestId": number,
            }
            answer = await central.call("GetLog", request)
            assert answer["status"] == "Accepted"
            await told(central, "LogStatusNotification", word)
            assert central.sent("LogStatusNotification")[-1] == {
                "status": word,
                "requestId": number,
            }
        assert list(files.stored) == [f"/logs/{answer['filename']}"]
        point.stop()


async def signed_update(central, files, signer, key, content=FIRMWARE):
    """The answer to SignedUpdateFirmware."""
    signature = key.sign(content, ec.ECDSA(hashes.SHA256()))
    firmware = {
        "location": f"{files.url}/firmware",
        "retrieveDateTime": PAST,
        "signingCertificate": pem(signer),
        "signature": base64.b64encode(signature).decode(),
    }
    return await central.call("SignedUpdateFirmware", {"requestId": 9, "firmware": firmware})


async def test_signed_firmware(central, make, files):
    manufacturer = Authority("Manufacturer")
    key = ec.generate_private_key(ec.SECP256R1())
    signer = manufacturer.sign(name("Signer"), key.public_key())
    message = "SignedFirmwareStatusNotification"
    point = make(autostart=False)
    async with running(point):
        await waiting(central)
        refused = await signed_update(central, files, signer, key)
        assert refused == {"status": "InvalidCertificate"}
        root = {"certificateType": MANUFACTURER, "certificate": pem(manufacturer.root)}
        assert await central.call("InstallCertificate", root) == {"status": "Accepted"}
        assert await signed_update(central, files, signer, key, b"other") == {"status": "Accepted"}
        await told(central, message, "InvalidSignature")
        await central.until(lambda: len(central.sent("SecurityEventNotification")) == 2)
        assert await signed_update(central, files, signer, key) == {"status": "Accepted"}
        await told(central, message, "Installed")
        point.stop()
    assert statuses(central, message) == [
        *("Downloading", "Downloaded", "InvalidSignature"),
        *("Downloading", "Downloaded", "SignatureVerified"),
        *("Installing", "InstallRebooting", "Installed"),
    ]
    assert {payload["requestId"] for payload in central.sent(message)} == {9}
    assert [event["type"] for event in central.sent("SecurityEventNotification")] == [
        "InvalidFirmwareSigningCertificate",
        "InvalidFirmwareSignature",
    ]
