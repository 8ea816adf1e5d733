"""Sending what is due: the helper `send_queued`, which the command and the schedule call."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import OperationalError
from django.utils.translation import gettext as _

from mailer.domain import claims, delivery, unsubscribing
from mailer.domain.claims import Claim, Result
from mailer.models import Email, Outcome, State

logger = logging.getLogger(__name__)

#: After so many broken connections in a row a round ends.
MAX_BROKEN = 3
#: How often it is tried to write down what became of an e-mail, and the pause between (s).
WRITE_TRIES, WRITE_PAUSE_S = 5, 1.0


@dataclass
class Round:
    """What one call of `send_queued` came to."""

    sent: int = 0
    later: int = 0
    failed: int = 0
    cancelled: int = 0
    #: Claims of processes that had died.
    recovered: int = 0
    #: Why it ended although more may be due: the server's trouble, in words.
    trouble: str = ""

    @property
    def handled(self) -> int:
        """E-mails that were tried."""
        return self.sent + self.later + self.failed + self.cancelled

    def __bool__(self) -> bool:
        return bool(self.handled or self.recovered)

    def __str__(self) -> str:
        counts = f"{self.sent} sent, {self.later} to be tried again, {self.failed} failed"
        return f"{counts}; {self.trouble}" if self.trouble else counts


def send_queued(
    *,
    limit: int | None = None,
    seconds: float | None = None,
    progress: Callable[[Email, State], object] | None = None,
) -> Round:
    """Send what is due: all of it, or up to `limit` e-mails, or for `seconds`.

    `progress` is told of each e-mail and where it stands then. Any number of processes may do so at
    once, on any number of machines. A failing server is no exception: the queue waits.
    """
    done = Round(recovered=claims.recover())
    if not delivery.is_configured():
        done.trouble = _("No mail server is set (EMAIL_HOST).")
        return done
    end = None if seconds is None else time.monotonic() + seconds
    broken = 0
    with delivery.Line() as line:
        while (limit is None or done.handled < limit) and (end is None or time.monotonic() < end):
            claim = claims.next_email()
            if claim is None:
                break
            result = _send(line, claim)
            if result is None:
                logger.warning("The claim on e-mail %s was lost", claim.email.pk)
                continue
            state = _write_down(claim, result)
            _count(done, state)
            if progress is not None:
                progress(claim.email, state)
            broken = broken + 1 if result.broken else 0
            if result.server or broken >= MAX_BROKEN:
                done.trouble = result.words
                break
    return done


def _send(line: delivery.Line, claim: Claim) -> Result | None:
    email = claim.email
    if email.topic and unsubscribing.is_unsubscribed(email.to[0], email.topic):
        return Result(Outcome.CANCELLED, _("The recipient has unsubscribed."))
    try:
        return line.send(email, lambda: claims.renew(claim), last=claim.last)
    except Exception as error:
        # One e-mail that cannot even be made holds up no other.
        logger.exception("E-mail %s cannot be sent", email.pk)
        return Result(Outcome.REFUSED, f"{type(error).__name__}: {error}")


def _write_down(claim: Claim, result: Result) -> State:
    """What the server has taken must not be forgotten because the database is busy for a moment."""
    for left in reversed(range(WRITE_TRIES)):
        try:
            return claims.finish(claim, result)
        except OperationalError:
            if not left:
                raise
            time.sleep(WRITE_PAUSE_S)
    raise AssertionError("unreachable")


def _count(done: Round, state: State) -> None:
    if state == State.SENT:
        done.sent += 1
    elif state == State.FAILED:
        done.failed += 1
    elif state == State.CANCELLED:
        done.cancelled += 1
    else:
        done.later += 1
