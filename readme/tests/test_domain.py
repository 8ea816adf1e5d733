"""Making one README out of many."""

from pathlib import Path

import pytest

from readme.domain import Anchors, as_section, assemble, headings


def test_headings_go_one_level_down() -> None:
    assert as_section("# Title\n\n## Part\n#no heading\n###### six", "app") == (
        "## Title\n\n### Part\n#no heading\n###### six"
    )


@pytest.mark.parametrize(
    "code",
    [
        "```sh\n# a comment\n```",
        "~~~\n# x\n```\n# y\n~~~",
        "    # indented",
        "````\n```\n# x\n````",
    ],
)
def test_code_stays_as_it_is(code: str) -> None:
    assert as_section(f"{code}\n# After", "app") == f"{code}\n## After"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[a](notes.md)", "[a](app/notes.md)"),
        ("[a](../docs/map.md#apps)", "[a](docs/map.md#apps)"),
        ("![a](static/app/x.png)", "![a](app/static/app/x.png)"),
        ("[a](https://example.com/x)", "[a](https://example.com/x)"),
        ("[a](mailto:a@example.com)", "[a](mailto:a@example.com)"),
        ("[a](#part) and [b](/admin/)", "[a](#part) and [b](/admin/)"),
        ("[a]: notes.md", "[a]: app/notes.md"),
    ],
)
def test_relative_links_start_from_above(link: str, expected: str) -> None:
    assert as_section(link, "app") == expected


def test_the_overview_comes_first_and_apps_without_readme_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "README.base.md").write_text("# All\n\nText.\n\n\n")
    for app in ("one", "two"):
        (tmp_path / app).mkdir()
    (tmp_path / "two" / "README.md").write_text("# Two\n")
    text = assemble(tmp_path, ["one", "two"])
    assert text.startswith("<!-- Made by")
    assert text.split("-->")[1] == "\n\n# All\n\nText.\n\n## Two\n"


def test_links_between_documents_lead_to_their_parts_of_the_whole(tmp_path: Path) -> None:
    """As the places where repositories are read number headings of one name."""
    (tmp_path / "README.base.md").write_text("# All\n## Use\n[a](two/README.md) [b](#use)\n")
    for app in ("one", "two"):
        (tmp_path / app).mkdir()
    (tmp_path / "one" / "README.md").write_text(
        "# One (`one`)\n## Use\n[a](#use) [b](../two/README.md#use-1) [c](../README.md#use)\n"
        "[d](../two/README.md#none) [e](../docs/x.md#use) [f](../two/)\n"
    )
    (tmp_path / "two" / "README.md").write_text(
        "# Two\n## Use\n```\n# Use\n[a](#use)\n```\n## Use\n"
        "[a](../one/README.md) [b]\n\n[b]: #use-1\n"
    )
    lines = assemble(tmp_path, ["one", "two"]).splitlines()
    assert "[a](#two) [b](#use)" in lines
    assert "[a](#use-1) [b](#use-3) [c](#use)" in lines
    # What is not there is left for the test of links to find.
    assert "[d](two/README.md#none) [e](docs/x.md#use) [f](two/)" in lines
    assert "[a](#one-one) [b]" in lines
    assert "[b]: #use-3" in lines
    assert "[a](#use)" in lines


def test_anchors_of_one_name_are_counted_and_stay_each_its_own() -> None:
    anchors = Anchors()
    given = [anchors.give(text) for text in ("Use", "Use-1", "use", "USE!", "ñandú 7")]
    assert given == ["use", "use-1", "use-2", "use-3", "ñandú-7"]


def test_headings_are_read_as_they_are_shown() -> None:
    text = "# A `b` [c](d.md) ##\n```\n# no\n```\n    # no\n### *E*\n"
    assert list(headings(text)) == ["A b c", "E"]
