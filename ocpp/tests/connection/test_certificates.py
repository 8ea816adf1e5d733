"""Certificates over the wire: asked for, signed beside the writer, sent, revoked."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from cryptography import x509
from pytest_django import Settings

from ocpp.choices import CertificateRequestState
from ocpp.connection import certifying as worker
from ocpp.domain.certificates import requests
from ocpp.models import Certificate, CertificateRequest, Charger, Command
from ocpp.tests import certifying
from ocpp.tests.certifying import csr_pem
from ocpp.tests.connection.wire import PATIENCE_S, Wire, connected, settle
from ocpp.tests.factories import in_thread

STATES = CertificateRequestState


@pytest_asyncio.fixture(autouse=True)
async def nobody_signs_any_more(nothing_is_left_behind: None) -> AsyncIterator[None]:
    yield
    await asyncio.to_thread(worker.finish, PATIENCE_S)


async def known() -> None:
    """Staff have looked at the charger."""
    await in_thread(lambda: Charger.objects.update(discovered=False))


async def the_request() -> CertificateRequest:
    return await in_thread(lambda: CertificateRequest.objects.latest("pk"))


async def becomes(state: str) -> CertificateRequest:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            row = await the_request()
            if row.state == state:
                return row
            await asyncio.sleep(0.02)


async def signed(wire: Wire) -> tuple[str, str]:
    """The message id and the chain of the CertificateSigned that comes."""
    kind, message_id, action, payload = await wire.get()
    assert (kind, action) == (2, "CertificateSigned")
    return message_id, payload["certificateChain"]


async def test_it_gets_what_it_asks_for() -> None:
    async with connected() as wire:
        await known()
        assert await wire.call("SignCertificate", csr=csr_pem()) == {"status": "Accepted"}
        message_id, chain = await signed(wire)
        certificate = x509.load_pem_x509_certificate(chain.encode())
        assert certificate.subject.rfc4514_string() == "CN=CP1"
        wire.put(json.dumps([3, message_id, {"status": "Accepted"}]))
        row = await becomes(STATES.INSTALLED)
        assert row.chain == chain


async def test_a_request_that_is_not_right_is_rejected() -> None:
    async with connected() as wire:
        await known()
        assert await wire.call("SignCertificate", csr="x") == {"status": "Rejected"}
        assert (await the_request()).state == STATES.REJECTED


async def test_a_slow_authority_keeps_nobody_waiting(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slow(charger_id: str, csr: str) -> str:
        asked.set()
        assert go_on.wait(PATIENCE_S)
        return certifying.other_chain(csr)

    settings.OCPP_CERTIFICATE_AUTHORITY = certifying.SIGNER
    monkeypatch.setattr(certifying, "answer", slow)
    async with connected() as wire:
        await known()
        assert await wire.call("SignCertificate", csr=csr_pem()) == {"status": "Accepted"}
        assert await asyncio.to_thread(asked.wait, PATIENCE_S)
        assert "currentTime" in await wire.call("Heartbeat")
        status: dict[str, Any] = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
        assert await wire.call("StatusNotification", **status) == {}
        go_on.set()
        _, chain = await signed(wire)
        assert chain.count("BEGIN CERTIFICATE") == 2


async def test_what_was_left_undone_is_done_when_it_is_back() -> None:
    """As after a crash between the answer and the signature, or between that and its delivery."""
    async with connected():
        await known()
    await settle()

    def leave_one() -> None:
        now = datetime.now(UTC)
        charger = Charger.objects.get()
        CertificateRequest.objects.create(
            charger=charger, csr=csr_pem(), state=STATES.PENDING, due=now, created=now
        )

    await in_thread(leave_one)
    async with connected() as wire:
        await signed(wire)
    await settle()
    assert (await the_request()).state == STATES.SENT
    assert (await in_thread(lambda: Command.objects.latest("pk"))).state == "failed"
    await in_thread(lambda: CertificateRequest.objects.update(due=datetime.now(UTC)))
    async with connected() as wire:
        message_id, _ = await signed(wire)
        wire.put(json.dumps([3, message_id, {"status": "Accepted"}]))
        await becomes(STATES.INSTALLED)
    assert await in_thread(lambda: Certificate.objects.filter(charger__isnull=False).count()) == 1


async def test_a_revoked_certificate_ends_the_connection() -> None:
    async with connected() as wire:
        await known()
        await wire.call("SignCertificate", csr=csr_pem())
        await signed(wire)

        def revoke() -> None:
            certificate = Certificate.objects.get(charger__isnull=False)
            requests.revoke(certificate, "stolen", datetime.now(UTC))

        await in_thread(revoke)
        assert await wire.closing() == 1008
    await settle()
    async with connected() as wire:
        # Once is enough: the connection is younger than the revocation.
        assert "currentTime" in await wire.call("Heartbeat")
        assert await wire.silent(1.5)
