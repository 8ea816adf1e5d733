"""One e-mail to the mail server, so that its answer to each step is known.

Django's SMTP backend opens the connection, by the settings. The steps are ours: an e-mail that the
server has not begun to take was certainly not delivered, one that it has taken without saying so is
in doubt. Other backends (files, the console, tests) are given the e-mail as a whole.
"""

import re
import smtplib
from collections.abc import Callable
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address
from django.utils import translation
from django.utils.translation import gettext as _

from mailer.domain import unsubscribing
from mailer.domain.claims import Result
from mailer.models import Email, Outcome

#: Answers of 500 and more that are about this node, not about the e-mail (RFC 4954, 6).
_ABOUT_US = (530, 534, 535, 538)
_DOT = re.compile(rb"(?m)^\.")


def is_configured() -> bool:
    """Whether there is a mail server to send with."""
    smtp = settings.EMAIL_BACKEND.endswith(".smtp.EmailBackend")
    return not smtp or bool(settings.EMAIL_HOST)


def message_of(email: Email) -> EmailMessage:
    """The e-mail as it goes out."""
    headers = {"Message-ID": email.message_id}
    if email.topic:
        # RFC 2369 and, for one click, RFC 8058.
        headers["List-Unsubscribe"] = f"<{unsubscribing.link(email.to[0], email.topic)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    headers["Auto-Submitted"] = "auto-generated"
    headers["Content-Language"] = email.language
    message = EmailMultiAlternatives(
        email.subject, email.text, to=email.to, cc=email.cc, headers=headers
    )
    if email.html:
        message.attach_alternative(email.html, "text/html")
    for file in email.attachments.all():
        message.attach(file.name, bytes(file.content), file.content_type)
    return message


class Line:
    """The connection to the mail server, kept for several e-mails."""

    def __init__(self) -> None:
        self._backend: BaseEmailBackend = get_connection()

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection, if there is one; a server that is gone raises nothing."""
        try:
            self._backend.close()
        except OSError:
            self._forget()

    def _forget(self) -> None:
        """The connection is broken: the next e-mail makes another."""
        if isinstance(self._backend, EmailBackend):
            if self._backend.connection is not None:
                self._backend.connection.close()
            self._backend.connection = None

    def send(self, email: Email, still_ours: Callable[[], bool], *, last: bool) -> Result | None:
        """Send an e-mail; None when the claim on it was lost before the server took anything.

        `last`: there will be no other attempt, so recipients that the server would take later do
        not hold up the others.
        """
        with translation.override(email.language):
            message = message_of(email)
            try:
                data = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's
            except (ValueError, LookupError) as error:
                return Result(Outcome.REFUSED, _words(error))
        if not isinstance(self._backend, EmailBackend):
            return self._hand_over(message, still_ours)
        try:
            self._backend.open()
        except OSError as error:
            self._forget()
            return Result(Outcome.LATER, _words(error), server=True)
        smtp = self._backend.connection
        assert smtp is not None  # noqa: S101  (it was opened)
        step = _Step(smtp)
        try:
            return step.run(message, data, still_ours, last=last)
        except OSError as error:
            self._forget()
            outcome = Outcome.UNCERTAIN if step.in_doubt else Outcome.LATER
            return Result(outcome, _words(error), broken=True)
        finally:
            if step.leaving:
                self.close()

    def _hand_over(self, message: EmailMessage, still_ours: Callable[[], bool]) -> Result | None:
        if not still_ours():
            return None
        try:
            self._backend.send_messages([message])
        except OSError as error:
            return Result(Outcome.LATER, _words(error), server=True)
        return Result(Outcome.SENT, "")


class _Step:
    """One mail transaction (RFC 5321, 3.3), step by step."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp
        #: Whether the server may have taken the e-mail without our knowing.
        self.in_doubt = False
        #: Whether the server said that it closes the connection (421).
        self.leaving = False

    def run(
        self, message: EmailMessage, data: bytes, still_ours: Callable[[], bool], *, last: bool
    ) -> Result | None:
        """Raises OSError when the connection breaks."""
        sender = _bare(message.from_email)
        self._smtp.ehlo_or_helo_if_needed()
        code, words = self._smtp.mail(sender)
        if code != 250:
            return self._no(code, words)
        refused: list[tuple[int, str]] = []
        for address in message.recipients():
            code, words = self._smtp.rcpt(_bare(address))
            if code not in (250, 251):
                refused.append((code, f"{address}: {_said(code, words)}"))
        later = [text for code, text in refused if code < 500]
        told = "\n".join(text for _code, text in refused)
        if (later and not last) or len(refused) == len(message.recipients()):
            self._reset(refused[0][0])
            return Result(Outcome.LATER if later else Outcome.REFUSED, told)
        if not still_ours():
            self._reset(0)
            return None
        code, words = self._smtp.docmd("DATA")
        if code != 354:
            return self._no(code, words)
        self.in_doubt = True
        self._smtp.send(_DOT.sub(b"..", data).rstrip(b"\r\n") + b"\r\n.\r\n")
        code, words = self._smtp.getreply()
        self.in_doubt = False
        if code != 250:
            return self._no(code, words)
        return Result(Outcome.SENT, "\n".join(filter(None, (_said(code, words), told))))

    def _no(self, code: int, words: bytes) -> Result:
        self._reset(code)
        final = code >= 500 and code not in _ABOUT_US
        outcome = Outcome.REFUSED if final else Outcome.LATER
        return Result(outcome, _said(code, words), server=code in (421, *_ABOUT_US))

    def _reset(self, code: int) -> None:
        if code == 421:
            self.leaving = True
        else:
            self._smtp.rset()


def _bare(address: str) -> str:
    return parseaddr(sanitize_address(address, settings.DEFAULT_CHARSET))[1]


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}".strip()


def _words(error: Exception) -> str:
    """What went wrong, in the server's words where there are any. No password is among them."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _said(error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return _("The mail server has dropped the connection.")
    if isinstance(error, TimeoutError):
        return _("The mail server did not answer in time.")
    return f"{type(error).__name__}: {error}"
