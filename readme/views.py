"""The documentation, for everybody."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from readme import documents, markup
from readme.documents import Document


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The overview; on the domain of an app, the README of that app."""
    own = documents.of_app(getattr(request, "site_app", ""))
    if own is None or own.folder in ("website", "readme"):
        own = documents.overview()
    return _show(request, own)


@require_safe
def document(request: HttpRequest, name: str) -> HttpResponse:
    """One document."""
    found = documents.documents().get(name)
    if found is None:
        raise Http404(_("There is no such document."))
    return _show(request, found)


@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    """A picture that documents show."""
    found = documents.pictures().get(name)
    if found is None:
        raise Http404(_("There is no such picture."))
    return FileResponse(found.open("rb"), content_type="image/png")


@require_safe
def folder(request: HttpRequest, name: str) -> HttpResponse:
    """What stands in a folder of documents."""
    name = name.rstrip("/")
    if name not in documents.folders():
        raise Http404(_("There is no such folder of documents."))
    below = [one for one in documents.folders() if one.rpartition("/")[0] == name]
    context = {"folder": name, "documents": documents.within(name), "folders": below}
    return render(request, "readme/folder.html", {**context, **_frame(name)})


def _show(request: HttpRequest, shown: Document) -> HttpResponse:
    context = {"page": markup.page(shown), "document": shown, **_frame(shown.name)}
    return render(request, "readme/document.html", context)


def _frame(current: str) -> dict[str, Any]:
    """What stands beside every document: the others."""
    listed = documents.documents().values()
    return {
        "current": current,
        "apps": [one for one in listed if one.folder and not one.folder.startswith("docs")],
        "guides": [*documents.within("docs"), *documents.within("")[1:]],
        "more": [one for one in documents.folders() if one != "docs"],
        "overview": documents.overview(),
    }
