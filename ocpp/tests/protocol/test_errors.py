"""Error codes of OCPP-J 1.6."""

import pytest

from ocpp.protocol.errors import CallFault, ErrorCode, classify


def test_the_codes_are_spelled_as_in_the_standard() -> None:
    assert {code.value for code in ErrorCode} == {
        "NotImplemented",
        "NotSupported",
        "InternalError",
        "ProtocolError",
        "SecurityError",
        "FormationViolation",
        "PropertyConstraintViolation",
        "OccurenceConstraintViolation",  # with one c: the standard's own spelling
        "TypeConstraintViolation",
        "GenericError",
    }


def test_a_description_has_at_most_255_characters() -> None:
    assert len(CallFault(ErrorCode.GENERIC_ERROR, "x" * 1000).description) == 255


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("Object missing required field `idTag`", ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION),
        ("Expected `array` of length >= 1", ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION),
        ("Expected `object`, got `array`", ErrorCode.FORMATION_VIOLATION),
        ("Expected `object`, got `int` - at `$.x`", ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        ("Expected `int`, got `str` - at `$.x`", ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        ("Expected `str` of length <= 20", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
        ("Invalid enum value 'x'", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
    ],
)
def test_messages_of_msgspec(message: str, code: ErrorCode) -> None:
    assert classify(message) == code
