"""Notes what sessions hear and say, without a change to what they do."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

#: `("in", connection, message id, action)` of a call that is heard, `("out", connection, text)`.
Event = tuple[Any, ...]


def watch(
    session_class: Any, short_way_class: Any, note: Callable[[Event], None]
) -> Callable[[], None]:
    """Have `note` told what sessions hear and say from now on; returns what ends that."""
    hear, say = session_class.feed, session_class.send
    take, say_now = short_way_class.take, short_way_class.say
    numbers: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
    new_number = count(1)

    def number(session: Any) -> int:
        if session not in numbers:
            numbers[session] = next(new_number)
        return numbers[session]

    async def feed(session: Any, text: str) -> None:
        call = _call_in(text)
        if call is not None:
            note(("in", number(session), *call))
        await hear(session, text)

    async def send(session: Any, text: str) -> None:
        note(("out", number(session), text))
        await say(session, text)

    def taken(way: Any, text: str) -> bool:
        # What is declined is heard once more, by `feed`.
        call = _call_in(text)
        if call is not None:
            note(("in", number(way.session), *call))
        return bool(take(way, text))

    def said_now(way: Any, text: str) -> bool:
        said = bool(say_now(way, text))
        if said:
            note(("out", number(way.session), text))
        return said

    def restore() -> None:
        session_class.feed, session_class.send = hear, say
        short_way_class.take, short_way_class.say = take, say_now

    session_class.feed, session_class.send = feed, send
    short_way_class.take, short_way_class.say = taken, said_now
    return restore


def _call_in(text: str) -> tuple[str, str] | None:
    """Message id and action of a call; None for anything else."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    match frame:
        case [2, str(message_id), str(action), *_]:
            return message_id, action
    return None
