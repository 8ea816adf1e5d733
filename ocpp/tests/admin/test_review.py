"""The review queue: what it lists and why, the evidence, and each button."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account
from ocpp.models import Message, OrphanStop, Repair, Transaction
from ocpp.tests.admin.conftest import clerk
from ocpp.tests.factories import NOON, Reporter, at, make_driver

LIST = "/admin/ocpp/review/"


@pytest.fixture
def account(db: None) -> Account:
    return make_driver()


def backwards(reporter: Reporter, number: int = 0) -> Transaction:
    """A session whose meter ran backwards."""
    started, _ = reporter.start(meter=99_000, time=at(number))
    reporter.values("99500", time=at(number + 10), transaction_id=started.pk)
    reporter.stop(started.pk, meter=2000, time=at(number + 60))
    started.refresh_from_db()
    return started


def page(found: Transaction) -> str:
    return f"{LIST}{found.pk}/change/"


def press(client: Client, found: Transaction, repair: str, **fields: Any) -> str:
    newest = Repair.objects.filter(transaction=found).order_by("-pk").first()
    seen = 0 if newest is None else newest.pk
    sent = {"repair": repair, "seen": seen, "confirmed": "True", **fields}
    answer = client.post(page(found), sent, follow=True)
    assert answer.status_code == 200
    found.refresh_from_db()
    return str(answer.content.decode())


def test_the_queue_lists_what_needs_a_look_and_why(
    boss: Client, reporter: Reporter, account: Account
) -> None:
    found = backwards(reporter)
    fine, _ = reporter.start(meter=1, time=at(90), connector=2)
    reporter.stop(fine.pk, meter=2, time=at(95))
    Transaction.objects.filter(pk=fine.pk).update(needs_review=False)
    text = boss.get(LIST).content.decode()
    assert f"/admin/ocpp/review/{found.pk}/change/" in text
    assert "The meter went from 99000 to 2000 Wh" in text
    assert f"/admin/ocpp/review/{fine.pk}/change/" not in text
    press(boss, found, "energy", kwh="3", reason="read off")
    assert f"review/{found.pk}/change/" not in boss.get(LIST).content.decode()
    assert f"review/{found.pk}/change/" in boss.get(f"{LIST}?review=repaired").content.decode()


def test_one_that_is_open_for_long_waits_too(
    boss: Client, reporter: Reporter, account: Account
) -> None:
    reporter.start()
    Transaction.objects.update(start_time=timezone.now() - timedelta(days=3))
    assert "open for more than 2 days" in boss.get(LIST).content.decode()
    Transaction.objects.update(start_time=timezone.now() - timedelta(hours=3))
    assert "open for more" not in boss.get(LIST).content.decode()


def test_many_in_the_queue_take_as_many_queries_as_few(
    boss: Client, reporter: Reporter, account: Account
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert boss.get(LIST).status_code == 200
        return len(captured)

    backwards(reporter)
    few = queries()
    for number in range(1, 8):
        backwards(reporter, number * 100)
    assert queries() == few <= 8


def test_the_evidence_is_told_in_the_order_of_time_and_escaped(
    boss: Client, reporter: Reporter, account: Account
) -> None:
    found = backwards(reporter)
    for number in range(40):
        Message.objects.create(
            charger=reporter.charger,
            direction="in",
            action=f"StatusNotification{number}" if number else "Heartbeat",
            request='[2,"1","<b>",{}]',
            time=NOON + timedelta(minutes=number * 10 - 200),
        )
    Message.objects.create(
        charger=reporter.charger, direction="in", action="FarAway", time=NOON + timedelta(days=9)
    )
    with CaptureQueriesContext(connection) as captured:
        text = boss.get(page(found)).content.decode()
    assert len(captured) < 60
    assert text.index("Start at 99000 Wh") < text.index("Stop at 2000 Wh")
    assert "<svg" in text
    assert "the meter went from 99000 to 2000 Wh" in text
    assert "StatusNotification21" in text
    for missing in ("StatusNotification10<", "FarAway", "Heartbeat<", "<b>"):
        assert missing not in text


def test_a_suggestion_is_taken_with_one_click(
    boss: Client, reporter: Reporter, account: Account
) -> None:
    found = backwards(reporter)
    text = boss.get(page(found)).content.decode()
    assert "Set to 3.000 kWh" in text
    assert "if the register rolled over at 100000 Wh" in text
    answer = press(boss, found, "energy", kwh="3.000", reason="if the register rolled over")
    assert "Done: Energy corrected." in answer
    assert (found.energy_wh, found.billed_wh, found.needs_review) == (3000, 3000, False)
    made = Repair.objects.get()
    assert (made.author_name, made.reason) == ("boss", "if the register rolled over")
    answer = press(boss, found, "energy", kwh="3.000", reason="again")
    assert "There was nothing to do." in answer


@pytest.mark.parametrize("repair", ["accept", "close", "attach"])
def test_what_asks_for_no_reason_asks_whether_it_is_meant(
    boss: Client, reporter: Reporter, account: Account, repair: str
) -> None:
    found = backwards(reporter)
    sent = {"repair": repair, "seen": "1", "orphan": "7"}
    text = boss.post(page(found), sent).content.decode()
    for name, value in sent.items():
        assert f'name="{name}" value="{value}"' in text
    assert 'name="confirmed"' in text
    assert f'href="{page(found)}"' in text
    assert not Repair.objects.exists()


def test_each_button_does_its_repair(boss: Client, reporter: Reporter, account: Account) -> None:
    found = backwards(reporter)
    assert "Done: Energy accepted." in press(boss, found, "accept")
    assert "Done: Energy corrected." in press(boss, found, "energy", kwh="1,5", reason="typed")
    assert found.energy_wh == 1500
    assert "Done: Energy written off." in press(boss, found, "write_off", reason="a courtesy")
    assert "Done: Account changed." in press(boss, found, "assign", account="", reason="nobody")
    assert found.account is None
    sent = {"account": str(account.pk), "reason": "hers after all"}
    assert "Done: Account changed." in press(boss, found, "assign", **sent)
    opened, _ = reporter.start(meter=5, time=at(200), connector=2)
    assert "Done: Closed without a stop." in press(boss, opened, "close")
    # With another card, so it fits nothing by itself.
    reporter.stop(7777, meter=6, time=at(210), tag="BEEF0002")
    kept = OrphanStop.objects.get()
    assert kept.transaction is None
    assert "This is its stop" in boss.get(page(opened)).content.decode()
    assert "Done: Stop attached." in press(boss, opened, "attach", orphan=kept.pk)
    assert (opened.state, opened.meter_stop) == ("completed", 6)


def test_a_stop_that_was_joined_shows_its_transaction(boss: Client, reporter: Reporter) -> None:
    started, _ = reporter.start()
    reporter.stop(0)
    kept = OrphanStop.objects.get()
    told = boss.get(reverse("admin:ocpp_orphanstop_change", args=[kept.pk])).content.decode()
    assert "Taken for the stop of" in told
    assert reverse("admin:ocpp_review_change", args=[started.pk]) in told
    listed = reverse("admin:ocpp_orphanstop_changelist") + "?settled__exact=0&transaction__isempty="
    assert "0 stops without start" in boss.get(listed + "1").content.decode()
    assert "1 stop without start" in boss.get(listed + "0").content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"repair": "energy", "kwh": "many", "reason": "x"}, "must be a number"),
        ({"repair": "energy", "kwh": "1.0005", "reason": "x"}, "must be a number"),
        ({"repair": "energy", "kwh": "-1", "reason": "x"}, "must be from 0 to"),
        ({"repair": "energy", "kwh": "1", "reason": ""}, "say why"),
        ({"repair": "assign", "account": "x", "reason": "x"}, "no such account"),
        ({"repair": "attach", "orphan": "9"}, "no stop without start 9"),
        ({"repair": "magic"}, "no such repair"),
        ({"repair": "accept", "seen": "9"}, "Somebody else has just repaired"),
    ],
)
def test_a_wrong_repair_is_told_what_is_wrong(
    boss: Client, reporter: Reporter, account: Account, fields: dict[str, str], words: str
) -> None:
    found = backwards(reporter)
    assert words in press(boss, found, fields.pop("repair"), **fields)
    assert not Repair.objects.exists()


def test_a_stop_without_start_has_a_page_of_its_own(
    boss: Client, reporter: Reporter, account: Account
) -> None:
    for connector in (1, 2):
        reporter.start(meter=1000 + connector, time=at(connector), connector=connector)
    for meter in (6000, 7000):
        reporter.stop(7777, meter=meter)
    assert "2 stops fit no transaction" in boss.get(LIST).content.decode()
    first, second = OrphanStop.objects.order_by("pk")
    path = f"/admin/ocpp/orphanstop/{first.pk}/change/"
    text = boss.get(path).content.decode()
    pk = Transaction.objects.get(connector_id=2).pk
    assert f"Attach to {pk}" in text
    sent = {"repair": "attach", "transaction": pk}
    asked = boss.post(path, sent).content.decode()
    assert f'name="transaction" value="{pk}"' in asked
    assert f'href="{path}"' in asked
    assert not Repair.objects.exists()
    answer = boss.post(path, sent | {"confirmed": "True"}, follow=True)
    assert "Done: Stop attached." in answer.content.decode()
    path = f"/admin/ocpp/orphanstop/{second.pk}/change/"
    assert "say why" in boss.post(path, {"repair": "dismiss"}, follow=True).content.decode()
    told = boss.post(path, {"repair": "dismiss", "reason": "a test"}, follow=True)
    assert "Done: Stop dismissed." in told.content.decode()
    assert "fit no transaction" not in boss.get(LIST).content.decode()


def test_looking_needs_one_permission_and_repairing_another(
    reporter: Reporter, account: Account, client: Client
) -> None:
    found = backwards(reporter)
    staff = clerk("view_transaction", "view_review", "view_orphanstop")
    assert staff.get(LIST).status_code == 200
    text = staff.get(page(found)).content.decode()
    assert "Evidence" in text
    assert "Repair it" not in text
    for sent in ({"repair": "accept"}, {"repair": "accept", "confirmed": "True"}):
        assert staff.post(page(found), sent).status_code == 403
    assert client.get(page(found)).status_code == 302
    assert not Repair.objects.exists()


def test_the_list_of_transactions_repairs_with_a_record(
    boss: Client, reporter: Reporter, account: Account
) -> None:
    found = backwards(reporter)
    opened, _ = reporter.start(meter=5, time=at(200), connector=2)
    keys = [found.pk, opened.pk]
    for action, words in (
        ("close_orphans", "1 closed; review their energy."),
        ("accept_energy", "The energy of 2 was accepted."),
        ("accept_energy", "2 were left as they are"),
    ):
        sent = {"action": action, "_selected_action": keys, "confirmed": "True"}
        asked = boss.post("/admin/ocpp/transaction/", {**sent, "confirmed": []}).content.decode()
        assert f"{found.pk}: {found.charger}, " in asked
        assert str(account) in asked
        answer = boss.post("/admin/ocpp/transaction/", sent, follow=True).content.decode()
        assert words in answer
    assert Repair.objects.count() == 3
    text = boss.get("/admin/ocpp/repair/").content.decode()
    assert text.count("Energy accepted") >= 2
    assert boss.get(f"/admin/ocpp/repair/{Repair.objects.first().pk}/change/").status_code == 200  # type: ignore[union-attr]
