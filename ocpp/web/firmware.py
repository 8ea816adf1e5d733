"""`/ocpp/firmware/<token>/<file name>`: where a charge point fetches its firmware."""

from django.http import FileResponse, HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ocpp.domain import firmware_files
from ocpp.domain.errors import NotFound


@require_safe
@never_cache
def firmware(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """The file that the token stands for, whatever name is asked for; 404 when there is none."""
    try:
        found, path = firmware_files.fetch(token, timezone.now())
    except NotFound as refusal:
        return JsonResponse({"detail": str(refusal)}, status=404)
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=found.file_name,
        content_type="application/octet-stream",
    )
