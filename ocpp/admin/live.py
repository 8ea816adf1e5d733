"""Pages that follow what happens: a part of the page is asked for again until it is final.

`live.js` asks for the JSON of such a part and puts its HTML in place. Without scripts the page
loads itself again.
"""

import hashlib
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers

#: How long a page waits before it asks again (ms), and before it loads itself again (s).
ASK_AGAIN_MS = 1000
LOAD_AGAIN_S = 4


def part(
    request: HttpRequest, template: str, context: dict[str, Any], *, final: bool
) -> JsonResponse:
    """The HTML of a part, unless the browser has this very one already (`?have=<digest>`)."""
    html = render_to_string(template, context, request)
    digest = hashlib.sha256(html.encode()).hexdigest()[:16]
    told: dict[str, Any] = {"final": final, "digest": digest}
    if request.GET.get("have") != digest:
        told["html"] = html
    response = JsonResponse(told)
    add_never_cache_headers(response)
    return response
