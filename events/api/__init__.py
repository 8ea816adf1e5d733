"""REST: events, webhooks and what they were told. `config.api` mounts `router` under /events/."""

from typing import Annotated, Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Query, Router, Status
from ninja.errors import HttpError

from accounts import access
from accounts.api.body import described, read
from accounts.api.problems import ONE, WRITE, Problem
from accounts.api.values import MOST as MOST_NUMBER
from events.api.schemas import (
    DeliveriesOut,
    DeliveryOut,
    EventsOut,
    NewWebhookOut,
    WebhookChange,
    WebhookIn,
    WebhookOut,
    WebhooksOut,
)
from events.domain import delivering, reading, webhooks
from events.models import Delivery, EventType, Webhook
from ocpp.models import Charger

#: Rows in one answer.
MOST = 500

router = Router(tags=["events"])

Row = TypeVar("Row", bound=Model)

_MAKING = {
    "name": "Billing",
    "url": "https://billing.example/events/",
    "types": ["session.ended"],
    "chargers": ["CP1"],
}


@router.get("/", response={200: EventsOut, ONE: Problem}, summary="Events", url_name="events")
def events(
    request: HttpRequest,
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    type: str = "",
    charger: str = "",
) -> Any:
    """Events after the id `after`, 500 at most, of all types and chargers or of one.

    They are collected while there is a listener or a webhook, and kept for some days.
    """
    access.require(request, "ocpp.view_charger")
    allowed = [one for one in EventType.values if _may_read(request, one)]
    if type:
        _checked(lambda: webhooks.check_types([type]))
        access.require(request, reading.PERMISSIONS.get(type, "ocpp.view_charger"))
        allowed = [type]
    chargers = [charger.replace("\x00", "")] if charger else None
    found = reading.after(after, types=allowed, chargers=chargers, limit=MOST)
    return {"events": found, "next": found[-1]["id"] if found else after}


@router.get(
    "/webhooks/",
    response={200: WebhooksOut, ONE: Problem},
    summary="All webhooks",
    url_name="webhooks",
)
def webhook_list(request: HttpRequest) -> Any:
    """All webhooks, by their names."""
    access.require(request, "events.view_webhook")
    rows = Webhook.objects.prefetch_related("chargers")
    return {"webhooks": [_told(row) for row in rows]}


@router.post(
    "/webhooks/",
    response={201: NewWebhookOut, WRITE: Problem},
    summary="Make a webhook",
    url_name="webhooks",
    openapi_extra=described(WebhookIn, _MAKING),
)
def webhook_make(request: HttpRequest, response: HttpResponse) -> Any:
    """Make a webhook. The answer has its secret, which nobody can read afterwards."""
    access.require(request, "events.add_webhook")
    given = read(request, WebhookIn)
    secret = webhooks.new_secret() if given.secret is None else given.secret
    row = Webhook()
    _change(row, {**given.model_dump(), "secret": secret})
    response["Location"] = reverse("api:webhook", kwargs={"number": row.pk})
    return Status(201, {**_told(row), "secret": secret})


@router.get(
    "/webhooks/{int:number}/",
    response={200: WebhookOut, ONE: Problem},
    summary="A webhook",
    url_name="webhook",
)
def webhook(request: HttpRequest, number: int) -> Any:
    """One webhook."""
    access.require(request, "events.view_webhook")
    return _told(_numbered(Webhook.objects.all(), number))


@router.patch(
    "/webhooks/{int:number}/",
    response={200: WebhookOut, WRITE: Problem},
    summary="Change a webhook",
    url_name="webhook",
    openapi_extra=described(WebhookChange, {"active": True}),
)
def webhook_change(request: HttpRequest, number: int) -> Any:
    """Change what is sent. `active: true` also makes one go on that was switched off by itself."""
    access.require(request, "events.change_webhook")
    given = read(request, WebhookChange)
    row = _numbered(Webhook.objects.all(), number)
    _change(row, given.model_dump(exclude_none=True))
    return _told(row)


@router.delete(
    "/webhooks/{int:number}/",
    response={204: None, frozenset({401, 403, 404}): Problem},
    summary="Remove a webhook",
    url_name="webhook",
)
def webhook_remove(request: HttpRequest, number: int) -> Any:
    """Remove a webhook and what is noted of it."""
    access.require(request, "events.delete_webhook")
    _numbered(Webhook.objects.all(), number).delete()
    return Status(204, None)


@router.get(
    "/webhooks/{int:number}/deliveries/",
    response={200: DeliveriesOut, ONE: Problem},
    summary="What a webhook was told",
    url_name="webhook-deliveries",
)
def deliveries(
    request: HttpRequest,
    number: int,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> Any:
    """Deliveries of a webhook, newest first, or those before the id `before`; 500 at most."""
    access.require(request, "events.view_delivery")
    rows = _numbered(Webhook.objects.all(), number).deliveries.select_related("event")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: MOST + 1])
    more = found[MOST - 1].pk if len(found) > MOST else None
    return {"deliveries": [_delivery(row) for row in found[:MOST]], "before": more}


@router.post(
    "/deliveries/{int:number}/replay/",
    response={202: DeliveryOut, frozenset({401, 403, 404, 409}): Problem},
    summary="Send a delivery again",
    url_name="delivery-replay",
)
def delivery_replay(request: HttpRequest, number: int) -> Any:
    """Send again what a webhook was told, whatever became of it, within a few seconds."""
    access.require(request, "events.change_delivery")
    _numbered(Delivery.objects.all(), number)
    rows = Delivery.objects.filter(pk=number)
    if not delivering.replay(rows):
        raise HttpError(409, _("It is being sent right now."))
    return Status(202, _delivery(rows.select_related("event").get()))


def _numbered(rows: QuerySet[Row], number: int) -> Row:
    """The row of this number. Raises Http404, for numbers that no row can have too."""
    if number > MOST_NUMBER:
        raise Http404
    return get_object_or_404(rows, pk=number)


def _may_read(request: HttpRequest, kind: str) -> bool:
    permission = reading.PERMISSIONS.get(kind)
    return permission is None or request.user.has_perm(permission)


def _change(row: Webhook, given: dict[str, Any]) -> None:
    """Check what was given, and store it. Raises HttpError (400)."""
    chargers = given.pop("chargers", None)
    found = None if chargers is None else _chargers(chargers)
    if "name" in given and not (0 < len(given["name"]) <= 100 and given["name"].isprintable()):
        raise HttpError(400, _("name: has to have 1 to 100 characters."))
    if "url" in given:
        _checked(lambda: webhooks.check_url(given["url"]))
    if "secret" in given:
        _checked(lambda: webhooks.check_secret(given["secret"]))
    if "types" in given:
        given["types"] = _checked(lambda: webhooks.check_types(given["types"]))
    if given.get("active"):
        webhooks.switch_on(row)
    for name, value in given.items():
        setattr(row, name, value)
    with transaction.atomic():
        row.save()
        if found is not None:
            row.chargers.set(found)


def _checked(check: Any) -> Any:
    try:
        return check()
    except webhooks.BadWebhook as error:
        raise HttpError(400, f"{error.field}: {error}") from None


def _chargers(ids: list[str]) -> list[Charger]:
    clean = {one for one in ids if "\x00" not in one}
    found = list(Charger.objects.filter(charger_id__in=clean)) if len(clean) <= 1000 else []
    missing = sorted(set(ids) - {one.charger_id for one in found})
    if missing:
        text = _("chargers: there is no charger %(id)s.")
        raise HttpError(400, text % {"id": ascii(missing[0])[:60]})
    return found


def _told(row: Webhook) -> dict[str, Any]:
    names = ("id", "name", "url", "types", "active", "failing_since", "stopped_reason")
    return {
        **{name: getattr(row, name) for name in names},
        "chargers": sorted(charger.charger_id for charger in row.chargers.all()),
    }


def _delivery(row: Delivery) -> dict[str, Any]:
    names = [name for name in DeliveryOut.model_fields if name != "type"]
    return {**{name: getattr(row, name) for name in names}, "type": row.event.type}
