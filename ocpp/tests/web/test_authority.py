"""The root and the list of revoked certificates at public addresses."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from ocpp.choices import CertificateKind
from ocpp.domain.certificates import authority, requests
from ocpp.models import Authority, Charger
from ocpp.tests.certifying import make_csr

pytestmark = pytest.mark.django_db


def test_there_is_none_before_it_is_made(client: Client) -> None:
    assert client.get("/ocpp/authority.pem").status_code == 404
    assert client.get("/ocpp/authority/1.crl").status_code == 404
    assert not Authority.objects.exists()


def test_anybody_may_have_the_root(client: Client) -> None:
    made = authority.current()
    response = client.get("/ocpp/authority.pem")
    assert response.content.decode() == made.certificate.pem
    assert response.headers["Content-Type"] == "application/x-pem-file"
    assert client.post("/ocpp/authority.pem").status_code == 405


def test_anybody_may_have_the_list_of_revoked_ones(client: Client, charger: Charger) -> None:
    row = authority.keep(authority.sign("CP1", make_csr()), CertificateKind.CHARGE_POINT, charger)
    requests.revoke(row, "stolen", datetime.now(UTC))
    made = authority.current()
    root = x509.load_pem_x509_certificate(made.certificate.pem.encode())
    response = client.get(reverse("ocpp:authority-crl", args=[made.pk]))
    assert response.headers["Content-Type"] == "application/pkix-crl"
    found = x509.load_der_x509_crl(response.content)
    assert found.is_signature_valid(root.public_key())  # type: ignore[arg-type]
    assert [f"{one.serial_number:x}" for one in found] == [row.serial_number]
    response = client.get(reverse("ocpp:authority-crl-pem", args=[made.pk]))
    assert len(list(x509.load_pem_x509_crl(response.content))) == 1
    assert client.get(f"/ocpp/authority/{10**30}.crl").status_code == 404


def test_a_key_that_cannot_be_opened_is_told(client: Client, settings: Settings) -> None:
    made = authority.current()
    settings.SECRET_KEY = "another"
    response = client.get(reverse("ocpp:authority-crl", args=[made.pk]))
    assert response.status_code == 503
    assert "SECRET_KEY" in response.json()["detail"]
