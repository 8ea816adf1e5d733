"""The JSON schemas that the PyPI library `ocpp` ships, as the judge of what we send.

Whatever an operation lets through, in any combination of arguments, becomes a request that the
schema allows; and whatever the schema allows as an answer is understood.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft6Validator

from ocpp import operations
from ocpp.domain import clock
from ocpp.domain.errors import Invalid
from ocpp.operations.arguments import Moment, Number, OneOf, Rule, Url
from ocpp.protocol.reading import read
from ocpp.protocol.v16.orders import ORDERS
from tests.support.schemas import judge, payloads, without_references

EXAMPLES = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
#: Orders whose arguments are those of the operation, and what the operation adds.
PLAIN: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "extended_trigger_message": {},
    "get_diagnostics": {"location": st.just("http://node.example/ocpp/uploads/x/")},
    "get_local_list_version": {},
    "get_log": {
        "location": st.just("http://node.example/ocpp/uploads/x/"),
        "request_id": st.integers(1, 2**31 - 1),
    },
    "update_firmware": {
        "location": st.just("http://node.example/ocpp/firmware/x/f.bin"),
        "retrieve_date": st.just("2026-05-01T12:00:00Z"),
    },
}
#: Orders whose requests `test_oracle_orders` makes from the rules of their arguments.
CERTIFICATES = [
    *("certificate_signed", "delete_certificate", "get_installed_certificate_ids"),
    *("install_certificate", "signed_update_firmware"),
]
TAGS = st.text("0123456789ABCDEF", min_size=8, max_size=20)
ENTRIES = st.fixed_dictionaries(
    {"status": st.sampled_from(["Accepted", "Blocked", "Expired"])},
    optional={
        "expires": st.datetimes(timezones=st.just(UTC)).map(clock.written),
        "parent": st.text(min_size=1, max_size=20),
    },
)
LISTS = st.fixed_dictionaries(
    {
        "local_list": st.integers(1),
        "version": st.integers(1, 2**31 - 1),
        "update_type": st.sampled_from(["Full", "Differential"]),
        "entries": st.dictionaries(TAGS, st.none() | ENTRIES),
    }
)
FORMATS = {"date-time": "T", "uri": "://"}


def _schema(folder: Path, name: str) -> Any:
    return without_references(json.loads((folder / f"{name}.json").read_text()))


def _values(rule: Rule) -> st.SearchStrategy[Any]:
    """Values that keep a rule, as the operation queues them."""
    if isinstance(rule, OneOf):
        return st.sampled_from(rule.words)
    if isinstance(rule, Number):
        return st.integers(rule.minimum, rule.maximum)
    if isinstance(rule, Url):
        longest = rule.max_length - len("sftp://a/")
        return st.builds(
            "{}://a/{}".format,
            st.sampled_from(rule.schemes),
            st.text("az09%-._~", max_size=longest) | st.just("x" * (longest - 1)),
        ).map(lambda url: rule.check("url", url))
    assert isinstance(rule, Moment)
    years = (datetime(2000, 1, 2), datetime(2099, 12, 30))  # noqa: DTZ001  (the zone is drawn)
    return st.datetimes(*years, timezones=st.timezones()).map(_moment).filter(bool)


def _moment(value: Any) -> str | None:
    try:
        return clock.written(Moment().check("time", value))
    except Invalid:  # out of the years that are taken
        return None


def _arguments(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """What the operation may queue."""
    if name == "send_local_list":
        return LISTS
    every = {
        argument.name: _values(argument.rule)
        if argument.required
        else st.none() | _values(argument.rule)
        for argument in operations.OPERATIONS[name].arguments.values()
    }
    added = PLAIN[name]
    return st.fixed_dictionaries(
        {
            **every,
            **{
                field: other | _values(operations.OPERATIONS[name].arguments[field].rule)
                if field in every
                else other
                for field, other in added.items()
            },
        }
    )


@pytest.mark.parametrize("name", [*PLAIN, "send_local_list"])
def test_every_request_of_ours_is_of_the_schema(schema_folder: Path, name: str) -> None:
    order = ORDERS[name]
    schema = _schema(schema_folder, order.action)
    validator = (Draft6Validator if "06" in schema["$schema"] else Draft4Validator)(schema)

    @EXAMPLES
    @given(arguments=_arguments(name))
    def check(arguments: dict[str, Any]) -> None:
        request = json.loads(msgspec.json.encode(order.request(arguments)))
        validator.validate(request)
        _check_formats(schema, request)

    check()


def _check_formats(schema: Any, value: Any) -> None:
    """What a format of the schema asks for, which jsonschema itself does not look at."""
    if isinstance(value, dict):
        for field, inner in value.items():
            _check_formats(schema["properties"][field], inner)
    elif "format" in schema:
        assert FORMATS[schema["format"]] in value
        if schema["format"] == "date-time":
            assert clock.written(Moment().check("time", value)) == value


@pytest.mark.parametrize("name", [*PLAIN, *CERTIFICATES, "send_local_list"])
def test_every_answer_of_the_schema_is_understood(schema_folder: Path, name: str) -> None:
    order = ORDERS[name]
    schema = _schema(schema_folder, f"{order.action}Response")

    @EXAMPLES
    @given(answer=payloads(schema))
    def check(answer: dict[str, Any]) -> None:
        result = read(order.response, json.dumps(answer).encode(), strict=True)
        outcome = order.outcome(result.payload)
        assert outcome.get("status") == answer.get("status")
        assert json.loads(json.dumps(outcome)) == outcome

    check()


def test_the_judge_is_awake(schema_folder: Path) -> None:
    assert not judge(schema_folder / "SendLocalList.json").is_valid({"listVersion": 1})
