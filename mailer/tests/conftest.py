"""Fixtures of the tests of `mailer`."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.sites.models import Site
from pytest_django import Settings

from mailer.domain import queue
from mailer.domain.queue import Wish
from mailer.domain.templates import Text
from mailer.models import Email
from tests.support.mail_server import MailServer

SMTP = "django.core.mail.backends.smtp.EmailBackend"
Queue = Callable[..., Email]


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """A mail server, which the settings name."""
    server = MailServer().start()
    use(server, settings)
    yield server
    server.stop()


def use(server: MailServer, settings: Settings) -> None:
    """Have e-mails sent through `server`."""
    settings.EMAIL_BACKEND = SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 10
    settings.SITE_URL = "https://node.example"


@pytest.fixture
def put(db: None) -> Queue:
    """Puts an e-mail to the given addresses into the queue."""
    Site.objects.clear_cache()

    def put(*to: str, subject: str = "Hello", html: str = "", **wish: object) -> Email:
        said = Text(subject, "A line.\n.\nAnother, with ñ.", html)
        return queue.queue(to, said, "en", Wish(**wish))  # type: ignore[arg-type]

    return put


def make_due() -> None:
    """What waits for its next try is due now."""
    from django.db.models.functions import Now

    Email.objects.filter(state="queued").update(next_try=Now())
