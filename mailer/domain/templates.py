"""Templates: the standard texts that apps bring, those that staff write, and filling them.

An app registers its standard texts when it is ready; they are translated as everything else.
Staff override a standard text by writing one of their own, for each language.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import nh3
from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.translation import gettext as _

from mailer.domain import placeholders
from mailer.domain.errors import MailRefused, NoSuchTemplate
from mailer.models import PLACEHOLDER_NAME, Template, TemplateText

#: What a person may write in an e-mail's HTML beside the usual elements.
_ATTRIBUTES = {"*": {"style", "class", "align"}, "a": {"href", "title"}}


class Text(NamedTuple):
    """What a template says in one language, or what is made of it."""

    subject: str
    text: str
    html: str = ""


class Standard(NamedTuple):
    """A template that an app brings: its placeholders with an example of each, and its text."""

    slug: str
    about: str | Promise
    examples: Mapping[str, str]
    subject: str | Promise
    text: str | Promise


_standards: dict[str, Standard] = {}


def register(standard: Standard) -> None:
    """Have a standard template. To be called when an app is ready; again, it changes nothing."""
    _standards[standard.slug] = standard


def standard(slug: str) -> Standard | None:
    """The standard template of that name; None for one that staff made."""
    return _standards.get(slug)


def lay_out() -> None:
    """A row for each standard template that has none, so that staff find and override it."""
    known = set(Template.objects.values_list("slug", flat=True))
    missing = [one for one in _standards.values() if one.slug not in known]
    Template.objects.bulk_create(
        [Template(slug=one.slug, placeholders=" ".join(one.examples)) for one in missing],
        ignore_conflicts=True,
    )


def names_of(template: Template) -> list[str]:
    """The placeholders that a template may have."""
    known = standard(template.slug)
    return list(known.examples) if known else template.placeholders.split()


def examples_of(template: Template) -> dict[str, str]:
    """A value for each placeholder, to show what the template looks like."""
    known = standard(template.slug)
    return dict(known.examples) if known else {name: f"[{name}]" for name in names_of(template)}


def check(text: Text, names: Sequence[str]) -> None:
    """Raises `MailRefused` where a text has placeholders that it may not have."""
    for part in text:
        placeholders.check(part, names)


def language_of(code: str) -> str:
    """A language of this project: `code` where it is one, else that of the settings."""
    known = dict(settings.LANGUAGES)
    short = code.split("-")[0].lower()
    return short if short in known else settings.LANGUAGE_CODE.split("-")[0]


def text_of(slug: str, language: str) -> Text:
    """What a template says: staff's own words, else the standard text, else another language's.

    Raises `NoSuchTemplate`.
    """
    own = {one.language: one for one in TemplateText.objects.filter(template__slug=slug)}
    if language in own:
        return _text(own[language])
    known = standard(slug)
    if known is not None:
        with translation.override(language):
            return Text(str(known.subject), str(known.text), as_html(str(known.text)))
    for code in (language_of(""), *sorted(own)):
        if code in own:
            return _text(own[code])
    raise NoSuchTemplate(_("There is no template %(slug)s with a text.") % {"slug": slug})


def _text(row: TemplateText) -> Text:
    return Text(row.subject, row.text, row.html)


def as_html(text: str) -> str:
    """A plain text as HTML: paragraphs and line breaks, and placeholders where they were."""
    parts = (escape(part).replace("\n", "<br>\n") for part in text.strip().split("\n\n"))
    return "\n".join(f"<p>{part}</p>" for part in parts)


def render(slug: str, language: str, values: Mapping[str, str]) -> Text:
    """A template filled with `values`, as it goes into an e-mail.

    Raises `NoSuchTemplate`, and `MailRefused` for a value that is missing or not the template's.
    """
    found = text_of(slug, language)
    row = Template.objects.filter(slug=slug).first()
    known = standard(slug)
    allowed = list(known.examples) if known else names_of(row) if row else []
    more = sorted(set(values) - set(allowed))
    if more:
        placeholders.check(" ".join(f"{{{name}}}" for name in more), allowed)
    return filled(found, values)


def filled(found: Text, values: Mapping[str, str]) -> Text:
    """A text with its placeholders replaced, its subject on one line, its HTML without scripts."""
    return Text(
        " ".join(placeholders.fill(found.subject, values).split())[:400],
        placeholders.fill(found.text, values),
        clean_html(placeholders.fill(found.html, values, html=True)),
    )


def clean_html(html: str) -> str:
    """HTML without scripts, forms and frames, and with links to web and mail addresses only."""
    return nh3.clean(
        html,
        attributes={**nh3.ALLOWED_ATTRIBUTES, **_ATTRIBUTES},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )


def create(
    slug: str, about: str, names: Sequence[str], texts: Mapping[str, Text]
) -> tuple[Template, bool]:
    """Make a template, or replace what one says; returns it, and whether it is new.

    A standard template keeps its placeholders. Raises `MailRefused`, and Django's
    `ValidationError` for a field that breaks its own rule.
    """
    for name in names:
        if not PLACEHOLDER_NAME.match(name):
            raise MailRefused(_("%(name)s cannot be a placeholder.") % {"name": name})
    known = standard(slug)
    allowed = list(known.examples) if known else list(names)
    for language, text in texts.items():
        if language not in dict(settings.LANGUAGES):
            raise MailRefused(_("There is no language %(code)s here.") % {"code": language})
        check(text, allowed)
    with transaction.atomic():
        template = Template.objects.filter(slug=slug).first()
        made = template is None
        template = template or Template(slug=slug)
        template.about, template.placeholders = about, " ".join(allowed)
        template.full_clean()
        template.save()
        template.texts.all().delete()
        for language, text in texts.items():
            row = TemplateText(template=template, language=language, **text._asdict())
            row.full_clean()
            row.save()
    return template, made
