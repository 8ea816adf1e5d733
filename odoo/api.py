"""REST: testing a connection. `config.api` mounts `router` under /odoo/."""

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from accounts.access import require
from accounts.api.problems import Problem
from accounts.api.values import MOST
from odoo.domain import connecting
from odoo.models import Instance

router = Router(tags=["odoo"])


class TestedOut(Schema):
    """How a test went. `detail` is a sentence for people.

    `reason` is `ok`, `unreachable`, `tls`, `refused` (by this node's policy), `not_odoo`,
    `no_database`, `credentials`, `denied` or `fault`.
    """

    ok: bool
    reason: str
    detail: str


@router.post(
    "/test/{int:number}/",
    response={200: TestedOut, frozenset({401, 403, 404}): Problem},
    summary="Test the connection to an Odoo instance",
    url_name="odoo-test",
)
def test(request: HttpRequest, number: int) -> Any:
    """Log in at the instance, within 5 s. Takes staff with `odoo.change_instance`."""
    require(request, "odoo.change_instance")
    instance = Instance.objects.filter(pk=number).first() if number <= MOST else None
    if instance is None:
        raise Http404
    tested = connecting.test(instance)
    return {"ok": tested.ok, "reason": tested.reason, "detail": tested.text}
