"""Where charge points upload: what is taken, what is refused, and how that is told."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from pytest_django import Settings

from ocpp.choices import UploadPurpose
from ocpp.domain import uploads
from ocpp.models import Charger, UploadSlot

CONTENT = bytes(range(256)) * 1000


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.UPLOADS_ROOT = str(tmp_path)
    settings.SITE_URL = "https://node.example"
    return tmp_path


@pytest.fixture
def address(charger: Charger) -> str:
    """The path of a slot's address, with a slash at its end."""
    _, url = uploads.make_slot(charger, UploadPurpose.DIAGNOSTICS)
    return url.removeprefix("https://node.example")


@pytest.fixture
def charge_point() -> Client:
    """A program that has no cookies, and is not let off Django's check of them."""
    return Client(enforce_csrf_checks=True)


def _received() -> tuple[str, bytes]:
    slot = UploadSlot.objects.get()
    path = uploads.path_of(slot)
    assert path is not None
    return slot.file_name, path.read_bytes()


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize(
    "content_type",
    ["application/octet-stream", "text/plain", "application/x-www-form-urlencoded", ""],
)
def test_the_body_is_the_file(
    charge_point: Client, address: str, method: str, content_type: str
) -> None:
    response = charge_point.generic(method, f"{address}a/d%20x.log", CONTENT, content_type)
    assert response.status_code == 201
    assert response.headers["Cache-Control"].startswith("max-age=0")
    assert _received() == ("d x.log", CONTENT)


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_form_holds_the_file(charge_point: Client, address: str, method: str) -> None:
    form = {
        "comment": "x" * 1000,
        "file": SimpleUploadedFile("d.log", CONTENT),
        "more": SimpleUploadedFile("e.log", b"another"),
    }
    body = encode_multipart(BOUNDARY, form)
    response = charge_point.generic(method, address, body, MULTIPART_CONTENT)
    assert response.status_code == 201
    assert _received() == ("d.log", CONTENT)


def test_without_the_slash_and_without_a_name(charge_point: Client, address: str) -> None:
    assert charge_point.put(address.rstrip("/"), b"x").status_code == 201
    assert _received() == ("", b"x")


def test_the_second_is_refused(charge_point: Client, address: str) -> None:
    assert charge_point.put(address, b"one").status_code == 201
    response = charge_point.put(address, b"two")
    assert response.status_code == 404
    assert response.json()["detail"].startswith("There is nothing to upload")
    assert _received()[1] == b"one"


def test_an_unknown_address(db: None, charge_point: Client) -> None:
    assert charge_point.put("/ocpp/uploads/nothing/d.log", b"x").status_code == 404


def test_nothing_is_no_file(charge_point: Client, address: str, folder: Path) -> None:
    assert charge_point.put(address, b"").json() == {"detail": "body: is empty."}
    form = encode_multipart(BOUNDARY, {"comment": "no file"})
    response = charge_point.generic("POST", address, form, MULTIPART_CONTENT)
    assert response.status_code == 400
    assert list(folder.iterdir()) == []


def test_half_of_a_file_is_refused(charge_point: Client, address: str, folder: Path) -> None:
    broken: Any = {"CONTENT_LENGTH": "8", "wsgi.input": BytesIO(b"half")}
    response = charge_point.generic("PUT", address, **broken)
    assert response.status_code == 400
    assert "broke off" in response.json()["detail"]
    assert list(folder.iterdir()) == []


def test_a_form_that_is_none(charge_point: Client, address: str) -> None:
    response = charge_point.generic("POST", address, b"x", "multipart/form-data")
    assert response.status_code == 400


@pytest.mark.parametrize("form", [False, True])
def test_too_long_is_told(
    charge_point: Client, address: str, folder: Path, settings: Settings, form: bool
) -> None:
    settings.OCPP_UPLOAD_MAX_MB = 1
    content = b"x" * 1_000_001
    extra: dict[str, Any] = {"data": content, "content_type": "text/plain"}
    if form:
        body = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("d.log", content)})
        extra = {"data": body, "content_type": MULTIPART_CONTENT}
    response = charge_point.generic("POST", address, **extra)
    assert response.status_code == 413
    assert response.json() == {"detail": "The file is longer than 1 MB."}
    assert list(folder.iterdir()) == []
    assert UploadSlot.objects.get().used is None


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS", "PATCH"])
def test_nothing_can_be_fetched_or_removed(charge_point: Client, address: str, method: str) -> None:
    charge_point.put(address, b"x")
    assert charge_point.generic(method, address).status_code == 405
    assert _received()[1] == b"x"
