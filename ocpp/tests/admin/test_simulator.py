"""The admin of simulators: write-only password, start, stop, true states."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

import ocpp.admin.simulator  # noqa: F401  (registers the model)
from ocpp.domain import simulators
from ocpp.domain.simulators import rows
from ocpp.models import Simulator
from ocpp.tests.domain.simulators.conftest import make_row, threaded_central, until

__all__ = ["make_row", "threaded_central"]

LIST = reverse("admin:ocpp_simulator_changelist")


@pytest.fixture
def page(admin_client):
    """The list as text, after an action if one is named."""

    def get(action=None, *chosen):
        if action is None:
            return admin_client.get(LIST).content.decode()
        data = {"action": action, "_selected_action": [row.pk for row in chosen]}
        return admin_client.post(LIST, data, follow=True).content.decode()

    return get


@pytest.fixture
def fields():
    """What the form sends for a new simulator."""
    return {
        "name": "Patio",
        "host": "127.0.0.1",
        "ws_port": "8000",
        "cp_path": "ws/ocpp/SIM1",
        "username": "",
        "password": "",
        "rfid": "DEADBEEF",
        "connector_id": "1",
        "pre_charge_delay_s": "0",
        "duration_s": "600",
        "interval_s": "10",
        "power_kw": "11.00",
        "autostart": "on",
    }


def save(client, fields, row=None):
    """Send the form; the errors of its fields."""
    path = (
        reverse("admin:ocpp_simulator_change", args=[row.pk])
        if row
        else reverse("admin:ocpp_simulator_add")
    )
    response = client.post(path, fields)
    if response.status_code == 302:
        return {}
    return dict(response.context["adminform"].form.errors)


def test_the_password_goes_in_and_never_comes_out(admin_client, fields):
    assert save(admin_client, {**fields, "password": " s3cret "}) == {}
    row = Simulator.objects.get()
    assert row.password == " s3cret "
    form = admin_client.get(reverse("admin:ocpp_simulator_change", args=[row.pk]))
    assert "s3cret" not in form.content.decode()

    # Saved without one, it stays; ticked away, it goes.
    assert save(admin_client, {**fields, "username": "u"}, row) == {}
    row.refresh_from_db()
    assert (row.username, row.password) == ("u", " s3cret ")
    assert save(admin_client, {**fields, "clear_password": "on"}, row) == {}
    row.refresh_from_db()
    assert row.password == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cp_path", "///"),
        ("cp_path", "x" * 49),
        ("ws_port", "0"),
        ("ws_port", "65536"),
        ("duration_s", "0"),
        ("interval_s", "0"),
        ("power_kw", "0"),
        ("rfid", "x" * 21),
        ("connector_id", "0"),
    ],
)
def test_wrong_values_are_refused_at_their_field(admin_client, fields, field, value):
    assert list(save(admin_client, {**fields, field: value})) == [field]


def test_states_are_shown_as_they_are(page, make_row):
    make_row()
    assert "Not started" in page()
    run = rows.claim(Simulator.objects.get(), timezone.now())
    assert "Running: Connecting" in page()
    rows.request_stop(Simulator.objects.get(), timezone.now())
    assert "Stopping" in page()
    Simulator.objects.update(beat_at=timezone.now() - timedelta(seconds=11))
    assert "Not running: its process has ended" in page()
    Simulator.objects.update(beat_at=timezone.now(), energy_wh=12_345)
    rows.finish(
        run, rows.Report("offline", 1, 12_345, 12_345), timezone.now(), "refused", "127.0.0.1:1"
    )
    shown = page()
    assert "Failed" in shown
    assert "Connection refused: nothing listens at 127.0.0.1:1." in shown
    assert "12.345" in shown


def test_what_a_server_says_is_escaped(page, make_row):
    make_row()
    Simulator.objects.update(error_kind="call_error", error_detail="<script>alert(1)</script>")
    assert "<script>alert(1)" not in page()


@pytest.mark.django_db(transaction=True)
def test_start_and_stop(page, make_row, threaded_central, monkeypatch):
    monkeypatch.setattr(rows, "BEAT_S", 0.1)
    row = make_row(ws_port=threaded_central.port)
    assert "Patio is starting" in page("start", row)
    until(lambda: "Running: Charging" in page())
    assert "Patio is running already" in page("start", row)
    assert "Patio ends its transaction" in page("stop", row)
    until(lambda: "Finished" in page())
    assert "Patio is not running." in page("stop", row)
    assert len(threaded_central.sent("StopTransaction")) == 1
    said = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert list(said) == ["Started.", "Stopped."]


def test_an_impossible_row_says_why(page, make_row):
    row = make_row(rfid="")
    assert "Patio cannot be started: rfid is" in page("start", row)


def test_who_may_not_change_may_not_start(client, django_user_model, make_row):
    from django.contrib.auth.models import Permission

    row = make_row()
    viewer = django_user_model.objects.create_user("viewer", password="x", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_simulator"))
    client.force_login(viewer)
    assert client.get(LIST).status_code == 200
    client.post(LIST, {"action": "start", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert not row.running
    assert simulators.stop(row) is False
