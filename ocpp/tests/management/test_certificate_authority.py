"""`manage.py certificate_authority`."""

from io import StringIO
from pathlib import Path

import pytest
from cryptography import x509
from django.core.management import CommandError, call_command

from ocpp.models import Authority, Certificate, Charger
from ocpp.tests.certifying import csr_pem

pytestmark = pytest.mark.django_db


def _run(*words: str) -> tuple[str, str]:
    out, error = StringIO(), StringIO()
    call_command("certificate_authority", *words, stdout=out, stderr=error)
    return out.getvalue(), error.getvalue()


def test_it_is_made_once_and_shown() -> None:
    out, told = _run()
    assert out == ""
    made = Authority.objects.get()
    assert made.certificate.fingerprint in told
    assert made.certificate.subject in told
    assert _run() == (out, told)
    assert Authority.objects.count() == 1


def test_it_is_exported(tmp_path: Path) -> None:
    out, _ = _run("--export", "-")
    assert out == Authority.objects.get().certificate.pem
    _, told = _run("--export", str(tmp_path / "ca.pem"))
    assert f"Written to {tmp_path}/ca.pem." in told
    assert (tmp_path / "ca.pem").read_text() == out
    with pytest.raises(CommandError, match="cannot be read or written"):
        _run("--export", str(tmp_path / "none" / "ca.pem"))


def test_it_is_replaced() -> None:
    _run()
    out, _ = _run("--replace", "--export", "-")
    assert len(x509.load_pem_x509_certificates(out.encode())) == 2
    assert Authority.objects.filter(active=True).count() == 1


def test_the_list_of_revoked_ones() -> None:
    out, _ = _run("--crl", "-")
    assert list(x509.load_pem_x509_crl(out.encode())) == []


def test_it_signs_for_a_charger(charger: Charger, tmp_path: Path) -> None:
    file = tmp_path / "cp1.csr"
    file.write_text(csr_pem())
    out, _ = _run("--sign", "cp1", str(file))
    row = Certificate.objects.get(charger=charger)
    assert row.pem == out
    file.write_text(csr_pem("CP2"))
    with pytest.raises(CommandError, match="has the common name CP2"):
        _run("--sign", "CP1", str(file))
    with pytest.raises(CommandError, match="There is no charger CP9"):
        _run("--sign", "CP9", str(file))
    with pytest.raises(CommandError, match="cannot be read"):
        _run("--sign", "CP1", str(tmp_path / "none"))
