"""The echo: a WebSocket that sends back every text it receives."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

logger = logging.getLogger(__name__)

Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

#: Longest text, in bytes of UTF-8.
MAX_TEXT = 64 * 1024
#: Messages a second in the long run, and how many may come at once.
RATE, BURST = 20.0, 100.0
#: A connection that says nothing for this long is closed (s).
IDLE_S = 300.0
#: Connections that one process serves at the same time.
MAX_OPEN = 500

#: Close codes of RFC 6455, 7.4.1.
NORMAL, UNSUPPORTED, POLICY, TOO_BIG = 1000, 1003, 1008, 1009

_open = 0


class _Text(str):
    """A text that is true even when it is empty: Daphne would not send it otherwise."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return True


async def echo(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Serve one connection; open to everyone, but not to pages of foreign sites."""
    global _open
    event = await receive()
    if event["type"] != "websocket.connect":
        return
    if not origin_allowed(scope) or _open >= MAX_OPEN:
        logger.info("Echo refused to %a", scope.get("client"))
        await send({"type": "websocket.close", "code": POLICY})
        return
    _open += 1
    try:
        await send({"type": "websocket.accept"})
        code = await _repeat(receive, send)
        if code is not None:
            await send({"type": "websocket.close", "code": code})
    finally:
        _open -= 1


async def _repeat(receive: Receive, send: Send) -> int | None:
    """Echo until the client goes (None) or has to go: the close code."""
    clock = asyncio.get_running_loop().time
    allowance, last = BURST, clock()
    while True:
        try:
            async with asyncio.timeout(IDLE_S):
                event = await receive()
        except TimeoutError:
            return NORMAL
        if event["type"] != "websocket.receive":
            return None
        text = event.get("text")
        if text is None:
            return UNSUPPORTED
        if len(text) > MAX_TEXT or len(text.encode()) > MAX_TEXT:
            return TOO_BIG
        now = clock()
        allowance = min(BURST, allowance + (now - last) * RATE) - 1
        last = now
        if allowance < 0:
            return POLICY
        await send({"type": "websocket.send", "text": _Text(text)})


def origin_allowed(scope: dict[str, Any]) -> bool:
    """Whether the page that connects, if it is one, is of a host that this node serves.

    Programs send no `Origin`; browsers always do.
    """
    origins = [value.decode("latin-1") for key, value in scope["headers"] if key == b"origin"]
    if not origins:
        return True
    try:
        parts = urlsplit(origins[0])
    except ValueError:
        return False
    host, _port = split_domain_port(parts.netloc)
    if len(origins) > 1 or parts.scheme not in ("http", "https") or not host:
        return False
    return validate_host(host, settings.ALLOWED_HOSTS)
