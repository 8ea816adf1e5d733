"""What an event says: energies in Wh, times in UTC."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from events.models import Event, EventType
from ocpp.domain.redaction import redact_text
from ocpp.models import Charger, SecurityEvent, StatusChange, Transaction

FAULTED = "Faulted"


def iso(moment: datetime | None) -> str | None:
    """A time as programs read it."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def told(event: Event) -> dict[str, Any]:
    """An event as it is told, to listeners and to webhooks alike."""
    return {
        "id": event.pk,
        "type": event.type,
        "charger": event.cid,
        "time": iso(event.time),
        "data": event.data,
    }


def status(rows: Iterable[StatusChange]) -> list[Event]:
    """Each change of status, and a fault where it is one."""
    found = []
    for row in rows:
        data = {
            "connector": row.connector_id,
            "status": row.status,
            "error_code": row.error_code,
        }
        kinds = [EventType.STATUS_CHANGED]
        if row.status == FAULTED:
            kinds.append(EventType.FAULT)
        found += [_event(kind, row.charger, row.time, data, row.pk) for kind in kinds]
    return found


def security(rows: Iterable[SecurityEvent]) -> list[Event]:
    """Security events, as the charge point or the node noted them."""
    return [
        _event(
            EventType.SECURITY_EVENT,
            row.charger,
            row.time,
            {"type": row.type, "tech_info": redact_text(row.tech_info)},
            row.pk,
        )
        for row in rows
    ]


def started(rows: Iterable[Transaction]) -> list[Event]:
    """Sessions that have begun."""
    return [
        _event(EventType.SESSION_STARTED, row.charger, row.start_time, _session(row), row.pk)
        for row in rows
    ]


def ended(pks: Collection[int]) -> list[Event]:
    """Sessions that run no more."""
    return [
        _event(
            EventType.SESSION_ENDED,
            row.charger,
            row.stop_time or row.start_time,
            {
                **_session(row),
                "stop_time": iso(row.stop_time),
                "meter_stop_wh": row.meter_stop,
                "energy_wh": row.energy_wh,
                "reason": row.reason,
                "state": row.state,
                "needs_review": row.needs_review,
            },
            row.pk,
        )
        for row in _transactions(pks)
    ]


def review(pks: Collection[int], now: datetime) -> list[Event]:
    """Sessions that staff must look at."""
    return [
        _event(EventType.REVIEW_NEEDED, row.charger, now, _session(row), row.pk)
        for row in _transactions(pks)
    ]


def presence(pks: Collection[int], kind: EventType, now: datetime) -> list[Event]:
    """Chargers whose connection is gone, or there again."""
    found = []
    for row in Charger.objects.filter(pk__in=sorted(pks)) if pks else ():
        since = row.disconnected_at if kind == EventType.OFFLINE else row.connected_at
        found.append(_event(kind, row, since or now, {}, None))
    return found


def _transactions(pks: Collection[int]) -> Iterable[Transaction]:
    return Transaction.objects.filter(pk__in=pks).select_related("charger") if pks else ()


def _session(row: Transaction) -> dict[str, Any]:
    return {
        "transaction_id": row.pk,
        "connector": row.connector_id,
        "id_tag": row.id_tag,
        "account_id": row.account_id,
        "start_time": iso(row.start_time),
        "meter_start_wh": row.meter_start,
    }


def _event(
    kind: str, charger: Charger, time: datetime, data: dict[str, Any], source: int | None
) -> Event:
    return Event(
        type=kind, charger=charger, cid=charger.charger_id, time=time, data=data, source_id=source
    )
