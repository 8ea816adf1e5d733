"""The echo: a WebSocket that sends back every text it receives."""

import asyncio
import logging

from django.conf import settings
from django.http.request import validate_host

from accounts.sockets import (
    NORMAL,
    POLICY,
    TOO_BIG,
    UNSUPPORTED,
    Receive,
    Scope,
    Send,
    page_host,
)

logger = logging.getLogger(__name__)

#: Longest text, in bytes of UTF-8.
MAX_TEXT = 64 * 1024
#: Messages a second in the long run, and how many may come at once.
RATE, BURST = 20.0, 100.0
#: A connection that says nothing for this long is closed (s).
IDLE_S = 300.0
#: Connections that one process serves at the same time.
MAX_OPEN = 500

_open = 0


class _Text(str):
    """A text that is true even when it is empty: Daphne would not send it otherwise."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return True


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
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


def origin_allowed(scope: Scope) -> bool:
    """Whether the page that connects, if it is one, is of any host that this node serves."""
    host = page_host(scope)
    return host is None or bool(host and validate_host(host, settings.ALLOWED_HOSTS))
