"""What the API takes and tells of events, webhooks and deliveries."""

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import StrictBool, StrictStr

from accounts.api.body import BodyIn


class EventOut(Schema):
    """Something that has happened; energies in Wh, times in UTC."""

    id: int
    type: str
    charger: str
    time: datetime
    data: dict[str, Any]


class EventsOut(Schema):
    """Events, oldest first. `next` is what to ask `after` next; the same again: there are none."""

    events: list[EventOut]
    next: int


class WebhookIn(BodyIn):
    """A webhook to be made. Without `secret` one is made; no `types` or `chargers`: all of them."""

    name: StrictStr
    url: StrictStr
    secret: StrictStr | None = None
    types: list[StrictStr] = []
    chargers: list[StrictStr] = []
    active: StrictBool = True


class WebhookChange(BodyIn):
    """What is to be another; what is not sent stays."""

    name: StrictStr | None = None
    url: StrictStr | None = None
    secret: StrictStr | None = None
    types: list[StrictStr] | None = None
    chargers: list[StrictStr] | None = None
    active: StrictBool | None = None


class WebhookOut(Schema):
    """A webhook. Its secret is told once, when it is made."""

    id: int
    name: str
    url: str
    types: list[str]
    chargers: list[str]
    active: bool
    failing_since: datetime | None
    stopped_reason: str


class NewWebhookOut(WebhookOut):
    """A webhook that was made, with its secret: the only time that it is told."""

    secret: str


class WebhooksOut(Schema):
    """All webhooks."""

    webhooks: list[WebhookOut]


class DeliveryOut(Schema):
    """What a webhook was told, and how its last attempt went."""

    id: int
    event_id: int
    type: str
    state: str
    attempts: int
    next_try: datetime
    last_try: datetime | None
    status: int | None
    answer: str
    error: str
    latency_ms: int | None


class DeliveriesOut(Schema):
    """Deliveries, newest first. `before` is what to ask next; null: there are no older ones."""

    deliveries: list[DeliveryOut]
    before: int | None
