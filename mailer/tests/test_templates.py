"""Texts, their placeholders and languages: a white list, and no program."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from mailer.domain import placeholders, templates
from mailer.domain.errors import MailRefused, NoSuchTemplate
from mailer.domain.templates import Standard, Text
from mailer.models import Template, TemplateText

SLUG = "tests.standard"


@pytest.fixture
def standard(monkeypatch: pytest.MonkeyPatch) -> Standard:
    """A standard template of an app."""
    from django.utils.translation import gettext_lazy

    one = Standard(SLUG, "about", {"name": "Ana"}, gettext_lazy("Cancelled"), "Dear {name},\n\nbye")
    monkeypatch.setattr(templates, "_standards", {SLUG: one})
    return one


@pytest.mark.parametrize(
    "text",
    [
        "{user.password}",
        "{name.__class__}",
        "{name!r}",
        "{settings}",
        "{0}",
        "{Name}",
        "{name[0]}",
        "{%load%}",
        "a {{name}} b {other}",
    ],
)
def test_what_is_not_on_the_list_is_refused_by_name(text: str) -> None:
    with pytest.raises(MailRefused, match="placeholder"):
        placeholders.check(text, ["name"])


@pytest.mark.parametrize("text", ["", "{name}", "{ name }", "p {color: red}", "{}", "{{name}}"])
def test_what_is_allowed(text: str) -> None:
    placeholders.check(text, ["name"])


@given(st.text(), st.text())
def test_values_are_text_and_nothing_else(value: str, other: str) -> None:
    filled = placeholders.fill("<{a}|{b}>", {"a": value, "b": other})
    assert filled == f"<{value}|{other}>"
    html = placeholders.fill("{a}", {"a": value}, html=True).replace("<br>\n", "\n")
    assert not set("<>\"'") & set(html)


def test_a_missing_value_is_named() -> None:
    with pytest.raises(MailRefused, match=r"\{b\}"):
        placeholders.fill("{a} {b}", {"a": "1"})


@pytest.mark.django_db
def test_a_template_in_the_language_that_it_has() -> None:
    templates.create(
        "hello", "", ["name"], {"es": Text("Hola\n{name}", "Hola {name}", "<b>{name}</b>")}
    )
    said = templates.render("hello", "es", {"name": "A\n<B>"})
    assert said == Text("Hola A <B>", "Hola A\n<B>", "<b>A<br>\n&lt;B&gt;</b>")
    assert templates.render("hello", "en", {"name": "Ana"}).subject == "Hola Ana"
    with pytest.raises(MailRefused, match="no placeholder"):
        templates.render("hello", "es", {"name": "A", "password": "x"})
    with pytest.raises(NoSuchTemplate):
        templates.render("unknown", "es", {})


@pytest.mark.django_db
def test_a_standard_text_is_translated_and_can_be_overridden(standard: Standard) -> None:
    said = templates.render(SLUG, "es", {"name": "<Ana>"})
    assert said.subject == "Cancelado" or said.subject.startswith("Cancelad")
    assert said.html.replace("\n", "") == "<p>Dear &lt;Ana&gt;,</p><p>bye</p>"
    templates.lay_out()
    templates.lay_out()
    row = Template.objects.get(slug=SLUG)
    assert row.placeholders == "name"
    TemplateText.objects.create(template=row, language="es", subject="Mío", text="{name}")
    assert templates.render(SLUG, "es", {"name": "Ana"}).subject == "Mío"
    assert templates.render(SLUG, "en", {"name": "Ana"}).subject == "Cancelled"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("slug", "names", "language", "text"),
    [
        ("ok", ["Bad Name"], "en", "x"),
        ("ok", ["name"], "fr", "x"),
        ("ok", ["name"], "en", "{other}"),
        ("Not A Slug", ["name"], "en", "x"),
        ("ok", ["name"], "en", ""),
    ],
)
def test_what_is_no_template_leaves_nothing(
    slug: str, names: list[str], language: str, text: str
) -> None:
    before = Template.objects.count()
    with pytest.raises((MailRefused, ValidationError)):
        templates.create(slug, "", names, {language: Text("s", text)})
    assert Template.objects.count() == before


def test_html_has_no_scripts() -> None:
    html = templates.clean_html(
        '<p style="color:red" onclick="x()">a<script>x()</script>'
        '<a href="javascript:x()">b</a><a href="https://a.example/">c</a><form><input></form>'
    )
    assert html == ('<p style="color:red">a<a>b</a><a href="https://a.example/">c</a></p>')
