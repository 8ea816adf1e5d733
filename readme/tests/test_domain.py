"""Making one README out of many."""

from pathlib import Path

import pytest

from readme.domain import as_section, assemble


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
