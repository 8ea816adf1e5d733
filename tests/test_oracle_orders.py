"""Every command that an operation lets pass is a request that the library's schemas allow.

Arguments are made from the rules of each operation, so whatever REST, the admin or the command
line may be given is tried. What an operation refuses is not sent; it must not refuse them all.
"""

import base64
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_bakery import baker

from ocpp import operations
from ocpp.domain.errors import DomainError
from ocpp.models import Charger, Command, Transaction
from ocpp.operations.arguments import Argument, ListOf, Moment, Number, OneOf, Rule, Text, Url
from ocpp.operations.certificates import Pem
from ocpp.operations.quantities import HIGHEST_RATE, PeriodOf, Rate
from ocpp.protocol import frames
from ocpp.protocol.v16.orders import ORDERS
from ocpp.tests.certifying import make_root, pem
from ocpp.tests.commanding import make_charger
from tests.support.schemas import judge

pytestmark = pytest.mark.django_db

#: Each example is a few rows.
EXAMPLES = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
_CHARACTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
_AHEAD = st.datetimes(datetime(2050, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
ROOT = make_root()
#: What REST was given is read as a float, what Python or a command line gives is a Decimal.
_RATES = st.integers(0, HIGHEST_RATE * 10).flatmap(
    lambda tenths: st.sampled_from([Decimal(tenths) / 10, tenths / 10])
)


def values(rule: Rule) -> st.SearchStrategy[Any]:
    """What `rule` takes."""
    match rule:
        case Text():
            longest = min(rule.max_length, 60)
            return st.text(_CHARACTERS, min_size=rule.min_length, max_size=longest)
        case Number():
            return st.integers(rule.minimum, rule.maximum)
        case OneOf():
            return st.sampled_from(rule.words)
        case ListOf():
            return st.lists(values(rule.item), max_size=4)
        case Url():
            hosts = st.sampled_from(["files.example", "10.0.0.5:2121", "[2001:db8::1]", "u:p@h"])
            return st.tuples(st.sampled_from(rule.schemes), hosts).map(
                lambda parts: f"{parts[0]}://{parts[1]}/firmware/v2%20b.bin?x=1"
            )
        case Pem():
            return st.just(pem(ROOT))
        case Moment():
            return _AHEAD | _AHEAD.map(datetime.isoformat)
        case Rate():
            return _RATES
        case PeriodOf():
            return st.fixed_dictionaries(
                {"start": st.integers(0, 10**6), "limit": _RATES},
                optional={"phases": st.none() | st.integers(1, 3)},
            )
    raise NotImplementedError(f"{rule}: say here what it takes")


def arguments(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Arguments of an operation: the required ones, and any others."""
    those: list[Argument] = list(operations.OPERATIONS[name].arguments.values())
    return st.fixed_dictionaries(
        {one.name: values(one.rule) for one in those if one.required},
        optional={one.name: values(one.rule) for one in those if not one.required},
    )


def _in_order(periods: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same periods, begun as the standard wants it."""
    by_start = {period["start"]: period for period in periods}
    ordered = [by_start[start] for start in sorted(by_start)]
    return [ordered[0] | {"start": 0}, *ordered[1:]]


@st.composite
def profiles(draw: st.DrawFn, transaction_id: int) -> dict[str, Any]:
    """Arguments that keep the standard's rules of charging profiles more often than chance does."""
    given: dict[str, Any] = draw(arguments("set_charging_profile"))
    given["periods"] = _in_order(given["periods"] or [{"start": 0, "limit": 6}])
    given.pop("duration", None)
    given.pop("transaction_id", None)
    if given["purpose"] == "ChargePointMaxProfile":
        given["connector_id"] = 0
    elif given["purpose"] == "TxProfile":
        given |= {"connector_id": 1, "transaction_id": transaction_id}
    if given["kind"] == "Recurring":
        given["recurrency"] = draw(st.sampled_from(["Daily", "Weekly"]))
        given["schedule_start"] = draw(_AHEAD)
    else:
        given.pop("recurrency", None)
    if given["kind"] == "Relative":
        given.pop("schedule_start", None)
    if draw(st.booleans()):
        given["valid_from"] = timezone.now()
        given["valid_to"] = timezone.now() + timedelta(days=draw(st.integers(1, 400)))
    return given


@st.composite
def starts(draw: st.DrawFn) -> dict[str, Any]:
    """A remote start with a charging profile that keeps the standard's rules."""
    given: dict[str, Any] = draw(arguments("remote_start"))
    made = draw(profiles(0))
    kept = operations.remote_start.arguments.keys() & made.keys() - {"connector_id"}
    for name in set(operations.remote_start.arguments) - {"id_tag", "connector_id"}:
        given.pop(name, None)
    return given | {name: made[name] for name in kept}


def _one_of_two(given: dict[str, Any]) -> dict[str, Any]:
    """A reservation ends after some minutes or at a time, not both."""
    given.pop("minutes" if "expires" in given else "expires", None)
    return given if "expires" in given else {"minutes": 30} | given


def _one_way(given: dict[str, Any]) -> dict[str, Any]:
    """What is meant is told in one of the ways that there are, and a signature is base64."""
    for other in ("firmware", "installed", "certificate" if "certificate_chain" in given else ""):
        given.pop(other, None)
    if "signature" in given:
        given["signature"] = base64.b64encode(given["signature"].encode()).decode()
    if given.get("location") is None:
        given.pop("location", None)
    return given


#: How the arguments of some operations come to go together more often than by chance.
SENSIBLE = {
    "certificate_signed": lambda given: _one_way({"certificate_chain": pem(ROOT)} | given),
    "delete_certificate": _one_way,
    "signed_update_firmware": lambda given: _one_way({"location": "ftp://f.example/f"} | given),
    "reserve": _one_of_two,
}


@pytest.fixture
def charger() -> Charger:
    return make_charger()


#: Operations that go out as another order.
AS_ORDER = {"secure": "change_configuration"}


def sent(charger: Charger, name: str, given: dict[str, Any]) -> tuple[str, Any]:
    """Action and payload of the frame that goes to the charge point, numbers as Decimals."""
    command = operations.OPERATIONS[name].run(charger, given, None)
    command.refresh_from_db()
    order = ORDERS[command.action]
    text = frames.call("id", order.action, order.request(command.payload))
    kind, _, action, payload = json.loads(text, parse_float=Decimal)
    assert (kind, action) == (2, order.action)
    return action, payload


@pytest.mark.parametrize(
    ("name", "units"),
    [
        *((name, "") for name in sorted(operations.OPERATIONS)),
        # In the one unit that the charge point knows.
        ("set_charging_profile", "Current"),
        ("set_charging_profile", "Power"),
    ],
)
def test_every_request_is_of_the_schema(
    schema_folder: Path, charger: Charger, name: str, units: str
) -> None:
    entry = {"value": units, "readonly": True}
    Charger.objects.update(config={"ChargingScheduleAllowedChargingRateUnit": entry})
    running = baker.make(Transaction, charger=charger, connector_id=1, meter_start=0)
    order = ORDERS[AS_ORDER.get(name, name)]
    request = judge(schema_folder / f"{order.action}.json")
    allowed = count()
    tries = arguments(name)
    if name == "set_charging_profile":
        tries = profiles(running.pk)
    elif name == "remote_start":
        tries = tries | starts()
    elif name in SENSIBLE:
        tries = tries.map(SENSIBLE[name])

    @EXAMPLES
    @given(arguments=tries)
    def check(arguments: dict[str, Any]) -> None:
        try:
            _, payload = sent(charger, name, arguments)
        except DomainError:
            return
        finally:
            Command.objects.all().delete()  # so that the queue is never full
        request.validate(payload)
        next(allowed)

    check()
    assert next(allowed) > 0


@pytest.mark.parametrize(("limit", "valid"), [("16.3", True), ("0.3", True), ("16.05", False)])
def test_the_judge_reckons_in_decimals(schema_folder: Path, limit: str, valid: bool) -> None:
    payload = {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": Decimal(limit)}],
            },
        },
    }
    assert judge(schema_folder / "SetChargingProfile.json").is_valid(payload) == valid
