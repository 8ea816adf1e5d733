"""What is stored must not slow what is asked: as many queries with many rows, each by an index."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.domain import balance, cards
from accounts.models import RFID, Account, Credit, User
from ocpp.domain import authorization, chargers, metering
from ocpp.domain.chargers import Visitor
from ocpp.domain.samples import Samples, sample
from ocpp.models import Charger, Transaction
from ocpp.tests import stored
from ocpp.tests.factories import NOON, NOON_TEXT, TAG, Reporter, at, make_driver

pytestmark = pytest.mark.django_db


def queries(deed: Callable[[], Any]) -> list[str]:
    """The SQL of what is asked of the database."""
    with CaptureQueriesContext(connection) as captured:
        deed()
    return [query["sql"] for query in captured]


def drivers(count: int) -> list[Account]:
    """People with an account, a credit and a card."""
    users = User.objects.bulk_create(User(username=f"driver{n}") for n in range(count))
    accounts = Account.objects.bulk_create(Account(user=user) for user in users)
    Credit.objects.bulk_create(Credit(account=one, amount_kwh=100) for one in accounts)
    RFID.objects.bulk_create(RFID(rfid=f"{n:08X}", user=user) for n, user in enumerate(users))
    return list(accounts)


@pytest.fixture
def ana(charger: Charger) -> Account:
    """A driver at a charger that requires cards."""
    Charger.objects.update(require_rfid=True)
    return make_driver()


def fill(charger: Charger, ana: Account) -> None:
    """A busy node: thousands of drivers, sessions and readings, many of them of `ana`."""
    stored.sessions(charger, [ana, *drivers(2_000)], 6_000)
    stored.readings(charger, 20_000)
    stored.look_again()


def test_authorisation(reporter: Reporter, ana: Account) -> None:
    def decide() -> None:
        assert authorization.decide_start(reporter.station, TAG, 1, NOON).accepted

    reporter.station.now = NOON
    few = queries(decide)
    fill(reporter.charger, ana)
    assert len(queries(decide)) == len(few) == 5


def test_start_and_its_retry(reporter: Reporter, ana: Account) -> None:
    def begin(minute: int) -> Callable[[], Any]:
        return lambda: reporter.start(time=at(minute), now=NOON + timedelta(minutes=minute))

    few = [len(queries(begin(minute))) for minute in (0, 5, 5)]
    fill(reporter.charger, ana)
    many = [len(queries(begin(minute))) for minute in (10, 15, 15)]
    # The first of the few ends no other transaction. A retry finds it by one question.
    assert many[1:] == few[1:]
    assert (few[0], many[2]) == (18, 1)


@pytest.mark.parametrize(("page", "asked"), [("accounts_account", 8), ("accounts_rfid", 5)])
def test_list_in_the_admin(admin_client: Client, reporter: Reporter, page: str, asked: int) -> None:
    accounts = drivers(150)
    url = reverse(f"admin:{page}_changelist")
    admin_client.get(url)
    few = queries(lambda: admin_client.get(url))
    stored.sessions(reporter.charger, accounts, 6_000)
    stored.readings(reporter.charger, 20_000)
    many = queries(lambda: admin_client.get(url))
    assert len(many) == len(few) == asked


# --- indexes -----------------------------------------------------------------------------------


def plan(sql: str) -> str:
    """How the database would find the rows."""
    word = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    with connection.cursor() as cursor:
        cursor.execute(word + sql.replace("%", "%%"))
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def asked_of(tables: set[str], deed: Callable[[], Any]) -> list[str]:
    """The SELECTs of `deed` that read one of the tables."""
    asked = [sql for sql in queries(deed) if sql.startswith("SELECT")]
    found = [sql for sql in asked if any(f'FROM "{table}"' in sql for table in tables)]
    assert found
    return found


LARGE = {
    "ocpp_transaction",
    "ocpp_sessioncost",
    "ocpp_meterreading",
    "accounts_credit",
    "accounts_rfid",
}
#: Where the readings are on PostgreSQL: long ago, so in no month's partition.
PARTITION = "ocpp_meterreading_default"


def test_what_is_asked_of_large_tables_is_found_by_an_index(
    reporter: Reporter, ana: Account
) -> None:
    """The card, the credits of an account, what of it runs or awaits a review, the same start."""
    fill(reporter.charger, ana)
    reporter.start()
    Transaction.objects.filter(pk=Transaction.objects.latest("pk").pk).update(needs_review=True)
    values = [Samples(at(30), [sample("1500")])]
    deeds: list[Callable[[], Any]] = [
        lambda: cards.find(TAG),
        lambda: balance.of(ana),
        lambda: reporter.start(time=NOON_TEXT),
        lambda: reporter.stop(0, time=at(30)),
        lambda: reporter.report(metering.meter_values, 1, None, values, "{}"),
    ]
    for deed in deeds:
        for sql in asked_of(LARGE | {"accounts_account"}, deed):
            how = plan(sql)
            for scan in ("Seq Scan on ", "SCAN "):
                for line in how.splitlines():
                    _, found, rest = line.partition(scan)
                    scanned = rest.split(" ")[0] if found else ""
                    by_index = "USING" in line
                    assert scanned not in {*LARGE, PARTITION} or by_index, f"{sql}\n{how}"


def test_an_unknown_id_that_connects_scans_no_chargers(db: None) -> None:
    """Nor does a known one: a flood must not cost more on a large node."""
    stored.chargers(5_000)
    stored.look_again()
    strangers = [
        Visitor("NEW1", "/NEW1", "203.0.113.7", private=False),
        Visitor("NEW2", "/NEW2", "192.168.1.9", private=True),
        Visitor("C17", "/C17", "203.0.113.7", private=False),
    ]
    for visitor in strangers:
        for sql in asked_of({"ocpp_charger"}, partial(chargers.admit_or_tell, visitor, NOON)):
            how = plan(sql)
            assert "Seq Scan" not in how, f"{sql}\n{how}"
            assert "SCAN" not in how, f"{sql}\n{how}"


# --- the admin ---------------------------------------------------------------------------------

#: Twice what a list counts (`BoundedPaginator.MOST`), and what may be looked at.
STORED, LOOKED_AT = 20_000, 11_000
#: Steps of SQLite's machine, which cannot tell rows: so there is four times as much for it.
STORED_SQLITE, STEPS = 40_000, 120_000


def looked_at(sql: str) -> int:
    """How many rows of large tables PostgreSQL looks at for this; it is carried out."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql.replace("%", "%%"))
        (found,) = cursor.fetchone()
    waiting, rows = [found[0]["Plan"]], 0
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        if node.get("Relation Name") in LARGE | {PARTITION}:
            each = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            rows += each * node["Actual Loops"]
    return int(rows)


def steps(sql: str) -> int:
    """How many steps SQLite takes for this, in hundreds."""
    hundreds = 0

    def count() -> None:
        nonlocal hundreds
        hundreds += 1

    with connection.cursor() as cursor:
        connection.connection.set_progress_handler(count, 100)
        try:
            cursor.execute(sql.replace("%", "%%"))
            cursor.fetchall()
        finally:
            connection.connection.set_progress_handler(None, 0)
    return hundreds * 100


def looks_at_all(sql: str) -> str:
    """How much work this is, where it is that of a look at all rows of a large table; else ""."""
    if connection.vendor == "postgresql":
        rows = looked_at(sql)
        return f"{rows} rows" if rows > LOOKED_AT else ""
    taken = steps(sql)
    return f"{taken} steps" if taken > STEPS else ""


@pytest.mark.parametrize(
    ("page", "asked"),
    [
        ("/admin/ocpp/transaction/", 6),
        ("/admin/ocpp/transaction/?start_time__year=2023", 6),
        ("/admin/ocpp/transaction/?state__exact=active", 6),
        ("/admin/ocpp/transaction/?needs_review__exact=1", 6),
        ("/admin/ocpp/charger/", 5),
        ("/admin/ocpp/sessioncost/", 6),
        ("/admin/", 9),
        ("account", 9),
    ],
)
def test_pages_of_the_admin_with_many_sessions(
    admin_client: Client, reporter: Reporter, ana: Account, page: str, asked: int
) -> None:
    """As many questions with many sessions as with none, and none looks at all rows."""
    stored.chargers(100)
    reporter.start()
    url = reverse("admin:accounts_account_change", args=[ana.pk]) if page == "account" else page
    admin_client.get(url)
    few = queries(lambda: admin_client.get(url))
    many_rows = STORED if connection.vendor == "postgresql" else STORED_SQLITE
    stored.sessions(reporter.charger, [ana, *drivers(200)], many_rows)
    stored.readings(reporter.charger, many_rows)
    stored.costs()
    stored.look_again()
    many = queries(lambda: admin_client.get(url))
    assert len(many) == len(few) == asked
    for sql in many:
        if sql.startswith("SELECT"):
            why = looks_at_all(sql)
            assert not why, f"{why}: {sql}"
