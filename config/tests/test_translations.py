"""The catalogues are complete, compiled, and made from the texts as they are now."""

import shutil
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import polib
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import translation
from django.utils.formats import number_format

from config import translations
from tests.support.services import need

LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]


def tell(problems: list[str]) -> str:
    return f"{len(problems)} problems; docs/recipes/add-a-language.md:\n" + "\n".join(problems)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    problems = list(translations.problems(settings.BASE_DIR, language))
    assert not problems, tell(problems)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_fresh(language: str) -> None:
    path = translations.source(settings.BASE_DIR, language).with_suffix(".mo")
    assert path.read_bytes() == translations.compiled(settings.BASE_DIR, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_the_texts_of_the_code(language: str, tmp_path: Path) -> None:
    need("gettext")
    for folder in ("arthexis", "config", "locale", *settings.LOCAL_APPS):
        shutil.copytree(
            settings.BASE_DIR / folder,
            tmp_path / folder,
            ignore=shutil.ignore_patterns("__pycache__", "static", "tests", "migrations"),
        )
    before = texts(settings.BASE_DIR, language)
    translations.gather(tmp_path, language)
    after = texts(tmp_path, language)
    assert sorted(after - before) == []
    assert sorted(before - after) == []


def texts(root: Path, language: str) -> set[str]:
    catalogue = polib.pofile(str(translations.source(root, language)))
    return {f"{entry.msgctxt or ''}|{entry.msgid}|{entry.msgid_plural}" for entry in catalogue}


def test_spanish_is_what_people_see() -> None:
    with translation.override("es"):
        assert translation.gettext("charger") == "cargador"


# --- the machinery ------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one text, and its folders."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "locale").mkdir()
    write(tmp_path, '_("Hello")\nngettext("%(n)d car", "%(n)d cars", n)\n')
    return tmp_path


def write(root: Path, code: str) -> None:
    (root / "shop" / "views.py").write_text(code)


def translate(root: Path, **by_text: str) -> None:
    catalogue = polib.pofile(str(translations.source(root, "es")))
    for entry in catalogue:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: by_text["one"], 1: by_text["many"]}
        else:
            entry.msgstr = by_text[entry.msgid]
    catalogue.save()


def test_texts_are_gathered_translated_and_kept(project: Path) -> None:
    need("gettext")
    translations.gather(project, "es")
    assert len(list(translations.problems(project, "es"))) == 2
    translate(project, Hello="Hola", one="%(n)d auto", many="%(n)d autos")
    assert list(translations.problems(project, "es")) == []
    before = translations.source(project, "es").read_bytes()
    translations.gather(project, "es")
    assert translations.source(project, "es").read_bytes() == before


def test_a_changed_text_is_told_and_a_text_that_is_gone_is_removed(project: Path) -> None:
    need("gettext")
    translations.gather(project, "es")
    translate(project, Hello="Hola", one="%(n)d auto", many="%(n)d autos")
    write(project, '_("Hello!")\n')
    translations.gather(project, "es")
    assert list(translations.problems(project, "es")) == ["fuzzy: 'Hello!'"]


@pytest.mark.parametrize(
    ("one", "many", "found"),
    [
        ("%(n)d auto", "%(n)d autos", 0),
        ("un auto", "%(n)d autos", 1),
        ("%(n)d auto", "%(m)d autos", 1),
        ("%(n)d auto\n", "%(n)d autos", 1),
    ],
)
def test_lost_placeholders_and_line_breaks_are_told(
    project: Path, one: str, many: str, found: int
) -> None:
    need("gettext")
    translations.gather(project, "es")
    translate(project, Hello="Hola", one=one, many=many)
    assert len(list(translations.problems(project, "es"))) == found


def test_a_broken_text_is_named(project: Path) -> None:
    need("gettext")
    (project / "shop" / "page.html").write_text("{% load i18n %}{% blocktranslate %}{% if x %}")
    with pytest.raises(translations.CannotGather, match=r"page\.html"):
        translations.gather(project, "es")


def test_the_command_compiles_and_tells_what_is_left(settings: Any, project: Path) -> None:
    need("gettext")
    settings.BASE_DIR = project
    out = StringIO()
    call_command("translate", stdout=out)
    assert "es: not translated: 'Hello'" in out.getvalue()
    translate(project, Hello="Hola", one="%(n)d auto", many="%(n)d autos")
    call_command("translate", "--compile", stdout=out)
    path = translations.source(project, "es").with_suffix(".mo")
    assert path.read_bytes() == translations.compiled(project, "es")
    assert b"Hola" in path.read_bytes()


def test_the_command_says_what_to_install(settings: Any, project: Path, monkeypatch: Any) -> None:
    settings.BASE_DIR = project
    monkeypatch.setenv("PATH", str(project))
    with pytest.raises(CommandError, match="gettext"):
        call_command("translate", stdout=StringIO())


@pytest.mark.parametrize("language", ["en", "es"])
def test_numbers_are_written_as_in_mexico(language: str) -> None:
    with translation.override(language):
        assert number_format(Decimal("1234567.5"), force_grouping=True) == "1,234,567.5"


def test_no_text_names_a_command_line_that_an_installed_node_lacks() -> None:
    """`MANAGE_COMMAND` has the one that is there; README.md is made in a checkout only."""
    texts = polib.pofile(str(translations.source(settings.BASE_DIR, LANGUAGES[0])))
    named = [entry.msgid for entry in texts if "manage.py" in entry.msgid and not entry.obsolete]
    assert named == ["README.md is stale. Make it again: python manage.py build_readme"]
