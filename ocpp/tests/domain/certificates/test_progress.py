"""Going on with a request: signed by whoever is to sign, sent, sent again, given up."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.utils import timezone
from pytest_django import Settings

from audit.models import Record
from ocpp.choices import CertificateRequestState, CommandState
from ocpp.domain import commands
from ocpp.domain.certificates import authority, progress, requests, signing
from ocpp.models import Certificate, CertificateRequest, Charger, Command
from ocpp.tests import certifying
from ocpp.tests.certifying import csr_pem
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import NOON

STATES = CertificateRequestState
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


@pytest.fixture
def request_(charger: Charger) -> CertificateRequest:
    return CertificateRequest.objects.create(
        charger=charger, csr=csr_pem(), state=STATES.PENDING, due=NOON, created=NOON
    )


@pytest.fixture
def other(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Another authority signs; what it was asked."""
    settings.OCPP_CERTIFICATE_AUTHORITY = certifying.SIGNER
    monkeypatch.setattr(certifying, "answer", None)
    certifying.asked.clear()
    return certifying.asked


def now_is(row: CertificateRequest) -> CertificateRequest:
    row.refresh_from_db()
    return row


def answer(command: Command, **response: Any) -> None:
    claimed = commands.claim_next(command.charger_id, 1, timezone.now())
    assert claimed == command
    commands.answered(command.pk, 1, response, timezone.now())


def test_it_is_signed_sent_and_installed(request_: CertificateRequest, charger: Charger) -> None:
    progress.advance(request_.pk)
    row = now_is(request_)
    command = Command.objects.get()
    assert (row.state, row.command) == (STATES.SENT, command)
    assert command.action == "certificate_signed"
    assert command.payload == {"certificate_chain": row.chain}
    leaf = x509.load_pem_x509_certificate(row.chain.encode())
    root = x509.load_pem_x509_certificate(authority.current().certificate.pem.encode())
    leaf.verify_directly_issued_by(root)
    kept = Certificate.objects.get(charger=charger)
    assert row.certificate == kept
    assert kept.pem == row.chain
    made = Record.objects.get(deed="certificate.made", subject_pk=str(kept.pk))
    assert made.after is not None
    assert (made.after["charger"], made.after["kind"]) == (charger.pk, kept.kind)
    sent = Record.objects.get(deed="certificate.sent")
    assert sent.after == {"charger": charger.pk, "command": command.pk}

    answer(command, status="Accepted")
    row = now_is(row)
    assert (row.state, row.due, row.finished) == (STATES.INSTALLED, None, NOON)


@pytest.mark.parametrize("late", [False, True])
def test_the_charge_point_refuses_it(request_: CertificateRequest, late: bool) -> None:
    progress.advance(request_.pk)
    command = Command.objects.get()
    if late:
        commands.claim_next(command.charger_id, 1, NOON)
        commands.timed_out(command.pk, 1, NOON)
        commands.answered_late(command.pk, 1, {"status": "Rejected"}, NOON)
    else:
        answer(command, status="Rejected")
    assert now_is(request_).state == STATES.REFUSED


def test_a_callerror_refuses_it_too(request_: CertificateRequest) -> None:
    progress.advance(request_.pk)
    command = commands.claim_next(request_.charger_id, 1, NOON)
    assert command is not None
    commands.refused(command.pk, 1, "NotImplemented", "no", NOON)
    row = now_is(request_)
    assert (row.state, row.reason) == (STATES.REFUSED, "NotImplemented no")


@pytest.mark.parametrize("state", [CommandState.EXPIRED, CommandState.FAILED, CommandState.TIMEOUT])
def test_what_got_no_answer_is_sent_again(
    request_: CertificateRequest, clock: Any, state: str
) -> None:
    progress.advance(request_.pk)
    Command.objects.update(state=state)
    progress.advance(request_.pk)
    assert Command.objects.count() == 1  # it is not due yet
    clock.shift(progress.LOOK)
    progress.advance(request_.pk)
    assert Command.objects.count() == 2
    row = now_is(request_)
    assert (row.state, row.attempts) == (STATES.SENT, 1)
    assert Certificate.objects.filter(charger=row.charger).count() == 1
    CertificateRequest.objects.update(attempts=progress.MOST_ATTEMPTS - 1)
    Command.objects.update(state=state)
    clock.shift(progress.LOOK)
    progress.advance(request_.pk)
    row = now_is(request_)
    assert (row.state, row.reason) == (STATES.FAILED, "The charge point did not answer.")


def test_what_is_on_its_way_is_looked_after(request_: CertificateRequest, clock: Any) -> None:
    progress.advance(request_.pk)
    clock.shift(progress.LOOK)
    progress.advance(request_.pk)
    row = now_is(request_)
    assert (row.state, row.due) == (STATES.SENT, NOON + 2 * progress.LOOK)
    assert Command.objects.count() == 1


def test_it_waits_for_a_charger_that_has_just_gone(
    request_: CertificateRequest, clock: Any
) -> None:
    Charger.objects.update(owner="")
    progress.advance(request_.pk)
    row = now_is(request_)
    assert (row.state, row.due) == (STATES.SIGNED, NOON + progress.LOOK)
    assert row.reason.startswith("CP1 is not connected")
    Charger.objects.update(owner="x/1/y")
    clock.shift(progress.LOOK)
    progress.advance(request_.pk)
    assert now_is(request_).state == STATES.SENT


def test_a_charger_that_was_put_off_meanwhile_gets_none(request_: CertificateRequest) -> None:
    Charger.objects.update(registration="Pending")
    progress.advance(request_.pk)
    assert now_is(request_).state == STATES.REJECTED
    assert not Certificate.objects.exists()
    assert not Command.objects.exists()


def test_one_process_does_it(request_: CertificateRequest) -> None:
    assert progress._claim(request_.pk, NOON) is not None
    assert progress._claim(request_.pk, NOON) is None
    # The other one was killed.
    assert progress._claim(request_.pk, NOON + progress.LEASE) is not None
    assert requests.due("somewhere/1/abcd", NOON + 2 * progress.LEASE) == [request_.pk]
    assert requests.due("elsewhere", NOON + 2 * progress.LEASE) == []


def test_another_authority_signs(
    request_: CertificateRequest, other: list[tuple[str, str]]
) -> None:
    progress.advance(request_.pk)
    row = now_is(request_)
    assert row.state == STATES.SENT
    assert other == [("CP1", row.csr)]
    leaf, root = x509.load_pem_x509_certificates(row.chain.encode())
    leaf.verify_directly_issued_by(root)
    assert row.certificate is not None
    assert row.certificate.fingerprint == leaf.fingerprint(hashes.SHA256()).hex()


def test_a_charge_point_may_take_no_more_than_its_own_certificate(
    request_: CertificateRequest, other: list[tuple[str, str]]
) -> None:
    entry = {"value": "700", "readonly": True}
    Charger.objects.update(config={progress.CHAIN_KEY: entry})
    progress.advance(request_.pk)
    row = now_is(request_)
    assert row.certificate is not None
    assert row.chain.startswith(row.certificate.pem)
    assert len(row.chain) > 700
    assert Command.objects.get().payload == {"certificate_chain": row.certificate.pem}


def test_it_may_not_be_there(
    request_: CertificateRequest,
    other: list[tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    clock: Any,
) -> None:
    def away(*_: str) -> str:
        raise ConnectionError("no route to\0 the authority")

    monkeypatch.setattr(certifying, "answer", away)
    due = []
    for _ in range(progress.MOST_ATTEMPTS):
        progress.advance(request_.pk)
        row = now_is(request_)
        if row.due is not None:
            due.append(row.due - timezone.now())
            clock.move_to(row.due)
    assert (row.state, row.reason) == (STATES.FAILED, "no route to? the authority")
    assert due[:3] == [timedelta(seconds=s) for s in (30, 60, 120)]
    assert max(due) == progress.LONGEST_PAUSE
    monkeypatch.setattr(certifying, "answer", None)
    requests.retry(row, None, timezone.now())
    progress.advance(row.pk)
    assert now_is(row).state == STATES.SENT


def _refuses(*_: str) -> str:
    raise signing.Refused("the subscription has ended")


def _of_another_key(charger_id: str, csr: str) -> str:
    return certifying.other_chain(csr_pem())


def _of_another_charger(charger_id: str, csr: str) -> str:
    return certifying.other_chain(csr_pem("CP2"))


def _expired(charger_id: str, csr: str) -> str:
    day = timedelta(days=1)
    return certifying.other_chain(csr, begins=NOON - 2 * day, ends=NOON - day)


def _rubbish(charger_id: str, csr: str) -> str:
    return "sorry"


def _too_long(charger_id: str, csr: str) -> str:
    return certifying.other_chain(csr) * 20


@pytest.mark.parametrize(
    ("does", "reason"),
    [
        (_refuses, "the subscription has ended"),
        (_of_another_key, "certificate: is for another key than that of the request."),
        (_of_another_charger, "certificate: is for another key than that of the request."),
        (_expired, "certificate: is no longer valid"),
        (_rubbish, "certificate: is not a certificate in PEM"),
        (_too_long, "certificate: and its chain are longer than 10000 characters."),
    ],
)
def test_what_it_must_not_return(
    request_: CertificateRequest,
    other: list[tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    does: Any,
    reason: str,
) -> None:
    monkeypatch.setattr(certifying, "answer", does)
    progress.advance(request_.pk)
    row = now_is(request_)
    assert row.state == STATES.REJECTED
    assert row.reason.startswith(reason)
    assert not Certificate.objects.exists()


def test_a_revoked_one_is_not_given_again(
    request_: CertificateRequest, other: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = certifying.other_chain(request_.csr)
    monkeypatch.setattr(certifying, "answer", lambda *_: kept)
    progress.advance(request_.pk)
    row = now_is(request_)
    assert row.certificate is not None
    requests.revoke(row.certificate, "stolen", NOON)
    CertificateRequest.objects.update(state=STATES.PENDING, due=NOON)
    Command.objects.all().delete()
    progress.advance(row.pk)
    row = now_is(row)
    assert (row.state, row.reason) == (STATES.REJECTED, "This certificate is revoked already.")
    assert not Command.objects.exists()


def test_staff_reject_while_it_is_signed(
    request_: CertificateRequest, other: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(charger_id: str, csr: str) -> str:
        requests.reject(CertificateRequest.objects.get(), None, "no", NOON)
        return certifying.other_chain(csr)

    monkeypatch.setattr(certifying, "answer", slow)
    progress.advance(request_.pk)
    assert now_is(request_).state == STATES.REJECTED
    assert not Certificate.objects.exists()
    assert not Command.objects.exists()
