"""Who may connect, by which id, how many; what a charge point says of itself; and presence."""

import os
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, Settings

from ocpp.choices import AnomalyKind, CommandState, Registration
from ocpp.domain import chargers, commands, discovery
from ocpp.domain.chargers import OWNER, Boot, Refused, Visitor
from ocpp.domain.station import Station
from ocpp.models import Anomaly, Charger, Transaction
from ocpp.tests.factories import NOON, NOON_TEXT, Reporter, dead_pid
from ocpp.writer.batch import Batch

PUBLIC = "203.0.113.7"


@pytest.fixture(autouse=True)
def _at_noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def visit(
    charger_id: str = "CP1",
    *,
    path: str | None = None,
    address: str = "192.168.1.5",
    private: bool = True,
    now: datetime = NOON,
) -> Station:
    """The station of an admitted connection."""
    visitor = Visitor(charger_id, path or f"/{charger_id}/", address, private)
    station = chargers.admit(visitor, now)
    assert isinstance(station, Station)
    return station


def visit_from_outside(charger_id: str = "CP1", address: str = PUBLIC) -> Station:
    return visit(charger_id, address=address, private=False)


def refused(status: int, *arguments: Any, **options: Any) -> str:
    """The reason with which a visit is refused."""
    with pytest.raises(Refused) as caught:
        visit(*arguments, **options)
    assert caught.value.status == status
    return caught.value.reason


# --- ids -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "charger_id",
    [*("CP1", "x", "a" * 48, "Ä-7.%2F_~", "充电桩", "a/b", "a_b", "EVB-P22/1", "e\u0301")],
)
def test_an_id_that_is_taken(db: None, charger_id: str) -> None:
    assert visit(charger_id).charger_id == charger_id
    assert Charger.objects.get().charger_id == charger_id


@pytest.mark.parametrize(
    "charger_id",
    [
        *("", "a" * 49, " CP1", "CP 1", "CP1\n", "C\tP", "C\x00P", "C\x7fP", "C\u200bP"),
        *("C\u202eP", "C\u2028P", "C\u00a0P", "C\ufeffP", "C\ufffdP", "C\ud800P", "C\u00adP"),
    ],
)
def test_an_id_that_is_not_taken(db: None, charger_id: str) -> None:
    refused(400, charger_id)
    assert Charger.objects.count() == 0


@given(st.text(max_size=60))
def test_any_text_is_an_id_or_refused(text: str) -> None:
    try:
        chargers.check_id(text)
    except Refused as refusal:
        status = refusal.status
    else:
        status = 101
    fits = 1 <= len(text) <= 48 and text.isprintable() and " " not in text
    fits = fits and bool(text.strip("."))
    assert status == (101 if fits and "\ufffd" not in text else 400)


@pytest.mark.parametrize(
    ("known", "comes"),
    [
        ("CP1", "cp1"),
        ("cp1", "CP1"),
        ("STRASSE", "straße"),
        ("\u00c4CP", "A\u0308CP"),
        ("CP1", "ＣＰ１"),
        ("CP²", "CP2"),
    ],
)
def test_an_id_in_another_case_or_unicode_form_is_the_same_charger(
    db: None, known: str, comes: str
) -> None:
    first = visit(known)
    second = visit(comes)
    assert second.pk == first.pk
    assert second.charger_id == known
    anomaly = Anomaly.objects.get()
    assert anomaly.kind == AnomalyKind.IDENTITY
    assert ascii(comes)[1:-1] in anomaly.detail
    visit(known)
    assert Anomaly.objects.count() == 1


@pytest.mark.parametrize("pair", [("a/b", "a_b"), ("CP1", "CP-1"), ("CP1", "CP01"), ("é", "e")])
def test_other_ids_are_other_chargers(db: None, pair: tuple[str, str]) -> None:
    assert visit(pair[0]).pk != visit(pair[1]).pk


# --- unknown ids -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "private", "registration"),
    [
        ("open", True, Registration.ACCEPTED),
        ("open", False, Registration.PENDING),
        ("approve", True, Registration.PENDING),
        ("approve", False, Registration.PENDING),
    ],
)
def test_an_unknown_id_becomes_a_charger(
    db: None, settings: Settings, policy: str, private: bool, registration: Registration
) -> None:
    settings.OCPP_UNKNOWN_CHARGERS = policy
    station = visit(private=private)
    charger = Charger.objects.get()
    assert (station.pk, station.registration) == (charger.pk, registration)
    assert (charger.registration, charger.discovered) == (registration, True)
    assert not charger.require_rfid


def test_a_closed_node_admits_only_those_it_knows(charger: Charger, settings: Settings) -> None:
    settings.OCPP_UNKNOWN_CHARGERS = "closed"
    refused(403, "CP2")
    assert visit("CP1").pk == charger.pk
    assert Charger.objects.count() == 1


def test_a_known_charger_keeps_its_registration(charger: Charger) -> None:
    assert visit_from_outside().registration == Registration.ACCEPTED
    Charger.objects.update(registration=Registration.REJECTED)
    assert visit().registration == Registration.REJECTED


def test_new_ids_of_one_address_are_limited(charger: Charger, settings: Settings) -> None:
    settings.OCPP_NEW_PER_ADDRESS_AN_HOUR = 2
    visit_from_outside("A")
    visit_from_outside("B")
    with pytest.raises(Refused) as caught:
        visit_from_outside("C")
    assert caught.value.status == 429
    # Those that are known, and other addresses, are not concerned.
    visit_from_outside("A")
    visit_from_outside("CP1")
    visit_from_outside("D", address="203.0.113.8")
    visit("E")
    with time_machine.travel(NOON + timedelta(hours=1, seconds=1), tick=False):
        later = Visitor("C", "/C", PUBLIC, False)
        station = chargers.admit(later, NOON + timedelta(hours=1, seconds=1))
        assert isinstance(station, Station)
        assert station.charger_id == "C"


def test_new_ids_in_all_are_limited(db: None, settings: Settings) -> None:
    settings.OCPP_NEW_AN_HOUR = 3
    for number in range(3):
        visit_from_outside(f"A{number}", address=f"203.0.113.{number}")
    with pytest.raises(Refused) as caught:
        visit_from_outside("B", address="203.0.113.99")
    assert caught.value.status == 429
    visit_from_outside("A0")


def test_new_ids_of_private_addresses_are_limited(db: None, settings: Settings) -> None:
    settings.OCPP_NEW_PRIVATE_AN_HOUR = 2
    visit("A")
    visit("B")
    refused(429, "C")
    visit("A")


@pytest.mark.parametrize("policy", ["open", "approve"])
def test_chargers_that_wait_for_approval_are_limited(
    db: None, settings: Settings, policy: str
) -> None:
    settings.OCPP_UNKNOWN_CHARGERS = policy
    settings.OCPP_UNAPPROVED = 2
    visit_from_outside("A")
    visit_from_outside("B")
    with pytest.raises(Refused) as caught:
        visit_from_outside("C")
    assert caught.value.status == 429
    Charger.objects.filter(charger_id="A").update(registration=Registration.ACCEPTED)
    visit_from_outside("C")


def test_an_id_that_never_booted_is_forgotten_after_a_day(db: None) -> None:
    def appear(charger_id: str, **facts: Any) -> Charger:
        charger = Charger.objects.get(pk=visit(charger_id).pk)
        Charger.objects.filter(pk=charger.pk).update(**{"owner": "", **facts})
        return charger

    scan = appear("scan")
    appear("booted", last_boot=NOON)
    appear("connected", owner=OWNER)
    appear("known", discovered=False)
    charged = appear("charged")
    Reporter(charged).start()
    with time_machine.travel(NOON + timedelta(hours=23), tick=False):
        visit("young", now=NOON + timedelta(hours=23))
        discovery.forget_never_booted(NOON + timedelta(hours=23))
        assert Charger.objects.filter(pk=scan.pk).exists()
    with time_machine.travel(NOON + timedelta(hours=25), tick=False):
        visit("new", now=NOON + timedelta(hours=25))
        assert discovery.forget_never_booted(NOON + timedelta(hours=25)) == 1
    left = set(Charger.objects.values_list("charger_id", flat=True))
    assert left == {"booted", "connected", "known", "charged", "young", "new"}
    assert Transaction.objects.count() == 1


# --- what is known from then on ----------------------------------------------------------------


def test_a_connection_is_recorded(charger: Charger) -> None:
    Charger.objects.update(disconnected_at=NOON - timedelta(days=1))
    visit(path="/foo/bar/CP1/", address="10.0.0.9")
    charger.refresh_from_db()
    assert charger.connected
    assert charger.last_path == "/foo/bar/CP1/"
    assert charger.remote_address == "10.0.0.9"
    assert (charger.connected_at, charger.disconnected_at) == (NOON, None)
    assert charger.last_seen == NOON


def test_a_path_that_is_too_long_is_cut(charger: Charger) -> None:
    visit(path="/x" * 500 + "/CP1")
    charger.refresh_from_db()
    assert charger.last_path == ("/x" * 500)[:255]


@pytest.mark.parametrize("node_strict", [True, False])
@pytest.mark.parametrize("strict", [True, False])
def test_the_station_knows_how_the_charger_is_to_be_read(
    charger: Charger, settings: Settings, strict: bool, node_strict: bool
) -> None:
    settings.OCPP_STRICT = node_strict
    Charger.objects.update(strict=strict, time_zone="America/Monterrey", last_boot=NOON)
    station = visit()
    assert station.strict == (strict or node_strict)
    assert (station.time_zone, station.booted) == ("America/Monterrey", True)


def test_what_staff_change_is_read_again(charger: Charger) -> None:
    station = visit()
    Charger.objects.update(
        strict=True, time_zone="Europe/Madrid", registration=Registration.REJECTED
    )
    chargers.refresh(station)
    assert station.strict
    assert station.time_zone == "Europe/Madrid"
    assert station.registration == Registration.REJECTED


def test_a_boot_is_stored_and_answered(charger: Charger) -> None:
    Charger.objects.update(registration=Registration.PENDING)
    reporter = Reporter(charger)
    told = Boot("Vendor", "Model", "S1", "B1", "1.2.3", "ICC", "IMS", "MT", "MS")
    assert reporter.report(chargers.boot, told) == Registration.PENDING
    charger.refresh_from_db()
    assert (charger.vendor, charger.model, charger.firmware_version) == ("Vendor", "Model", "1.2.3")
    assert (charger.serial_number, charger.charge_box_serial_number) == ("S1", "B1")
    assert (charger.iccid, charger.imsi) == ("ICC", "IMS")
    assert (charger.meter_type, charger.meter_serial_number) == ("MT", "MS")
    assert charger.last_boot == charger.last_seen == NOON
    assert reporter.station.booted
    # The next boot says everything anew.
    reporter.report(chargers.boot, Boot("Other", "Model"))
    charger.refresh_from_db()
    assert (charger.vendor, charger.serial_number) == ("Other", "")


def test_a_heartbeat_is_stored(reporter: Reporter) -> None:
    reporter.report(chargers.heartbeat)
    reporter.charger.refresh_from_db()
    assert reporter.charger.last_heartbeat == reporter.charger.last_seen == NOON


# --- presence ------------------------------------------------------------------------------


def test_every_connection_has_its_epoch_and_a_late_end_ends_nothing(charger: Charger) -> None:
    old, new = visit(), visit()
    assert new.epoch == old.epoch + 1
    chargers.leave(charger.pk, old.epoch, NOON)
    charger.refresh_from_db()
    assert charger.connected
    assert charger.disconnected_at is None
    chargers.leave(charger.pk, new.epoch, NOON + timedelta(minutes=1))
    charger.refresh_from_db()
    assert not charger.connected
    assert charger.disconnected_at == NOON + timedelta(minutes=1)


def test_how_much_is_asked_of_the_database(
    charger: Charger, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """A whole fleet may come back at once, and all of this is done by one thread."""
    visitor = Visitor("CP1", "/CP1/", "192.168.1.5", private=True)
    with django_assert_num_queries(4):  # it is read and taken, in a savepoint
        station = chargers.admit_or_tell(visitor, NOON)
    assert isinstance(station, Station)
    assert station.epoch == 1
    station.now, station.batch = NOON, Batch()
    with django_assert_num_queries(2):
        chargers.boot(station, Boot("Acme", "One"))
    with django_assert_num_queries(1):
        commands.connection_began(charger.pk, 1, NOON)
    with django_assert_num_queries(1):
        assert commands.claim_next(charger.pk, 1, NOON) is None
    with django_assert_num_queries(2):
        chargers.leave(charger.pk, 1, NOON)
    charger.refresh_from_db()
    assert (charger.owner, charger.vendor, charger.last_boot) == ("", "Acme", NOON)


def test_what_was_sent_on_a_connection_fails_with_it(charger: Charger) -> None:
    station = visit()
    command = commands.queue(Charger.objects.get(), "clear_cache", {})
    sent = commands.claim_next(charger.pk, station.epoch, NOON)
    assert sent is not None
    chargers.leave(charger.pk, station.epoch - 1, NOON)
    command.refresh_from_db()
    assert command.state == CommandState.SENT
    chargers.leave(charger.pk, station.epoch, NOON)
    command.refresh_from_db()
    assert command.state == CommandState.FAILED


def test_nobody_ends_the_connection_of_another_process(charger: Charger) -> None:
    station = visit()
    Charger.objects.update(owner="elsewhere/1/abcd")
    chargers.leave(charger.pk, station.epoch, NOON)
    charger.refresh_from_db()
    assert charger.owner == "elsewhere/1/abcd"


def test_presence_that_dead_processes_left_is_corrected(db: None) -> None:
    host = OWNER.split("/")[0]
    owners = {
        "mine": OWNER,
        "dead": f"{host}/{dead_pid()}/0badf00d",
        "living": f"{host}/{os.getppid()}/0badf00d",
        "recycled": f"{host}/{os.getpid()}/0badf00d",
        "elsewhere": "elsewhere/1/0badf00d",
        "offline": "",
    }
    for charger_id, owner in owners.items():
        Charger.objects.create(charger_id=charger_id, owner=owner, epoch=3)
    assert chargers.reset_presence(NOON) == 2
    gone = Charger.objects.filter(disconnected_at=NOON, owner="")
    assert set(gone.values_list("charger_id", flat=True)) == {"dead", "recycled"}
    connected = {charger.charger_id for charger in Charger.objects.all() if charger.connected}
    assert connected == {"mine", "living", "elsewhere"}
    assert chargers.reset_presence(NOON) == 0


def test_a_host_whose_name_is_a_pattern_corrects_only_its_own(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chargers, "OWNER", f"h_st/{os.getpid()}/1")
    pid = dead_pid()
    Charger.objects.create(charger_id="mine", owner=f"h_st/{pid}/2")
    Charger.objects.create(charger_id="other", owner=f"host/{pid}/2")
    assert chargers.reset_presence(NOON) == 1
    assert Charger.objects.get(charger_id="other").connected


def test_start_times_are_those_of_the_charger(charger: Charger) -> None:
    """The zone that a connection begins with is the one its times are read in."""
    Charger.objects.update(time_zone="America/Monterrey")
    station = visit()
    reporter = Reporter(charger, time_zone=station.time_zone)
    transaction, _ = reporter.start(time=NOON_TEXT[:-1], now=NOON + timedelta(hours=6))
    assert transaction.start_time == NOON + timedelta(hours=6)
