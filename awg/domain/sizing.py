"""The smallest conductor that carries a load, and all that follows from it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import localize
from django.utils.translation import gettext as _

from awg.domain import code, conductor
from awg.domain.circuit import CannotSize, Circuit
from awg.models import CableSize, ConduitFill

CONTINUOUS = Decimal("1.25")


@dataclass(frozen=True)
class Step:
    """One thing that was found, in words, and the rule that it rests on."""

    text: str
    rule: str


@dataclass(frozen=True)
class Result:
    """The wiring of a circuit. Currents in A, lengths in m, areas in mm²."""

    cable: CableSize
    sets: int
    load_a: Decimal
    design_a: Decimal
    device_a: int
    #: Of all sets together, under the conditions of use.
    ampacity_a: Decimal
    drop_v: Decimal
    drop_percent: Decimal
    loss_w: Decimal
    ground: CableSize
    conduit: ConduitFill
    filled_percent: Decimal
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class _Needs:
    """What every candidate is held against."""

    circuit: Circuit
    load_a: Decimal
    design_a: Decimal
    device_a: int
    factor: Decimal

    def ampacity_a(self, cable: CableSize) -> Decimal:
        """Under the conditions of use, of all sets."""
        return cable.ampacity(self.circuit.rating_c) * self.factor * self.circuit.sets

    def drop_v(self, cable: CableSize) -> Decimal:
        """Of the way to the load."""
        ohm_km = conductor.warm_ohm_km(cable, self.circuit.rating_c) / self.circuit.sets
        return conductor.drop_v(ohm_km, self.load_a, self.circuit.length_m, self.circuit.phases)

    def drop_percent(self, cable: CableSize) -> Decimal:
        """Of the voltage."""
        return self.drop_v(cable) / self.circuit.voltage_v * 100

    def carries(self, cable: CableSize) -> bool:
        """Whether neither the conductor nor what it ends in gets too hot."""
        circuit = self.circuit
        terminal_c = min(circuit.rating_c, circuit.terminal_c)
        largest = code.largest_device(self.ampacity_a(cable))
        if circuit.sets == 1:
            largest = min(largest, code.SMALL.get((cable.size, cable.material), largest))
        return (
            cable.ampacity(terminal_c) * circuit.sets >= self.design_a
            and self.ampacity_a(cable) >= self.load_a
            and largest >= self.device_a
        )


def size(circuit: Circuit) -> Result:
    """The smallest wiring that the code and the drop of voltage allow. Raises CannotSize."""
    circuit.check()
    needs = _needs(circuit)
    cables = list(CableSize.objects.filter(material=circuit.material).order_by("rank"))
    if circuit.sets > 1:
        names = [cable.size for cable in cables]
        cables = cables[names.index(code.THINNEST_IN_PARALLEL) :]
    by_heat = _first(cables, needs.carries)
    if by_heat is None:
        raise CannotSize(
            _(
                "No conductor up to 500 kcmil carries %(current)s A here. Lay more sets in "
                "parallel, take copper, better insulation or a higher voltage."
            )
            % {"current": _short(needs.design_a)}
        )
    cable = _first(
        cables[cables.index(by_heat) :],
        lambda one: needs.drop_percent(one) <= circuit.max_drop_percent,
    )
    if cable is None:
        raise CannotSize(
            _(
                "Even 500 kcmil loses %(drop)s %% of the voltage, more than %(most)s %%. Shorten "
                "the way, lay more sets in parallel, or take a higher voltage."
            )
            % {
                "drop": _short(needs.drop_percent(cables[-1])),
                "most": localize(circuit.max_drop_percent),
            },
            "max_drop_percent",
        )
    return _result(needs, by_heat, cable)


def _needs(circuit: Circuit) -> _Needs:
    load_a = circuit.load_a
    design_a = load_a * CONTINUOUS if circuit.continuous else load_a
    device_a = code.device_at_least(design_a)
    if device_a is None:
        message = _("There is no standard breaker for %(current)s A.")
        raise CannotSize(message % {"current": _short(design_a)})
    factor = code.ambient_factor(circuit.ambient_c, circuit.rating_c)
    if not factor:
        message = _("Insulation for %(rating)s °C must not be used at %(ambient)s °C.")
        raise CannotSize(
            message % {"rating": circuit.rating_c, "ambient": circuit.ambient_c}, "ambient_c"
        )
    factor *= code.bundling_factor(circuit.carrying)
    return _Needs(circuit, load_a, design_a, device_a, factor)


def _first(cables: list[CableSize], fits: Callable[[CableSize], bool]) -> CableSize | None:
    return next((cable for cable in cables if fits(cable)), None)


def _result(needs: _Needs, by_heat: CableSize, cable: CableSize) -> Result:
    circuit = needs.circuit
    ground = _ground(needs, by_heat, cable)
    conduit, filled = _conduit(circuit, cable, ground)
    ohm_km = conductor.warm_ohm_km(cable, circuit.rating_c)
    lost = circuit.sets * conductor.loss_w(
        ohm_km, needs.load_a / circuit.sets, circuit.length_m, circuit.lines
    )
    return Result(
        cable=cable,
        sets=circuit.sets,
        load_a=needs.load_a,
        design_a=needs.design_a,
        device_a=needs.device_a,
        ampacity_a=needs.ampacity_a(cable),
        drop_v=needs.drop_v(cable),
        drop_percent=needs.drop_percent(cable),
        loss_w=lost,
        ground=ground,
        conduit=conduit,
        filled_percent=filled,
        steps=tuple(_steps(needs, by_heat, cable, ground, conduit, filled)),
    )


def _ground(needs: _Needs, by_heat: CableSize, cable: CableSize) -> CableSize:
    """By the device; thicker in proportion where the lines are, and never thicker than they."""
    name = code.ground_size(needs.device_a, cable.material)
    cables = list(CableSize.objects.filter(material=cable.material).order_by("rank"))
    by_device = _first(cables, lambda one: one.size == name) or cables[-1]
    wanted = by_device.area_mm2 * cable.area_mm2 / by_heat.area_mm2
    thick_enough = _first(cables, lambda one: one.area_mm2 >= wanted) or cables[-1]
    return (
        min(thick_enough, cable, key=lambda one: one.rank)
        if needs.circuit.sets == 1
        else (thick_enough)
    )


def _conduit(circuit: Circuit, cable: CableSize, ground: CableSize) -> tuple[ConduitFill, Decimal]:
    """The smallest tube for one set and its ground, and how full it is (%)."""
    wires = circuit.lines + int(circuit.neutral and circuit.phases == 3)
    area = wires * cable.covered_area_mm2 + ground.covered_area_mm2
    for conduit in ConduitFill.objects.filter(kind=circuit.conduit).order_by("designator_mm"):
        if conduit.allowed_mm2(wires + 1) >= area:
            return conduit, area / conduit.area_mm2 * 100
    raise CannotSize(_("No conduit of this kind takes so many conductors."), "conduit")


def _steps(
    needs: _Needs,
    by_heat: CableSize,
    cable: CableSize,
    ground: CableSize,
    conduit: ConduitFill,
    filled: Decimal,
) -> list[Step]:
    circuit = needs.circuit
    facts = {
        "load": _short(needs.load_a),
        "design": _short(needs.design_a),
        "device": needs.device_a,
        "ampacity": _short(needs.ampacity_a(by_heat)),
        "by_heat": by_heat.name,
        "cable": cable.name,
        "factor": localize(needs.factor.normalize()),
        "rating": circuit.rating_c,
        "drop_v": _short(needs.drop_v(cable)),
        "drop": _short(needs.drop_percent(cable)),
        "most": localize(circuit.max_drop_percent),
        "ground": ground.name,
        "conduit": conduit,
        "filled": _short(filled),
    }
    texts = [
        (_("The load takes %(load)s A."), "P = U·I"),
        (
            _("It counts as %(design)s A: a load of three hours or more counts with 125 %%.")
            if circuit.continuous
            else _("It counts as %(design)s A."),
            "NOM-001-SEDE 210-19, 625-41; NEC 210.19(A), 625.41",
        ),
        (_("The next standard breaker is one of %(device)s A."), "NOM-001-SEDE, NEC 240.6"),
        (
            _("%(by_heat)s carries it: %(ampacity)s A at %(rating)s °C, with factor %(factor)s."),
            "NOM-001-SEDE 310-15, NEC 310.16, 110.14(C), 240.4",
        ),
        (
            _("On the way, %(cable)s loses %(drop_v)s V, %(drop)s %% (at most %(most)s %%)."),
            "ΔU = 2·I·R·l; √3·I·R·l",
        ),
        (_("The ground conductor is %(ground)s."), "NOM-001-SEDE, NEC 250.122"),
        (
            _("Conduit: %(conduit)s, filled to %(filled)s %%."),
            "NEC chapter 9, tables 1, 4 and 5",
        ),
    ]
    return [Step(text % facts, rule) for text, rule in texts]


def _short(number: Decimal) -> str:
    """With as many digits as people read, in the way of their language."""
    return str(localize(round(number, 2)))
