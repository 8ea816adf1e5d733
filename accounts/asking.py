"""A page between an action and its deed: it asks staff for what the deed needs to know.

What ends, blocks, deletes or bills something asks at least whether it is meant so. Which actions
do is written down in `tests/test_house_actions.py`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString

Word = Any  # text, or text that is translated later

#: Of more than that the page tells the number.
NAMED = 100
#: What the list sends when all that it finds are meant, also those of other pages of it.
_ALL = "select_across"


def ask(
    request: HttpRequest,
    selected: QuerySet[Any],
    form: forms.Form,
    *,
    action: str,
    title: Word,
    intro: Word,
    kept: Mapping[str, str] | None = None,
    back: str = "",
    words: Callable[[Any], Word] = str,
) -> HttpResponse:
    """The form, for what is selected in the list; it posts to the action `action` again.

    `words` say which one each is. For a button of a page: no action, what its form has sent as
    `kept`, and the page as `back`.
    """
    model: type[Model] = selected.model
    count = selected.count()
    named = list(selected[:NAMED])
    kept = dict(kept or {})
    if count > len(named) and request.POST.get(_ALL) == "1":
        # One field for each would be more than a form may have.
        kept[_ALL], sent = "1", named[:1]
    else:
        sent = named if count == len(named) else list(selected)
    context = {
        **admin.site.each_context(request),
        "title": title,
        "intro": intro,
        "button": title,
        "opts": model._meta,
        "selected": [words(one) for one in named],
        "more": count - len(named),
        "sent": [one.pk for one in sent],
        "kept": kept,
        "back": back or reverse(admin_urlname(model._meta, SafeString("changelist"))),
        "form": form,
        "media": form.media,
        "checkbox": ACTION_CHECKBOX_NAME,
        "action": action,
    }
    return TemplateResponse(request, "admin/accounts/asking.html", context)


class _Confirmation(forms.Form):
    """Says that the page was seen."""

    confirmed = forms.BooleanField(widget=forms.HiddenInput, initial=True, label="")


def unless_confirmed(
    request: HttpRequest,
    selected: QuerySet[Any],
    *,
    action: str,
    title: Word,
    intro: Word,
    kept: Mapping[str, str] | None = None,
    back: str = "",
    words: Callable[[Any], Word] = str,
) -> HttpResponse | None:
    """A page that asks whether it is meant so; None when it has been confirmed there."""
    if "confirmed" in request.POST:
        return None
    return ask(
        request,
        selected,
        _Confirmation(),
        action=action,
        title=title,
        intro=intro,
        kept=kept,
        back=back,
        words=words,
    )
