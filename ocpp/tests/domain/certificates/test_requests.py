"""A charge point asks for a certificate, and what staff decide about that."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from accounts.models import User
from audit.models import Record
from ocpp.choices import CertificateKind, CertificateRequestState, Registration
from ocpp.domain.certificates import authority, requests
from ocpp.domain.errors import Conflict
from ocpp.models import Anomaly, Certificate, CertificateRequest, Charger
from ocpp.tests.certifying import csr_pem, ec_key, make_csr
from ocpp.tests.factories import NOON, Reporter

STATES = CertificateRequestState


def newest() -> CertificateRequest:
    return CertificateRequest.objects.select_related("charger").latest("pk")


def test_a_known_charger_s_request_is_to_be_signed(reporter: Reporter) -> None:
    csr = csr_pem()
    assert reporter.report(requests.asked, csr) == "Accepted"
    row = newest()
    assert (row.charger, row.state, row.csr) == (reporter.charger, STATES.PENDING, csr)
    assert (row.created, row.due) == (NOON, NOON)


@pytest.mark.parametrize(
    ("policy", "discovered", "state"),
    [
        ("known", True, STATES.WAITING),
        ("approve", False, STATES.WAITING),
        ("closed", False, STATES.REJECTED),
    ],
)
def test_who_gets_one_is_a_setting(
    reporter: Reporter, settings: Settings, policy: str, discovered: bool, state: str
) -> None:
    settings.OCPP_SIGN_CERTIFICATES = policy
    Charger.objects.update(discovered=discovered)
    answer = reporter.report(requests.asked, csr_pem())
    assert answer == ("Rejected" if state == STATES.REJECTED else "Accepted")
    assert (newest().state, newest().due) == (state, None)


@pytest.mark.parametrize("registration", [Registration.PENDING, Registration.REJECTED])
def test_a_charger_that_is_not_accepted_gets_none(reporter: Reporter, registration: str) -> None:
    Charger.objects.update(registration=registration)
    assert reporter.report(requests.asked, csr_pem()) == "Rejected"
    assert newest().reason == "CP1 is not accepted. Accept it before it gets a certificate."


@pytest.mark.parametrize(
    ("csr", "reason"),
    [
        ("x", "is not a certificate signing request (PKCS #10) in PEM."),
        (csr_pem("C\0P1"), "has the common name C?P1; it must be the charger's id, CP1."),
        (csr_pem("CP2"), "has the common name CP2; it must be the charger's id, CP1."),
    ],
)
def test_a_bad_request_is_rejected_with_its_reason(
    reporter: Reporter, csr: str, reason: str
) -> None:
    assert reporter.report(requests.asked, csr) == "Rejected"
    row = newest()
    assert (row.state, row.reason) == (STATES.REJECTED, f"csr: {reason}")
    assert (row.csr == "") == (csr == "x")
    assert row.finished == NOON


def test_a_repeated_request_is_one_and_a_new_one_supersedes_it(reporter: Reporter) -> None:
    csr = csr_pem()
    for _ in range(3):
        assert reporter.report(requests.asked, csr) == "Accepted"
    first = newest()
    assert CertificateRequest.objects.count() == 1
    assert reporter.report(requests.asked, csr_pem()) == "Accepted"
    first.refresh_from_db()
    assert (first.state, first.due) == (STATES.SUPERSEDED, None)
    assert newest().state == STATES.PENDING


def test_the_same_key_may_be_certified_again_later(reporter: Reporter) -> None:
    csr = csr_pem()
    reporter.report(requests.asked, csr)
    CertificateRequest.objects.update(state=STATES.INSTALLED)
    assert reporter.report(requests.asked, csr) == "Accepted"
    assert CertificateRequest.objects.count() == 2


def test_too_many_a_day_are_refused_and_told(reporter: Reporter) -> None:
    key = ec_key()
    for number in range(requests.MOST_A_DAY):
        # The first one's length differs: each is another request.
        pem = csr_pem("CP1", key, organization=f"O{number}")
        assert reporter.report(requests.asked, pem) == "Accepted"
    assert reporter.report(requests.asked, csr_pem()) == "Rejected"
    assert reporter.report(requests.asked, csr_pem()) == "Rejected"
    assert CertificateRequest.objects.count() == requests.MOST_A_DAY
    assert [a.kind for a in Anomaly.objects.all()] == ["security"]
    tomorrow = NOON + timedelta(days=1, seconds=1)
    assert reporter.report(requests.asked, csr_pem(), now=tomorrow) == "Accepted"


def test_old_requests_are_forgotten(reporter: Reporter) -> None:
    for day in range(requests.KEPT + 5):
        reporter.report(requests.asked, "x", now=NOON + timedelta(days=2 * day))
    assert CertificateRequest.objects.count() == requests.KEPT


# --- staff -----------------------------------------------------------------------------------


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_user("boss")


def waiting(reporter: Reporter) -> CertificateRequest:
    Charger.objects.update(discovered=True)
    reporter.report(requests.asked, csr_pem())
    return newest()


def test_staff_approve(reporter: Reporter, boss: User) -> None:
    row = waiting(reporter)
    requests.approve(row, boss, NOON)
    row.refresh_from_db()
    assert (row.state, row.due, row.decided_by) == (STATES.PENDING, NOON, boss)
    told = Record.objects.get(deed="certificate_request.decided")
    assert (told.user_pk, told.subject_pk) == (boss.pk, str(row.pk))
    assert (told.before, told.after) == ({"state": "waiting"}, {"state": "pending", "reason": ""})
    with pytest.raises(Conflict, match="in the state “To be signed”"):
        requests.approve(row, boss, NOON)


def test_only_for_an_accepted_charger(reporter: Reporter, boss: User) -> None:
    row = waiting(reporter)
    Charger.objects.update(registration="Pending")
    with pytest.raises(Conflict, match="CP1 is not accepted"):
        requests.approve(row, boss, NOON)


def test_staff_reject(reporter: Reporter, boss: User) -> None:
    row = waiting(reporter)
    requests.reject(row, boss, "who is it?", NOON)
    row.refresh_from_db()
    assert (row.state, row.reason, row.finished) == (STATES.REJECTED, "who is it?", NOON)
    with pytest.raises(Conflict):
        requests.reject(row, boss, "again", NOON)
    with pytest.raises(Conflict):
        requests.retry(row, boss, NOON)


def signed(reporter: Reporter) -> CertificateRequest:
    reporter.report(requests.asked, csr_pem())
    row = newest()
    certificate = authority.sign("CP1", make_csr())
    row.certificate = authority.keep(certificate, CertificateKind.CHARGE_POINT, reporter.charger)
    row.chain = row.certificate.pem
    row.state = STATES.REFUSED
    row.save()
    return row


def test_staff_try_again(reporter: Reporter, boss: User) -> None:
    row = signed(reporter)
    requests.retry(row, boss, NOON)
    row.refresh_from_db()
    assert (row.state, row.due) == (STATES.SIGNED, NOON)
    CertificateRequest.objects.update(state=STATES.FAILED, chain="")
    row.refresh_from_db()
    requests.retry(row, boss, NOON)
    assert newest().state == STATES.PENDING


def test_a_newer_request_is_not_overtaken(reporter: Reporter, boss: User) -> None:
    row = signed(reporter)
    reporter.report(requests.asked, csr_pem())
    with pytest.raises(Conflict, match="CP1 has asked anew"):
        requests.retry(row, boss, NOON)


# --- revocation ------------------------------------------------------------------------------


def test_a_revoked_certificate_is_not_sent_any_more(reporter: Reporter) -> None:
    row = signed(reporter)
    CertificateRequest.objects.update(state=STATES.SENT, due=NOON)
    certificate = Certificate.objects.get(charger=reporter.charger)
    requests.revoke(certificate, "stolen", NOON)
    told = Record.objects.get(deed="certificate.revoked")
    assert (told.subject_pk, told.after) == (str(certificate.pk), {"reason": "stolen"})
    assert (certificate.revoked, certificate.revocation_reason) == (NOON, "stolen")
    row.refresh_from_db()
    assert (row.state, row.due) == (STATES.REJECTED, None)
    with pytest.raises(Conflict, match="revoked already"):
        requests.revoke(certificate, "again", NOON)
    assert Record.objects.filter(deed="certificate.revoked").count() == 1


def test_whose_connection_is_older_than_the_revocation(reporter: Reporter) -> None:
    charger = reporter.charger
    signed(reporter)
    Charger.objects.update(owner="me", connected_at=NOON)
    assert requests.revoked_here("me") == []
    requests.revoke(Certificate.objects.get(charger=charger), "x", NOON + timedelta(seconds=1))
    assert requests.revoked_here("me") == [charger.pk]
    assert requests.revoked_here("other") == []
    Charger.objects.update(connected_at=NOON + timedelta(seconds=2))
    assert requests.revoked_here("me") == []
