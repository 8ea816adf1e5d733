"""`/ws/events/`: staff and programs listen to what happens (docs/events.md).

A session of staff, or an API token in the header `Authorization: Bearer …` or in the first message
`{"token": "…"}`; never in the address, which ends up in logs. Then `{"subscribe": {…}}`.
"""

import asyncio
import json
import logging
from contextlib import suppress
from datetime import timedelta
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import sockets
from accounts.domain import second_factor, tokens
from accounts.models import User
from accounts.sockets import POLICY, RESTART, Receive, Scope, Send
from events import feed, metrics
from events.domain import collecting, reading
from events.feed import Listener

logger = logging.getLogger(__name__)

#: The longest message of a listener (characters), and its chargers.
MOST_TEXT, MOST_CHARGERS = 64 * 1024, 1000
#: How long one may take to say who it is (s), and how long it may listen before it is asked again.
PATIENCE_S, LIFETIME_S = 10.0, 3600.0
#: How long one write may take (s): who reads nothing for so long is closed.
WRITE_S = 30.0
#: How long all may take to be told that the process ends (s).
END_S = 1.0
#: With nothing to tell for so long (s) it is told just that, so that it learns of a dead network.
QUIET_S = 30.0

_open: set["_Connection"] = set()


class _Wrong(Exception):
    """What a listener said cannot be done; the text goes to it."""


async def events(scope: Scope, receive: Receive, send: Send) -> None:
    """One listener, from its connection to its end."""
    if len(_open) >= settings.EVENTS_LISTENERS or not sockets.is_own_page(scope):
        await sockets.refuse(receive, send)
        return
    await _known(scope, receive, send)


async def _serve(scope: Scope, receive: Receive, send: Send) -> None:
    if (await receive())["type"] != "websocket.connect":
        return
    connection = _Connection(scope, receive, send)
    _open.add(connection)
    try:
        await send({"type": "websocket.accept"})
        await connection.serve()
    finally:
        _open.discard(connection)


#: Who it is, by the cookie of the session.
_known = AuthMiddlewareStack(_serve)


class _Connection:
    """A listener's connection."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._write = scope, receive, send
        self._feed = feed.here()
        self._listener = Listener()
        self._writing = asyncio.Lock()
        self._closed = False

    async def serve(self) -> None:
        """Find out who it is, then listen to it and tell it until either ends."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                allowed = await self._allowed()
        except TimeoutError:
            await self.close(POLICY)
            return
        except _Wrong as wrong:
            await self._say({"error": str(wrong)})
            await self.close(POLICY)
            return
        if allowed is None:
            return
        await self._say({"ready": {"types": sorted(allowed)}})
        try:
            await sockets.serve_both(self._listen(allowed), self._tell(), self.close, LIFETIME_S)
        finally:
            self._feed.leave(self._listener)

    async def close(self, code: int) -> None:
        """Close it, once."""
        if not self._closed:
            await self._send({"type": "websocket.close", "code": code})
            self._closed = True

    async def _allowed(self) -> frozenset[str] | None:
        """The types that it may listen to. None when it is gone; raises _Wrong."""
        shown = [text.partition(" ") for text in sockets.headers(self._scope, b"authorization")]
        secret = next((rest.strip() for word, _s, rest in shown if word.lower() == "bearer"), None)
        user = second_factor.or_nobody(self._scope["user"])
        if secret is None and not user.is_authenticated:
            said = await self._next()
            if said is None:
                return None
            secret = said.get("token") if len(said) == 1 else None
            if not isinstance(secret, str):
                raise _Wrong(_('Say who you are first: {"token": "…"}.'))
        return await database_sync_to_async(_types_of)(user, secret)

    async def _next(self) -> dict[str, Any] | None:
        """The next message; None when it is gone. Raises _Wrong."""
        event = await self._receive()
        if event["type"] != "websocket.receive":
            return None
        text = event.get("text")
        if text is None or len(text) > MOST_TEXT:
            raise _Wrong(
                _("Send JSON objects as text, of at most %(most)d characters.")
                % {"most": MOST_TEXT}
            )
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise _Wrong(_("That is no JSON object."))
        return said

    async def _listen(self, allowed: frozenset[str]) -> int | None:
        """Take what it says until it goes (None) or has to go: the close code."""
        wrong = 0
        while True:
            try:
                said = await self._next()
                if said is None:
                    return None
                if set(said) != {"subscribe"}:
                    raise _Wrong(_('Send {"subscribe": {"types": […], "chargers": […]}}.'))
                await self._subscribe(said["subscribe"], allowed)
            except _Wrong as trouble:
                wrong += 1
                await self._say({"error": str(trouble)})
                if wrong >= 10:
                    return POLICY

    async def _subscribe(self, said: Any, allowed: frozenset[str]) -> None:
        types, chargers, after = _read(said, allowed)
        listener = self._listener
        self._feed.leave(listener)
        cursor, oldest = await database_sync_to_async(_position)()
        if after is not None and after > cursor:
            raise _Wrong(_("There is no event %(number)d yet.") % {"number": after})
        listener.types, listener.chargers = types, chargers
        listener.untold.clear()
        listener.dropped = 0
        start = cursor if after is None else after
        listener.cursor = start
        await self._say({"subscribed": feed.facts(listener)})
        if after is not None and oldest > after + 1:
            # Numbers may have gaps, so this may say too much, but never too little.
            await self._say({"lagged": {"dropped": None, "cursor": oldest - 1}})
        while start < cursor and not self._closed:
            # What is stored is read for it alone, as fast as it reads.
            told = await database_sync_to_async(reading.after, thread_sensitive=False)(
                start, types=types, chargers=chargers, limit=500
            )
            for one in told:
                if await self._say({"event": one}):
                    metrics.listeners["told"] += 1
            if told:
                start = told[-1]["id"]
            if len(told) < 500:
                break
        self._feed.join(listener, max(cursor, start))

    async def _tell(self) -> int:
        """Tell what comes, as fast as it is read; returns the close code."""
        listener = self._listener
        while True:
            try:
                async with asyncio.timeout(QUIET_S):
                    await listener.some.wait()
            except TimeoutError:
                await self._say({"quiet": {"cursor": listener.cursor}})
            listener.some.clear()
            while listener.untold:
                told = listener.untold.popleft()
                if not await self._say({"event": told}):
                    return POLICY
                metrics.listeners["told"] += 1
            if listener.dropped:
                dropped, listener.dropped = listener.dropped, 0
                await self._say({"lagged": {"dropped": dropped, "cursor": listener.cursor}})

    async def _say(self, facts: dict[str, Any]) -> bool:
        """Send it; False when it does not read."""
        if self._closed:
            return False
        return await self._send({"type": "websocket.send", "text": json.dumps(facts)})

    async def _send(self, event: dict[str, Any]) -> bool:
        try:
            async with self._writing, asyncio.timeout(WRITE_S):
                await self._write(event)
        except Exception as error:
            # It has gone in this moment, or reads nothing; `_listen` ends with it.
            logger.debug("A listener was not told: %s", error)
            self._closed = True
            return False
        return True


def _types_of(user: Any, secret: str | None) -> frozenset[str]:
    """What this user may listen to. Raises _Wrong."""
    if secret is not None:
        token = tokens.find(secret)
        user = None if token is None else token.user
    if not isinstance(user, User) or not user.is_active:
        raise _Wrong(_("This token is not known, or not valid any more."))
    if not user.is_staff or not user.has_perm("ocpp.view_charger"):
        raise _Wrong(_("You need the permission %(names)s.") % {"names": "ocpp.view_charger"})
    return frozenset(
        one
        for one in reading.ALL_TYPES
        if one not in reading.PERMISSIONS or user.has_perm(reading.PERMISSIONS[one])
    )


def _read(
    said: Any, allowed: frozenset[str]
) -> tuple[frozenset[str], frozenset[str] | None, int | None]:
    """Types, chargers (None: all) and the event after which to go on. Raises _Wrong."""
    if not isinstance(said, dict) or set(said) - {"types", "chargers", "after"}:
        raise _Wrong(_("A subscription has types, chargers and after, and nothing else."))
    types = said.get("types")
    if types is None:
        types = sorted(allowed - set(reading.LIVE_ONLY))
    if not isinstance(types, list) or not types or not all(isinstance(one, str) for one in types):
        raise _Wrong(_("types has to be a list of types."))
    for one in types:
        if one not in reading.ALL_TYPES:
            known = ", ".join(reading.ALL_TYPES)
            text = _("%(type)s is no type of event. There are: %(types)s.")
            raise _Wrong(text % {"type": ascii(one)[:60], "types": known})
        if one not in allowed:
            names = reading.PERMISSIONS[one]
            raise _Wrong(_("You need the permission %(names)s.") % {"names": names})
    chargers = said.get("chargers")
    if chargers is not None and (
        not isinstance(chargers, list)
        or len(chargers) > MOST_CHARGERS
        or not all(isinstance(one, str) and len(one) <= 48 for one in chargers)
    ):
        raise _Wrong(_("chargers has to be a list of ids, 1,000 at most; without it: all."))
    after = said.get("after")
    if after is not None and (not isinstance(after, int) or isinstance(after, bool) or after < 0):
        raise _Wrong(_("after has to be the id of an event."))
    return frozenset(types), None if chargers is None else frozenset(chargers), after


def _position() -> tuple[int, int]:
    """The newest and the oldest event, after a look of our own."""
    collecting.want(timezone.now() + timedelta(minutes=feed.LINGER_MIN))
    collecting.collect()
    return reading.newest_id(), reading.oldest_id()


async def end() -> None:
    """This process ends: listeners connect to another, or to the next."""
    with suppress(TimeoutError):
        # Who reads nothing lets nothing be written.
        async with asyncio.timeout(END_S):
            await asyncio.gather(*(one.close(RESTART) for one in list(_open)))
    await feed.here().end()
