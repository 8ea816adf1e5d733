"""What is wrong with a message, as the error codes of OCPP-J 1.6 (section 4.2.3)."""

from enum import StrEnum


class ErrorCode(StrEnum):
    """Error codes of a CALLERROR, spelled as in version 1.6 (with its one-c "Occurence")."""

    NOT_IMPLEMENTED = "NotImplemented"
    NOT_SUPPORTED = "NotSupported"
    INTERNAL_ERROR = "InternalError"
    PROTOCOL_ERROR = "ProtocolError"
    SECURITY_ERROR = "SecurityError"
    FORMATION_VIOLATION = "FormationViolation"
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    OCCURENCE_CONSTRAINT_VIOLATION = "OccurenceConstraintViolation"
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"
    GENERIC_ERROR = "GenericError"


class CallFault(Exception):
    """A call that is answered with a CALLERROR of this code and description."""

    def __init__(self, code: ErrorCode, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        # "Should be filled in if possible", at most 255 characters (OCPP-J 1.6, 4.2.3).
        self.description = description[:255]


def classify(message: str) -> ErrorCode:
    """The error code for a validation message of msgspec."""
    if message.startswith("Object missing required field"):
        return ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION
    if message.startswith("Expected `object`, got") and " - at " not in message:
        return ErrorCode.FORMATION_VIOLATION
    if message.startswith("Expected `array` of length"):
        return ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION
    if message.startswith("Expected") and ", got" in message:
        return ErrorCode.TYPE_CONSTRAINT_VIOLATION
    return ErrorCode.PROPERTY_CONSTRAINT_VIOLATION
