"""What every WebSocket for pages and programs stands on: whose page it is, its end, its codes."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

Scope = dict[str, Any]
Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

#: Close codes of RFC 6455, 7.4.1.
NORMAL, GOING_AWAY, UNSUPPORTED, POLICY, TOO_BIG = 1000, 1001, 1003, 1008, 1009
RESTART, TRY_LATER = 1012, 1013


def headers(scope: Scope, name: bytes) -> list[str]:
    """All values of a header; `name` in lower case."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def page_host(scope: Scope) -> str | None:
    """The host of the page that connects; "" for an origin that is none of a page.

    None for a program: it sends no `Origin`, and browsers always do.
    """
    origins = headers(scope, b"origin")
    if not origins:
        return None
    try:
        parts = urlsplit(origins[0])
    except ValueError:
        return ""
    if len(origins) > 1 or parts.scheme not in ("http", "https"):
        return ""
    host, _port = split_domain_port(parts.netloc)
    return host


def is_own_page(scope: Scope) -> bool:
    """Whether it is a program, or a page of the very host that it connects to."""
    host = page_host(scope)
    if host is None:
        return True
    asked, _port = split_domain_port((headers(scope, b"host") or [""])[0])
    if not host or host != asked:
        return False
    return settings.DEBUG or validate_host(host, settings.ALLOWED_HOSTS)


async def refuse(receive: Receive, send: Send) -> None:
    """Close it before it is open."""
    await receive()
    await send({"type": "websocket.close", "code": POLICY})


async def serve_both(
    listen: Coroutine[Any, Any, int | None],
    tell: Coroutine[Any, Any, int | None],
    close: Callable[[int], Awaitable[None]],
    lifetime_s: float,
) -> None:
    """Listen and tell side by side until either ends, for so long at most; then close it.

    Each returns the code to close with; None when the other side has gone.
    """
    both = {asyncio.create_task(listen), asyncio.create_task(tell)}
    try:
        done, _pending = await asyncio.wait(
            both, timeout=lifetime_s, return_when=asyncio.FIRST_COMPLETED
        )
        codes = [task.result() for task in done]
        code = codes[0] if codes else GOING_AWAY
        if code is not None:
            await close(code)
    finally:
        for task in both:
            task.cancel()
        await asyncio.wait(both)
