"""Finding cards, and reading and writing their table."""

import csv
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.domain import balance, cards
from accounts.models import RFID, User

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@pytest.mark.django_db
def test_a_card_is_found_in_any_spelling_with_user_and_account(
    driver: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    balance.open_account(driver)
    RFID.objects.create(rfid="04A2B3C4", user=driver)
    for id_tag in ("04A2B3C4", "04a2b3c4", "04:a2:b3:c4"):
        with django_assert_num_queries(1):
            found = cards.find(id_tag)
            assert found is not None
            assert found.user is not None
            assert found.user.account.user == driver


@pytest.mark.django_db
@pytest.mark.parametrize("id_tag", ["", "VIRTUAL1", "\0\0\0\0\0\0\0\0", "\ud800", "0" * 5000])
def test_what_cannot_be_a_card_is_not_even_looked_for(
    id_tag: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert cards.find(id_tag) is None


@given(text)
def test_quoting_is_undone_exactly(cell: str) -> None:
    assert cards.unquote(cards.quote(cell)) == cell


@given(st.sampled_from("=+-@\t\r"), text)
def test_no_cell_begins_like_a_formula(first: str, rest: str) -> None:
    assert cards.quote(first + rest) == "'" + first + rest


@given(st.lists(st.lists(text, min_size=2, max_size=4), min_size=1))
def test_csv_is_read_as_it_was_written(rows: list[list[str]]) -> None:
    stream = StringIO(newline="")
    csv.writer(stream).writerows([["rfid", "user"], *rows])
    assert [row for _line, row in cards.read_csv(stream.getvalue())][1:] == rows


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    rows = list(cards.read_csv('rfid,user\r\n\r\n0A0A0A0A,"two\r\nlines"\r\n0B0B0B0B,\r\n'))
    assert [line for line, _row in rows] == [1, 2, 4, 5]


def test_semicolons_are_read_where_a_spreadsheet_writes_them() -> None:
    rows = list(cards.read_csv("rfid;user\n0A0A0A0A;ana\n"))
    assert rows == [(1, ["rfid", "user"]), (2, ["0A0A0A0A", "ana"])]


def test_text_that_stops_being_csv_is_named_with_its_line() -> None:
    with pytest.raises(csv.Error, match="Line 3: this is not CSV"):
        list(cards.read_csv('rfid,user\n0A0A0A0A,ana\n"0B"0B,ana\n'))


def test_column_names_may_be_written_large() -> None:
    assert cards.read_header([" RFID", "Allowed "]) == ["rfid", "allowed"]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ([], "Line 1: the column rfid is missing. The first line names the columns: "),
        (["user"], "Line 1: the column rfid is missing."),
        (["rfid", "alowed"], "Line 1: there is no column “alowed”. The columns are: "),
        (["rfid", None], "Line 1: there is no column “”."),
        (["rfid", "user", "RFID"], "Line 1: the column rfid is there twice."),
    ],
)
def test_other_columns_are_refused(header: list[str | None], says: str) -> None:
    with pytest.raises(cards.BadTable, match=says):
        cards.read_header(header)


@pytest.mark.django_db
class TestRows:
    def read(self, *rows: dict[str, object]) -> list[dict[str, object]]:
        reader = cards.RowReader([row["user"] for row in rows if "user" in row])
        return [reader.read(line, row) for line, row in enumerate(rows, start=2)]

    def problems(self, *rows: dict[str, object]) -> list[str]:
        with pytest.raises(ValidationError) as refusal:
            self.read(*rows)
        return refusal.value.messages

    def test_cells_become_values(self, driver: User) -> None:
        assert self.read(
            {"rfid": "04:a2:b3:c4", "user": "ana", "allowed": "1"},
            {"rfid": "0A0A0A0A", "user": " ana ", "allowed": "No"},
            {"rfid": "0B0B0B0B", "user": "", "allowed": "Sí"},
            {"rfid": 12345678, "user": None, "allowed": False},
            {"rfid": "0C0C0C0C"},
        ) == [
            {"rfid": "04A2B3C4", "user": driver, "allowed": True},
            {"rfid": "0A0A0A0A", "user": driver, "allowed": False},
            {"rfid": "0B0B0B0B", "user": None, "allowed": True},
            {"rfid": "12345678", "user": None, "allowed": False},
            {"rfid": "0C0C0C0C"},
        ]

    def test_everything_wrong_with_a_row_is_named_with_its_value(self, driver: User) -> None:
        assert self.problems({"rfid": "04A2", "user": "eva", "allowed": "perhaps"}) == [
            "rfid “04A2”: A card identifier has 8, 14 or 20 hexadecimal digits (0-9, A-F).",
            "there is no user “eva”",
            "allowed is “perhaps”: write 1 or 0",
        ]
        assert self.problems({"rfid": " ", "allowed": ""}) == [
            "the card identifier is missing",
            "allowed is “”: write 1 or 0",
        ]

    def test_a_card_stands_in_a_file_once(self) -> None:
        assert self.problems({"rfid": "0A0A0A0A"}, {"rfid": "0a0a0a0a"}) == [
            "the card 0A0A0A0A stands on line 2 already"
        ]

    def test_users_are_looked_up_together(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        User.objects.bulk_create(User(username=f"driver{number}") for number in range(600))
        names = [f"driver{number}" for number in range(600)]
        with django_assert_num_queries(2):
            reader = cards.RowReader(names)
        assert reader.read(2, {"rfid": "0A0A0A0A", "user": "driver599"})["user"].username == (
            "driver599"
        )
