"""REST: registering nodes, and the list of them. `config.api` mounts the router under /nodes/.

Who asks is known to apps above this one, so the project passes that in.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from ninja.security import APIKeyHeader

from nodes.domain import mesh, registry
from nodes.models import Node

#: The longest body of a registration (bytes).
LONGEST = 16 * 1024

Check = Callable[[HttpRequest], bool]
Limit = Callable[[HttpRequest], None]


class NodeOut(Schema):
    """A node. `state` is online, late or lost; the time is in UTC."""

    id: int
    hostname: str
    address: str
    port: int
    version: str
    role: str
    state: str
    last_seen: datetime | None
    latitude: float | None
    longitude: float | None


class NodesOut(Schema):
    """All nodes, by their names."""

    nodes: list[NodeOut]


class NodeProblem(Schema):
    """What was wrong, and what to do."""

    detail: str


class MeshToken(APIKeyHeader):
    """A node of the constellation: the mesh token in the header `X-Mesh-Token`."""

    param_name = mesh.HEADER

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """Whether the token is right."""
        return mesh.is_member(key or "") or None


class Registering(MeshToken):
    """The same with a limit; while `DEBUG` is on a program of this machine needs no token."""

    def __init__(self, is_loopback: Check, limit: Limit) -> None:
        self.is_loopback = is_loopback
        self.limit = limit
        super().__init__()

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """Whether the caller may register. Raises HttpError (401), and what `limit` raises."""
        self.limit(request)
        if mesh.is_member(key or ""):
            return True
        if not key and settings.DEBUG and self.is_loopback(request) and not _of_a_page(request):
            return True
        raise HttpError(
            401, _("Send the mesh token of this constellation in the header X-Mesh-Token.")
        )


def _of_a_page(request: HttpRequest) -> bool:
    """Whether a page of another site has made a browser of this machine ask."""
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return True
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.get_host()


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {
                "schema": {
                    "type": "object",
                    "required": ["hostname", "address"],
                    "additionalProperties": False,
                    "properties": {
                        "hostname": {"type": "string", "maxLength": 253},
                        "address": {"type": "string", "maxLength": 253},
                        "port": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 65535,
                            "default": 8000,
                        },
                        "version": {"type": "string", "maxLength": 40},
                        "role": {"type": "string", "maxLength": 40},
                        "latitude": {"type": "number", "minimum": -90, "maximum": 90},
                        "longitude": {"type": "number", "minimum": -180, "maximum": 180},
                    },
                },
                "example": {"hostname": "saltillo", "address": "203.0.113.7", "port": 8000},
            }
            for kind in ("application/json", "application/x-www-form-urlencoded")
        },
    }
}


def make_router(*, is_loopback: Check, limit: Limit, viewers: Sequence[Any]) -> Router:
    """The router of this app.

    `is_loopback` tells whether a program of this machine asks, `limit` raises when an address
    registers too often, `viewers` are ninja's guards for people and programs that may see nodes.
    """
    router = Router(tags=["nodes"])

    @router.post(
        "/register/",
        auth=[Registering(is_loopback, limit)],
        response={
            200: NodeOut,
            201: NodeOut,
            frozenset({400, 401, 403, 413, 415, 429}): NodeProblem,
        },
        summary="Register a node",
        url_name="node-register",
        openapi_extra=_BODY,
    )
    def register(request: HttpRequest) -> Any:
        """Make or change a node, which counts as seen now; 201 when it is new.

        It is known by its host name. What is not sent keeps its value, the port excepted (8000).
        A node repeats this to be shown as online.
        """
        try:
            node, made = registry.register(_read(request))
        except registry.BadNode as error:
            raise HttpError(400, str(error)) from None
        return Status(201 if made else 200, _told(node, timezone.now()))

    @router.get(
        "/list/",
        auth=[MeshToken(), *viewers],
        response={200: NodesOut, frozenset({401, 403}): NodeProblem},
        summary="All nodes",
        url_name="node-list",
    )
    def listed(request: HttpRequest) -> Any:
        """All nodes, with what they run and how lately they were heard of."""
        now = timezone.now()
        return {"nodes": [_told(node, now) for node in Node.objects.order_by("hostname")]}

    return router


def _told(node: Node, now: datetime) -> dict[str, Any]:
    return {
        **{name: getattr(node, name) for name in NodeOut.model_fields if name != "state"},
        "state": node.state_at(now).value,
    }


def _read(request: HttpRequest) -> dict[str, Any]:
    """The body as an object. Raises HttpError (400, 413, 415)."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST or len(request.body) > LONGEST:
        raise HttpError(413, _("The body is longer than %(most)d bytes.") % {"most": LONGEST})
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return dict(request.POST.items())
    if request.content_type not in ("application/json", ""):
        raise HttpError(415, _("Send JSON (application/json) or a form."))
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        raise HttpError(400, _("The body is not JSON.")) from None
    if not isinstance(said, dict):
        raise HttpError(400, _("The body has to be a JSON object."))
    return said
