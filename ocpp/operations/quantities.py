"""Arguments that are more than a word or a whole number: rates, periods of a schedule."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from ocpp.domain.charging_rates import STEP, Period
from ocpp.domain.errors import Invalid
from ocpp.operations.arguments import Number, Rule

#: More than any connector has (W); in A all the more.
HIGHEST_RATE = 10_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """A limit in A or W: 0 or more, with one decimal at most (OCPP 1.6, 7.14). A `Decimal`."""

    def check(self, field: str, value: Any) -> Any:
        """See Rule."""
        if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
            raise Invalid(field, _("must be a number."))
        # The text of a float is the number that was written, not the binary one nearest to it.
        number = Decimal(str(value))
        if not number.is_finite() or not 0 <= number <= HIGHEST_RATE:
            raise Invalid(field, _("must be a number from 0 to %(most)d.") % {"most": HIGHEST_RATE})
        if number != number.quantize(STEP):
            raise Invalid(field, _("has more than one decimal."))
        return abs(number.quantize(STEP))  # -0 is 0

    def from_text(self, field: str, text: str) -> Any:
        """See Rule."""
        try:
            number = Decimal(text.strip())
        except InvalidOperation:
            raise Invalid(field, _("must be a number.")) from None
        return self.check(field, number)

    def schema(self) -> dict[str, Any]:
        """See Rule."""
        # Not `multipleOf`: a reader that reckons with floats would refuse 0.3.
        return {
            "type": "number",
            "minimum": 0,
            "maximum": HIGHEST_RATE,
            "description": "One decimal at most.",
        }


@dataclass(frozen=True, slots=True)
class PeriodOf:
    """A period of a charging schedule: `start` (s), `limit`, and `phases` where they count.

    On the command line `start:limit` or `start:limit:phases`.
    """

    start = Number(0)
    limit = Rate()
    phases = Number(1, 3)

    def check(self, field: str, value: Any) -> Any:
        """See Rule."""
        if isinstance(value, Period):
            value = value._asdict()
        if not isinstance(value, dict):
            raise Invalid(field, _("must be an object with start and limit."))
        for name in value:
            if name not in ("start", "limit", "phases"):
                raise Invalid(f"{field}.{name}", _("is none of: start, limit, phases."))
        for name in ("start", "limit"):
            if value.get(name) is None:
                raise Invalid(f"{field}.{name}", _("is required."))
        phases = value.get("phases")
        return Period(
            self.start.check(f"{field}.start", value["start"]),
            self.limit.check(f"{field}.limit", value["limit"]),
            None if phases is None else self.phases.check(f"{field}.phases", phases),
        )

    def from_text(self, field: str, text: str) -> Any:
        """See Rule."""
        parts = text.split(":")
        if len(parts) not in (2, 3):
            raise Invalid(field, _("must be start:limit or start:limit:phases."))
        rules: tuple[Rule, ...] = (self.start, self.limit, self.phases)
        names = ("start", "limit", "phases")
        read = [
            rule.from_text(f"{field}.{name}", part)
            for rule, name, part in zip(rules, names, parts, strict=False)
        ]
        return Period(*read)

    def schema(self) -> dict[str, Any]:
        """See Rule."""
        return {
            "type": "object",
            "properties": {
                "start": self.start.schema(),
                "limit": self.limit.schema(),
                "phases": self.phases.schema(),
            },
            "required": ["start", "limit"],
            "additionalProperties": False,
        }
