"""Who sends which e-mail: one process at a time, however many there are.

An e-mail is claimed in a transaction: on PostgreSQL the row is locked and rows that others have
locked are skipped; on SQLite, where one writes at a time, the UPDATE holds only where it still
waits. The claim ends by itself. Whoever died with it may or may not have delivered the e-mail: that
is written down, and it is tried once more and never again after that.
"""

import logging
import os
import secrets
import socket
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from mailer.models import Attempt, Email, Outcome, State

logger = logging.getLogger(__name__)

#: Pauses after attempts that failed (s), the last one for all that follow.
PAUSES_S = (60, 300, 900, 1800, 3600, 7200, 14400, 28800)
#: Of so many attempts nobody may know whether they delivered an e-mail; then it is given up.
MAX_UNCERTAIN = 2
MAX_WORDS = 1000


class Claim(NamedTuple):
    """An e-mail that this process may send, and the word of the claim."""

    email: Email
    word: str
    #: Whether it is the last attempt.
    last: bool


class Result(NamedTuple):
    """How an attempt went; `words` are the server's."""

    outcome: Outcome
    words: str
    #: Whether the server, or the way to it, is the trouble: others would fare no better now.
    server: bool = False
    #: Whether the connection broke.
    broken: bool = False


def process_name() -> str:
    """This process, as claims name it."""
    return f"{socket.gethostname()[:32]}/{os.getpid()}/{secrets.token_hex(6)}"


def next_email() -> Claim | None:
    """Claim what is to be sent next; None when nothing is due."""
    while True:
        with transaction.atomic():
            due = Email.objects.filter(state=State.QUEUED, next_try__lte=Now())
            first = due.order_by("priority", "next_try", "id")
            email = first.select_for_update(skip_locked=True).first()
            if email is None:
                return None
            word = process_name()
            mine = Email.objects.filter(pk=email.pk, state=State.QUEUED).update(
                state=State.SENDING,
                attempts=F("attempts") + 1,
                tries=F("tries") + 1,
                claimed_by=word,
                claimed_until=_until(),
            )
            if not mine:
                continue
            email.refresh_from_db()
            Attempt.objects.create(email=email, number=email.attempts, began=Now(), process=word)
            return Claim(email, word, email.tries >= settings.MAILER_ATTEMPTS)


def _until() -> object:
    return Now() + timedelta(seconds=settings.MAILER_LEASE_S)


def renew(claim: Claim) -> bool:
    """Whether the claim still holds; if so it lasts for its full time again."""
    mine = Email.objects.filter(pk=claim.email.pk, state=State.SENDING, claimed_by=claim.word)
    return bool(mine.filter(claimed_until__gte=Now()).update(claimed_until=_until()))


def finish(claim: Claim, result: Result) -> State:
    """Write down how it went; returns where the e-mail stands now."""
    email = claim.email
    words = result.words.replace("\x00", "")[:MAX_WORDS]
    with transaction.atomic():
        log = Attempt.objects.filter(email=email, number=email.attempts, ended=None)
        log.update(ended=Now(), outcome=result.outcome, words=words)
        mine = Email.objects.filter(pk=email.pk, state=State.SENDING, claimed_by=claim.word)
        changes = _after(email, result, words, last=claim.last)
        if not mine.update(claimed_by="", claimed_until=None, **changes):
            logger.warning("The claim on e-mail %s was over before it was sent", email.pk)
    return State(str(changes["state"]))


def _after(email: Email, result: Result, words: str, *, last: bool) -> dict[str, object]:
    if result.outcome == Outcome.SENT:
        return {"state": State.SENT, "sent": Now(), "next_try": None, "last_error": ""}
    if result.outcome == Outcome.CANCELLED:
        return {"state": State.CANCELLED, "next_try": None, "last_error": words}
    if result.outcome == Outcome.UNCERTAIN:
        return _in_doubt(email, words, last=last)
    if result.outcome == Outcome.REFUSED or last:
        return {"state": State.FAILED, "next_try": None, "last_error": words}
    return {"state": State.QUEUED, "next_try": _pause(email), "last_error": words}


def _in_doubt(email: Email, words: str, *, last: bool) -> dict[str, object]:
    doubts = email.uncertain + 1
    over = last or doubts >= MAX_UNCERTAIN
    return {
        "state": State.FAILED if over else State.QUEUED,
        "next_try": None if over else _pause(email),
        "uncertain": doubts,
        "last_error": words,
    }


def _pause(email: Email) -> object:
    number = min(max(email.tries, 1), len(PAUSES_S)) - 1
    return Now() + timedelta(seconds=PAUSES_S[number])


def recover() -> int:
    """See to e-mails whose claim is over: their process has died. Returns how many.

    They may have been delivered. Each is tried once more at most, and its log says so.
    """
    over = Email.objects.filter(state=State.SENDING, claimed_until__lt=Now())
    return sum(_recover(email) for email in list(over.order_by("pk")))


def _recover(email: Email) -> bool:
    words = _("The process that was sending it has ended: it may have been delivered.")
    changes = _in_doubt(email, words, last=email.tries >= settings.MAILER_ATTEMPTS)
    if changes["state"] == State.QUEUED:
        changes["next_try"] = Now()
    with transaction.atomic():
        same = Email.objects.filter(
            pk=email.pk, state=State.SENDING, claimed_by=email.claimed_by, claimed_until__lt=Now()
        )
        if not same.update(claimed_by="", claimed_until=None, **changes):
            return False
        log = Attempt.objects.filter(email=email, number=email.attempts, ended=None)
        log.update(ended=Now(), outcome=Outcome.UNCERTAIN, words=words)
    logger.warning(
        "E-mail %s may have been delivered: %s ended while it sent it", email.pk, email.claimed_by
    )
    return True
