"""What REST reads from the database, with a fixed number of queries."""

import json
from typing import Any, NoReturn

from django.db.models import Prefetch, QuerySet

from ocpp.choices import TransactionState
from ocpp.domain.queries import local_lists
from ocpp.domain.redaction import redact, redact_text
from ocpp.models import Charger, Connector, Message, Transaction

#: Messages shown with a charger, and how much of a frame is (characters).
LOG_LENGTH = 100
MAX_FRAME = 16 * 1024


def chargers() -> QuerySet[Charger]:
    """All chargers, ready to be shown in a list: three queries, however many there are."""
    return Charger.objects.defer("config", "last_meter_values").prefetch_related(
        Prefetch("connectors", Connector.objects.order_by("connector_id")),
        Prefetch("transactions", _active(), to_attr="active_transactions"),
    )


def detail(charger: Charger) -> dict[str, Any]:
    """A charger with everything that is known of it, as ChargerDetailOut."""
    active = list(charger.transactions.filter(state=TransactionState.ACTIVE).order_by("pk"))
    last = active[-1] if active else charger.transactions.order_by("-pk").first()
    fields = {field.name: getattr(charger, field.name) for field in charger._meta.concrete_fields}
    return {
        **fields,
        "connected": charger.connected,
        "config": redact(charger.config),
        "local_list": local_lists.standing(charger),
        "connectors": list(charger.connectors.order_by("connector_id")),
        "active_transactions": active,
        "transaction": last,
        "log": [_entry(message) for message in charger.messages.order_by("-pk")[:LOG_LENGTH]],
    }


def _active() -> QuerySet[Transaction]:
    return Transaction.objects.filter(state=TransactionState.ACTIVE).order_by("pk")


def _entry(message: Message) -> dict[str, Any]:
    return {
        "time": message.time,
        "direction": message.direction,
        "action": message.action,
        "message_id": message.message_id,
        "request": _frame(message.request),
        "answer": _frame(message.answer),
        "error_code": message.error_code,
        "answer_time": message.answer_time,
    }


def _frame(text: str) -> Any:
    """A frame without its secrets: the JSON it is, or as text."""
    if not text:
        return None
    if len(text) <= MAX_FRAME:
        try:
            return redact(json.loads(text, parse_constant=_no_number))
        except (ValueError, RecursionError):
            pass
    shown = redact_text(text)
    return shown if len(shown) <= MAX_FRAME else shown[:MAX_FRAME] + "…"


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
