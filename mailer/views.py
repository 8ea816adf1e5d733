"""`/mailer/unsubscribe/…`: where the link in an e-mail leads."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from mailer.domain import unsubscribing


# A mail program posts here for its user, without a cookie (RFC 8058). The token is signed, and all
# that it opens is this.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, and with POST unsubscribe: programs that look at every link must change nothing."""
    found = unsubscribing.read(token)
    if found is None:
        raise Http404
    address, topic = found
    if request.method == "POST":
        unsubscribing.unsubscribe(address, topic)
    context = {"address": address, "done": request.method == "POST"}
    return render(request, "mailer/unsubscribe.html", context)
