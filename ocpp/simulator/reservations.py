"""The reservation of a simulated connector (OCPP 1.6, 3.10 and 5.13)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass
class Reservation:
    """The connector is kept for a card, or for the cards of its group, until it expires."""

    id: int
    id_tag: str
    expires: datetime
    parent: str | None = None
    #: Cards that turned out to be of another group.
    others: set[str] = field(default_factory=set)

    @property
    def over(self) -> bool:
        """Whether it has expired."""
        return datetime.now(UTC) >= self.expires

    def may_admit(self, id_tag: str) -> bool:
        """Whether the card may try: it is the one, or it could be of the group."""
        if _same(id_tag, self.id_tag):
            return True
        return self.parent is not None and id_tag not in self.others

    def admits(self, id_tag: str, parent: str | None) -> bool:
        """Whether the card, whose group is now known, may charge; another is remembered."""
        group = self.parent is not None and parent is not None and _same(parent, self.parent)
        if _same(id_tag, self.id_tag) or group:
            return True
        self.others.add(id_tag)
        return False


def _same(one: str, other: str) -> bool:
    # CiString20Type: case does not count.
    return one.casefold() == other.casefold()
