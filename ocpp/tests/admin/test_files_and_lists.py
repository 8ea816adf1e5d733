"""Uploads, local lists and firmware in the admin."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import RFID, User
from ocpp import operations
from ocpp.admin import commanding
from ocpp.choices import CommandState, UploadPurpose
from ocpp.domain import commands, firmware_files, uploads
from ocpp.models import Charger, Command, FirmwareFile, UploadSlot
from ocpp.tests.commanding import make_charger

CHARGERS = reverse("admin:ocpp_charger_changelist")
UPLOADS = reverse("admin:ocpp_uploadslot_changelist")
LISTS = reverse("admin:ocpp_locallist_changelist")


@pytest.fixture(autouse=True)
def _here(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.UPLOADS_ROOT = str(tmp_path)
    settings.SITE_URL = "https://node.example"
    monkeypatch.setattr(commanding, "WAIT_S", 0)


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


def _act(client: Client, action: str, *chargers: Charger, **more: Any) -> Any:
    data = {"action": action, "_selected_action": [c.pk for c in chargers], **more}
    return client.post(CHARGERS, data, follow=True)


def _receive(charger: Charger, name: str = "d<b>.log") -> UploadSlot:
    slot, url = uploads.make_slot(charger, UploadPurpose.DIAGNOSTICS)
    with uploads.receive(url.split("/")[-2], timezone.now()) as incoming:
        incoming.write(b"<script>")
        incoming.keep(name, timezone.now())
    return slot


@pytest.mark.parametrize(
    ("action", "queued", "argument"),
    [
        ("get_diagnostics", "get_diagnostics", {}),
        ("get_diagnostics_log", "get_log", {"log_type": "DiagnosticsLog"}),
        ("get_security_log", "get_log", {"log_type": "SecurityLog"}),
        ("get_local_list_version", "get_local_list_version", {}),
        ("send_all_cards", "send_local_list", {"update_type": "Full"}),
        ("send_changed_cards", "send_local_list", {"update_type": "Full"}),
    ],
)
def test_chargers_are_commanded(
    admin_client: Client, charger: Charger, action: str, queued: str, argument: dict[str, str]
) -> None:
    page = _act(admin_client, action, charger).content.decode()
    command = Command.objects.get()
    assert command.action == queued
    assert argument.items() <= command.payload.items()
    assert f"{queued.capitalize()}: The command waits to be sent to CP1." in page


# --- firmware ------------------------------------------------------------------------------


def test_the_firmware_is_ordered_for_all(
    admin_client: Client, admin_user: User, charger: Charger, settings: Settings
) -> None:
    settings.TIME_ZONE = "America/Monterrey"
    asked = _act(admin_client, "update_firmware", charger, make_charger("CP2"))
    page = asked.content.decode()
    assert 'name="location"' in page
    assert "<strong>CP1</strong>, <strong>CP2</strong>" in page
    assert "errorlist" not in page
    assert not Command.objects.exists()
    form = asked.redirect_chain[-1][0]
    given = {"location": "https://files.example/v2.bin", "retries": "3", "retry_interval": ""}
    page = admin_client.post(
        form, given | {"retrieve_date": "2026-05-01T06:00"}, follow=True
    ).content.decode()
    assert page.count("The command waits to be sent to CP") == 2
    for command in Command.objects.all():
        assert command.created_by == admin_user
        assert command.payload == {
            "location": "https://files.example/v2.bin",
            "retrieve_date": "2026-05-01T12:00:00Z",
            "retries": 3,
            "retry_interval": None,
        }


def test_what_is_wrong_stands_beside_the_field(admin_client: Client, charger: Charger) -> None:
    form = _act(admin_client, "update_firmware", charger).redirect_chain[-1][0]
    given = {"location": "gopher://x/", "retries": "-1"}
    page = admin_client.post(form, given).content.decode()
    assert "must be a URL with a host that begins with one of: http://" in page
    assert "must be a whole number from 0 to 100." in page
    assert not Command.objects.exists()


def test_firmware_is_uploaded_ordered_and_deleted(
    admin_client: Client,
    admin_user: User,
    charger: Charger,
    tmp_path: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:
    add = reverse("admin:ocpp_firmwarefile_add")
    form = {"file": SimpleUploadedFile("C1 v2.bin", b"firmware"), "note": "2.0"}
    page = admin_client.post(add, form, follow=True).content.decode()
    assert "was added successfully" in page
    firmware = FirmwareFile.objects.get()
    assert (firmware.file_name, firmware.note, firmware.size) == ("C1_v2.bin", "2.0", 8)
    assert firmware.created_by == admin_user
    assert firmware.sha256 == hashlib.sha256(b"firmware").hexdigest()

    form_url = _act(admin_client, "update_firmware", charger).redirect_chain[-1][0]
    admin_client.post(form_url, {"location": "", "firmware": firmware.pk})
    command = Command.objects.get()
    url = command.payload["location"]
    assert url.startswith("https://node.example/ocpp/firmware/")
    assert url.endswith("/C1_v2.bin")
    shown = admin_client.get(reverse("admin:ocpp_firmwarefile_change", args=[firmware.pk]))
    assert firmware.sha256 in shown.content.decode()
    assert f">{charger}<" in shown.content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        delete = reverse("admin:ocpp_firmwarefile_delete", args=[firmware.pk])
        admin_client.post(delete, {"post": "yes"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "The submitted file is empty."), (b"x" * 1_000_001, "The file is longer than 1 MB.")],
)
def test_firmware_that_is_refused(
    admin_client: Client, settings: Settings, tmp_path: Path, content: bytes, reason: str
) -> None:
    settings.OCPP_UPLOAD_MAX_MB = 1
    form = {"file": SimpleUploadedFile("f.bin", content), "note": ""}
    page = admin_client.post(reverse("admin:ocpp_firmwarefile_add"), form).content.decode()
    assert reason in page
    assert not FirmwareFile.objects.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_file_or_an_address_but_not_both(admin_client: Client, charger: Charger) -> None:
    made = firmware_files.store("f.bin", [b"x"], "", None)
    form = _act(admin_client, "update_firmware", charger).redirect_chain[-1][0]
    for location, firmware, reason in (
        ("", "", "is required, unless firmware is the number of a file here."),
        ("http://a/b", made.pk, "cannot be given together with location."),
    ):
        given = {"location": location, "firmware": firmware}
        assert reason in admin_client.post(form, given).content.decode()
    assert not Command.objects.exists()


# --- uploads -------------------------------------------------------------------------------


def test_a_file_is_fetched_and_never_shown(admin_client: Client, charger: Charger) -> None:
    slot = _receive(charger)
    url = reverse("admin:ocpp_uploadslot_download", args=[slot.pk])
    assert url in admin_client.get(UPLOADS).content.decode()
    response = admin_client.get(url)
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == 'attachment; filename="d<b>.log"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert b"".join(response.streaming_content) == b"<script>"  # type: ignore[attr-defined]
    page = admin_client.get(reverse("admin:ocpp_uploadslot_change", args=[slot.pk]))
    assert "d&lt;b&gt;.log" in page.content.decode()


def test_only_who_may_look_may_fetch(client: Client, charger: Charger) -> None:
    url = reverse("admin:ocpp_uploadslot_download", args=[_receive(charger).pk])
    assert client.get(url).status_code == 302
    user = User.objects.create_user("staff", is_staff=True)
    client.force_login(user)
    assert client.get(url).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_uploadslot"))
    response = client.get(url)
    assert b"".join(response.streaming_content) == b"<script>"  # type: ignore[attr-defined]


def test_where_there_is_no_file_there_is_no_link(admin_client: Client, charger: Charger) -> None:
    slot, _ = uploads.make_slot(charger, UploadPurpose.SECURITY_LOG)
    url = reverse("admin:ocpp_uploadslot_download", args=[slot.pk])
    page = admin_client.get(UPLOADS).content.decode()
    assert "Awaited" in page
    assert url not in page
    assert admin_client.get(url).status_code == 404
    UploadSlot.objects.update(expires=timezone.now())
    assert "Did not come" in admin_client.get(UPLOADS).content.decode()


def test_deleting_it_removes_the_file(
    admin_client: Client,
    charger: Charger,
    tmp_path: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:
    slot = _receive(charger)
    with django_capture_on_commit_callbacks(execute=True):
        data = {"action": "delete_selected", "_selected_action": [slot.pk], "post": "yes"}
        admin_client.post(UPLOADS, data)
    assert not UploadSlot.objects.exists()
    assert list(tmp_path.iterdir()) == []


# --- local lists ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("Accepted", "–"),
        ("Failed", "It could not store the list."),
        ("NotSupported", "It has no local list, or its list is switched off."),
        ("VersionMismatch", "the next one will be a full one."),
        (None, "The command waits to be sent to CP1."),
        (CommandState.TIMEOUT, "CP1 did not answer within 30 s."),
    ],
)
def test_lists_are_shown_with_their_reason(
    admin_client: Client, charger: Charger, status: str | None, reason: str
) -> None:
    RFID.objects.create(rfid="04A2B3C4", allowed=False)
    command = operations.send_local_list(charger)
    if status is not None:
        commands.claim_next(charger.pk, 1, timezone.now())
    if status == CommandState.TIMEOUT:
        commands.timed_out(command.pk, 1, timezone.now())
    elif status is not None:
        commands.answered(command.pk, 1, {"status": status}, timezone.now())
    page = admin_client.get(LISTS).content.decode()
    assert reason in page
    row = charger.local_lists.get()
    page = admin_client.get(reverse("admin:ocpp_locallist_change", args=[row.pk])).content.decode()
    assert "04A2B3C4" in page
    assert "Blocked" in page
