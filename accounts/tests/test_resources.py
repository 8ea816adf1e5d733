"""The table of cards: exported, imported, and refused as a whole."""

from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
import tablib
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pytest_django import DjangoAssertNumQueries

from accounts.models import RFID, User
from accounts.resources import CardCSV, CardResult, CardXLSX, RFIDResource, import_cards

pytestmark = pytest.mark.django_db

State = set[tuple[str, str | None, bool]]
Facts = tuple[str, str, datetime | None, int | None, Decimal | None, int | None]


LIMITS = ("max_session_kwh", "max_session_minutes")


def state() -> State:
    return set(RFID.objects.values_list("rfid", "user__username", "allowed"))


def facts() -> dict[str, Facts]:
    columns = ("block_reason", "parent", "expires", "max_concurrent", *LIMITS)
    return {row[0]: row[1:] for row in RFID.objects.values_list("rfid", *columns)}


def import_csv(text: str) -> CardResult:
    return import_cards(CardCSV().create_dataset(text))


uids = st.sampled_from([8, 14, 20]).flatmap(
    lambda digits: st.text("0123456789ABCDEF", min_size=digits, max_size=digits)
)
usernames = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20
).filter(lambda name: name.strip() == name)
tables = st.dictionaries(uids, st.tuples(st.none() | usernames, st.booleans()), max_size=8)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables)
def test_every_card_survives_the_way_out_and_in(db: None, table: dict) -> None:
    RFID.objects.all().delete()
    User.objects.all().delete()
    for uid, (name, allowed) in table.items():
        user = User.objects.get_or_create(username=name)[0] if name else None
        RFID.objects.create(rfid=uid, user=user, allowed=allowed)
    before = state()
    text = RFIDResource().export().csv

    again = import_csv(text)
    assert again.problems == []
    assert state() == before

    RFID.objects.update(allowed=False, user=None)
    assert import_csv(text).problems == []
    assert state() == before

    RFID.objects.all().delete()
    assert import_csv(text).problems == []
    assert state() == before


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
groups = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20)
# Hypothesis wants its bounds without a zone.
moments = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        uids,
        st.tuples(
            words,
            groups,
            st.none() | moments,
            st.none() | st.integers(1, 1000),
            st.none() | st.decimals(Decimal("0.1"), 10_000, places=3),
            st.none() | st.integers(1, 43_200),
        ),
    )
)
def test_so_does_everything_else_that_is_known_of_it(db: None, table: dict[str, Facts]) -> None:
    RFID.objects.all().delete()
    for uid, (reason, parent, expires, most, kwh, minutes) in table.items():
        RFID.objects.create(
            rfid=uid,
            block_reason=reason,
            parent=parent,
            expires=expires,
            max_concurrent=most,
            max_session_kwh=kwh,
            max_session_minutes=minutes,
        )
    before = facts()
    text = RFIDResource().export().csv
    assert import_csv(text).totals["skip"] == len(table)
    RFID.objects.update(block_reason="", parent="", expires=None, max_concurrent=7)
    RFID.objects.update(max_session_kwh=3, max_session_minutes=3)
    assert import_csv(text).problems == []
    assert facts() == before


def test_every_bad_cell_of_the_new_columns_is_named(db: None) -> None:
    result = import_csv(
        "rfid,block_reason,parent,expires,max_concurrent\n"
        f"0A0A0A0A,{'x' * 151},{'g' * 21},tomorrow,0\n"
        "0B0B0B0B,,ñ,2026-13-01,many\n"
    )
    assert result.problems == [
        "Line 2: block_reason has 151 characters, and may have 150; "
        f"parent “{'g' * 21}”: A group has 1 to 20 characters: English letters, digits, signs,"
        " and blanks between them.; "
        "expires is “tomorrow”: write a time such as 2027-01-31T23:59:00Z; "
        "max_concurrent is “0”: write a number from 1 to 1000, or nothing.",
        "Line 3: parent “ñ”: A group has 1 to 20 characters: English letters, digits, signs,"
        " and blanks between them.; "
        "expires is “2026-13-01”: write a time such as 2027-01-31T23:59:00Z; "
        "max_concurrent is “many”: write a number from 1 to 1000, or nothing.",
    ]
    assert not RFID.objects.exists()


@pytest.mark.parametrize(
    ("kwh", "minutes", "problem"),
    [
        ("0", "", "max_session_kwh is “0”: write kWh from 0.1 to 10000, or nothing"),
        ("much", "", "max_session_kwh is “much”"),
        ("1.2345", "", "max_session_kwh is “1.2345”"),
        ("1e3", "", "max_session_kwh is “1e3”"),
        ("10001", "", "max_session_kwh is “10001”"),
        ("", "0", "max_session_minutes is “0”: write a number from 1 to 43200, or nothing"),
        ("", "9" * 5000, "max_session_minutes is “9"),
    ],
)
def test_limits_that_are_none_are_named(db: None, kwh: str, minutes: str, problem: str) -> None:
    rows = f"rfid,max_session_kwh,max_session_minutes\n0A0A0A0A,{kwh},{minutes}\n"
    assert problem in import_csv(rows).problems[0]
    assert not RFID.objects.exists()


def test_a_spreadsheets_way_of_writing_limits(db: None) -> None:
    text = "rfid,max_session_kwh,max_session_minutes\n0A0A0A0A,20.0,60.0\n"
    assert import_csv(text).problems == []
    card = RFID.objects.get()
    assert (card.max_session_kwh, card.max_session_minutes) == (20, 60)


def test_a_time_without_a_zone_is_the_nodes_own(db: None, settings: Any) -> None:
    settings.TIME_ZONE = "America/Monterrey"
    with timezone.override("America/Monterrey"):
        text = "rfid,expires\n0A0A0A0A,2027-01-31 18:00\n0B0B0B0B,2027-01-31\n"
        assert import_csv(text).problems == []
    assert [card.expires for card in RFID.objects.order_by("rfid")] == [
        datetime(2027, 2, 1, tzinfo=UTC),
        datetime(2027, 1, 31, 6, tzinfo=UTC),
    ]


def test_no_exported_cell_is_a_formula(driver: User) -> None:
    for number, name in enumerate(["=1+1", "+1", "-1", "@x", "\tx", "\rx", "'x"]):
        user = User.objects.create_user(name)
        RFID.objects.create(rfid=f"0A0A0A{number:02}", user=user)
    sheet = RFIDResource().export()
    assert all(cell.startswith("'") for cell in sheet["user"])
    assert import_cards(sheet).problems == []


def test_exporting_takes_one_query(
    driver: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    RFID.objects.bulk_create(RFID(rfid=f"{number:08X}", user=driver) for number in range(50))
    with django_assert_num_queries(1):
        assert len(RFIDResource().export()) == 50


def test_a_column_that_is_left_out_is_left_alone(driver: User) -> None:
    RFID.objects.create(rfid="0A0A0A0A", user=driver, allowed=False)
    result = import_csv("rfid\n0a:0a:0a:0a\n0b0b0b0b\n")
    assert result.problems == []
    assert state() == {("0A0A0A0A", "ana", False), ("0B0B0B0B", None, True)}


def test_every_bad_row_is_named_by_line_and_reason_and_nothing_is_imported(driver: User) -> None:
    RFID.objects.create(rfid="0A0A0A0A", user=driver)
    before = state()
    result = import_csv(
        "rfid,user,allowed\n"
        "0A0A0A0A,,0\n"
        "0B0B0B0B,ana,1\n"
        "\n"
        "0C0C,ana,1\n"
        "0D0D0D0D,eva,maybe\n"
        "0B0B0B0B,,1\n"
        "0E0E0E0E,ana\n"
        "0F0F0F0F,ana,1,9\n"
    )
    assert result.problems == [
        "Line 5: rfid “0C0C”: A card identifier has 8, 14 or 20 hexadecimal digits (0-9, A-F).",
        "Line 6: there is no user “eva”; allowed is “maybe”: write 1 or 0.",
        "Line 7: the card 0B0B0B0B stands on line 3 already.",
        "Line 8: 2 cells, but the header has 3.",
        "Line 9: 4 cells, but the header has 3.",
    ]
    assert state() == before


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Line 1: the column rfid is missing."),
        ("0A0A0A0A,ana,1\n0B0B0B0B,ana,1\n", "Line 1: the column rfid is missing."),
        ("rfid,alowed\n0A0A0A0A,0\n", "Line 1: there is no column “alowed”."),
        ('rfid\n0A0A0A0A\n"0B', "Line 3: this is not CSV"),
    ],
)
def test_a_file_that_is_no_table_of_cards_is_one_problem(text: str, says: str) -> None:
    (problem,) = import_csv(text).problems
    assert problem.startswith(says)
    assert not RFID.objects.exists()


def test_a_failure_of_the_database_imports_nothing_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save = RFID.save

    def failing(self: RFID, *args: Any, **kwargs: Any) -> None:
        if self.rfid == "0B0B0B0B":
            raise RuntimeError("the disk is full")
        save(self, *args, **kwargs)

    monkeypatch.setattr(RFID, "save", failing)
    result = import_csv("rfid\n0A0A0A0A\n0B0B0B0B\n")
    assert result.problems == ["Line 3: the disk is full."]
    assert not RFID.objects.exists()


class TestWorkbook:
    def book(self, *rows: list[object]) -> bytes:
        workbook = Workbook()
        for row in rows:
            workbook.active.append(row)
        stream = BytesIO()
        workbook.save(stream)
        return stream.getvalue()

    def test_cells_may_be_numbers_and_truth_values(self, driver: User) -> None:
        data = self.book(
            ["RFID", "User", "Allowed"],
            [12345678, "ana", True],
            [],
            ["0a0a0a0a", None, 0],
        )
        assert import_cards(CardXLSX().create_dataset(data)).problems == []
        assert state() == {("12345678", "ana", True), ("0A0A0A0A", None, False)}

    def test_lines_are_those_of_the_sheet(self) -> None:
        data = self.book(["rfid"], ["0A0A0A0A"], [], [4123456])
        assert import_cards(CardXLSX().create_dataset(data)).problems == [
            "Line 4: rfid “4123456”: "
            "A card identifier has 8, 14 or 20 hexadecimal digits (0-9, A-F)."
        ]

    def test_an_exported_workbook_is_read_again(self, driver: User) -> None:
        RFID.objects.create(rfid="04A2B3C4", user=driver, allowed=False)
        before = state()
        data = CardXLSX().export_data(RFIDResource().export())
        RFID.objects.all().delete()
        assert import_cards(CardXLSX().create_dataset(data)).problems == []
        assert state() == before


def test_a_plain_dataset_counts_its_header_as_line_one() -> None:
    sheet = tablib.Dataset(["0A0A0A0A"], ["xyz"], headers=["rfid"])
    (problem,) = import_cards(sheet).problems
    assert problem.startswith("Line 3: ")
