"""How many requests a program or a person may make: so many a minute, at a steady pace.

A bucket of tokens for each caller, in the memory of each process: a row for each request would cost
more than what most of them ask for. A node of several processes allows each of them so many.
"""

import threading
import time
from collections import OrderedDict
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest
from ninja.throttling import BaseThrottle

from accounts.domain import addresses
from accounts.models import User

#: Callers that are remembered; of more, those that asked the longest ago are forgotten.
MOST_CALLERS = 10_000


class Buckets:
    """What each caller may still ask for, and when that was reckoned."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str, per_minute: int, now_s: float) -> float:
        """Count one request. 0, or for how long (s) the caller has to wait, uncounted."""
        pace = per_minute / 60
        with self._lock:
            left, then = self._left.pop(caller, (float(per_minute), now_s))
            left = min(float(per_minute), left + max(0.0, now_s - then) * pace)
            wait_s = 0.0 if left >= 1 else (1 - left) / pace
            self._left[caller] = (left if wait_s else left - 1, now_s)
            while len(self._left) > MOST_CALLERS:
                self._left.popitem(last=False)
        return wait_s

    def clear(self) -> None:
        """Forget everybody."""
        with self._lock:
            self._left.clear()


buckets = Buckets()


class RequestRate(BaseThrottle):
    """At most `API_REQUESTS_PER_MINUTE` for a token, for a user by session, or for an address."""

    def __init__(self) -> None:
        self._waits = threading.local()

    def allow_request(self, request: HttpRequest) -> bool:
        """Whether the request is within the limit; if so it is counted."""
        per_minute = settings.API_REQUESTS_PER_MINUTE
        wait_s = 0.0
        if per_minute > 0:
            wait_s = buckets.take(_caller(request), per_minute, time.monotonic())
        self._waits.wait_s = wait_s
        return not wait_s

    def wait(self) -> float:
        """For how long (s) the caller that was refused in this thread has to wait."""
        return float(self._waits.wait_s)


def _caller(request: HttpRequest) -> str:
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    user = request.user
    if isinstance(user, User):
        if scheme.lower() == "bearer":
            digest = sha256(secret.strip().encode("utf-8", "surrogatepass"))
            return f"token {digest.hexdigest()}"
        return f"user {user.pk}"
    return f"address {addresses.of_request(request).network}"
