"""The WebSocket consumer of charge points: admit, accept, feed, close.

A plain ASGI application with a receive loop of its own: no task and no thread for a message, and
no channel layer.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from ocpp import limits_hit, metrics
from ocpp.choices import Registration
from ocpp.connection import admission, refusals, relay, short_way
from ocpp.connection.gate import Place
from ocpp.connection.identity import Scope
from ocpp.connection.session import Send, Session
from ocpp.connection.throttle import Throttle
from ocpp.domain.chargers import Refused
from ocpp.protocol.negotiate import Choice, negotiate
from ocpp.speaker import speaker

logger = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[dict[str, Any]]]


async def charge_point(scope: Scope, receive: Receive, send: Send) -> None:
    """One connection of a charge point (OCPP-J 1.6, section 3)."""
    event = await receive()
    if event["type"] != "websocket.connect":
        return
    with Place() as place:
        await _serve(scope, receive, send, place)


async def _serve(scope: Scope, receive: Receive, send: Send, place: Place) -> None:
    try:
        asking = admission.read(scope)
        speaker.set(asking.visitor.charger_id)
        choice = negotiate(scope.get("subprotocols") or ())
        if choice.version is None:
            await _refuse_version(scope, choice, send)
            return
        async with asyncio.timeout(settings.OCPP_HANDSHAKE_S):
            await place.take(asking.key, asking.visitor)
            station = await admission.admit(asking)
    except Refused as refusal:
        if refusal.status == 503:
            place.forgive()
        if not refusal.quiet:
            logger.info("Refused %a (%s): %s", scope["path"], refusal.code, refusal.reason)
            refusals.note(scope, refusal)
        await _refuse(scope, send, refusal)
        return
    except TimeoutError:
        limits_hit.hit("handshake_time")
        place.forgive()
        busy = Refused(503, "The server is too busy.", "busy")
        refusals.note(scope, busy)
        await _refuse(scope, send, busy)
        return
    place.admitted(accepted=station.registration == Registration.ACCEPTED)
    session = await admission.open_session(station, asking, choice.version, send)
    try:
        await send({"type": "websocket.accept", "subprotocol": choice.subprotocol})
        metrics.handshakes["accepted"] += 1
        if session.superseded:
            await session.close(1008)
            return
        if not station.pings:
            stop_pings(scope)
        relay.follow(session)
        logger.info("%a connected from %s", station.charger_id, asking.visitor.address)
        await _listen(session, receive, scope)
    except asyncio.CancelledError:
        if not session.superseded:
            raise
    finally:
        admission.close_session(session, asking.key)
        logger.info("%a disconnected", station.charger_id)


def stop_pings(scope: Scope) -> None:
    """Let the server ping this connection no more, where it can be told so (`manage.py serve`)."""
    stop = scope.get("extensions", {}).get("websocket.pings", {}).get("stop")
    if stop is not None:
        stop()


async def _listen(session: Session, receive: Receive, scope: Scope) -> None:
    """Feed frames to the session until the connection ends."""
    rate, burst = settings.OCPP_MESSAGES_A_SECOND, settings.OCPP_MESSAGE_BURST
    throttle = Throttle(rate, burst, settings.OCPP_THROTTLED_S)
    short_way.open_to(session, throttle, scope)
    while not session.closed:
        event = await receive()
        if event["type"] != "websocket.receive":
            return
        text = event.get("text")
        if text is None:
            # Binary: no part of OCPP-J (1003: unsupported data).
            await session.close(1003)
            return
        if not text or text.isspace():
            continue
        if _too_long(session, text):
            await session.close(1009)
            return
        await session.feed(text)
        if throttle.limited:
            pause_s = throttle.pause()
            if pause_s < 0:
                limits_hit.hit("message_rate_ended")
                await session.close(1008)
                return
            if pause_s:
                limits_hit.hit("message_rate")
                await asyncio.sleep(pause_s)


def _too_long(session: Session, text: str) -> bool:
    accepted = session.station.registration == Registration.ACCEPTED
    limit = settings.OCPP_MESSAGE_KIB * 1024
    if not accepted:
        limit = min(limit, settings.OCPP_MESSAGE_UNAPPROVED_KIB * 1024)
    if len(text) * 4 <= limit:
        return False
    if len(text) <= limit and len(text.encode("utf-8", "surrogatepass")) <= limit:
        return False
    limits_hit.hit("message_size" if accepted else "message_size_unapproved")
    return True


async def _refuse(scope: Scope, send: Send, refusal: Refused) -> None:
    """Refuse the handshake with an HTTP status, where the server can do that (else 403)."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if refusal.status == 401:
        headers.append((b"www-authenticate", b'Basic realm="OCPP"'))
    if refusal.status in (429, 503):
        headers.append((b"retry-after", str(refusal.retry_after_s).encode()))
    await send(
        {"type": "websocket.http.response.start", "status": refusal.status, "headers": headers}
    )
    await send({"type": "websocket.http.response.body", "body": refusal.reason.encode()})


async def _refuse_version(scope: Scope, choice: Choice, send: Send) -> None:
    """None of the offered versions is spoken: complete the handshake, then close (3.1.2)."""
    offered = scope.get("subprotocols")
    logger.info("Refused %a: it offers %s", scope["path"], offered)
    refusals.note(scope, Refused(400, f"It offers {ascii(offered)[:150]}.", "version"))
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": 1002})
