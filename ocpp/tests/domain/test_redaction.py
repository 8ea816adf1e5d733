"""Secrets of charge points are not shown."""

import json
from typing import Any

import pytest

from ocpp.domain.redaction import is_secret, redact, redact_text


@pytest.mark.parametrize(
    "key", ["AuthorizationKey", "authorizationkey", "WiFi-Password", "wifi_psk", "API_Key"]
)
def test_secret_keys(key: str) -> None:
    assert is_secret(key)


@pytest.mark.parametrize(
    "key", ["HeartbeatInterval", "LocalAuthListEnabled", "AuthorizeRemoteTxRequests", "idToken"]
)
def test_keys_that_are_no_secret(key: str) -> None:
    assert not is_secret(key)


@pytest.mark.parametrize(
    ("shown", "hidden"),
    [
        (
            [2, "1", "ChangeConfiguration", {"key": "AuthorizationKey", "value": "abc"}],
            [2, "1", "ChangeConfiguration", {"key": "AuthorizationKey", "value": "***"}],
        ),
        (
            [3, "1", {"configurationKey": [{"key": "authorizationKEY", "value": "abc"}]}],
            [3, "1", {"configurationKey": [{"key": "authorizationKEY", "value": "***"}]}],
        ),
        (
            {"AuthorizationKey": {"value": "abc", "readonly": False}},
            {"AuthorizationKey": {"value": "***", "readonly": False}},
        ),
        ({"password": "abc", "user": "me"}, {"password": "***", "user": "me"}),
        ({"key": "AuthorizationKey", "value": None}, {"key": "AuthorizationKey", "value": None}),
        ({"key": "HeartbeatInterval", "value": "60"}, {"key": "HeartbeatInterval", "value": "60"}),
        ({"key": 7, "value": "60"}, {"key": 7, "value": "60"}),
        ({"location": "ftp://u:p:q@h/d"}, {"location": "ftp://u:***@h/d"}),
        ([{"location": "ftp://:p@h"}], [{"location": "ftp://:***@h"}]),
        ({"location": "ftp://u@h:21/a:b@c"}, {"location": "ftp://u@h:21/a:b@c"}),
        (
            {"location": "https://n.example/ocpp/uploads/s3cr-et_/x.log"},
            {"location": "https://n.example/ocpp/uploads/***/x.log"},
        ),
        (
            {"location": "https://n.example/ocpp/firmware/s3cr-et_/x.bin"},
            {"location": "https://n.example/ocpp/firmware/***/x.bin"},
        ),
    ],
)
def test_values_of_secrets_are_replaced(shown: Any, hidden: Any) -> None:
    before = json.dumps(shown)
    assert redact(shown) == hidden
    assert json.dumps(shown) == before
    assert json.loads(redact_text(before)) == hidden


def test_text_without_a_secret_stays_as_it_is() -> None:
    text = '[2,"1","Heartbeat",  {}]'
    assert redact_text(text) == text
    assert redact_text("") == ""


def test_text_that_names_a_secret_and_is_not_json_is_hidden_whole() -> None:
    assert redact_text('{"key":"AuthorizationKey","value":"abc"') == "***"


def test_an_escaped_name_is_a_name() -> None:
    text = '{"key":"\\u0041uthorizationKey","value":"abc"}'
    assert json.loads(redact_text(text)) == {"key": "AuthorizationKey", "value": "***"}


def test_text_without_a_secret_is_left_to_the_letter() -> None:
    text = '[2,"\\u0041",  {"x": "\\ud800"}]'
    assert redact_text(text) == text


def test_half_a_surrogate_pair_beside_a_secret_can_be_stored() -> None:
    text = '[3,"x",{"key":"AuthorizationKey","value":"s3","note":"\\ud800"}]'
    clean = redact_text(text)
    assert "s3" not in clean
    assert clean.encode()


def test_a_password_in_a_url_is_hidden_in_text_that_is_no_json() -> None:
    assert redact_text('{"location":"ftp://u:hunter2@h/"') == '{"location":"ftp://u:***@h/"'


def test_a_slash_may_be_escaped() -> None:
    text = '{"location":"ftp:\\/\\/u:hunter2@h"}'
    assert json.loads(redact_text(text)) == {"location": "ftp://u:***@h"}
