"""Anomalies in the admin: whose, what was done, and the table of models."""

from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from ocpp.models import Anomaly, Charger, Message
from ocpp.tests.admin.conftest import clerk, make_charger

LIST = "/admin/ocpp/anomaly/"


def test_an_anomaly_tells_the_device_and_what_was_done(boss: Client) -> None:
    charger = make_charger(1, vendor="<Maker>", model="M1", firmware_version="1.2")
    text = boss.get(LIST).content.decode()
    assert "&lt;Maker&gt; M1 1.2" in text
    assert "The time of the node was taken" in text
    row = Anomaly.objects.get()
    assert f"/admin/ocpp/review/{row.transaction_id}/change/" in text
    assert "The time of the node" in boss.get(f"{LIST}{row.pk}/change/").content.decode()
    make_charger(2, vendor="Other", model="M2", strict=True)
    assert "M2" not in _rows(boss, f"?charger__vendor={'%3CMaker%3E'}")
    assert "Other M2" in _rows(boss, "?charger__strict__exact=1")
    assert str(charger) not in _rows(boss, "?charger__strict__exact=1")


def _rows(client: Client, query: str) -> str:
    text = client.get(LIST + query).content.decode()
    return text.partition("<tbody>")[2].partition("</tbody>")[0]


def test_the_models_have_a_word_a_score_and_a_way_to_their_oddities(boss: Client) -> None:
    charger = make_charger(1, vendor="A & <B>", model="M1", strict=True)
    text = boss.get(f"{LIST}models/").content.decode()
    assert "A &amp; &lt;B&gt; M1" in text
    assert "Too little seen" in text
    assert "This node is tolerant" in text
    assert "1 strict" in text
    Charger.objects.filter(pk=charger.pk).update(strict=False)
    assert "1 strict" not in boss.get(f"{LIST}models/").content.decode()
    assert "models/" in boss.get(LIST).content.decode()


def test_a_score_of_now(boss: Client) -> None:
    charger = make_charger(1)
    Message.objects.all().delete()
    now = timezone.now()
    Message.objects.bulk_create(Message(charger=charger, time=now) for _ in range(1000))
    Anomaly.objects.update(time=now, kind="metering")
    text = boss.get(f"{LIST}models/").content.decode()
    assert "<strong>95</strong>" in text
    assert "Keeps to the standard" in text
    assert "?charger__vendor=&amp;charger__model=" in text


def test_a_strict_node_says_so(boss: Client, settings: Settings) -> None:
    settings.OCPP_STRICT = True
    assert "This node is strict" in boss.get(f"{LIST}models/").content.decode()


def test_it_needs_the_permission_to_look(db: None) -> None:
    assert clerk("view_charger").get(f"{LIST}models/").status_code == 403
