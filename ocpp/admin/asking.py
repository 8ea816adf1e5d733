"""A page between an action and its deed: it asks staff for what the deed needs to know."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

Word = Any  # text, or text that is translated later


def ask(
    request: HttpRequest,
    selected: QuerySet[Any],
    form: forms.Form,
    *,
    action: str,
    title: Word,
    intro: Word,
) -> HttpResponse:
    """The form, for what is selected in the list; it posts to the action `action` again."""
    model: type[Model] = selected.model
    context = {
        **admin.site.each_context(request),
        "title": title,
        "intro": intro,
        "button": title,
        "opts": model._meta,
        "selected": selected,
        "form": form,
        "media": form.media,
        "checkbox": ACTION_CHECKBOX_NAME,
        "action": action,
    }
    return TemplateResponse(request, "admin/ocpp/asking.html", context)


class _Confirmation(forms.Form):
    """Says that the page was seen."""

    confirmed = forms.BooleanField(widget=forms.HiddenInput, initial=True, label="")


def unless_confirmed(
    request: HttpRequest, selected: QuerySet[Any], *, action: str, title: Word, intro: Word
) -> HttpResponse | None:
    """A page that asks whether it is meant so; None when it has been confirmed there."""
    if "confirmed" in request.POST:
        return None
    return ask(request, selected, _Confirmation(), action=action, title=title, intro=intro)
