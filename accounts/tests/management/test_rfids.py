"""`export_rfids` and `import_rfids`."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import RFID, User

pytestmark = pytest.mark.django_db


def export(*args: str) -> tuple[str, str]:
    out, err = StringIO(newline=""), StringIO()
    call_command("export_rfids", *args, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def import_(path: Path) -> str:
    out = StringIO()
    call_command("import_rfids", str(path), stdout=out)
    return out.getvalue()


@pytest.fixture
def cards(driver: User) -> list[RFID]:
    return [
        RFID.objects.create(rfid="04A2B3C4", user=driver),
        RFID.objects.create(rfid="04A2B3C4D5E6F7", allowed=False),
    ]


def test_standard_output_when_no_path_is_given(cards: list[RFID]) -> None:
    RFID.objects.filter(allowed=False).update(
        block_reason="lost",
        parent="fleet",
        max_concurrent=2,
        max_session_kwh="7.5",
        max_session_minutes=60,
        expires="2027-01-31T23:59:00Z",
    )
    assert export() == (
        "rfid,user,allowed,block_reason,parent,expires,max_concurrent,"
        "max_session_kwh,max_session_minutes\r\n"
        "04A2B3C4,ana,1,,,,,,\r\n"
        "04A2B3C4D5E6F7,,0,lost,FLEET,2027-01-31T23:59:00Z,2,7.500,60\r\n",
        "",
    )


def test_a_file_of_an_older_node_leaves_the_new_columns_alone(
    cards: list[RFID], tmp_path: Path
) -> None:
    RFID.objects.update(parent="FLEET", max_concurrent=1)
    path = tmp_path / "cards.csv"
    path.write_text("rfid,user,allowed\n04A2B3C4,,0\n")
    assert import_(path) == "Cards: 0 new, 1 changed, 0 unchanged.\n"
    card = RFID.objects.get(rfid="04A2B3C4")
    assert (card.allowed, card.parent, card.max_concurrent) == (False, "FLEET", 1)


def test_a_file_and_back(cards: list[RFID], tmp_path: Path) -> None:
    path = tmp_path / "cards.csv"
    out, err = export(str(path))
    assert out == ""
    assert f"2 cards written to {path}." in err
    RFID.objects.filter(rfid="04A2B3C4").delete()
    RFID.objects.update(allowed=True)
    assert import_(path) == "Cards: 1 new, 1 changed, 0 unchanged.\n"
    assert import_(path) == "Cards: 0 new, 0 changed, 2 unchanged.\n"
    assert export()[0] == path.read_bytes().decode()


def test_a_bad_file_is_named_by_line_and_changes_nothing(cards: list[RFID], tmp_path: Path) -> None:
    before = export()
    path = tmp_path / "cards.csv"
    path.write_text("rfid,user,allowed\n0A0A0A0A,,1\n0B0B0B0,,1\n04A2B3C4,eva,1\n")
    with pytest.raises(CommandError) as refusal:
        import_(path)
    lines = str(refusal.value).splitlines()
    assert lines[0].startswith("Line 3: rfid “0B0B0B0”: ")
    assert lines[1:] == ["Line 4: there is no user “eva”.", "Nothing was imported."]
    assert refusal.value.returncode == 1
    assert export() == before


def test_a_file_of_a_spreadsheet_may_begin_with_a_mark(db: None, tmp_path: Path) -> None:
    path = tmp_path / "cards.csv"
    path.write_text("rfid;allowed\n0A0A0A0A;no\n", encoding="utf-8-sig")
    assert import_(path) == "Cards: 1 new, 0 changed, 0 unchanged.\n"
    assert RFID.objects.get().blacklisted


def test_other_encodings_are_named_with_their_line(db: None, tmp_path: Path) -> None:
    path = tmp_path / "cards.csv"
    path.write_bytes("rfid,user\n0A0A0A0A,josé\n".encode("latin-1"))
    with pytest.raises(CommandError, match=r"is not UTF-8 \(line 2\)"):
        import_(path)


def test_files_that_cannot_be_opened_are_named(db: None, tmp_path: Path) -> None:
    missing = tmp_path / "missing" / "cards.csv"
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        import_(missing)
    with pytest.raises(CommandError, match="cannot be written: No such file"):
        export(str(missing))
