"""Markdown as safe HTML."""

import pytest

from readme.domain import slug
from readme.markup import render


def html(text: str, folder: str = "") -> str:
    return render(text, folder)[0]


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        '<img src="x" onerror="alert(1)">',
        "[a](javascript:alert(1))",
        "[a](data:text/html,<script>)",
        '<a href="JaVaScRiPt:alert(1)">a</a>',
        '<p style="position:fixed">a</p>',
        "<iframe src='https://evil.example/'></iframe>",
        "<svg><script>alert(1)</script></svg>",
        '<form action="/admin/"><input name="x"></form>',
        '# <img src=x onerror="alert(1)">',
    ],
)
def test_nothing_that_runs_or_frames_passes(evil: str) -> None:
    out = html(evil).lower()
    for word in (
        "<script",
        "onerror=",
        'href="javascript',
        'href="data',
        "style=",
        "<iframe",
        "<form",
    ):
        assert word not in out


def test_headings_have_anchors_and_a_table_of_contents() -> None:
    out, tokens = render("# Title\n\n## A `part` & more\n\n## A `part` & more\n")
    assert '<h2 id="a-part--more">' in out
    assert '<h2 id="a-part--more-1">' in out
    assert 'href="#a-part--more"' in out
    assert tokens[0]["children"][0]["name"] == "A part &amp; more"


def test_a_slug_is_as_repositories_make_it() -> None:
    assert slug("10. Small (`x`), yes_no?") == "10-small-x-yes_no"


def test_code_is_coloured_by_classes() -> None:
    out = html("```python\ndef f() -> int: ...\n```\n\n```\n# as it is\n```")
    assert '<span class="k">def</span>' in out
    assert "# as it is" in out
    assert "production" not in html("```sh production\nDEBUG=0\n```")
    assert 'tabindex="0"' in out
    assert "style=" not in out


def test_tables_scroll_in_a_box_and_keep_their_alignment() -> None:
    out = html("| a | b |\n| --- | ---: |\n| 1 | 2 |")
    assert '<div class="table-responsive" tabindex="0"><table class="table">' in out
    assert '<td class="text-end">2</td>' in out


@pytest.mark.parametrize(
    ("link", "folder", "expected"),
    [
        ("[a](../docs/map.md#the-apps)", "ocpp", 'href="/readme/docs/map.md#the-apps"'),
        ("[a](decisions/)", "docs", 'href="/readme/docs/decisions/"'),
        ("[a](../ocpp/)", "docs", 'href="/readme/ocpp/README.md"'),
        ("[a](README.md)", "", 'href="/readme/"'),
        ("[a](#part)", "docs", 'href="#part"'),
        ("[a](/admin/)", "docs", 'href="/admin/"'),
        ("[a](https://example.com/)", "docs", 'href="https://example.com/"'),
        ("[a](../../../etc/passwd)", "docs", "<span>a</span>"),
        ("[a](../manage.py)", "docs", "<span>a</span>"),
    ],
)
def test_links_lead_to_this_site(link: str, folder: str, expected: str) -> None:
    assert expected in html(link, folder)


def test_pictures_are_this_site_s_own() -> None:
    shown = html("![The dashboard](screens/dashboard.png)", "docs")
    assert 'src="/readme/docs/screens/dashboard.png"' in shown
    assert 'alt="The dashboard"' in shown
    for other in ("https://example.com/x.png", "../manage.py", "screens/none.png", "/admin/x.png"):
        assert "<img" not in html(f"![words]({other})", "docs")
        assert "words" in html(f"![words]({other})", "docs")
