"""REST: templates, queued e-mails, purging. `config.api` mounts `router` under /mailer/."""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field, ValidationInfo, model_validator

from mailer.domain import queue, templates
from mailer.domain.errors import MailRefused
from mailer.domain.queue import File, Wish
from mailer.domain.templates import Text
from mailer.models import Email, Template

router = Router(tags=["e-mail"])


class MailProblem(Schema):
    """What was wrong, for people."""

    detail: str


def _require(request: HttpRequest, permission: str) -> None:
    # Ninja has set it to the user of the token or of the session.
    if not request.user.has_perm(permission):
        raise PermissionDenied(_("You need the permission %(names)s.") % {"names": permission})


class _Body(Schema):
    """The body of an operation: who may not send it is told so before what is wrong with it."""

    needs: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _may_send(cls, given: Any, info: ValidationInfo) -> Any:
        if info.context is not None:
            _require(info.context["request"], cls.needs)
        return given


class TextIn(Schema):
    """What a template says in one language."""

    subject: str = Field(max_length=200)
    text: str = Field(max_length=100_000)
    html: str = Field("", max_length=200_000)


class TemplateIn(_Body):
    """A template. `texts`: by language; placeholders stand in them as {name}."""

    needs = "mailer.add_template"

    slug: str = Field(max_length=80)
    about: str = Field("", max_length=200)
    placeholders: list[str] = Field([], max_length=50)
    texts: dict[str, TextIn]


class TemplateOut(Schema):
    """A template; `texts` are those of this node, without the standard ones."""

    slug: str
    about: str
    placeholders: list[str]
    texts: dict[str, TextIn]
    standard: bool


class FileIn(Schema):
    """A file to be attached."""

    name: str
    content_type: str
    content_base64: str


class EmailIn(_Body):
    """An e-mail: `subject` and `text`, or a `template` with its `values`."""

    needs = "mailer.add_email"

    to: list[str]
    cc: list[str] = []
    template: str = ""
    values: dict[str, str] = {}
    subject: str = ""
    text: str = ""
    html: str = ""
    language: str = Field("", description="`en` or `es`; empty: as in the settings.")
    priority: int = Field(2, description="1 first, 3 when nothing else waits.")
    scheduled: datetime | None = Field(None, description="Not before; with a time zone.")
    key: str = Field("", max_length=200, description="Asked again with it: the same e-mail.")
    topic: str = Field("", max_length=80, description="What the recipient may unsubscribe from.")
    attachments: list[FileIn] = []


class AttemptOut(Schema):
    """One attempt to send it."""

    number: int
    began: datetime
    ended: datetime | None
    outcome: str
    words: str


class EmailOut(Schema):
    """Where an e-mail stands. `last_error`: the words of the mail server."""

    id: int
    to: list[str]
    cc: list[str]
    subject: str
    template: str
    language: str
    priority: int
    state: str
    attempts: int
    uncertain: int
    created: datetime
    scheduled: datetime | None
    next_try: datetime | None
    sent: datetime | None
    last_error: str
    log: list[AttemptOut]


class PurgedOut(Schema):
    """How many e-mails were deleted."""

    deleted: int


#: The largest number of a row.
MOST_NUMBER = 2**63 - 1

_PROBLEMS: dict[int, Any] = {400: MailProblem, 401: MailProblem, 403: MailProblem}


def _example(value: dict[str, Any]) -> dict[str, Any]:
    """An example of the body of an operation, for `openapi_extra`."""
    return {"requestBody": {"content": {"application/json": {"example": value}}}}


_TEMPLATE = {
    "slug": "welcome",
    "about": "To new drivers",
    "placeholders": ["name"],
    "texts": {"en": {"subject": "Welcome", "text": "Hello {name}", "html": ""}},
}
_EMAIL = {"to": ["ana@example.com"], "template": "welcome", "values": {"name": "Ana"}}


def _may(permission: str) -> Callable[[Any], Any]:
    """Who calls the endpoint has `permission`; what a rule refuses is 400."""

    def wrap(view: Any) -> Any:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            _require(request, permission)
            try:
                return view(request, *args, **kwargs)
            except MailRefused as refusal:
                raise HttpError(400, str(refusal)) from None
            except ValidationError as invalid:
                raise HttpError(400, " ".join(invalid.messages)) from None

        return guarded

    return wrap


@router.get(
    "/templates/",
    response={200: list[TemplateOut], 401: MailProblem, 403: MailProblem},
    summary="All templates",
)
@_may("mailer.view_template")
def list_templates(request: HttpRequest) -> Any:
    """All templates, with the texts that staff have written."""
    return [_template(one) for one in Template.objects.prefetch_related("texts")]


@router.post(
    "/templates/",
    response={200: TemplateOut, 201: TemplateOut, **_PROBLEMS},
    summary="Make or replace a template",
    openapi_extra=_example(_TEMPLATE),
)
@_may("mailer.add_template")
def make_template(request: HttpRequest, told: TemplateIn) -> Any:
    """Make a template (201), or replace one (200, needs the permission to change it)."""
    if Template.objects.filter(slug=told.slug).exists():
        _require(request, "mailer.change_template")
    texts = {code: Text(one.subject, one.text, one.html) for code, one in told.texts.items()}
    template, made = templates.create(told.slug, told.about, told.placeholders, texts)
    return Status(201 if made else 200, _template(template))


def _template(template: Template) -> dict[str, Any]:
    return {
        "slug": template.slug,
        "about": template.about,
        "placeholders": templates.names_of(template),
        "standard": templates.standard(template.slug) is not None,
        "texts": {
            row.language: {"subject": row.subject, "text": row.text, "html": row.html}
            for row in template.texts.all()
        },
    }


@router.post(
    "/emails/",
    response={201: EmailOut, **_PROBLEMS},
    summary="Send an e-mail",
    openapi_extra=_example(_EMAIL),
)
@_may("mailer.add_email")
def queue_email(request: HttpRequest, told: EmailIn) -> Any:
    """Put an e-mail into the queue."""
    if told.scheduled is not None and timezone.is_naive(told.scheduled):
        raise MailRefused(_("scheduled needs a time zone, such as 2027-01-31T08:00:00-06:00."))
    wish = Wish(
        priority=told.priority,
        scheduled=told.scheduled,
        key=told.key,
        topic=told.topic,
        cc=told.cc,
        files=[_file(one) for one in told.attachments],
    )
    if told.template:
        if told.subject or told.text or told.html:
            raise MailRefused(_("Write a template or a text, not both."))
        email = queue.queue_template(told.template, told.to, told.values, told.language, wish)
    else:
        said = Text(told.subject, told.text, templates.clean_html(told.html))
        email = queue.queue(told.to, said, told.language, wish)
    return Status(201, _email(email))


def _file(told: FileIn) -> File:
    try:
        content = base64.b64decode(told.content_base64, validate=True)
    except (binascii.Error, ValueError):
        raise MailRefused(
            _("The content of %(name)s is not base64.") % {"name": ascii(told.name)}
        ) from None
    return File(told.name, told.content_type, content)


@router.get(
    "/emails/{int:number}/",
    response={200: EmailOut, 401: MailProblem, 403: MailProblem, 404: MailProblem},
    summary="An e-mail",
)
@_may("mailer.view_email")
def read_email(request: HttpRequest, number: int) -> Any:
    """Where an e-mail stands, with its attempts."""
    email = Email.objects.filter(pk=number).first() if number <= MOST_NUMBER else None
    if email is None:
        raise Http404
    return _email(email)


def _email(email: Email) -> dict[str, Any]:
    names = [name for name in EmailOut.model_fields if name != "log"]
    return {**{name: getattr(email, name) for name in names}, "log": list(email.log.all())}


@router.post(
    "/purge/",
    response={200: PurgedOut, 401: MailProblem, 403: MailProblem},
    summary="Delete sent e-mails",
)
@_may("mailer.delete_email")
def purge(request: HttpRequest) -> Any:
    """Delete the e-mails that were sent."""
    return {"deleted": queue.purge()}
