"""The thread of this process in which requests for certificates are gone on with.

Signing may take an authority long, so neither the writer nor the event loop does it. What is
left undone when the process ends is due still, for whoever holds the connection next.
"""

import logging
import threading
from collections.abc import Iterable

from django.db import connection

from ocpp import store
from ocpp.domain.certificates import progress

logger = logging.getLogger(__name__)

_lock = threading.Lock()
_thread: threading.Thread | None = None


def begin(requests: Iterable[int]) -> None:
    """Go on with these requests, unless others are being worked on: then they are found again."""
    global _thread
    todo = list(requests)
    with _lock:
        if not todo or (_thread is not None and _thread.is_alive()):
            return
        # A daemon: a slow authority must not keep the process from ending.
        _thread = threading.Thread(
            target=_work, args=(todo,), name="ocpp-certificates", daemon=True
        )
        _thread.start()


def finish(timeout_s: float) -> None:
    """Wait until what was begun is done."""
    with _lock:
        thread = _thread
    if thread is not None:
        thread.join(timeout_s)


def _work(requests: list[int]) -> None:
    try:
        for request_pk in requests:
            if store.ended.is_set():
                return
            _advance(request_pk)
    finally:
        connection.close()


def _advance(request_pk: int) -> None:
    try:
        progress.advance(request_pk)
    except Exception:
        # The claim ends by itself; then it is tried again.
        logger.exception("Certificate request %d was not gone on with", request_pk)
