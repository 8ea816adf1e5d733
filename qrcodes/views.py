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
    response = HttpResponse(domain.png(link), content_type="image/png")
    response["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    return response
