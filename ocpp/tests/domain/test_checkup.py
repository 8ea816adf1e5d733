"""How the node is: looked at by one thread, with a limit; Redis and disks as they are."""

import threading
from pathlib import Path

import pytest
from pytest_django import Settings

from ocpp.domain import checkup
from ocpp.domain.checkup import Check, Look
from tests.support.redis import RedisServer
from tests.support.services import need


def test_several_who_ask_at_once_share_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, looks = threading.Event(), threading.Event(), []

    def slowly() -> Check:
        looks.append(1)
        begun.set()
        go_on.wait(20)
        return Check(True)

    look = Look(slowly, lambda reason: Check(False, reason))
    monkeypatch.setattr(checkup, "LIMIT_S", 20)
    found: list[Check] = []
    askers = [threading.Thread(target=lambda: found.append(look())) for _ in range(5)]
    for one in askers:
        one.start()
    assert begun.wait(20)
    go_on.set()
    for one in askers:
        one.join()
    assert looks == [1]
    assert found == [Check(True)] * 5
    look.forget()
    assert look().ok
    assert looks == [1, 1]


def test_what_fails_says_why() -> None:
    def fail() -> Check:
        raise ValueError

    assert Look(fail, lambda reason: Check(False, reason))() == Check(False, "ValueError")


def test_redis_answers_while_it_runs(settings: Settings, tmp_path: Path) -> None:
    settings.REDIS_URL = ""
    assert checkup.redis() is None
    need("redis")
    server = RedisServer(tmp_path).start()
    settings.REDIS_URL = server.url
    try:
        checkup._look_at_redis.forget()
        assert checkup.redis() == Check(True)
    finally:
        server.kill()
    checkup._look_at_redis.forget()
    gone = checkup.redis()
    checkup._look_at_redis.forget()
    assert gone is not None
    assert not gone.ok
    assert gone.reason


@pytest.mark.django_db
def test_the_database_tells_its_version_and_its_size() -> None:
    checkup.database.forget()
    found = checkup.database()
    assert found.ok
    assert found.version.startswith(
        {"sqlite": "SQLite ", "postgresql": "PostgreSQL "}[checkup.vendor()]
    )
    assert found.size
    assert found.queued == 0
    assert 0 <= found.took_s < 1
    checkup.database.forget()


def test_a_folder_that_is_not_made_yet_is_on_the_disk_of_its_parent(
    settings: Settings, tmp_path: Path
) -> None:
    settings.LOGS_DIR = settings.UPLOADS_ROOT = settings.MEDIA_ROOT = tmp_path / "not" / "yet"
    names = {name for disk in checkup.disks() for name in disk.names}
    assert {"logs", "uploads", "media"} <= names
    assert all(0 < disk.free <= disk.size for disk in checkup.disks())
    assert all(disk.shown for disk in checkup.disks())
