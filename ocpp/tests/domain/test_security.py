"""The journal of security events."""

from datetime import UTC, datetime

import pytest

from ocpp.domain import firmware, security
from ocpp.domain.station import Station
from ocpp.models import Anomaly, Charger, SecurityEvent

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def station() -> Station:
    charger = Charger.objects.create(charger_id="CP1")
    return Station(pk=charger.pk, charger_id="CP1", epoch=1, now=NOW)


def test_an_event_keeps_its_own_time_however_old(station: Station) -> None:
    security.report(station, "SettingSystemTime", "2026-10-01T08:00:00Z", "by 3 s")
    station.batch.flush()
    event = SecurityEvent.objects.get()
    assert (event.type, event.tech_info) == ("SettingSystemTime", "by 3 s")
    assert event.time == datetime(2026, 10, 1, 8, tzinfo=UTC)
    assert event.received == NOW
    assert not Anomaly.objects.exists()


def test_an_event_with_an_impossible_time_is_kept_with_ours(station: Station) -> None:
    security.report(station, "StartupOfTheDevice", "1970-01-01T00:00:07Z", "")
    station.batch.flush()
    assert SecurityEvent.objects.get().time == NOW
    assert "1970" in Anomaly.objects.get().detail


def test_progress_of_logs_and_signed_firmware_is_on_the_charger(station: Station) -> None:
    firmware.log_status(station, "Uploading")
    firmware.log_status(station, "Uploaded")
    firmware.firmware_status(station, "SignatureVerified")
    station.batch.flush()
    charger = Charger.objects.get()
    assert charger.log_status == "Uploaded"
    assert charger.firmware_status == "SignatureVerified"
