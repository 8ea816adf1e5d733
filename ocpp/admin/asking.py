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
