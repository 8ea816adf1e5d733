"""The images, for everybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from qrcodes import domain
from qrcodes.models import QRLink

YEAR_S = 365 * 24 * 3600


@require_safe
def image(request: HttpRequest, key: str) -> HttpResponse:
    """`GET /qrcodes/<key>.png`: the image; it never changes, so a browser may keep it."""
    link = get_object_or_404(QRLink, key=key)
    return _kept(HttpResponse(domain.png(link), content_type="image/png"))


@require_safe
def drawing(request: HttpRequest, key: str) -> HttpResponse:
    """`GET /qrcodes/<key>.svg`: the same as lines, for print at any size."""
    link = get_object_or_404(QRLink, key=key)
    return _kept(HttpResponse(domain.svg(link.value), content_type="image/svg+xml"))


def _kept(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    return response
