"""Contacts with cards become users; going over them twice changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.domain import authorization
from accounts.models import RFID, Account, User
from odoo.domain import pulling, syncing
from odoo.models import Instance, Partner, SyncRun
from odoo.tests.server import Cut, Odoo


def pull(instance: Instance) -> SyncRun:
    (run,) = syncing.sync(instance, push=False, pull=True)
    instance.refresh_from_db()
    return run


def picture() -> list[object]:
    """All that pulling may change."""
    return [
        list(User.objects.order_by("pk").values_list("pk", "username", "first_name", "email")),
        list(RFID.objects.order_by("pk").values_list("rfid", "user", "allowed", "block_reason")),
        list(Partner.objects.order_by("pk").values_list("external_id", "user", "cards", "problem")),
        Account.objects.count(),
    ]


def test_a_contact_with_a_card_becomes_a_user_who_may_charge(
    instance: Instance, server: Odoo
) -> None:
    number = server.add(
        "res.partner", name="Ana García", email="ana@example.com", barcode="04:a2:b3:c4, CAFE0002"
    )
    server.add("res.partner", name="No card", barcode=False)
    assert pull(instance).done == 2
    partner = Partner.objects.get()
    assert partner.external_id == number
    assert partner.user.username == f"odoo-{instance.pk}-{number}"
    assert (partner.user.first_name, partner.user.email) == ("Ana García", "ana@example.com")
    assert not partner.user.has_usable_password()
    assert not partner.user.is_staff
    cards = RFID.objects.filter(user=partner.user, allowed=True)
    assert {card.rfid for card in cards} == {"04A2B3C4", "CAFE0002"}
    verdict = authorization.judge(partner.user.account)
    assert str(verdict.reason) == "No credit yet."


def test_to_go_over_them_twice_changes_nothing(instance: Instance, server: Odoo) -> None:
    for number in range(5):
        server.add("res.partner", name=f"P{number}", barcode=f"CAFE000{number}")
    pull(instance)
    before = picture()
    pull(instance)
    Instance.objects.update(pull_since="", pull_next="", pull_after=0)
    pull(instance)
    assert picture() == before


def test_only_what_has_changed_is_read_again(instance: Instance, server: Odoo) -> None:
    """What is older than the newest change less the margin, that is."""
    old = server.add("res.partner", name="Old", barcode="CAFE0001")
    server.tables["res.partner"][old]["write_date"] = datetime(2020, 1, 1, tzinfo=UTC)
    server.add("res.partner", name="New", barcode="CAFE0002")
    assert pull(instance).done == 2
    assert pull(instance).done == 1
    server.change("res.partner", old, barcode="CAFE0003")
    assert pull(instance).done == 2
    assert RFID.objects.get(rfid="CAFE0003").user == RFID.objects.get(rfid="CAFE0001").user


def test_what_changes_while_a_pass_goes_on_is_not_missed(
    instance: Instance, server: Odoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "BATCH", 2)
    monkeypatch.setattr(pulling, "MARGIN_S", 0)
    first = server.add("res.partner", name="A", barcode="CAFE0001")
    for number in range(4):
        server.add("res.partner", name="B", barcode=f"BEEF000{number}")
    read = 0

    def change(model: str, method: str) -> None:
        nonlocal read
        read += 1
        if read == 3:  # the newest change, then the first batch, then the second
            server.after = lambda *_args: None
            server.tables["res.partner"][first] |= {
                "barcode": "CAFE0009",
                "write_date": datetime.now(UTC) + timedelta(seconds=2),
            }

    server.after = change
    pull(instance)
    assert not RFID.objects.filter(rfid="CAFE0009").exists()
    pull(instance)
    assert RFID.objects.filter(rfid="CAFE0009", allowed=True).exists()


def test_a_pass_that_is_broken_off_goes_on_there(
    instance: Instance, server: Odoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "BATCH", 2)
    numbers = [
        server.add("res.partner", name=f"P{number}", barcode=f"CAFE000{number}")
        for number in range(5)
    ]
    read = 0

    def cut(model: str, method: str) -> None:
        nonlocal read
        read += 1
        if read == 3:
            server.after = lambda *_args: None
            raise Cut

    server.after = cut
    run = pull(instance)
    assert (run.done, bool(run.problem)) == (2, True)
    assert instance.pull_after == numbers[1]
    server.calls.clear()
    assert pull(instance).done == 3
    assert len(server.calls) == 2
    assert RFID.objects.count() == 5
    assert (instance.pull_after, instance.pull_next) == (0, "")


def test_a_card_that_is_gone_is_blocked_and_comes_back(instance: Instance, server: Odoo) -> None:
    number = server.add("res.partner", name="Ana", barcode="CAFE0001 CAFE0002")
    pull(instance)
    server.change("res.partner", number, barcode="CAFE0002")
    pull(instance)
    gone = RFID.objects.get(rfid="CAFE0001")
    assert (gone.allowed, gone.block_reason) == (False, pulling.GONE)
    server.change("res.partner", number, active=False)
    pull(instance)
    assert not RFID.objects.filter(allowed=True).exists()
    server.change("res.partner", number, active=True)
    pull(instance)
    assert RFID.objects.get(rfid="CAFE0002").allowed


def test_a_card_that_staff_have_blocked_stays_blocked(instance: Instance, server: Odoo) -> None:
    number = server.add("res.partner", name="Ana", barcode="CAFE0001")
    pull(instance)
    RFID.objects.update(allowed=False, block_reason="Reported as lost")
    server.change("res.partner", number, name="Ana B")
    pull(instance)
    card = RFID.objects.get()
    assert (card.allowed, card.block_reason) == (False, "Reported as lost")


def test_a_driver_who_has_the_card_already_is_that_contact(
    instance: Instance, server: Odoo, driver: Account
) -> None:
    RFID.objects.create(rfid="CAFE0001", user=driver.user)
    RFID.objects.create(rfid="CAFE0002")
    server.add("res.partner", name="Other name", barcode="CAFE0001,CAFE0002")
    pull(instance)
    assert Partner.objects.get().user == driver.user
    assert RFID.objects.get(rfid="CAFE0002").user == driver.user
    # Their own data stay theirs.
    driver.user.refresh_from_db()
    assert driver.user.first_name == ""


def test_a_card_of_another_and_what_is_none_are_told(
    instance: Instance, server: Odoo, driver: Account
) -> None:
    RFID.objects.create(rfid="CAFE0001", user=driver.user)
    first = server.add("res.partner", name="Ana", barcode="CAFE0001")
    server.add("res.partner", name="Bob", barcode="CAFE0001 4006381333931 CAFE0003")
    run = pull(instance)
    assert (run.done, run.failed) == (1, 1)
    assert Partner.objects.get(external_id=first).user == driver.user
    other = Partner.objects.exclude(external_id=first).get()
    assert other.problem == (
        "The card CAFE0001 is another user's here. 4006381333931 is no card number."
    )
    assert RFID.objects.get(rfid="CAFE0001").user == driver.user
    assert RFID.objects.get(rfid="CAFE0003").user == other.user


def test_staff_are_out_of_reach(instance: Instance, server: Odoo) -> None:
    """Whoever may edit contacts in Odoo does not get a card of staff, nor into their place."""
    boss = User.objects.create_superuser("boss", first_name="Boss")
    RFID.objects.create(rfid="CAFE0001", user=boss)
    taken = server.add("res.partner", name="Mallory", barcode="CAFE0001 CAFE0002")
    pull(instance)
    assert Partner.objects.get(external_id=taken).user != boss
    assert RFID.objects.get(rfid="CAFE0001").user == boss

    linked = server.add("res.partner", name="Mallory", barcode="CAFE0004")
    Partner.objects.create(instance=instance, external_id=linked, user=boss)
    assert pull(instance).failed >= 1
    assert not RFID.objects.filter(rfid="CAFE0004").exists()
    boss.refresh_from_db()
    assert boss.first_name == "Boss"


def test_odd_names_and_addresses_are_cut_or_left_out(instance: Instance, server: Odoo) -> None:
    server.add("res.partner", name="x" * 400, email="no address", barcode="CAFE0001")
    assert pull(instance).done == 1
    user = Partner.objects.get().user
    assert (user.first_name, user.email) == ("x" * 150, "")
