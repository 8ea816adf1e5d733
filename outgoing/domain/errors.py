"""Why a request of this node was not made, or got no answer."""

from enum import StrEnum


class Kind(StrEnum):
    """What kept an answer from coming."""

    #: The name is not known, or no name server has answered.
    DNS = "dns"
    #: Nobody takes the connection, or there is no way there.
    REFUSED = "refused"
    #: Not all of it came in time.
    TIMEOUT = "timeout"
    #: The certificate does not prove who is there, or no encryption could be agreed on.
    TLS = "tls"
    #: The answer is longer than what is read.
    TOO_LARGE = "too_large"
    #: What came is no answer in HTTP, or it broke off.
    PROTOCOL = "protocol"


class OutgoingError(Exception):
    """A request had no answer; its text says why, in the language of the reader."""


class Refused(OutgoingError):
    """The policy does not let the request go there."""

    def __init__(self, reason: object) -> None:
        super().__init__(str(reason))
        self.reason = str(reason)


class Unreachable(OutgoingError):
    """The request was allowed, and came to nothing."""

    def __init__(self, kind: Kind, reason: object) -> None:
        super().__init__(str(reason))
        self.kind = kind
        self.reason = str(reason)
