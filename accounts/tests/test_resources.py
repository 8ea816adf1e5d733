"""The table of cards: exported, imported, and refused as a whole."""

from io import BytesIO
from typing import Any

import pytest
import tablib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pytest_django import DjangoAssertNumQueries

from accounts.models import RFID, User
from accounts.resources import CardCSV, CardResult, CardXLSX, RFIDResource, import_cards

pytestmark = pytest.mark.django_db

State = set[tuple[str, str | None, bool]]


def state() -> State:
    return set(RFID.objects.values_list("rfid", "user__username", "allowed"))


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
