"""The consumer of the naive server."""

import json
from datetime import UTC, datetime
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from benchmarks.naive.models import Charger, Reading, Session


class Consumer(AsyncWebsocketConsumer):
    """One charge point."""

    async def connect(self) -> None:
        """Find or make its row."""
        name = self.scope["path"].rpartition("/")[2]
        self.charger, _ = await Charger.objects.aget_or_create(charger_id=name)
        await self.accept(subprotocol="ocpp1.6")

    async def receive(self, text_data: str = "", bytes_data: bytes | None = None) -> None:
        """Answer a call."""
        _, number, action, payload = json.loads(text_data)
        answer = await getattr(self, f"on_{action}")(payload)
        await self.send(text_data=json.dumps([3, number, answer], separators=(",", ":")))

    async def on_BootNotification(self, _: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """Accept it."""
        return {
            "status": "Accepted",
            "currentTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "interval": 300,
        }

    async def on_StartTransaction(self, told: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """Store it."""
        session = await Session.objects.acreate(
            charger=self.charger,
            connector=told["connectorId"],
            id_tag=told["idTag"],
            meter_start=told["meterStart"],
            started=datetime.fromisoformat(told["timestamp"]),
        )
        return {"transactionId": session.pk, "idTagInfo": {"status": "Accepted"}}

    async def on_MeterValues(self, told: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        """Store all values with one INSERT, and so one commit."""
        await self.store(told)
        return {}

    @database_sync_to_async
    def store(self, told: dict[str, Any]) -> None:
        """Write the values of a message."""
        Reading.objects.bulk_create(
            Reading(
                charger=self.charger,
                session_id=told["transactionId"],
                connector=told["connectorId"],
                timestamp=datetime.fromisoformat(moment["timestamp"]),
                measurand=value["measurand"],
                value=value["value"],
                unit=value.get("unit", ""),
                phase=value.get("phase", ""),
                context=value.get("context", ""),
            )
            for moment in told["meterValue"]
            for value in moment["sampledValue"]
        )
