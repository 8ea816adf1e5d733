"""A request's body has an end, whatever the client says of its length."""

from collections.abc import Callable
from typing import Any

import pytest

from config.asgi import application as project
from config.body_limit import BodyLimit

Message = dict[str, Any]


async def _counts(scope: Message, receive: Any, send: Any) -> None:
    """An application that reads everything, as Django does, and answers how much that was."""
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


async def _ask(application: Any, *pieces: bytes) -> tuple[int, bytes, int]:
    """Status and body of the answer to a body in pieces, and how many of them were read."""
    sent: list[Message] = []
    read = 0

    async def receive() -> Message:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": pieces[read - 1], "more_body": read < len(pieces)}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    await application(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    return sent[0]["status"], sent[1]["body"], read


async def test_what_is_within_the_limit_passes() -> None:
    assert await _ask(BodyLimit(_counts, 6), b"abc", b"", b"def") == (200, b"6", 3)
    assert await _ask(BodyLimit(_counts, 6), b"") == (200, b"0", 1)


async def test_a_byte_more_is_refused_at_once() -> None:
    status, body, read = await _ask(BodyLimit(_counts, 6), b"abc", b"defg", b"never read")
    assert (status, read) == (413, 2)
    assert b"too long" in body


async def test_an_application_that_answers_all_the_same_is_not_heard() -> None:
    async def answers(scope: Message, receive: Callable[[], Any], send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})

    assert (await _ask(BodyLimit(answers, 1), b"abc"))[0] == 413


@pytest.mark.parametrize("kind", ["http"])
def test_the_project_has_it(kind: str, settings: Any) -> None:
    limited = project.application_mapping[kind]
    assert isinstance(limited, BodyLimit)
    assert limited._most == (settings.OCPP_UPLOAD_MAX_MB + 1) * 1_000_000
