"""Diagnostics and logs: to this node or elsewhere, and what the answer teaches."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from ocpp import operations
from ocpp.choices import UploadPurpose
from ocpp.domain import commands, uploads
from ocpp.domain.errors import NotConnected, NotFound
from ocpp.models import Charger, Command, UploadSlot
from ocpp.tests.commanding import make_charger

ELSEWHERE = "ftp://user:hunter2@files.example/in"


@pytest.fixture(autouse=True)
def _here(settings: Settings, tmp_path: Path) -> None:
    settings.UPLOADS_ROOT = str(tmp_path)
    settings.SITE_URL = "https://node.example"


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


def _sent(command: Command) -> Command:
    claimed = commands.claim_next(command.charger_id, 1, timezone.now())
    assert claimed == command
    return claimed


def _token(command: Command) -> str:
    location: str = command.payload["location"]
    assert location.startswith("https://node.example/ocpp/uploads/")
    return location.split("/")[-2]


def test_an_address_elsewhere_is_passed_on(charger: Charger) -> None:
    command = operations.get_log(charger, log_type="SecurityLog", location=ELSEWHERE)
    command.refresh_from_db()
    assert command.payload == {
        "log_type": "SecurityLog",
        "location": ELSEWHERE,
        "request_id": command.pk,
        "oldest": None,
        "latest": None,
        "retries": None,
        "retry_interval": None,
    }
    assert not UploadSlot.objects.exists()


@pytest.mark.parametrize(
    ("deed", "purpose"),
    [
        (operations.get_diagnostics, UploadPurpose.DIAGNOSTICS),
        (lambda c: operations.get_log(c, log_type="DiagnosticsLog"), UploadPurpose.DIAGNOSTICS_LOG),
        (lambda c: operations.get_log(c, log_type="SecurityLog"), UploadPurpose.SECURITY_LOG),
    ],
)
def test_without_an_address_it_comes_here(charger: Charger, deed: Any, purpose: str) -> None:
    command = deed(charger)
    command.refresh_from_db()
    slot = UploadSlot.objects.get()
    assert (slot.charger, slot.command, slot.purpose) == (charger, command, purpose)
    assert abs(slot.expires - slot.created - timedelta(hours=1)) < timedelta(seconds=2)
    with uploads.receive(_token(command), timezone.now()) as incoming:
        incoming.write(b"x")
        incoming.keep("d.log", timezone.now())
    slot.refresh_from_db()
    assert slot.used is not None


def test_what_cannot_be_asked_for_makes_no_room(db: None) -> None:
    with pytest.raises(NotConnected):
        operations.get_diagnostics(make_charger(connected=False))
    assert not UploadSlot.objects.exists()


def test_addresses_are_forgotten_when_they_have_served(charger: Charger) -> None:
    for deed in (
        operations.get_diagnostics,
        lambda c: operations.get_diagnostics(c, location=ELSEWHERE),
    ):
        command = _sent(deed(charger))
        commands.answered(command.pk, 1, {"file_name": None}, timezone.now())
    shown = list(Command.objects.order_by("pk").values_list("payload__location", flat=True))
    assert shown == [
        "https://node.example/ocpp/uploads/***/",
        "ftp://user:***@files.example/in",
    ]


def test_the_announced_name_is_kept(charger: Charger) -> None:
    command = _sent(operations.get_diagnostics(charger))
    token = _token(command)
    commands.answered(command.pk, 1, {"file_name": "cp1.zip"}, timezone.now())
    assert UploadSlot.objects.get().announced == "cp1.zip"
    with uploads.receive(token, timezone.now()):
        pass  # the address still takes it


def test_what_is_rejected_can_no_longer_be_sent(charger: Charger) -> None:
    command = _sent(operations.get_log(charger, log_type="SecurityLog"))
    token = _token(command)
    response = {"status": "Rejected", "file_name": None}
    commands.answered(command.pk, 1, response, timezone.now())
    with pytest.raises(NotFound), uploads.receive(token, timezone.now()):
        pass


def test_a_late_refusal_is_none_of_a_file(charger: Charger) -> None:
    command = _sent(operations.get_diagnostics(charger))
    commands.timed_out(command.pk, 1, timezone.now())
    before = UploadSlot.objects.get().expires
    commands.answered_late(command.pk, 1, {"error": "GenericError"}, timezone.now())
    assert UploadSlot.objects.get().expires == before
