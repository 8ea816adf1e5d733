"""The form and the list of chargers."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from ocpp import store
from ocpp.choices import Registration
from ocpp.models import Charger, Command, Connector, Message
from ocpp.tests.admin.conftest import NOON, make_charger
from qrcodes.models import QRLink

pytestmark = pytest.mark.django_db

LIST = "/admin/ocpp/charger/"
ADD = "/admin/ocpp/charger/add/"


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.SITE_URL = "https://node.example"


def form(**changes: str) -> dict[str, str]:
    """What a browser sends; the connectors below the form are only shown."""
    inline = {"connectors-TOTAL_FORMS": "0", "connectors-INITIAL_FORMS": "0"}
    settings = {"registration": "Accepted", "local_list_upkeep": "auto", "time_zone": ""}
    return {
        "name": "Plaza",
        **settings,
        "read_after_boot": "on",
        "pings": "on",
        **inline,
        **changes,
    }


def change(charger: Charger) -> str:
    return f"{LIST}{charger.pk}/change/"


def errors(client: Client, path: str, data: dict[str, str]) -> str:
    """What the page says is wrong; it must not have saved."""
    answer = client.post(path, data)
    assert answer.status_code == 200
    return str(answer.context["adminform"].form.errors)


def test_a_charger_can_be_added_and_has_its_qr_code_at_once(boss: Client) -> None:
    data = form(charger_id="Ñ 1".replace(" ", "/"), latitude="25.67", longitude="-100.31")
    assert boss.post(ADD, data).status_code == 302
    charger = Charger.objects.get()
    assert charger.charger_id == "Ñ/1"
    assert charger.id_key == "ñ/1"
    assert (charger.latitude, charger.longitude) == (Decimal("25.67"), Decimal("-100.31"))
    link = QRLink.objects.get()
    assert link.value == "https://node.example/ocpp/c/%C3%91/1/"
    assert link.image


@pytest.mark.parametrize("charger_id", ["a b", "a\tb", "\u200bx", "", "x" * 49])
def test_an_id_that_cannot_connect_is_refused(boss: Client, charger_id: str) -> None:
    assert "charger_id" in errors(boss, ADD, form(charger_id=charger_id))


def test_another_spelling_of_an_id_is_refused_with_the_known_one(boss: Client) -> None:
    Charger.objects.create(charger_id="Cp1")
    assert "There is a charger Cp1 already" in errors(boss, ADD, form(charger_id="CP1"))


def test_an_id_is_final(boss: Client) -> None:
    charger = Charger.objects.create(charger_id="CP1")
    assert boss.post(change(charger), form(charger_id="CP2")).status_code == 302
    charger.refresh_from_db()
    assert (charger.charger_id, charger.name) == ("CP1", "Plaza")


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"latitude": "90.1", "longitude": "0"}, "latitude", "-90 to 90"),
        ({"latitude": "0", "longitude": "-180.5"}, "longitude", "-180 to 180"),
        ({"latitude": "25"}, "longitude", "both"),
        ({"longitude": "25"}, "latitude", "both"),
        ({"latitude": "x", "longitude": "1"}, "latitude", "number"),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "Mars/Olympus"),
        ({"registration": "Perhaps"}, "registration", "Perhaps"),
    ],
)
def test_what_is_wrong_is_named(
    boss: Client, changes: dict[str, str], field: str, words: str
) -> None:
    charger = Charger.objects.create(charger_id="CP1")
    told = errors(boss, change(charger), form(**changes))
    assert field in told
    assert words in told


def test_a_position_can_be_taken_away(boss: Client) -> None:
    charger = Charger.objects.create(charger_id="CP1", latitude=1, longitude=2)
    boss.post(change(charger), form(latitude="", longitude=""))
    charger.refresh_from_db()
    assert (charger.latitude, charger.longitude) == (None, None)


def test_what_the_charge_point_reported_cannot_be_changed_by_a_form(boss: Client) -> None:
    charger = Charger.objects.create(
        charger_id="CP1", vendor="Maker", config={"a": {"value": "1"}}, discovered=True
    )
    facts = {
        "vendor": "Other",
        "model": "Other",
        "serial_number": "Other",
        "firmware_version": "9",
        "last_path": "/other",
        "config": "{}",
        "last_meter_values": "{}",
        "owner": "somebody",
        "epoch": "99",
        "last_heartbeat_0": "2026-01-01",
        "last_heartbeat_1": "00:00",
    }
    before = Charger.objects.values().get()
    assert boss.post(change(charger), form(**facts)).status_code == 302
    after = Charger.objects.values().get()
    assert after["revised"] is not None
    changed = {"name": "Plaza", "discovered": False, "revised": after["revised"]}
    assert after == before | changed


def test_facts_that_come_in_while_the_form_is_open_are_kept(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form was read before the charge point reported, and is saved after it."""
    charger = Charger.objects.create(charger_id="CP1")
    save = Charger.save

    def late(self: Charger, *args: object, **kwargs: object) -> None:
        Charger.objects.update(config={"new": {"value": "1"}}, vendor="Maker", last_seen=NOON)
        save(self, *args, **kwargs)

    monkeypatch.setattr(Charger, "save", late)
    boss.post(change(charger), form())
    charger.refresh_from_db()
    assert (charger.name, charger.vendor, charger.last_seen) == ("Plaza", "Maker", NOON)
    assert charger.config == {"new": {"value": "1"}}


def test_the_list_tells_state_and_links_to_landing_page_and_log(boss: Client) -> None:
    make_charger(1, owner="host/1/word", require_rfid=True, last_heartbeat=NOON)
    make_charger(2, disconnected_at=NOON - timedelta(hours=1))
    html = boss.get(LIST).content.decode()
    for shown in ("Connected", "Offline", "state-free", "state-broken", "state-unknown"):
        assert shown in html
    assert '<a href="/ocpp/c/CP1/">Landing Page</a>' in html
    assert '<a href="/ocpp/log/CP1/">Log</a>' in html


def test_the_page_has_a_map_and_the_code(boss: Client) -> None:
    charger = Charger.objects.create(
        charger_id="CP1", latitude=Decimal("25.5"), longitude=Decimal("-100.25")
    )
    html = boss.get(change(charger)).content.decode()
    assert 'data-latitude="25.500000" data-longitude="-100.250000"' in html
    assert "js_lib_leaflet/leaflet.js" in html
    assert 'name="latitude"' in html
    link = QRLink.objects.get()
    assert link.get_absolute_url() in html
    assert "https://node.example/ocpp/c/CP1/" in html


def test_a_code_that_no_phone_can_follow_is_pointed_out(boss: Client, settings: Settings) -> None:
    charger = Charger.objects.create(charger_id="CP1")
    assert "No phone can open" not in boss.get(change(charger)).content.decode()
    for here in ("http://127.0.0.1:8000", "http://localhost", "http://[::1]:8000"):
        settings.SITE_URL = here
        assert "No phone can open" in boss.get(change(charger)).content.decode()


def test_the_page_for_a_new_charger_has_a_map_too(boss: Client) -> None:
    html = boss.get(ADD).content.decode()
    assert 'data-latitude="" data-longitude=""' in html


# --- QR codes with every save ---------------------------------------------------------------------


def test_saving_makes_one_code_for_each_charger() -> None:
    charger = Charger.objects.create(charger_id="CP1")
    charger.save()
    Charger.objects.create(charger_id="CP2")
    values = QRLink.objects.order_by("value").values_list("value", flat=True)
    assert list(values) == ["https://node.example/ocpp/c/CP1/", "https://node.example/ocpp/c/CP2/"]


def test_a_charger_made_by_its_connection_gets_it_when_somebody_looks(client: Client) -> None:
    """Its messages are handled by the thread that saves it: drawing would hold up all others."""
    Charger.objects.create(charger_id="CP1", discovered=True)
    assert not QRLink.objects.exists()
    client.get("/ocpp/c/CP1/")
    assert QRLink.objects.exists()


def test_a_charger_is_saved_though_its_code_cannot_be_stored(
    settings: Settings, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    settings.MEDIA_ROOT = str(blocked)
    charger = Charger.objects.create(charger_id="CP1")
    assert Charger.objects.filter(pk=charger.pk).exists()


def test_a_charger_is_saved_though_its_code_cannot_be_made(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SITE_URL = "https://" + "x" * 1000
    charger = Charger.objects.create(charger_id="CP1")
    assert Charger.objects.filter(pk=charger.pk).exists()
    assert "could not be made" in caplog.text


# --- deciding and deleting ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "decision"),
    [
        ("accept", Registration.ACCEPTED),
        ("put_off", Registration.PENDING),
        ("reject", Registration.REJECTED),
    ],
)
def test_staff_decide_who_belongs_here(boss: Client, action: str, decision: Registration) -> None:
    pks = [
        Charger.objects.create(
            charger_id=f"CP{n}", registration=Registration.PENDING, discovered=True
        ).pk
        for n in (1, 2)
    ]
    data = {"action": action, "confirmed": "on", "_selected_action": pks}
    answer = boss.post(LIST, data, follow=True)
    assert f"2 chargers: {decision.label}." in answer.content.decode()
    for charger in Charger.objects.all():
        assert (charger.registration, charger.discovered) == (decision, False)


@pytest.mark.django_db(transaction=True)
def test_a_connected_charger_learns_of_a_decision(boss: Client) -> None:
    class Session:
        """A live connection that only notes that it is to read its charger again."""

        def __init__(self, charger_pk: int) -> None:
            self.charger_pk, self.epoch, self.refreshed = charger_pk, 1, 0

        def wake(self) -> None: ...

        def refresh(self) -> None:
            self.refreshed += 1

        def booted(self) -> None: ...

        def dismiss(self) -> None: ...

    charger = Charger.objects.create(charger_id="CP1", registration=Registration.PENDING)
    session = Session(charger.pk)
    store.add(session)
    try:
        boss.post(LIST, {"action": "accept", "_selected_action": [charger.pk]})
    finally:
        store.remove(session)
    assert session.refreshed == 1


def test_who_may_only_look_cannot_decide(viewer: Client) -> None:
    charger = Charger.objects.create(charger_id="CP1", registration=Registration.PENDING)
    viewer.post(LIST, {"action": "accept", "_selected_action": [charger.pk]})
    assert viewer.post(change(charger), form()).status_code == 403
    charger.refresh_from_db()
    assert (charger.registration, charger.name) == (Registration.PENDING, "")


def test_a_charger_with_transactions_stays(boss: Client) -> None:
    charger = make_charger(1)
    page = boss.get(f"{LIST}{charger.pk}/delete/").content.decode()
    assert "has transactions and cannot be deleted" in page
    boss.post(f"{LIST}{charger.pk}/delete/", {"post": "yes"})
    data = {"action": "delete_selected", "_selected_action": [charger.pk], "post": "yes"}
    boss.post(LIST, data)
    assert Charger.objects.filter(pk=charger.pk).exists()


def test_a_charger_without_transactions_goes_with_its_messages(boss: Client) -> None:
    charger = Charger.objects.create(charger_id="CP1")
    Message.objects.create(charger=charger, direction="in", time=NOON)
    boss.post(f"{LIST}{charger.pk}/delete/", {"post": "yes"})
    assert not Charger.objects.exists()
    assert not Message.objects.exists()


BOOT = ("trigger_message", {"requested_message": "BootNotification"})


@pytest.mark.parametrize(
    ("before", "changes", "expected"),
    [
        ("Pending", {}, [BOOT]),
        ("Accepted", {"registration": "Rejected"}, []),
        ("Accepted", {}, []),
        (
            "Accepted",
            {"heartbeat_interval": "120"},
            [("change_configuration", {"key": "HeartbeatInterval", "value": "120"})],
        ),
        ("Accepted", {"retry_interval": "120"}, []),
        ("Pending", {"registration": "Pending", "retry_interval": "120"}, [BOOT]),
        ("Pending", {"registration": "Pending", "heartbeat_interval": "120"}, []),
    ],
)
def test_a_connected_charger_learns_what_the_form_changes(
    boss: Client, before: str, changes: dict[str, str], expected: list[object]
) -> None:
    charger = Charger.objects.create(charger_id="CP1", registration=before, owner="host/1/word")
    assert boss.post(change(charger), form(**changes)).status_code == 302
    assert list(Command.objects.values_list("action", "payload")) == expected


@pytest.mark.parametrize("seconds", ["0", "9", "86401", "x"])
def test_an_interval_with_which_a_charger_would_hammer_is_refused(
    boss: Client, seconds: str
) -> None:
    charger = Charger.objects.create(charger_id="CP1")
    for name in ("retry_interval", "heartbeat_interval"):
        assert errors(boss, change(charger), form(**{name: seconds}))


def test_the_list_shows_that_the_charger_as_a_whole_is_out_of_order(boss: Client) -> None:
    charger = Charger.objects.create(charger_id="CP1", owner="host/1/word")
    Connector.objects.create(charger=charger, connector_id=0, status="Available")
    Connector.objects.create(charger=charger, connector_id=1, status="Available")
    assert "state-broken" not in boss.get(LIST).content.decode()
    Connector.objects.filter(connector_id=0).update(status="Faulted")
    text = boss.get(LIST).content.decode()
    assert "Out of order" in text
    assert "state-free" in text
