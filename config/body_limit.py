"""An end to requests that never end.

Django's ASGI handler copies a request's body to a file before any view sees it, however long it is.
"""

from typing import Any

Message = dict[str, Any]

#: The answer to a body that is too long.
_DETAIL = b'{"detail": "The body of the request is too long."}'
_HEADERS = [
    (b"content-type", b"application/json"),
    (b"content-length", str(len(_DETAIL)).encode()),
    (b"connection", b"close"),
]


class BodyLimit:
    """An ASGI application that answers 413 to HTTP requests with a body of more than `most` bytes.

    Pieces are counted as they come; nobody's word on the length is taken.
    """

    def __init__(self, application: Any, most: int) -> None:
        self._application = application
        self._most = most

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        size = 0
        refused = False

        async def counted() -> Message:
            nonlocal size, refused
            message: Message = await receive()
            size += len(message.get("body", b""))
            if size <= self._most or refused:
                return message
            refused = True
            await send({"type": "http.response.start", "status": 413, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": _DETAIL})
            return {"type": "http.disconnect"}

        async def unless_refused(message: Message) -> None:
            if not refused:
                await send(message)

        await self._application(scope, counted, unless_refused)
