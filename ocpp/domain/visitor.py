"""A connection that asks to be admitted: who it says it is, and how it proves that."""

from typing import NamedTuple

from ocpp.domain.oddities import Reason


class Refused(Exception):
    """A connection is not admitted: an HTTP status, the reason in words, and a code for it.

    The codes: bad_id, origin, version, unknown_closed, too_many_new, unauthenticated, wrong_key,
    throttled, insecure_transport, downgrade, certificate_missing, certificate_expired,
    certificate_other, certificate_revoked, certificate_untrusted, busy, taken; refused for others.
    """

    def __init__(
        self,
        status: int,
        reason: str | Reason,
        code: str = "refused",
        *,
        retry_after_s: int = 60,
        quiet: bool = False,
    ) -> None:
        """`reason`: a sentence of the source language, or one that staff read in their own.

        `retry_after_s`: when it may come again (s). `quiet`: one of many, to be counted only.
        """
        super().__init__(str(reason))
        self.status = status
        #: In the source language, for the charge point.
        self.reason = str(reason)
        #: What an anomaly tells.
        self.why = reason
        self.code = code
        self.retry_after_s = retry_after_s
        self.quiet = quiet


class Basic:
    """User name and password of HTTP Basic authentication (RFC 7617): bytes, and never shown."""

    __slots__ = ("_pair",)

    def __init__(self, pair: bytes) -> None:
        """`pair`: user name, colon, password."""
        self._pair = pair

    def __repr__(self) -> str:
        return "Basic(***)"

    def split(self, colons: int) -> tuple[bytes, bytes]:
        """User name and password, where the user name has so many colons.

        RFC 7617 allows none; but it is the charge point's id, and that may have some.
        """
        parts = self._pair.split(b":")
        return b":".join(parts[: colons + 1]), b":".join(parts[colons + 1 :])


class Proof(NamedTuple):
    """What a connection shows to prove who it is, as far as it can be believed."""

    #: All the way from the charge point it comes over TLS.
    tls: bool = False
    basic: Basic | None = None
    #: There was an Authorization header that could not be read.
    malformed: bool = False
    #: Its client certificate and what certifies it, in DER form; nobody has looked at them yet
    #: but for the signatures, which the TLS layer has verified up to an authority that it trusts.
    chain: tuple[bytes, ...] = ()
    #: What the TLS layer found wrong with the client certificate.
    certificate_error: str = ""
    #: Somebody who is no trusted proxy sent headers that only such a proxy may send.
    spoofed: bool = False


NO_PROOF = Proof()


class Visitor(NamedTuple):
    """A connection that asks to be admitted."""

    charger_id: str
    path: str
    address: str
    #: It comes from a private or loopback address, not through an untrusted proxy.
    private: bool
    proof: Proof = NO_PROOF
