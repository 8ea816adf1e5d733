"""`build_ocpp_table`, and that the document of the repository is fresh and whole."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from ocpp.management import mentions, standard_table
from ocpp.management.standard_table import ONE_OF, STANDARD, messages
from ocpp.operations import OPERATIONS
from ocpp.protocol.v16 import VERSION
from tests.support.fixtures import schema_folder

__all__ = ["schema_folder"]


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("build_ocpp_table", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_document_of_the_repository_is_fresh_and_whole() -> None:
    assert run("--check") == "docs/ocpp-1.6.md is fresh.\n"


def test_it_has_every_message_of_the_schemas(schema_folder: Path) -> None:
    of_schemas = {path.stem for path in schema_folder.glob("*.json")}
    requests = {name for name in of_schemas if not name.endswith("Response")}
    listed = [name for direction in ("in", "out") for _, name in messages(direction)]
    assert set(listed) == requests
    # DataTransfer goes both ways.
    assert len(listed) == len(requests) + 1


def test_it_has_every_message_of_the_protocol() -> None:
    incoming = {name for _, name in messages("in")}
    outgoing = {name for _, name in messages("out")}
    assert set(VERSION.calls) <= incoming
    assert set(VERSION.ours) == outgoing - {"DataTransfer"}
    assert {order.action for order in VERSION.orders.values()} <= outgoing


def test_every_name_that_is_written_by_hand_exists() -> None:
    for name, argument in ONE_OF.items():
        assert argument in OPERATIONS[name].arguments
    files = [path for paths in mentions.ORACLES.values() for path in paths]
    folders = [path for paths in mentions.TEST_KINDS.values() for path in paths]
    assert all((settings.BASE_DIR / path).exists() for path in files + folders)


def test_every_link_leads_somewhere() -> None:
    text = standard_table.build(settings.BASE_DIR).text
    links = {part.split(")")[0] for part in text.split("](")[1:]}
    assert links
    assert [link for link in links if not (settings.BASE_DIR / "docs" / link).exists()] == []


@pytest.fixture
def somewhere(settings: Any, tmp_path: Path) -> Path:
    """A project without a test."""
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    return tmp_path


def test_gaps_are_refused_and_named(somewhere: Path) -> None:
    with pytest.raises(CommandError, match="Reset: no interop test"):
        run()
    assert not (somewhere / "docs" / "ocpp-1.6.md").exists()


def test_a_form_is_a_gap_until_its_page_exists(
    somewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standard_table, "FORM_URL", "admin:no_such_page")
    assert "Reset: Form" in standard_table.build(somewhere).gaps
    monkeypatch.setattr(standard_table, "_form", lambda name: f"`/form/{name}/`")
    table = standard_table.build(somewhere)
    assert "Reset: Form" not in table.gaps
    assert "| `/form/reset/` |" in table.text


def test_check_notices_a_stale_one_and_writes_nothing(somewhere: Path) -> None:
    with pytest.raises(CommandError, match="stale"):
        run("--check", "--allow-gaps")
    assert run("--allow-gaps") == "docs/ocpp-1.6.md was written.\n"
    assert run("--allow-gaps", "--check") == "docs/ocpp-1.6.md is fresh.\n"
    (somewhere / "docs" / "ocpp-1.6.md").write_text("old")
    with pytest.raises(CommandError, match="build_ocpp_table"):
        run("--check", "--allow-gaps")


def test_every_profile_of_the_standard_is_there() -> None:
    assert list(STANDARD) == [
        *("Core", "Firmware Management", "Local Auth List Management", "Reservation"),
        *("Smart Charging", "Remote Trigger", "Security Whitepaper"),
    ]
