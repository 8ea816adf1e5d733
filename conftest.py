"""What every test of the project stands on: files of the run's own, and a fresh thread."""

import signal
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import override_settings
from django.utils import translation
from pytest_django import DjangoDbBlocker

from config.logging import active_app
from tests.support.frame_judge import FrameJudge
from tests.support.frame_watch import watch
from tests.support.server import ServerProcess

# A run in the background of a shell ignores Ctrl-C, and so would each server that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def media_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep files out of the node's own folders; no charge point is asked anything by itself."""
    with override_settings(
        MEDIA_ROOT=str(tmp_path_factory.mktemp("media")),
        UPLOADS_ROOT=str(tmp_path_factory.mktemp("uploads")),
        # Charge points of tests expect no calls but those that their tests make.
        OCPP_READ_CONFIGURATION=False,
        # Pages of tests ask no other host.
        ASSETS_CDN=False,
    ):
        yield


@pytest.fixture(autouse=True)
def fresh_thread() -> Iterator[None]:
    """The source language, and no active app.

    The test client runs requests in the test's own thread, where the language of the last page
    and the app that answered it would stay for the tests that follow.
    """
    with translation.override(settings.LANGUAGE_CODE), active_app(""):
        yield


@pytest.fixture(autouse=True)
def fresh_sites() -> None:
    """A new node's site is known, and not what another test has saved: no page asks for it."""
    from website.domain import sites

    sites.prime(sites.Sites({"127.0.0.1:8000": "website"}))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database as pytest-django makes it; at its end nobody is connected any more.

    PostgreSQL drops no database that is in use, and the writer's thread keeps its connection: what
    a connection leaves behind when it closes may start the thread again after its test.
    """
    from ocpp.writer.group_commit import writer

    yield
    writer.stop()
    with django_db_blocker.unblock():
        _end_other_connections()


def _end_other_connections() -> None:
    """End the backends of threads that ended without closing, which some collection would end."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session", autouse=True)
def frame_judge() -> Iterator[FrameJudge]:
    """Watches the sessions of this process, and of every server process that a test starts."""
    from ocpp.connection.session import Session
    from ocpp.connection.short_way import ShortWay

    judge = FrameJudge()
    restore = watch(Session, ShortWay, judge.heard.append)
    ServerProcess.watched = True
    yield judge
    ServerProcess.watched = False
    restore()
    _no_faults(judge)


@pytest.fixture(autouse=True)
def every_frame_is_of_the_standard(frame_judge: FrameJudge) -> Iterator[None]:
    """Whatever we sent to a charge point in the test, the official schemas allow."""
    yield
    _no_faults(frame_judge)


def _no_faults(judge: FrameJudge) -> None:
    if faults := judge.faults():
        pytest.fail("\n".join(["What we sent is not of the standard:", *faults]), pytrace=False)
