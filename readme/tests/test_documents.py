"""The documents that are shown, and that their links lead somewhere."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client

from readme import documents, markup

LINK = re.compile(r'href="(/readme/[^"#]*)(?:#([^"]*))?"')


def test_every_app_and_every_page_of_docs_is_there() -> None:
    names = set(documents.documents())
    assert {f"{app}/README.md" for app in project.LOCAL_APPS} <= names
    in_docs = {
        str(p.relative_to(project.BASE_DIR)) for p in (project.BASE_DIR / "docs").rglob("*.md")
    }
    assert in_docs <= names
    assert next(iter(documents.documents())) == "README.base.md"


def test_a_title_is_plain_text() -> None:
    assert documents.documents()["readme/README.md"].title == "Documentation (readme)"


def test_a_new_document_is_seen_while_one_develops(settings: Any, tmp_path: Path) -> None:
    settings.BASE_DIR, settings.LOCAL_APPS, settings.DEBUG = tmp_path, ["app"], True
    (tmp_path / "README.base.md").write_text("# All")
    assert documents.of_app("app") is None
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "README.md").write_text("# `App`")
    found = documents.of_app("app")
    assert found is not None
    assert found.title == "App"


@pytest.mark.parametrize("name", documents.documents())
def test_the_links_of_every_document_lead_to_pages_and_to_their_parts(name: str) -> None:
    by_address = {markup.address(n): d for n, d in documents.documents().items()}
    html = markup.page(documents.documents()[name]).html
    for address, anchor in LINK.findall(html):
        target = by_address.get(address)
        if anchor:
            assert target is not None, address
            assert f'id="{anchor}"' in markup.page(target).html, f"{address}#{anchor}"
        elif target is None:
            assert address.removeprefix("/readme/").rstrip("/") in documents.folders(), address


@pytest.mark.django_db
def test_pages_have_title_contents_and_the_other_documents(client: Client) -> None:
    html = client.get("/readme/docs/glossary.md").text
    assert "<title>Glossary" in html
    assert "<article" in html
    assert 'href="/readme/ocpp/README.md"' in html
    html = client.get("/readme/ocpp/README.md").text
    assert "On this page" in html
    assert 'aria-current="page">' in html


@pytest.mark.django_db
def test_a_folder_lists_what_is_in_it(client: Client) -> None:
    html = client.get("/readme/docs/").text
    assert 'href="/readme/docs/recipes/"' in html
    assert "Add an app" in client.get("/readme/docs/recipes/").text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/readme/config/settings.py",
        "/readme/docs/../envs/node.env",
        "/readme/docs/%2e%2e/README.md",
        "/readme/nothing/README.md",
        "/readme/docs/nothing/",
        "/readme//etc/passwd.md",
        "/readme/a\x00.md",
    ],
)
def test_nothing_else_is_shown(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.django_db
def test_a_page_asks_the_database_nothing(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        client.get("/readme/docs/map.md")


def test_a_page_is_made_once_and_again_when_the_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text("# One")
    document = documents.Document("x.md", path)
    first = markup.page(document)
    assert markup.page(document) is first
    path.write_text("# Two")
    import os

    os.utime(path, ns=(1, 1))
    assert markup.page(document).title == "Two"


def test_pictures_are_served_and_nothing_beside_them(client: Client) -> None:
    found = client.get("/readme/docs/screens/dashboard.png")
    assert found.headers["Content-Type"] == "image/png"
    assert b"".join(found.streaming_content).startswith(b"\x89PNG")  # type: ignore[attr-defined]
    for name in ("none.png", "../map.md", "..%2f..%2fmanage.py", ".png"):
        assert client.get(f"/readme/docs/screens/{name}").status_code == 404
