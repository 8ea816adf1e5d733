"""Pages that follow what happens: a part of the page is asked for again until it is final.

`live.js` asks for the JSON of such a part and puts its HTML in place: what is about one charger
when that charger has changed, other parts (many chargers, the processes of the node) again and
again. Without scripts the page loads itself again.
"""

import hashlib
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers

#: How long a page waits before it asks again (ms), and before it loads itself again (s).
ASK_AGAIN_MS = 1000
LOAD_AGAIN_S = 4
#: How long a part that is told of changes waits before it looks for what only time changes (ms).
LOOK_AGAIN_MS = 15_000


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
