"""The local authorization list of a simulated charge point (OCPP 1.6, 3.5.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

MAX_LENGTH, MAX_IN_ONE_MESSAGE = 1000, 250


@dataclass(frozen=True)
class Entry:
    """What is known of a card."""

    status: str
    expires: datetime | None = None
    parent: str | None = None


class LocalList:
    """Cards that can be judged without the central system."""

    def __init__(self) -> None:
        self._version = 0
        self._entries: dict[str, Entry] = {}

    @property
    def version(self) -> int:
        """0 says that the list is empty (5.10)."""
        return self._version if self._entries else 0

    def update(self, version: int, cards: Sequence[tuple[str, Entry | None]], *, full: bool) -> str:
        """The status of SendLocalList.conf; None as an entry removes the card."""
        if not full and version <= self.version:
            return "VersionMismatch"
        entries = {} if full else dict(self._entries)
        named = {id_tag.casefold() for id_tag, _ in cards}
        if len(named) < len(cards) or len(cards) > MAX_IN_ONE_MESSAGE:
            return "Failed"
        for id_tag, entry in cards:
            if entry is not None:
                entries[id_tag.casefold()] = entry
            elif full:
                return "Failed"
            else:
                entries.pop(id_tag.casefold(), None)
        if len(entries) > MAX_LENGTH:
            return "Failed"
        self._version, self._entries = version, entries
        return "Accepted"

    def status(self, id_tag: str) -> str | None:
        """What the list says of a card now, as an AuthorizationStatus; None for an unknown one."""
        entry = self._entries.get(id_tag.casefold())
        if entry is None:
            return None
        if entry.status == "Accepted" and entry.expires and entry.expires <= datetime.now(UTC):
            return "Expired"
        return entry.status

    def parent(self, id_tag: str) -> str | None:
        """The group of a card, where the list tells it."""
        entry = self._entries.get(id_tag.casefold())
        return entry.parent if entry else None
