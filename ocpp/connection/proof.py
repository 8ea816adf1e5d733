"""What a handshake shows of who connects: transport, credentials, client certificate.

Facts of the transport are the server's own (ASGI's TLS extension). From a proxy that the node
trusts (`TRUSTED_PROXIES`) they are read from headers; anybody else's headers of that kind are
ignored.
"""

import base64
import binascii
import ssl
from urllib.parse import unquote_to_bytes

from django.conf import settings

from accounts.domain.addresses import is_trusted_proxy
from ocpp.connection.identity import Scope
from ocpp.domain.visitor import Basic, Proof

#: Longer Authorization headers are not looked into (bytes): an id and a key of 40 digits take 150.
MAX_AUTHORIZATION = 1024
#: Longer certificates in a header are not looked into (bytes, %-encoded).
MAX_CERTIFICATE = 16 * 1024

PROTOCOL_HEADER = b"x-forwarded-proto"
CERTIFICATE_HEADER = b"x-client-cert"
VERIFY_HEADER = b"x-client-verify"


def read(scope: Scope) -> Proof:
    """What the connection shows, as far as it can be believed. Nothing is verified here."""
    basic, malformed = _basic(_values(scope, b"authorization"))
    client = scope.get("client")
    if client and is_trusted_proxy(client[0]) and _values(scope, PROTOCOL_HEADER):
        proof = _of_proxy(scope)
    else:
        proof = _of_transport(scope)
    return proof._replace(basic=basic, malformed=malformed)


def _of_transport(scope: Scope) -> Proof:
    headers = (CERTIFICATE_HEADER, VERIFY_HEADER)
    spoofed = any(_values(scope, name) for name in headers)
    tls = (scope.get("extensions") or {}).get("tls")
    if tls is None:
        return Proof(tls=scope.get("scheme") == "wss", spoofed=spoofed)
    chain = tuple(
        der for pem in tls.get("client_cert_chain") or () if (der := _der(pem.encode("ascii")))
    )
    error = str(tls.get("client_cert_error") or "")
    return Proof(True, chain=chain, certificate_error=error, spoofed=spoofed)


def _of_proxy(scope: Scope) -> Proof:
    tls = [value.strip().lower() for value in _values(scope, PROTOCOL_HEADER)] in (
        [b"https"],
        [b"wss"],
    )
    certificates, said = _values(scope, CERTIFICATE_HEADER), _values(scope, VERIFY_HEADER)
    if len(said) != 1 or len(certificates) > 1:
        return Proof(tls, spoofed=bool(certificates))
    verdict = said[0].strip()
    if not tls or verdict == b"NONE":
        return Proof(tls)
    if not settings.OCPP_CLIENT_CERTIFICATE_HEADERS:
        # A proxy that is not told to write them passes on what anybody writes.
        return Proof(tls, certificate_error="OCPP_CLIENT_CERTIFICATE_HEADERS is off")
    if verdict.startswith(b"FAILED"):
        return Proof(tls, certificate_error=verdict.decode("ascii", "replace")[:200])
    if verdict != b"SUCCESS" or not certificates or len(certificates[0]) > MAX_CERTIFICATE:
        return Proof(tls)
    der = _der(unquote_to_bytes(certificates[0]))
    if der is None:
        return Proof(tls, certificate_error="its certificate cannot be read")
    return Proof(tls, chain=(der,))


def _der(pem: bytes) -> bytes | None:
    try:
        return ssl.PEM_cert_to_DER_cert(pem.decode("ascii").strip())
    except ValueError:  # also when it is not ASCII, or not base64
        return None


def _basic(values: list[bytes]) -> tuple[Basic | None, bool]:
    """User name and password of an Authorization header, and whether there is one without."""
    if not values:
        return None, False
    scheme, _, encoded = values[0].strip().partition(b" ")
    if len(values) > 1 or len(values[0]) > MAX_AUTHORIZATION or scheme.lower() != b"basic":
        return None, True
    try:
        pair = base64.b64decode(encoded.strip(b" "), validate=True)
    except binascii.Error:
        return None, True
    return (Basic(pair), False) if b":" in pair else (None, True)


def _values(scope: Scope, name: bytes) -> list[bytes]:
    """Every value of a header (name in lower case)."""
    return [bytes(value) for key, value in scope.get("headers", ()) if key.lower() == name]
