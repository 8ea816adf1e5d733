"""What is asked of a cable: the load, the way, the surroundings; and whether that makes sense."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from awg.models import ConduitKind, Material

#: The least and the most that is calculated with.
LIMITS: dict[str, tuple[Decimal, Decimal]] = {
    name: (Decimal(least), Decimal(most))
    for name, (least, most) in {
        "current_a": ("0.1", "2000"),
        "power_w": ("1", "1000000"),
        "voltage_v": ("12", "1000"),
        "length_m": ("0.1", "2000"),
        "ambient_c": ("-40", "80"),
        "conductors": ("1", "60"),
        "max_drop_percent": ("0.1", "20"),
        "sets": ("1", "6"),
    }.items()
}
RATINGS_C = (60, 75, 90)
PHASES = (1, 2, 3)


class CannotSize(Exception):
    """A question without an answer: the message says why and what to do.

    `field` names the input that is at fault, or is "" when it is all of them together.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, kw_only=True)
class Circuit:
    """A load and how it is to be wired. Either `current_a` or `power_w` (power factor 1)."""

    voltage_v: Decimal
    length_m: Decimal
    current_a: Decimal | None = None
    power_w: Decimal | None = None
    #: 1: a line and neutral; 2: two lines; 3: three lines, with the voltage between two of them.
    phases: int = 1
    material: str = Material.COPPER.value
    #: What the insulation stands (°C), and what the terminals at both ends do.
    rating_c: int = 75
    terminal_c: int = 75
    ambient_c: Decimal = Decimal(30)
    #: Current-carrying conductors in the conduit, all circuits in it together; None: this one's.
    conductors: int | None = None
    max_drop_percent: Decimal = Decimal(3)
    #: Three lines and a neutral, which carries no current while the phases are alike.
    neutral: bool = False
    conduit: str = ConduitKind.EMT.value
    #: Conductors in parallel for each line, each set in a conduit of its own.
    sets: int = 1
    #: For three hours or more, as a vehicle charges: then 125 % of the current counts.
    continuous: bool = True

    @property
    def lines(self) -> int:
        """The conductors that carry the load's current."""
        return 3 if self.phases == 3 else 2

    @property
    def carrying(self) -> int:
        """The current-carrying conductors in one conduit."""
        return self.conductors if self.conductors is not None else self.lines

    @property
    def load_a(self) -> Decimal:
        """The current of the load (A)."""
        if self.current_a is not None:
            return self.current_a
        assert self.power_w is not None  # noqa: S101  (`check` has seen to it)
        across = Decimal(3).sqrt() if self.phases == 3 else Decimal(1)
        return self.power_w / (self.voltage_v * across)

    def check(self) -> None:
        """Raise CannotSize for what cannot be calculated with."""
        if (self.current_a is None) == (self.power_w is None):
            raise CannotSize(_("Give either the current or the power."), "current_a")
        for name, (least, most) in LIMITS.items():
            value = getattr(self, name)
            if value is None:
                continue
            number = Decimal(value)
            if not number.is_finite() or not least <= number <= most:
                message = _("%(value)s is not possible: it must be from %(least)s to %(most)s.")
                raise CannotSize(message % {"value": value, "least": least, "most": most}, name)
        for name, allowed in (
            ("phases", PHASES),
            ("rating_c", RATINGS_C),
            ("terminal_c", RATINGS_C),
            ("material", Material.values),
            ("conduit", ConduitKind.values),
        ):
            value = getattr(self, name)
            if value not in allowed:
                message = _("%(value)s is not possible: choose one of %(allowed)s.")
                words = ", ".join(str(one) for one in allowed)
                raise CannotSize(message % {"value": value, "allowed": words}, name)
        if self.carrying < self.lines:
            message = _("The circuit itself has %(lines)s conductors that carry current.")
            raise CannotSize(message % {"lines": self.lines}, "conductors")
