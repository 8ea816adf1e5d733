"""The generator and the images, for everybody."""

import time
from math import ceil

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.api.rate import Buckets
from accounts.domain import addresses
from qrcodes import domain
from qrcodes.domain import records
from qrcodes.forms import CodeForm
from qrcodes.models import QRLink

YEAR_S = 365 * 24 * 3600
#: How long a browser keeps what it has asked for: going back to it draws nothing.
HOUR_S = 3600

#: What each network address may still have drawn, in this process.
drawn = Buckets()


@require_safe
def generator(request: HttpRequest) -> HttpResponse:
    """`GET /qrcodes/`: the form and, for what the address says, the code. Nothing is stored."""
    form = CodeForm.of_query(request.GET.dict())
    context: dict[str, object] = {"form": form}
    wait_s = _wait_s(request) if form.is_bound else 0
    if wait_s:
        context["wait"] = _too_often(wait_s)
    elif form.is_valid():
        context |= {"query": form.query, "doubts": form.design.doubts()}
        context["text"], context["size"] = form.cleaned_data["text"], form.cleaned_data["size"]
    response = render(request, "qrcodes/generator.html", context, status=429 if wait_s else 200)
    if wait_s:
        response["Retry-After"] = str(wait_s)
    return response


@require_safe
def made(request: HttpRequest, kind: str) -> HttpResponse:
    """`GET /qrcodes/draw.png?text=…` (or `.svg`): the same for programs; errors are JSON."""
    wait_s = _wait_s(request)
    if wait_s:
        headers = {"Retry-After": str(wait_s)}
        return JsonResponse({"detail": _too_often(wait_s)}, status=429, headers=headers)
    form = CodeForm.of_query({"text": "", **request.GET.dict()})
    if not form.is_valid():
        return JsonResponse({"detail": form.first_error}, status=400)
    text, side = form.cleaned_data["text"], form.cleaned_data["size"]
    if kind == "png":
        response = HttpResponse(domain.draw(text, form.design, side), content_type="image/png")
    else:
        response = HttpResponse(domain.svg(text, form.design, side), content_type="image/svg+xml")
    response["Cache-Control"] = f"private, max-age={HOUR_S}"
    return response


@require_safe
def image(request: HttpRequest, key: str) -> HttpResponse:
    """`GET /qrcodes/<key>.png`: the image; it never changes, so a browser may keep it."""
    link = get_object_or_404(QRLink, key=key)
    records.note_use(link)
    return _kept(HttpResponse(domain.png(link), content_type="image/png"))


@require_safe
def drawing(request: HttpRequest, key: str) -> HttpResponse:
    """`GET /qrcodes/<key>.svg`: the same as lines, for print at any size."""
    link = get_object_or_404(QRLink, key=key)
    records.note_use(link)
    return _kept(HttpResponse(domain.svg(link.value), content_type="image/svg+xml"))


def _kept(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    return response


def _wait_s(request: HttpRequest) -> int:
    """Count one drawing; 0, or for how long (s) this address has to wait."""
    per_minute = settings.QR_PER_MINUTE
    if not per_minute:
        return 0
    network = addresses.of_request(request).network
    return ceil(drawn.take(f"address {network}", per_minute, time.monotonic()))


def _too_often(wait_s: int) -> str:
    return _("Too many requests. Try again in %(seconds)d s.") % {"seconds": wait_s}
