"""`/ocpp/uploads/<token>/<file name>`: where a charge point sends its diagnostics or a log."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ocpp.domain import uploads
from ocpp.domain.errors import DomainError, Kind

#: Bytes that are read at once.
PIECE = 64 * 1024
#: What a form adds to the file in it: boundaries and headers.
FORM_ALLOWANCE = 64 * 1024

_STATUS = {Kind.INVALID: 400, Kind.NOT_FOUND: 404, Kind.CONFLICT: 409}


@csrf_exempt  # a charge point has no session: the token in the address is what lets it in
@require_http_methods(["PUT", "POST"])
@never_cache
def upload(request: HttpRequest, token: str, name: str = "") -> HttpResponse:
    """Take one file: the body itself, or the first file of a multipart form.

    201; 404 for an address that is unknown, used or expired; 400 for nothing or half of a file;
    413 for one that is too long.
    """
    try:
        with uploads.receive(token, timezone.now()) as incoming:
            sent_name = _read(request, incoming)
            incoming.keep(name or sent_name, timezone.now())
    except uploads.TooLarge as refusal:
        return _problem(413, str(refusal))
    except RequestDataTooBig:
        return _problem(413, _("The form has too much in it besides the file."))
    except DomainError as refusal:
        return _problem(_STATUS[refusal.kind], str(refusal))
    except (MultiPartParserError, UnreadablePostError):
        return _problem(400, _("The upload broke off or cannot be read."))
    return HttpResponse(status=201)


def _problem(status: int, detail: str) -> HttpResponse:
    return JsonResponse({"detail": detail}, status=status)


def _read(request: HttpRequest, incoming: uploads.Incoming) -> str:
    """Write the file of the request to `incoming`; returns the name that a form gives it."""
    length = request.META.get("CONTENT_LENGTH") or ""
    size = int(length) if length.isascii() and length.isdigit() else None
    if request.content_type != "multipart/form-data":
        incoming.expect(size or 0)
        while piece := request.read(PIECE):
            incoming.write(piece)
        if size is not None and incoming.size != size:
            raise UnreadablePostError
        return ""
    incoming.expect((size or 0) - FORM_ALLOWANCE)
    handler = _FirstFile(incoming)
    # The parser takes a form that does not tell its length for an empty one.
    facts = request.META if size is not None else {**request.META, "CONTENT_LENGTH": "1"}
    MultiPartParser(facts, request, [handler], request.encoding or "utf-8").parse()
    return handler.name


class _FirstFile(FileUploadHandler):
    """Writes the first file of a form where it belongs, and passes over the others."""

    def __init__(self, incoming: uploads.Incoming) -> None:
        super().__init__()
        self._incoming = incoming
        self._files = 0
        self.name = ""

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        """A file begins."""
        self._files += 1
        if self._files == 1:
            self.name = file_name

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """A piece of a file; nothing is passed on to other handlers."""
        if self._files == 1:
            self._incoming.write(raw_data)

    def file_complete(self, file_size: int) -> None:
        """A file has ended; the form does not hold it."""
