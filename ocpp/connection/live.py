"""`/ws/live/`: a page says which chargers it shows, and is told when one of them has changed.

It learns no more than the id: what it shows it then asks for over HTTP, with the rights that it
has there. `{"watch": ["CP1", …]}` is answered with `{"watching": <how many, or "*">}`; instead of
ids it may be `"*"`, all that it may see, or `"own"`, those at which sessions of its visitor run.
Then `{"changed": ["CP1", …]}` comes at most once a second, and the next one only after the page has
said `{"more": true}`: a page that reads slowly fills no memory.
"""

import asyncio
import json
import logging
from contextlib import suppress
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError

from accounts import sockets
from accounts.domain import second_factor
from accounts.sockets import POLICY, RESTART, TOO_BIG, TRY_LATER, UNSUPPORTED
from ocpp import limits_hit
from ocpp.connection import background, watchers
from ocpp.connection.consumer import Receive, charge_point
from ocpp.connection.identity import Scope, header
from ocpp.connection.session import Send
from ocpp.connection.throttle import Throttle
from ocpp.connection.watchers import ANY, OWN, TELL_S, Watcher
from ocpp.domain.queries import changed as queries

logger = logging.getLogger(__name__)

#: Ids that a page may watch, and the longest message (characters).
MOST_IDS = 1000
MOST_TEXT = 64 * 1024
#: Messages a second of one page in the long run, and at once.
RATE, BURST = 3, 30
#: How long a page may take to say what it shows, or that it has read (s).
PATIENCE_S = 60.0
#: When nothing changes for so long it is told just that (s): so a page learns of a dead network.
QUIET_S = 30.0
#: After this a page connects anew, and is asked again who it is (s).
LIFETIME_S = 3600.0
#: Of the places, visitors leave this share to staff.
STAFF_SHARE = 0.25

_open: set["_Page"] = set()


async def live(scope: Scope, receive: Receive, send: Send) -> None:
    """One page, or a charge point that is called `live`: that one says that it speaks OCPP."""
    if any(name.lower().startswith("ocpp") for name in scope.get("subprotocols") or ()):
        await charge_point(scope, receive, send)
        return
    if not sockets.is_own_page(scope):
        logger.info("A page of another site may not watch: %a", header(scope, b"origin"))
        await sockets.refuse(receive, send)
    elif len(_open) >= settings.OCPP_LIVE_PAGES:
        logger.warning("No place for another page (OCPP_LIVE_PAGES)")
        limits_hit.hit("live_pages")
        await sockets.refuse(receive, send)
    else:
        await _known(scope, receive, send)


async def _serve(scope: Scope, receive: Receive, send: Send) -> None:
    event = await receive()
    if event["type"] != "websocket.connect":
        return
    user = second_factor.or_nobody(scope["user"])
    staff = bool(user.is_active and user.is_staff)
    visitors = sum(not page.watcher.staff for page in _open)
    if not staff and visitors >= settings.OCPP_LIVE_PAGES * (1 - STAFF_SHARE):
        limits_hit.hit("live_pages")
        await send({"type": "websocket.close", "code": POLICY})
        return
    page = _Page(Watcher(staff=staff, user=user.pk), send)
    _open.add(page)
    try:
        await send({"type": "websocket.accept"})
        await page.serve(receive)
    finally:
        _open.discard(page)


#: Who it is, by the cookie of the session.
_known = AuthMiddlewareStack(_serve)


class _Page:
    """One page, from its connection to its end."""

    def __init__(self, watcher: Watcher, send: Send) -> None:
        self.watcher = watcher
        self._send_event = send
        self._here = watchers.here()
        #: It has read what it was told last.
        self._ready = asyncio.Event()
        self._closed = False

    async def serve(self, receive: Receive) -> None:
        """Listen and tell until either ends."""
        try:
            await sockets.serve_both(self._listen(receive), self._tell(), self.close, LIFETIME_S)
        finally:
            self._here.leave(self.watcher)

    async def close(self, code: int) -> None:
        """Close the WebSocket, once."""
        if not self._closed:
            await self._send({"type": "websocket.close", "code": code})
            self._closed = True

    async def _listen(self, receive: Receive) -> int | None:
        """Take what the page says until it goes (None) or has to go: the close code."""
        throttle = Throttle(RATE, BURST, 0.0)
        while True:
            event = await receive()
            if event["type"] != "websocket.receive":
                return None
            text = event.get("text")
            if text is None:
                return UNSUPPORTED
            if len(text) > MOST_TEXT:
                return TOO_BIG
            said = _read(text)
            if said is None or throttle.pause():
                return POLICY
            if "more" in said:
                self._ready.set()
            if "watch" in said:
                try:
                    await self._watch(said["watch"])
                except DatabaseError as trouble:
                    logger.info("A page has to come again: %s", str(trouble).strip())
                    return TRY_LATER

    async def _watch(self, shown: Any) -> None:
        watcher = self.watcher
        watcher.own = shown == OWN
        if shown == ANY:
            watcher.shown = None
        elif shown == OWN:
            users = [] if watcher.user is None else [watcher.user]
            places = await database_sync_to_async(queries.of_own_sessions)(users)
            watcher.shown = places.get(watcher.user, {}) if watcher.user is not None else {}
        else:
            watcher.shown = await database_sync_to_async(queries.keys)(shown, staff=watcher.staff)
        self._here.join(watcher)
        await self._say({"watching": ANY if watcher.shown is None else len(watcher.shown)})
        self._ready.set()

    async def _tell(self) -> int:
        """Tell what has changed, as fast as the page reads; returns the close code."""
        clock = asyncio.get_running_loop().time
        try:
            while True:
                async with asyncio.timeout(PATIENCE_S):
                    await self._ready.wait()
                with suppress(TimeoutError):
                    async with asyncio.timeout(QUIET_S):
                        await self.watcher.some.wait()
                self._ready.clear()
                told = clock()
                await self._say({"changed": self.watcher.take()})
                async with asyncio.timeout(PATIENCE_S):
                    await self._ready.wait()
                await asyncio.sleep(max(0.0, told + TELL_S * 0.9 - clock()))
        except TimeoutError:
            return POLICY

    async def _say(self, facts: dict[str, Any]) -> None:
        if not self._closed:
            await self._send({"type": "websocket.send", "text": json.dumps(facts)})

    async def _send(self, event: dict[str, Any]) -> None:
        try:
            await self._send_event(event)
        except Exception as error:
            # It has gone in this moment, which `_listen` learns as well.
            logger.debug("A page was not told: %s", error)
            self._closed = True


def _read(text: str) -> dict[str, Any] | None:
    """What a page says; None for what no page says."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or not said.keys() <= {"watch", "more"}:
        return None
    shown = said.get("watch", ANY)
    if shown not in (ANY, OWN) and (
        not isinstance(shown, list)
        or len(shown) > MOST_IDS
        or not all(isinstance(one, str) and len(one) <= 48 and one.isprintable() for one in shown)
    ):
        return None
    return said


async def end() -> None:
    """This process ends: the pages connect to another, or to the next."""
    pages = list(_open)
    for page in pages:
        # Beside, since a page that reads nothing lets nothing be written.
        background.run(page.close(RESTART))
    await watchers.here().end()
