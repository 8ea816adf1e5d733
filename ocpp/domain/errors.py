"""Why a rule refuses: one translated sentence, and a kind that each door spells in its own way."""

from enum import Enum

from django.utils.functional import Promise


class Kind(Enum):
    """What sort of refusal it is. REST makes a status of it, the admin a message."""

    INVALID = "invalid"
    NOT_FOUND = "not found"
    CONFLICT = "conflict"
    TOO_MANY = "too many"


class DomainError(Exception):
    """A rule refuses. `str()` is a sentence for people, in the language that is active then."""

    kind = Kind.CONFLICT

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


class Invalid(DomainError):
    """An argument breaks its rule: `field` names it, the sentence says the rule."""

    kind = Kind.INVALID

    def __init__(self, field: str, sentence: str | Promise) -> None:
        super().__init__(sentence)
        self.field = field

    def __str__(self) -> str:
        return f"{self.field}: {self.sentence}"


class NotFound(DomainError):
    """There is no such thing."""

    kind = Kind.NOT_FOUND


class Conflict(DomainError):
    """What is asked does not go with how things stand now."""

    kind = Kind.CONFLICT


class NotConnected(Conflict):
    """The charge point has no connection, so it cannot be told anything."""


class Ambiguous(Conflict):
    """More than one thing is meant; the sentence names the candidates."""


class TooMany(DomainError):
    """A limit is reached; trying again later may help."""

    kind = Kind.TOO_MANY
