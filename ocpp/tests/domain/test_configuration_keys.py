"""What is known of the standard's configuration keys."""

import pytest

from ocpp.domain import configuration_keys
from ocpp.domain.errors import Invalid


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("HeartbeatInterval", "300"),
        ("heartbeatinterval", "0"),
        ("LocalPreAuthorize", "true"),
        ("LocalPreAuthorize", "FALSE"),
        ("MeterValuesSampledData", ""),
        ("CpoName", "Una red"),
        ("Vendor.Whatever", "x"),
    ],
)
def test_a_value_that_can_be(key: str, value: str) -> None:
    configuration_keys.check(key, value)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("HeartbeatInterval", "soon", "HeartbeatInterval: must be a whole number from 0 on;"),
        ("heartbeatinterval", "-1", "heartbeatinterval: must be a whole number"),
        ("HeartbeatInterval", "", "must be a whole number"),
        ("HeartbeatInterval", "3.5", "“3.5” is none"),
        ("HeartbeatInterval", "٣", "must be a whole number"),
        ("HeartbeatInterval", "9" * 400, "must be a whole number"),
        ("LocalPreAuthorize", "1", "LocalPreAuthorize: must be true or false; “1” is neither."),
    ],
)
def test_a_value_of_the_wrong_type(key: str, value: str, said: str) -> None:
    with pytest.raises(Invalid) as refusal:
        configuration_keys.check(key, value)
    assert said in str(refusal.value)


def test_every_key_has_its_words() -> None:
    assert configuration_keys.find("nothing of the standard") is None
    for name, key in configuration_keys.KEYS.items():
        assert configuration_keys.find(name.upper()) is key
        assert str(key.meaning).endswith(".")
    assert len(configuration_keys.REQUIRED) == 21
