"""Sends to webhooks what they are to be told: claimed, signed, tried again, given up.

A delivery is claimed by a conditional UPDATE before it is sent, so no two processes send it at the
same time. A process that ends in between leaves a claim that ends by itself; then it is sent again,
so a receiver may get an event twice, and can tell by its id.
"""

import hmac
import json
import logging
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from time import monotonic, time

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

import outgoing.domain as outgoing
from events import metrics
from events.domain import describing
from events.models import Delivery, DeliveryState, Webhook

logger = logging.getLogger(__name__)

#: After so many failures (s); then it is given up.
PAUSES_S = (10, 60, 300, 1800, 7200, 21600, 43200, 43200, 43200, 43200)
#: How long a claim lasts (s): far longer than a request may take.
CLAIM_S = 60
#: What is kept of an answer (characters), and read of it (bytes).
MAX_ANSWER, MAX_READ = 1000, 100_000
#: The longest that one round sends (s).
ROUND_S = 20.0


def deliver_due() -> int:
    """Send what is due, for some seconds at most; returns how many were sent.

    A webhook that fails has to wait for the next round, so that it holds up the others once.
    """
    began, sent, failing = monotonic(), 0, set[int]()
    while monotonic() - began < ROUND_S:
        delivery = claim_next(failing)
        if delivery is None:
            break
        sent += 1
        if not send(delivery):
            failing.add(delivery.webhook_id)
    return sent


def claim_next(without: Collection[int] = ()) -> Delivery | None:
    """Claim the delivery that is due for longest, of other webhooks than `without`."""
    now = timezone.now()
    due = _free(now).filter(state=DeliveryState.WAITING, next_try__lte=now, webhook__active=True)
    chosen = due.exclude(webhook__in=without).order_by("next_try", "pk")
    for pk in list(chosen.values_list("pk", flat=True)[:20]):
        word = secrets.token_hex(16)
        mine = _free(now).filter(pk=pk, state=DeliveryState.WAITING)
        if mine.update(claim=word, claimed_until=now + timedelta(seconds=CLAIM_S)):
            return Delivery.objects.select_related("webhook", "event").get(pk=pk)
    return None


def _free(now: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(Q(claimed_until=None) | Q(claimed_until__lt=now))


def send(delivery: Delivery) -> bool:
    """Send a claimed delivery and note how it went; whether the receiver has taken it (2xx)."""
    webhook = delivery.webhook
    body = json.dumps(describing.told(delivery.event), separators=(",", ":")).encode()
    began = monotonic()
    status: int | None = None
    answer = error = ""
    try:
        got = outgoing.request(
            webhook.url,
            method="POST",
            headers=_headers(delivery, body),
            body=body,
            max_bytes=MAX_READ,
        )
        status = got.status
        answer = got.body.decode("utf-8", "replace").replace("\x00", "")[:MAX_ANSWER]
    except outgoing.OutgoingError as trouble:
        error = str(trouble)[:MAX_ANSWER]
    taken = status is not None and 200 <= status < 300
    facts: dict[str, object] = {
        "status": status,
        "answer": answer,
        "error": error,
        "latency_ms": round((monotonic() - began) * 1000),
        "last_try": timezone.now(),
    }
    _note(delivery, facts, taken=taken)
    return taken


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What proves that `body` was sent by who knows `secret`, at `timestamp`."""
    signed = timestamp.encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), signed, sha256).hexdigest()


def _headers(delivery: Delivery, body: bytes) -> dict[str, str]:
    timestamp = str(int(time()))
    return {
        "Content-Type": "application/json",
        "X-Constellation-Event": delivery.event.type,
        "X-Constellation-Delivery": str(delivery.pk),
        "X-Constellation-Timestamp": timestamp,
        "X-Constellation-Signature": signature(delivery.webhook.secret, timestamp, body),
    }


def _note(delivery: Delivery, facts: dict[str, object], *, taken: bool) -> None:
    """Write down how it went, unless the claim has gone to another meanwhile."""
    mine = Delivery.objects.filter(pk=delivery.pk, claim=delivery.claim)
    attempts = delivery.attempts + 1
    facts |= {"attempts": F("attempts") + 1, "claim": "", "claimed_until": None}
    outcome = metrics.FAILED
    if taken:
        facts["state"] = DeliveryState.DELIVERED
        outcome = metrics.DELIVERED
    elif attempts > len(PAUSES_S):
        facts["state"] = DeliveryState.GIVEN_UP
        outcome = metrics.GIVEN_UP
    else:
        facts["next_try"] = timezone.now() + timedelta(seconds=PAUSES_S[attempts - 1])
    if not mine.update(**facts):
        return
    metrics.deliveries[outcome] += 1
    webhooks = Webhook.objects.filter(pk=delivery.webhook_id)
    if taken:
        webhooks.exclude(failing_since=None).update(failing_since=None)
    else:
        webhooks.filter(failing_since=None).update(failing_since=timezone.now())
        _stop_when_hopeless(delivery, str(facts["error"] or facts["status"]))


def _stop_when_hopeless(delivery: Delivery, why: str) -> None:
    """Switch a webhook off that has taken nothing for days."""
    limit = timezone.now() - timedelta(hours=settings.WEBHOOK_GIVE_UP_H)
    hopeless = Webhook.objects.filter(pk=delivery.webhook_id, failing_since__lt=limit, active=True)
    if hopeless.update(active=False, stopped_reason=why):
        logger.error(
            "Webhook %a is switched off after %d hours of failures: %s",
            delivery.webhook.name,
            settings.WEBHOOK_GIVE_UP_H,
            why,
        )


def replay(deliveries: QuerySet[Delivery]) -> int:
    """Send these again, whatever became of them; returns how many. Those that are sent now stay."""
    now = timezone.now()
    free = deliveries.filter(Q(claimed_until=None) | Q(claimed_until__lt=now))
    return free.update(state=DeliveryState.WAITING, attempts=0, next_try=now)
