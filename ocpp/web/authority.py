"""`/ocpp/authority.pem` and `/ocpp/authority/<number>.crl`: what verifies charge points."""

from cryptography.hazmat.primitives.serialization import Encoding
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from ocpp.domain.certificates import authority as rules
from ocpp.domain.errors import Conflict
from ocpp.models import Authority

_ENCODINGS = {
    "crl": (Encoding.DER, "application/pkix-crl"),
    "crl.pem": (Encoding.PEM, "application/x-pem-file"),
}


@require_safe
@cache_control(public=True, max_age=300)
def authority(request: HttpRequest) -> HttpResponse:
    """The roots of this node in PEM; 404 while there is none."""
    pem = rules.bundle(timezone.now())
    if not pem:
        raise Http404(_("This node has no certificate authority yet."))
    return HttpResponse(pem, content_type="application/x-pem-file")


@require_safe
@cache_control(public=True, max_age=300)
def crl(request: HttpRequest, number: int, form: str) -> HttpResponse:
    """The revoked certificates of a root, as DER or PEM; 503 when it cannot be signed."""
    if number >= 2**63:
        raise Http404
    found = get_object_or_404(Authority.objects.select_related("certificate"), pk=number)
    encoding, content_type = _ENCODINGS[form]
    try:
        made = rules.crl(found, timezone.now())
    except Conflict as refusal:
        return JsonResponse({"detail": str(refusal)}, status=503)
    return HttpResponse(made.public_bytes(encoding), content_type=content_type)
