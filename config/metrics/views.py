"""`/metrics`, in the format of Prometheus."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from prometheus_client.exposition import choose_encoder

from config import local_peers
from config.metrics import multiprocess


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """All metrics, for a monitor that is near, for a token of staff, and for staff."""
    if not settings.METRICS:
        raise Http404
    refusal = None if local_peers.is_near(request) else _refusal(request)
    if refusal is not None:
        return refusal
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    response = HttpResponse(encode(multiprocess.registry()), content_type=content_type)
    add_never_cache_headers(response)
    return response


def _refusal(request: HttpRequest) -> HttpResponse | None:
    try:
        if local_peers.staff(request) is not None:
            return None
    except PermissionDenied:
        return JsonResponse({"detail": _("Only staff may do this.")}, status=403)
    except DatabaseError:
        told = {"detail": _("The database does not answer. Try again.")}
        return JsonResponse(told, status=503, headers={"Retry-After": "5"})
    told = {
        "detail": _("Log in, or send an API token in the header Authorization: Bearer <token>.")
    }
    return JsonResponse(told, status=401, headers={"WWW-Authenticate": "Bearer"})
