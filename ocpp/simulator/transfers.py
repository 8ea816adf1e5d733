"""Files over HTTP: a simulated charge point fetches firmware and uploads logs.

In a thread of its own, because the standard library's client waits.
"""

import asyncio
import ssl as tls
import urllib.error
import urllib.request
from urllib.parse import urlsplit

SCHEMES = ("http", "https")
TIMEOUT_S = 10
MAX_DOWNLOAD = 64 * 1024 * 1024


class TransferFailed(Exception):
    """A file could not be fetched or sent; `denied` when the server said that it may not be."""

    def __init__(self, reason: str, *, denied: bool = False) -> None:
        super().__init__(reason)
        self.denied = denied


async def fetch(url: str, context: tls.SSLContext | None = None) -> bytes:
    """What is at `url`. Raises TransferFailed."""
    return await asyncio.to_thread(_request, url, None, context)


async def put(url: str, content: bytes, context: tls.SSLContext | None = None) -> None:
    """Send `content` to `url` by PUT. Raises TransferFailed."""
    await asyncio.to_thread(_request, url, content, context)


def below(folder: str, name: str) -> str:
    """The address of a file in a folder that is named with or without its last slash."""
    return f"{folder.rstrip('/')}/{name}"


def _request(url: str, content: bytes | None, context: tls.SSLContext | None) -> bytes:
    if urlsplit(url).scheme not in SCHEMES:
        raise TransferFailed(f"only {' and '.join(SCHEMES)} are spoken here")
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    request = urllib.request.Request(  # noqa: S310  (the scheme was looked at)
        url,
        data=content,
        method="GET" if content is None else "PUT",
        headers={"Content-Type": "application/octet-stream"},
    )
    try:
        with opener.open(request, timeout=TIMEOUT_S) as response:
            body: bytes = response.read(MAX_DOWNLOAD + 1)
    except urllib.error.HTTPError as error:
        error.close()
        raise TransferFailed(f"HTTP {error.code}", denied=error.code in (401, 403)) from None
    except (OSError, ValueError) as error:
        raise TransferFailed(str(error) or type(error).__name__) from error
    if len(body) > MAX_DOWNLOAD:
        raise TransferFailed(f"more than {MAX_DOWNLOAD} bytes")
    return body
