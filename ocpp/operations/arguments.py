"""What the arguments of an operation may be: the standard's lengths and word lists.

A rule stands in the annotation of the argument, once: the operation checks by it, REST
documents by it, and the command line reads by it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol, get_args, get_type_hints, runtime_checkable
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from ocpp.domain.errors import Invalid


@runtime_checkable
class Rule(Protocol):
    """What a value must be like."""

    def check(self, field: str, value: Any) -> Any:
        """The value, when it keeps the rule; raises Invalid, which names `field`, otherwise."""

    def from_text(self, field: str, text: str) -> Any:
        """The value that `text` on a command line stands for. Raises Invalid."""

    def schema(self) -> dict[str, Any]:
        """The rule as JSON Schema."""


@dataclass(frozen=True, slots=True)
class Text:
    """Text of a length; never with NUL or half characters, which no database can store."""

    max_length: int
    min_length: int = 1

    def check(self, field: str, value: Any) -> Any:
        """See Rule."""
        if not isinstance(value, str):
            raise Invalid(field, _("must be text."))
        if not self.min_length <= len(value) <= self.max_length:
            raise Invalid(
                field,
                _("has %(length)d characters; %(min)d to %(max)d are allowed.")
                % {"length": len(value), "min": self.min_length, "max": self.max_length},
            )
        if "\x00" in value or not _encodes(value):
            raise Invalid(field, _("holds a character that is not allowed."))
        return value

    def from_text(self, field: str, text: str) -> Any:
        """See Rule."""
        return self.check(field, text)

    def schema(self) -> dict[str, Any]:
        """See Rule."""
        return {"type": "string", "minLength": self.min_length, "maxLength": self.max_length}


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number of 32 bits."""

    minimum: int = -(2**31)
    maximum: int = 2**31 - 1

    def check(self, field: str, value: Any) -> Any:
        """See Rule."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise Invalid(field, _("must be a whole number."))
        if not self.minimum <= value <= self.maximum:
            raise Invalid(
                field,
                _("must be a whole number from %(min)d to %(max)d.")
                % {"min": self.minimum, "max": self.maximum},
            )
        return value

    def from_text(self, field: str, text: str) -> Any:
        """See Rule."""
        try:
            number = int(text)
        except ValueError:
            raise Invalid(field, _("must be a whole number.")) from None
        return self.check(field, number)

    def schema(self) -> dict[str, Any]:
        """See Rule."""
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


class OneOf:
    """One word of a list."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def check(self, field: str, value: Any) -> Any:
        """See Rule."""
        if not isinstance(value, str) or value not in self.words:
            raise Invalid(field, _("must be one of: %(words)s.") % {"words": ", ".join(self.words)})
        return value

    def from_text(self, field: str, text: str) -> Any:
        """See Rule."""
        return self.check(field, text)

    def schema(self) -> dict[str, Any]:
        """See Rule."""
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values that each keep a rule; on the command line with commas between them."""

    item: Rule
    max_items: int

    def check(self, field: str, value: Any) -> Any:
        """See Rule."""
        if not isinstance(value, list | tuple):
            raise Invalid(field, _("must be a list."))
        if len(value) > self.max_items:
            raise Invalid(
                field,
                _("has %(count)d entries; at most %(max)d are allowed.")
                % {"count": len(value), "max": self.max_items},
            )
        return [self.item.check(f"{field}[{n}]", entry) for n, entry in enumerate(value)]

    def from_text(self, field: str, text: str) -> Any:
        """See Rule."""
        parts = [part.strip() for part in text.split(",") if part.strip()]
        values = [self.item.from_text(f"{field}[{n}]", part) for n, part in enumerate(parts)]
        return self.check(field, values)

    def schema(self) -> dict[str, Any]:
        """See Rule."""
        return {"type": "array", "items": self.item.schema(), "maxItems": self.max_items}


@dataclass(frozen=True, slots=True)
class Url:
    """An absolute URL that a charge point can fetch from or send to: ASCII, without blanks."""

    schemes: tuple[str, ...]
    max_length: int

    def check(self, field: str, value: Any) -> Any:
        """See Rule."""
        Text(self.max_length).check(field, value)
        if not value.isascii() or not value.isprintable() or " " in value:
            raise Invalid(
                field, _("holds a character that no URL has; write it in its %-encoded form.")
            )
        try:
            parts = urlsplit(value)
            complete = bool(parts.hostname) and parts.port != 0
        except ValueError:
            complete = False
        if not complete or value.partition("://")[0] not in self.schemes:
            raise Invalid(
                field,
                _("must be a URL with a host that begins with one of: %(schemes)s.")
                % {"schemes": ", ".join(f"{scheme}://" for scheme in self.schemes)},
            )
        return value

    def from_text(self, field: str, text: str) -> Any:
        """See Rule."""
        return self.check(field, text)

    def schema(self) -> dict[str, Any]:
        """See Rule."""
        schemes = "|".join(self.schemes)
        return {
            "type": "string",
            "format": "uri",
            "pattern": f"^({schemes})://",
            "maxLength": self.max_length,
        }


@dataclass(frozen=True, slots=True)
class Moment:
    """A time with its zone, ISO 8601 (RFC 3339). It becomes a `datetime` in UTC, to the second."""

    def check(self, field: str, value: Any) -> Any:
        """See Rule."""
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                value = None
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise Invalid(field, _("must be a time with its zone, such as 2026-01-31T12:00:00Z."))
        try:
            moment = value.astimezone(UTC)
        except OverflowError:
            moment = None
        if moment is None or not 2000 <= moment.year < 2100:
            raise Invalid(field, _("must be a time between the years 2000 and 2100."))
        return moment.replace(microsecond=0)

    def from_text(self, field: str, text: str) -> Any:
        """See Rule."""
        return self.check(field, text)

    def schema(self) -> dict[str, Any]:
        """See Rule."""
        return {"type": "string", "format": "date-time"}


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of an operation. When it is not required, `default` stands in for it."""

    name: str
    rule: Rule
    required: bool
    default: Any = None

    def schema(self) -> dict[str, Any]:
        """It as JSON Schema."""
        default = {} if self.default is None else {"default": self.default}
        return self.rule.schema() | default


def read(function: Callable[..., Any]) -> dict[str, Argument]:
    """The arguments of `function` whose annotation holds a rule, by name."""
    hints = get_type_hints(function, include_extras=True)
    defaults: dict[str, Any] = getattr(function, "__kwdefaults__", None) or {}
    return {
        name: Argument(name, rule, name not in defaults, defaults.get(name))
        for name, hint in hints.items()
        if (rule := _rule(hint)) is not None
    }


def _rule(hint: Any) -> Rule | None:
    for extra in getattr(hint, "__metadata__", ()):
        if isinstance(extra, Rule):
            return extra
    # `X | None`: the rule is X's.
    return next((rule for part in get_args(hint) if (rule := _rule(part)) is not None), None)


#: An id tag: CiString20Type (OCPP 1.6, 7.28).
IdTag = Annotated[str, Text(20)]
#: A connector, and a connector or 0 for the charge point as a whole.
ConnectorNumber = Annotated[int, Number(1)]
ConnectorOrAll = Annotated[int, Number(0)]
