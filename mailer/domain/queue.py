"""The queue: what goes into it, and what staff may do to what waits there."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import make_msgid
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from mailer.domain import templates, unsubscribing
from mailer.domain.errors import MailRefused
from mailer.domain.templates import Text
from mailer.models import Attachment, Email, Priority, State

#: Addresses of one e-mail, at most.
MAX_RECIPIENTS = 50
MAX_SUBJECT = 400
#: Characters of a text or its HTML.
MAX_BODY = 500_000
MAX_FILES = 10

_CONTENT_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,48}/[a-z0-9][a-z0-9.+-]{0,48}\Z")


class File(NamedTuple):
    """A file to be attached."""

    name: str
    content_type: str
    content: bytes


class Wish(NamedTuple):
    """How an e-mail is to be sent.

    `scheduled`: not before. `key`: who asks again with the same one gets the same e-mail. `topic`:
    what its one recipient can unsubscribe from.
    """

    priority: int = Priority.NORMAL
    scheduled: datetime | None = None
    key: str = ""
    topic: str = ""
    cc: Sequence[str] = ()
    files: Sequence[File] = ()
    template: str = ""


def queue(to: Sequence[str], said: Text, language: str, wish: Wish = Wish()) -> Email:  # noqa: B008
    """Put an e-mail into the queue, within the caller's transaction.

    For a topic that its recipient has unsubscribed from it is kept as cancelled. Raises
    `MailRefused`.
    """
    if wish.key:
        known = Email.objects.filter(key=wish.key).first()
        if known is not None:
            return known
    _check(to, said, wish)
    unwanted = bool(wish.topic) and unsubscribing.is_unsubscribed(to[0], wish.topic)
    email = Email(
        to=list(to),
        cc=list(wish.cc),
        subject=said.subject,
        text=said.text,
        html=said.html,
        language=templates.language_of(language),
        template=wish.template,
        topic=wish.topic,
        key=wish.key or None,
        message_id=make_msgid(domain=_domain()),
        priority=wish.priority,
        state=State.CANCELLED if unwanted else State.QUEUED,
        last_error=_("The recipient has unsubscribed.") if unwanted else "",
        created=Now(),
        scheduled=wish.scheduled,
        next_try=wish.scheduled or Now(),
    )
    try:
        with transaction.atomic():
            email.save()
            Attachment.objects.bulk_create(
                Attachment(email=email, **file._asdict()) for file in wish.files
            )
    except IntegrityError:
        known = Email.objects.filter(key=wish.key).first() if wish.key else None
        if known is None:
            raise
        return known
    return Email.objects.get(pk=email.pk)


def queue_template(
    slug: str,
    to: Sequence[str],
    values: Mapping[str, str],
    language: str = "",
    wish: Wish = Wish(),  # noqa: B008
) -> Email:
    """Put a template, filled with `values`, into the queue. Raises `MailRefused`."""
    code = templates.language_of(language)
    said = templates.render(slug, code, values)
    return queue(to, said, code, wish._replace(template=slug))


def _domain() -> str:
    """What stands behind the @ of our message ids: the domain that we send from."""
    address = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" >")
    return address or "localhost"


def _check(to: Sequence[str], said: Text, wish: Wish) -> None:
    everybody = [*to, *wish.cc]
    if not to or len(everybody) > MAX_RECIPIENTS:
        raise MailRefused(
            _("An e-mail has 1 to %(most)d recipients, not %(count)d.")
            % {"most": MAX_RECIPIENTS, "count": len(everybody)}
        )
    for address in everybody:
        try:
            validate_email(address)
        except ValidationError:
            raise MailRefused(
                _("%(address)s is no e-mail address.") % {"address": ascii(address)}
            ) from None
    if wish.topic and len(everybody) != 1:
        raise MailRefused(_("What one can unsubscribe from goes to one address at a time."))
    if not said.subject.strip() or len(said.subject) > MAX_SUBJECT or _odd(said.subject):
        raise MailRefused(
            _("A subject has 1 to %(most)d characters on one line.") % {"most": MAX_SUBJECT}
        )
    if not said.text.strip():
        raise MailRefused(_("An e-mail needs a text."))
    for body in (said.text, said.html):
        if len(body) > MAX_BODY or "\x00" in body:
            raise MailRefused(
                _("A text has at most %(most)d characters, and no NUL.") % {"most": MAX_BODY}
            )
    if wish.priority not in Priority.values:
        raise MailRefused(_("A priority is 1, 2 or 3."))
    _check_files(wish.files)


def _check_files(files: Sequence[File]) -> None:
    if len(files) > MAX_FILES:
        raise MailRefused(_("An e-mail has at most %(most)d files.") % {"most": MAX_FILES})
    size = sum(len(file.content) for file in files)
    most = settings.MAILER_ATTACHMENTS_KIB
    if size > most * 1024:
        raise MailRefused(
            _("The files of an e-mail have at most %(most)d KiB together; these have %(size)d.")
            % {"most": most, "size": -(-size // 1024)}
        )
    for file in files:
        name = file.name
        if (
            not 1 <= len(name) <= 150
            or _odd(name)
            or set(name) & set('/\\"')
            or name in (".", "..")
        ):
            raise MailRefused(_("%(name)s cannot be the name of a file.") % {"name": ascii(name)})
        if not _CONTENT_TYPE.match(file.content_type) or file.content_type.startswith("message/"):
            raise MailRefused(
                _("%(type)s is no type of a file, such as application/pdf.")
                % {"type": ascii(file.content_type)}
            )


def _odd(text: str) -> bool:
    """Whether it has control, formatting or lone surrogate characters, or line breaks."""
    return any(unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") for one in text)


def cancel(emails: QuerySet[Email], why: str = "") -> int:
    """Send none of these that still wait; returns how many. `why` stands with each."""
    waiting = emails.filter(state=State.QUEUED)
    told = {"last_error": why} if why else {}
    return waiting.update(state=State.CANCELLED, next_try=None, **told)


def try_again(emails: QuerySet[Email]) -> int:
    """Have these sent as if they were new: what failed, was cancelled, or waits for its next try.

    Returns how many.
    """
    again = emails.filter(state__in=(State.FAILED, State.CANCELLED, State.QUEUED))
    return again.update(state=State.QUEUED, next_try=Now(), uncertain=0, tries=0)


def purge(emails: QuerySet[Email] | None = None) -> int:
    """Delete the e-mails that were sent, of all or of `emails`; returns how many."""
    chosen = Email.objects.all() if emails is None else emails
    return chosen.filter(state=State.SENT).delete()[1].get("mailer.Email", 0)
