"""Files of a simulated charge point: firmware that it fetches, logs that it uploads."""

import asyncio
import hashlib
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ocpp.simulator import transfers
from ocpp.simulator.payloads import stamp
from ocpp.simulator.transfers import TransferFailed
from ocpp.simulator.trust import signature_fits

if TYPE_CHECKING:
    from ocpp.simulator.equipment import Equipment

#: So many events are remembered for logs.
JOURNAL = 500
FIRMWARE, SIGNED_FIRMWARE = "FirmwareStatusNotification", "SignedFirmwareStatusNotification"
DIAGNOSTICS, LOG = "DiagnosticsStatusNotification", "LogStatusNotification"


@dataclass(frozen=True)
class Signed:
    """What the Security Whitepaper adds to an update."""

    request_id: int
    certificate: str
    signature: str


@dataclass(frozen=True)
class Wish:
    """Firmware that is to be fetched and installed; `interval` between two tries in s."""

    location: str
    fetch: datetime
    retries: int
    interval: int
    install: datetime | None = None
    signed: Signed | None = None


@dataclass(frozen=True)
class Upload:
    """A log that is to be sent; without a request id it is diagnostics of OCPP 1.6 itself."""

    location: str
    retries: int
    interval: int
    since: datetime | None = None
    until: datetime | None = None
    kind: str = "DiagnosticsLog"
    request_id: int | None = None


class Files:
    """One update and one upload at a time; a newer one takes the place of an older.

    Each counts as over when its last status goes out.
    """

    def __init__(self, point: "Equipment") -> None:
        self._point = point
        self._journal: deque[tuple[datetime, str, str]] = deque(maxlen=JOURNAL)
        self._update: asyncio.Task[None] | None = None
        self._upload: asyncio.Task[None] | None = None
        self._statuses: dict[str, dict[str, Any]] = {}
        self.note("DiagnosticsLog", "made")

    @property
    def updating(self) -> bool:
        """Whether an update is under way."""
        return self._update is not None and not self._update.done()

    @property
    def uploading(self) -> bool:
        """Whether an upload is under way."""
        return self._upload is not None and not self._upload.done()

    def status(self, message: str) -> dict[str, Any]:
        """The last status that a message told, while what it is about goes on; Idle otherwise."""
        active = self.updating if message in (FIRMWARE, SIGNED_FIRMWARE) else self.uploading
        return self._statuses.get(message, {"status": "Idle"}) if active else {"status": "Idle"}

    def note(self, kind: str, event: str) -> None:
        """Remember an event for the logs."""
        self._journal.append((datetime.now(UTC), kind, event))

    def update(self, wish: Wish) -> None:
        """Fetch and install firmware, beside the session."""
        if self._update:
            self._update.cancel()
        self._update = self._point.later(self._install(wish))

    def upload(self, upload: Upload) -> None:
        """Send a log, beside the session."""
        if self._upload:
            self._upload.cancel()
        self._upload = self._point.later(self._send(upload))

    def name(self, upload: Upload) -> str:
        """What the file is called."""
        return f"{upload.kind}-{self._point.config.identity}.txt".replace("/", "-")

    def has_lines(self, upload: Upload) -> bool:
        """Whether there is anything of the time that is asked for."""
        return bool(self._lines(upload))

    def _lines(self, upload: Upload) -> list[str]:
        return [
            f"{stamp(moment)} {event}"
            for moment, kind, event in self._journal
            if kind == upload.kind
            and (upload.since is None or moment >= upload.since)
            and (upload.until is None or moment <= upload.until)
        ]

    # --- firmware -------------------------------------------------------------------------------

    async def _install(self, wish: Wish) -> None:
        point = self._point
        if wish.fetch > datetime.now(UTC) and wish.signed:
            await self._tell_update(wish, "DownloadScheduled")
        await self._wait_for(wish.fetch)
        content = await self._fetch(wish)
        if content is None:
            return
        await self._tell_update(wish, "Downloaded")
        if wish.signed:
            if not signature_fits(wish.signed.certificate, wish.signed.signature, content):
                self._update = None
                await self._tell_update(wish, "InvalidSignature")
                point.tell("InvalidFirmwareSignature")
                return
            await self._tell_update(wish, "SignatureVerified")
            if wish.install and wish.install > datetime.now(UTC):
                await self._tell_update(wish, "InstallScheduled")
                await self._wait_for(wish.install)
        await self._tell_update(wish, "Installing")
        if wish.signed:
            await self._tell_update(wish, "InstallRebooting")
        point.firmware = f"1.0-{hashlib.sha256(content).hexdigest()[:8]}"
        await point.reset(hard=False)
        self._update = None
        await self._tell_update(wish, "Installed")

    async def _fetch(self, wish: Wish) -> bytes | None:
        await self._tell_update(wish, "Downloading")
        for attempt in range(wish.retries + 1):
            if attempt:
                await self._sleep(wish.interval)
            try:
                return await transfers.fetch(wish.location, self._point.file_context())
            except TransferFailed as failure:
                self.note("DiagnosticsLog", f"firmware: {failure}")
        self._update = None
        await self._tell_update(wish, "DownloadFailed")
        return None

    async def _tell_update(self, wish: Wish, word: str) -> None:
        request_id = wish.signed.request_id if wish.signed else None
        await self._tell(SIGNED_FIRMWARE if wish.signed else FIRMWARE, word, request_id)

    # --- logs -----------------------------------------------------------------------------------

    async def _send(self, upload: Upload) -> None:
        message = DIAGNOSTICS if upload.request_id is None else LOG
        failed = "UploadFailed" if upload.request_id is None else "UploadFailure"
        await self._tell(message, "Uploading", upload.request_id)
        # Never empty: many a server takes an empty file for none.
        head = f"{stamp()} {upload.kind} of {self._point.config.identity}"
        content = "\n".join([head, *self._lines(upload), ""]).encode()
        url = transfers.below(upload.location, self.name(upload))
        for attempt in range(upload.retries + 1):
            if attempt:
                await self._sleep(upload.interval)
            try:
                await transfers.put(url, content, self._point.file_context())
            except TransferFailed as failure:
                self.note("DiagnosticsLog", f"upload: {failure}")
                if failure.denied and upload.request_id is not None:
                    failed = "PermissionDenied"
            else:
                failed = ""
                break
        self._upload = None
        await self._tell(message, failed or "Uploaded", upload.request_id)

    # --- small parts ----------------------------------------------------------------------------

    async def _tell(self, message: str, word: str, request_id: int | None) -> None:
        payload: dict[str, Any] = {"status": word}
        if request_id is not None:
            payload["requestId"] = request_id
        self._statuses[message] = payload
        await self._point.say(message, payload)

    async def _wait_for(self, moment: datetime) -> None:
        await self._sleep((moment - datetime.now(UTC)).total_seconds())

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self._point.config.time_scale)
