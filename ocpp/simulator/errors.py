"""Why a simulated session failed, in a form that a program and a person can read."""

from enum import StrEnum


class ErrorKind(StrEnum):
    """What went wrong, for programs; doors translate it into words."""

    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    HANDSHAKE = "handshake"
    SUBPROTOCOL = "subprotocol"
    CLOSED = "closed"
    BOOT = "boot"
    CARD = "card"
    NO_ANSWER = "no_answer"
    CALL_ERROR = "call_error"
    PROTOCOL = "protocol"


class SimulatorError(Exception):
    """A session that could not be completed: `kind` says what, `detail` where or by which value.

    Details are names and figures, not sentences: doors put them into words of any language.
    """

    def __init__(self, kind: ErrorKind, detail: str) -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


class LinkLost(SimulatorError):
    """The connection ended while something was still to be said; a new one may follow."""

    def __init__(self, detail: str) -> None:
        super().__init__(ErrorKind.CLOSED, detail)


class CallRefused(Exception):
    """A call of the central system that gets a CALLERROR (OCPP-J 1.6, 4.2.3)."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(code, description)
        self.code = code
        self.description = description
