"""Whether this process lives, and whether it can serve: for load balancers and monitors.

`/health/live` says that the process answers, and touches nothing else: who restarts a process that
is not live must not do so because of a database. `/health/ready` says whether requests should come
here now.
"""

import threading
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config import local_peers
from ocpp.connection import admission
from ocpp.domain import checkup
from ocpp.domain.checkup import Check

LIVE = "/health/live"
READY = "/health/ready"

#: Set when this process begins to end: it takes no connection any more.
draining = threading.Event()


def live() -> JsonResponse:
    """The process answers."""
    return _told({"status": "live"}, 200)


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Whether the process can serve; why not, for those who are near and for staff."""
    checks = look()
    good = all(check.ok for check in checks.values())
    told: dict[str, Any] = {"status": "ready" if good else "not ready"}
    if _may_know(request):
        told["checks"] = {
            name: {"ok": check.ok, **({"reason": check.reason} if check.reason else {})}
            for name, check in checks.items()
        }
    return _told(told, 200 if good else 503)


def look() -> dict[str, Check]:
    """Each thing without which this process cannot serve."""
    database = checkup.database()
    checks = {"database": Check(database.ok, database.reason)}
    # Without a database nobody knows.
    checks["migrations"] = (
        checkup.migrations() if database.ok else Check(False, _("The database does not answer."))
    )
    ends = draining.is_set() or admission.is_ending()
    checks["serving"] = Check(not ends, _("The process is being stopped.") if ends else "")
    full = [one for one in checkup.disks() if not one.ok]
    reasons = [
        _("%(free)d MB are left on the disk of %(names)s.")
        % {"free": one.free // 1_000_000, "names": one.shown}
        for one in full
    ]
    checks["disk"] = Check(not full, " ".join(reasons))
    return checks


def _may_know(request: HttpRequest) -> bool:
    if local_peers.is_near(request):
        return True
    try:
        return local_peers.staff(request) is not None
    except (PermissionDenied, DatabaseError):
        # Without a database nobody can be known.
        return False


def _told(what: dict[str, Any], status: int) -> JsonResponse:
    response = JsonResponse(what, status=status)
    add_never_cache_headers(response)
    return response
