"""Questions with their SQL made once answer as the ORM does, and are made once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Sum
from django.db.transaction import TransactionManagementError
from pytest_django import DjangoAssertNumQueries

from accounts.models import RFID, Account, Credit, User
from accounts.prepared import Prepared, PreparedUpdate

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def ana(db: None) -> Account:
    """A driver with a card that expires, and two credits; and a card of nobody."""
    user = User.objects.create(username="ana", is_staff=True)
    account = Account.objects.create(user=user)
    for kwh in ("1.5", "2.25"):
        Credit.objects.create(account=account, amount_kwh=kwh)
    RFID.objects.create(rfid="CAFE0001", user=user, expires=NOON, max_session_kwh="7.5")
    RFID.objects.create(rfid="CAFE0002", allowed=False)
    return account


def test_instances_with_what_they_refer_to(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    question = Prepared(
        lambda uid: RFID.objects.select_related("user__account").filter(rfid=uid), 1
    )
    known, of_nobody = RFID.objects.order_by("rfid")
    for _ in range(2):
        with django_assert_num_queries(2):
            found, other = question.first(known.rfid), question.first(of_nobody.rfid)
            assert found is not None
            assert other is not None
            assert found.user is not None
            names = (found.user.username, found.user.account.user.is_staff, other.user)
        assert names == ("ana", True, None)
        for one, same in ((found, known), (other, of_nobody)):
            fields = [field.attname for field in RFID._meta.concrete_fields]
            assert [getattr(one, name) for name in fields] == [
                getattr(same, name) for name in fields
            ]
    assert question.first("CAFE0003") is None
    # They can be saved as any.
    assert found is not None
    found.block_reason = "lost"
    found.save()
    assert RFID.objects.get(rfid=known.rfid).block_reason == "lost"


def test_what_was_left_out_is_read_when_it_is_asked_for(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    found = Prepared(lambda uid: RFID.objects.only("allowed").filter(rfid=uid), 1).first("CAFE0002")
    assert found is not None
    with django_assert_num_queries(0):
        assert (found.allowed, found.get_deferred_fields() >= {"rfid"}) == (False, True)
    with django_assert_num_queries(1):
        assert found.rfid == "CAFE0002"


def test_values_are_converted_as_the_orm_does(ana: Account) -> None:
    rows = Prepared(
        lambda after: RFID.objects.filter(expires__gte=after).values_list(
            "expires", "max_session_kwh"
        ),
        1,
    )
    assert rows.all(NOON) == list(RFID.objects.exclude(expires=None).values_list(*FACTS))
    assert rows.all(NOON)[0][0] == NOON
    assert rows.all(NOON + timedelta(microseconds=1)) == []
    sums = Prepared(
        lambda pk: (
            Account.objects.filter(pk=pk).values_list("pk").annotate(Sum("credits__amount_kwh"))
        ),
        1,
    )
    assert [(pk, float(kwh)) for pk, kwh in sums.all(ana.pk)] == [(ana.pk, 3.75)]


FACTS = ("expires", "max_session_kwh")


def test_an_update(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    change = PreparedUpdate(
        lambda uid, allowed, until, more: (
            RFID.objects.filter(rfid=uid, allowed=allowed),
            {"expires": until, "block_reason": "", "max_concurrent": F("id") * 0 + more},
        ),
        4,
    )
    with django_assert_num_queries(2):
        assert change.run("CAFE0001", True, NOON + timedelta(days=1), 3) == 1
        assert change.run("CAFE0001", False, None, 9) == 0
    changed = RFID.objects.get(rfid="CAFE0001")
    assert (changed.expires, changed.max_concurrent) == (NOON + timedelta(days=1), 3)
    assert RFID.objects.get(rfid="CAFE0002").expires is None


def test_it_is_made_once() -> None:
    asked: list[Any] = []

    def make(uid: Any) -> Any:
        asked.append(uid)
        return RFID.objects.filter(rfid=uid).values_list("rfid")

    question = Prepared(make, 1)
    assert [question.all(uid) for uid in ("CAFE0001", "'", "CAFE0002")] == [
        [("CAFE0001",)],
        [],
        [("CAFE0002",)],
    ]
    assert len(asked) == 1


def test_a_lookup_that_would_change_its_value_is_noticed() -> None:
    question = Prepared(lambda uid: RFID.objects.filter(rfid__iexact=uid).values_list("rfid"), 1)
    if connection.vendor == "postgresql":  # which takes it as it is
        assert question.all("cafe0001") == [("CAFE0001",)]
        return
    with pytest.raises(TypeError, match="1 slots"):
        question.all("cafe0001")


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_in_a_transaction_only() -> None:
    question = Prepared(lambda pk: Account.objects.select_for_update().filter(pk=pk), 1)
    assert connection.get_autocommit()
    for _ in range(2):
        with pytest.raises(TransactionManagementError):
            question.all(1)
