"""REST: the calculator for programs. `config.api` mounts `router` under /awg/."""

from decimal import Decimal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.errors import HttpError

from awg.domain import CannotSize, Circuit, Result, size

router = Router(tags=["cables"])


class CircuitIn(Schema):
    """A load and how it is to be wired. Give either `current_a` or `power_w`."""

    voltage_v: Decimal
    length_m: Decimal
    current_a: Decimal | None = None
    power_w: Decimal | None = None
    phases: int = 1
    material: str = "copper"
    rating_c: int = 75
    terminal_c: int = 75
    ambient_c: Decimal = Decimal(30)
    conductors: int | None = None
    max_drop_percent: Decimal = Decimal(3)
    neutral: bool = False
    conduit: str = "emt"
    sets: int = 1
    continuous: bool = True


class StepOut(Schema):
    """One thing that was found, and the rule that it rests on."""

    text: str
    rule: str


class WiringOut(Schema):
    """The wiring. Currents in A, voltages in V, powers in W, areas in mm²."""

    size: str
    material: str
    sets: int
    area_mm2: float
    load_a: float
    design_a: float
    breaker_a: int
    ampacity_a: float
    drop_v: float
    drop_percent: float
    loss_w: float
    ground: str
    conduit: str
    conduit_mm: int
    conduit_filled_percent: float
    steps: list[StepOut]


class Problem(Schema):
    """Why there is no answer."""

    detail: str


@router.get(
    "/calculate/",
    auth=None,
    response={200: WiringOut, 400: Problem},
    summary="The smallest cable for a load",
)
def calculate(request: HttpRequest, asked: Query[CircuitIn]) -> WiringOut:
    """The smallest cable, its breaker, ground and conduit, with the rules. Needs no login."""
    try:
        return wiring(size(Circuit(**asked.dict())))
    except CannotSize as error:
        field = f"{error.field}: " if error.field else ""
        raise HttpError(400, f"{field}{error}") from error


def wiring(result: Result) -> WiringOut:
    """A result as the answer of the API."""
    return WiringOut(
        size=result.cable.name,
        material=result.cable.material,
        sets=result.sets,
        area_mm2=float(result.cable.area_mm2),
        load_a=_short(result.load_a),
        design_a=_short(result.design_a),
        breaker_a=result.device_a,
        ampacity_a=_short(result.ampacity_a),
        drop_v=_short(result.drop_v),
        drop_percent=_short(result.drop_percent),
        loss_w=_short(result.loss_w),
        ground=result.ground.name,
        conduit=result.conduit.trade_size,
        conduit_mm=result.conduit.designator_mm,
        conduit_filled_percent=_short(result.filled_percent),
        steps=[StepOut(text=step.text, rule=step.rule) for step in result.steps],
    )


def _short(number: Decimal) -> float:
    return float(round(number, 3))
