"""Certificates, requests for them and what chargers trust, in the admin."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ocpp.admin import commanding
from ocpp.choices import CertificateKind, CertificateRequestState
from ocpp.domain.certificates import authority
from ocpp.models import Certificate, CertificateRequest, Charger, Command, InstalledCertificate
from ocpp.tests.admin.conftest import clerk
from ocpp.tests.certifying import csr_pem, ec_key, make_csr, make_root, pem
from ocpp.tests.commanding import make_charger

CHARGERS = reverse("admin:ocpp_charger_changelist")
CERTIFICATES = reverse("admin:ocpp_certificate_changelist")
REQUESTS = reverse("admin:ocpp_certificaterequest_changelist")
INSTALLED = reverse("admin:ocpp_installedcertificate_changelist")
STATES = CertificateRequestState


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commanding, "WAIT_S", 0)


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


@pytest.fixture
def certificate(charger: Charger) -> Certificate:
    made = authority.sign("CP1", make_csr())
    return authority.keep(made, CertificateKind.CHARGE_POINT, charger)


def make_request(charger: Charger, state: str = STATES.WAITING, **facts: Any) -> CertificateRequest:
    return CertificateRequest.objects.create(
        charger=charger, csr=csr_pem(), state=state, created=timezone.now(), **facts
    )


def act(client: Client, url: str, action: str, *rows: Any, **more: Any) -> str:
    data = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    page: str = client.post(url, data, follow=True).content.decode()
    return page


def look(client: Client, url: str, **parameters: str) -> str:
    response = client.get(url, parameters)
    assert response.status_code == 200
    return response.content.decode()


# --- certificates ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "name", "word"),
    [
        ({}, "valid", "Valid"),
        ({"valid_until": timezone.now() + timedelta(days=29)}, "soon", "Expires soon"),
        ({"valid_until": timezone.now() - timedelta(days=1)}, "expired", "Expired"),
        ({"valid_from": timezone.now() + timedelta(days=1)}, "not_yet", "Not valid yet"),
        ({"revoked": timezone.now()}, "revoked", "Revoked"),
    ],
)
def test_its_state_is_a_word_and_a_filter(
    admin_client: Client, certificate: Certificate, facts: dict[str, Any], name: str, word: str
) -> None:
    Certificate.objects.filter(pk=certificate.pk).update(**facts)
    path = reverse("admin:ocpp_certificate_change", args=[certificate.pk])
    page = look(admin_client, path)
    assert f"</i>{word}</span>" in page
    assert certificate.fingerprint in page
    for one in ("valid", "soon", "expired", "not_yet", "revoked"):
        page = look(admin_client, CERTIFICATES, validity=one, kind__exact="charge_point")
        assert (path in page) == (one == name)


def test_it_is_downloaded(admin_client: Client, certificate: Certificate) -> None:
    url = reverse("admin:ocpp_certificate_download", args=[certificate.pk])
    assert url in look(admin_client, CERTIFICATES)
    response = admin_client.get(url)
    assert response.content.decode() == certificate.pem
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert clerk().get(url).status_code == 403
    missing = reverse("admin:ocpp_certificate_download", args=[certificate.pk + 99])
    assert admin_client.get(missing).status_code == 404


def test_it_is_revoked_with_a_reason(admin_client: Client, certificate: Certificate) -> None:
    page = act(admin_client, CERTIFICATES, "revoke", certificate)
    assert 'name="reason"' in page
    assert "CN=CP1" in page
    certificate.refresh_from_db()
    assert certificate.revoked is None
    page = act(admin_client, CERTIFICATES, "revoke", certificate, reason="<b>stolen")
    assert "Revoked: &lt;b&gt;stolen" in page
    certificate.refresh_from_db()
    assert certificate.revoked is not None
    assert certificate.revocation_reason == "<b>stolen"
    assert LogEntry.objects.get().change_message == "Revoked: <b>stolen"
    page = act(admin_client, CERTIFICATES, "revoke", certificate, reason="again")
    assert "revoked already" in page


def test_who_may_only_look_revokes_nothing(viewer: Client, certificate: Certificate) -> None:
    act(viewer, CERTIFICATES, "revoke", certificate, reason="x")
    certificate.refresh_from_db()
    assert certificate.revoked is None
    may = clerk("view_certificate", "change_certificate")
    act(may, CERTIFICATES, "revoke", certificate, reason="x")
    certificate.refresh_from_db()
    assert certificate.revoked is not None


def test_those_that_expire_soon_are_renewed(
    admin_client: Client, certificate: Certificate, charger: Charger
) -> None:
    another = authority.keep(
        authority.sign("CP1", make_csr()), CertificateKind.CHARGE_POINT, charger
    )
    root = authority.current().certificate
    page = act(admin_client, CERTIFICATES, "renew", certificate, another, root)
    command = Command.objects.get()
    assert command.action == "extended_trigger_message"
    assert command.payload["requested_message"] == "SignChargePointCertificate"
    assert "waits to be sent to CP1" in page


# --- requests --------------------------------------------------------------------------------


def test_requests_are_decided(admin_client: Client, charger: Charger) -> None:
    row = make_request(charger)
    assert "Waits for approval" in look(admin_client, REQUESTS)
    assert "CP1: Approved." in act(admin_client, REQUESTS, "approve", row)
    row.refresh_from_db()
    assert row.state == STATES.PENDING
    assert row.decided_by is not None
    assert "That does not go with" in act(admin_client, REQUESTS, "approve", row)
    assert 'name="reason"' in act(admin_client, REQUESTS, "reject", row)
    assert "CP1: Rejected." in act(admin_client, REQUESTS, "reject", row, reason="no")
    row.refresh_from_db()
    assert (row.state, row.reason) == (STATES.REJECTED, "no")
    failed = make_request(charger, STATES.FAILED)
    assert "CP1: Tried again." in act(admin_client, REQUESTS, "retry", failed)
    failed.refresh_from_db()
    assert failed.state == STATES.PENDING
    assert LogEntry.objects.count() == 3


def test_a_request_has_a_page(admin_client: Client, certificate: Certificate) -> None:
    charger = make_charger("CP2")
    row = make_request(
        charger,
        STATES.REFUSED,
        certificate=certificate,
        chain=certificate.pem,
        reason="<script>",
    )
    page = look(admin_client, reverse("admin:ocpp_certificaterequest_change", args=[row.pk]))
    assert "Refused by the charge point" in page
    assert "&lt;script&gt;" in page
    assert row.csr.splitlines()[1] in page.replace("&#x27;", "'")


def test_who_may_only_look_decides_nothing(viewer: Client, charger: Charger) -> None:
    row = make_request(charger)
    for action in ("approve", "retry", "reject"):
        act(viewer, REQUESTS, action, row, reason="x")
    row.refresh_from_db()
    assert row.state == STATES.WAITING


# --- chargers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "queued", "arguments"),
    [
        (
            "renew_certificate",
            "extended_trigger_message",
            {"requested_message": "SignChargePointCertificate", "connector_id": None},
        ),
        (
            "list_central_system_roots",
            "get_installed_certificate_ids",
            {"certificate_type": "CentralSystemRootCertificate"},
        ),
        (
            "list_manufacturer_roots",
            "get_installed_certificate_ids",
            {"certificate_type": "ManufacturerRootCertificate"},
        ),
    ],
)
def test_chargers_are_commanded(
    admin_client: Client, charger: Charger, action: str, queued: str, arguments: dict[str, Any]
) -> None:
    act(admin_client, CHARGERS, action, charger)
    command = Command.objects.get()
    assert (command.action, command.payload) == (queued, arguments)


def bulk_form(client: Client, action: str, charger: Charger) -> str:
    """The address of the form that an action leads to."""
    posted = {"action": action, "_selected_action": [charger.pk]}
    answer = client.post(CHARGERS, posted)
    assert answer.status_code == 302
    return str(answer["Location"])


def send(client: Client, form: str, given: dict[str, str]) -> str:
    return client.post(form, given, follow=True).content.decode()


def test_a_root_is_installed(admin_client: Client, charger: Charger) -> None:
    form = bulk_form(admin_client, "install_certificate", charger)
    assert 'name="certificate"' in admin_client.get(form).content.decode()
    given = {"certificate_type": "ManufacturerRootCertificate", "certificate": "x"}
    assert "is not a certificate in PEM" in send(admin_client, form, given)
    assert not Command.objects.exists()
    given["certificate"] = pem(make_root()).replace("\n", "\r\n")
    send(admin_client, form, given)
    command = Command.objects.get()
    assert command.action == "install_certificate"
    assert "\r" not in command.payload["certificate"]


def test_signed_firmware_is_ordered(admin_client: Client, charger: Charger) -> None:
    form = bulk_form(admin_client, "signed_update_firmware", charger)
    page = admin_client.get(form).content.decode()
    for field in ("signing_certificate", "signature", "location", "install_date"):
        assert f'name="{field}' in page
    key = ec_key()
    signature = base64.b64encode(key.sign(b"x", ec.ECDSA(hashes.SHA256()))).decode()
    given = {"location": "ftp://f.example/f", "signature": signature, "signing_certificate": "x"}
    assert "is not a certificate in PEM" in send(admin_client, form, given)
    given["signing_certificate"] = pem(make_root(key=key))
    send(admin_client, form, given)
    command = Command.objects.get()
    assert command.action == "signed_update_firmware"
    assert command.payload["signature"] == signature


def test_what_the_operation_alone_can_refuse_is_told(
    admin_client: Client, charger: Charger
) -> None:
    form = bulk_form(admin_client, "signed_update_firmware", charger)
    given = {
        "location": "ftp://f.example/f",
        "signature": "not base64",
        "signing_certificate": pem(make_root()),
    }
    assert "is not base64" in send(admin_client, form, given)
    assert not Command.objects.exists()


def install(charger: Charger) -> InstalledCertificate:
    return InstalledCertificate.objects.create(
        charger=charger,
        certificate_type="ManufacturerRootCertificate",
        hash_algorithm="SHA256",
        issuer_name_hash="<b>",
        issuer_key_hash="cd",
        serial_number="<i>1f",
        told=timezone.now(),
    )


def test_a_charger_s_page_tells_of_its_certificates(
    admin_client: Client, certificate: Certificate, charger: Charger
) -> None:
    row = install(charger)
    page = look(admin_client, reverse("admin:ocpp_charger_change", args=[charger.pk]))
    assert reverse("admin:ocpp_certificate_change", args=[certificate.pk]) in page
    assert reverse("admin:ocpp_installedcertificate_change", args=[row.pk]) in page
    assert "&lt;i&gt;1f" in page
    other = make_charger("CP2")
    for url in (CERTIFICATES, REQUESTS, INSTALLED):
        assert f"{url}?charger__id__exact={charger.pk}" in page
        look(admin_client, url, charger__id__exact=str(other.pk))
    assert "CN=CP1" not in look(admin_client, CERTIFICATES, charger__id__exact=str(other.pk))


def test_what_it_trusts_is_deleted_there(admin_client: Client, charger: Charger) -> None:
    row = install(charger)
    assert "&lt;i&gt;1f" in look(admin_client, INSTALLED)
    look(admin_client, reverse("admin:ocpp_installedcertificate_change", args=[row.pk]))
    assert 'name="confirmed"' in act(admin_client, INSTALLED, "delete_certificate", row)
    assert not Command.objects.exists()
    act(admin_client, INSTALLED, "delete_certificate", row, confirmed="on")
    command = Command.objects.get()
    assert command.action == "delete_certificate"
    assert command.payload["serial_number"] == "<i>1f"
    assert InstalledCertificate.objects.exists()  # until it says so


def test_who_may_only_look_deletes_nothing(viewer: Client, charger: Charger) -> None:
    act(viewer, INSTALLED, "delete_certificate", install(charger), confirmed="on")
    assert not Command.objects.exists()
