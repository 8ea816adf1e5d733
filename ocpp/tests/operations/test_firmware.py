"""Firmware that this node hosts: ordered, fetched by the right one, in time, some times."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from ocpp import operations
from ocpp.domain import commands, firmware_files
from ocpp.domain.errors import Conflict, Invalid, NotConnected, NotFound
from ocpp.models import Charger, FirmwareFile, FirmwareTicket
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import NOON

CONTENT = bytes(range(256)) * 100


@pytest.fixture(autouse=True)
def _here(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.UPLOADS_ROOT = str(tmp_path)
    settings.SITE_URL = "https://node.example"
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


@pytest.fixture
def firmware(db: None) -> FirmwareFile:
    return firmware_files.store("x/v 2 ñ.bin", [CONTENT[:100], CONTENT[100:]], "", None)


def _order(charger: Charger, firmware: FirmwareFile, retrieve_date: datetime | None = None) -> str:
    """Order the file; the path of its address."""
    command = operations.update_firmware(charger, firmware=firmware.pk, retrieve_date=retrieve_date)
    assert FirmwareTicket.objects.latest("pk").command == command
    return str(command.payload["location"]).removeprefix("https://node.example")


def test_the_charge_point_fetches_what_staff_uploaded(
    charger: Charger, firmware: FirmwareFile, client: Client
) -> None:
    path = _order(charger, firmware)
    assert path.endswith("/v_2_.bin")
    for times in (1, 2):
        response = client.get(path)
        assert b"".join(response.streaming_content) == CONTENT  # type: ignore[attr-defined]
        assert response.headers["Content-Length"] == str(len(CONTENT))
        assert response.headers["Content-Disposition"].startswith("attachment")
        ticket = FirmwareTicket.objects.get()
        assert (ticket.times, ticket.fetched, ticket.charger) == (times, NOON, charger)


def test_it_is_good_for_a_day_from_when_it_is_to_be_fetched(
    charger: Charger, firmware: FirmwareFile
) -> None:
    def token(retrieve_date: datetime | None) -> str:
        return _order(charger, firmware, retrieve_date).split("/")[-2]

    for given, until in (
        (None, NOON + timedelta(days=1)),
        (datetime(2020, 1, 1, tzinfo=UTC), NOON + timedelta(days=1)),
        (NOON + timedelta(days=2), NOON + timedelta(days=3)),
    ):
        secret = token(given)
        firmware_files.fetch(secret, until - timedelta(seconds=1))
        with pytest.raises(NotFound):
            firmware_files.fetch(secret, until)


def test_not_for_ever_and_not_for_everybody(
    charger: Charger, firmware: FirmwareFile, client: Client
) -> None:
    path = _order(charger, firmware)
    FirmwareTicket.objects.update(times=firmware_files.MOST_TIMES - 1)
    assert b"".join(client.get(path).streaming_content) == CONTENT  # type: ignore[attr-defined]
    response = client.get(path)
    assert response.status_code == 404
    assert response.json()["detail"].startswith("There is nothing to fetch")
    assert client.get("/ocpp/firmware/nothing/v_2_.bin").status_code == 404
    assert client.post(path).status_code == 405


def test_a_file_that_is_gone_is_not_found(
    charger: Charger, firmware: FirmwareFile, client: Client, tmp_path: Path
) -> None:
    path = _order(charger, firmware)
    (tmp_path / firmware.stored_as).unlink()
    assert client.get(path).status_code == 404


def test_the_address_is_forgotten_when_it_was_sent(
    charger: Charger, firmware: FirmwareFile
) -> None:
    _order(charger, firmware)
    command = commands.claim_next(charger.pk, 1, timezone.now())
    assert command is not None
    commands.answered(command.pk, 1, {}, timezone.now())
    command.refresh_from_db()
    assert command.payload["location"] == "https://node.example/ocpp/firmware/***/v_2_.bin"


def test_what_cannot_be_ordered_makes_no_address(firmware: FirmwareFile) -> None:
    charger = make_charger()
    with pytest.raises(NotFound, match=f"There is no firmware {firmware.pk + 1}"):
        operations.update_firmware(charger, firmware=firmware.pk + 1)
    with pytest.raises(Invalid, match="within a year"):
        _order(charger, firmware, NOON + timedelta(days=366))
    with pytest.raises(NotConnected):
        _order(make_charger("CP2", connected=False), firmware)
    with pytest.raises(Conflict, match="waits for approval"):
        _order(make_charger("CP3", registration="Pending"), firmware)
    assert not FirmwareTicket.objects.exists()


def test_an_empty_file_is_none(db: None, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="is empty"):
        firmware_files.store("f.bin", [], "", None)
    assert list(tmp_path.iterdir()) == []


def test_a_name_of_nothing_is_replaced(db: None) -> None:
    assert firmware_files.store("../", [b"x"], "", None).file_name == "firmware.bin"
