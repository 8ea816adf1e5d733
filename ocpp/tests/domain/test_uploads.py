"""Slots for uploads: one file each, in time, not too long, and nothing left of the others."""

import hashlib
import os
import stat
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from pytest_django import Settings

from ocpp.choices import UploadPurpose
from ocpp.domain import uploads
from ocpp.domain.errors import Conflict, Invalid, NotFound
from ocpp.models import Charger, UploadSlot
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import NOON


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.UPLOADS_ROOT = str(tmp_path / "uploads")
    settings.SITE_URL = "https://node.example"
    return tmp_path / "uploads"


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def _slot(charger: Charger) -> tuple[UploadSlot, str]:
    """A slot and its token."""
    slot, url = uploads.make_slot(charger, UploadPurpose.DIAGNOSTICS)
    assert url.startswith("https://node.example/ocpp/uploads/")
    assert url.endswith("/")
    return slot, url.split("/")[-2]


def _send(token: str, *pieces: bytes, name: str = "d.log", after: timedelta = timedelta()) -> None:
    with uploads.receive(token, NOON + after) as incoming:
        for piece in pieces:
            incoming.write(piece)
        incoming.keep(name, NOON + after)


def test_a_file_is_kept_whole_under_a_random_name(charger: Charger, folder: Path) -> None:
    slot, token = _slot(charger)
    _send(token, b"one ", b"two")
    slot.refresh_from_db()
    assert (slot.used, slot.file_name, slot.size) == (NOON, "d.log", 7)
    path = uploads.path_of(slot)
    assert path is not None
    assert path.read_bytes() == b"one two"
    assert [path] == list(folder.iterdir())
    assert path.name not in (token, "d.log")
    assert len(path.name) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_only_the_digest_of_the_token_is_stored(charger: Charger) -> None:
    slot, token = _slot(charger)
    slot.refresh_from_db()
    assert slot.token_digest == hashlib.sha256(token.encode()).hexdigest()
    assert len(token) == 32
    assert token != _slot(charger)[1]


def test_an_address_takes_one_file(charger: Charger) -> None:
    slot, token = _slot(charger)
    _send(token, b"first")
    with pytest.raises(NotFound):
        _send(token, b"second")
    slot.refresh_from_db()
    assert slot.size == 5


def test_an_unknown_address_takes_none(charger: Charger, folder: Path) -> None:
    _slot(charger)
    for token in ("", "x", "\ud83d", "\x00"):
        with pytest.raises(NotFound):
            _send(token, b"x")
    assert list(folder.glob("*")) == []


def test_it_expires_after_an_hour(charger: Charger) -> None:
    _, token = _slot(charger)
    with pytest.raises(NotFound):
        _send(token, b"x", after=timedelta(hours=1))
    _send(token, b"x", after=timedelta(minutes=59))


def test_what_fails_leaves_nothing_and_may_be_tried_again(charger: Charger, folder: Path) -> None:
    slot, token = _slot(charger)

    def broken() -> None:
        with uploads.receive(token, NOON) as incoming:
            incoming.write(b"half")
            raise OSError("the connection broke")

    with pytest.raises(OSError, match="broke"):
        broken()
    assert list(folder.glob("*")) == []
    _send(token, b"whole")
    slot.refresh_from_db()
    assert (slot.size, slot.attempts) == (5, 2)


def test_it_is_not_tried_for_ever(charger: Charger) -> None:
    _, token = _slot(charger)
    for _ in range(uploads.MOST_ATTEMPTS):
        with pytest.raises(Invalid):
            _send(token)
    with pytest.raises(NotFound):
        _send(token, b"x")


def test_the_limit_is_kept_while_it_is_received(
    charger: Charger, folder: Path, settings: Settings
) -> None:
    settings.OCPP_UPLOAD_MAX_MB = 1
    slot, token = _slot(charger)
    _send(token, b"x" * 1_000_000)
    slot.refresh_from_db()
    assert slot.size == 1_000_000

    slot, token = _slot(charger)
    written = []
    with uploads.receive(token, NOON) as incoming:
        incoming.write(b"x" * 999_999)
        with pytest.raises(uploads.TooLarge, match="longer than 1 MB"):
            incoming.write(b"xx")
        written.append(incoming.size)
    assert written == [999_999]
    slot.refresh_from_db()
    assert slot.used is None
    assert len(list(folder.iterdir())) == 1


def test_an_empty_file_is_none(charger: Charger, folder: Path) -> None:
    slot, token = _slot(charger)
    with pytest.raises(Invalid, match="is empty"):
        _send(token, b"")
    slot.refresh_from_db()
    assert slot.used is None
    assert list(folder.glob("*")) == []


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("d.log", "d.log"),
        ("../../etc/passwd", "passwd"),
        ("C:\\logs\\d.log", "d.log"),
        ("..", ""),
        ("", ""),
        ('a"b\r\nSet-Cookie: x', "abSet-Cookie: x"),
        ("log\u202egol.exe", "loggol.exe"),
        ("diagnóstico ⚡.zip", "diagnóstico ⚡.zip"),
        ("x" * 300 + ".zip", "x" * 96 + ".zip"),
    ],
)
def test_names_are_made_harmless(given: str, name: str) -> None:
    assert uploads.clean_name(given) == name


def test_the_announced_name_stands_in(charger: Charger) -> None:
    slot, token = _slot(charger)
    UploadSlot.objects.update(announced="/var/log/announced.zip")
    _send(token, b"x", name="")
    slot.refresh_from_db()
    assert slot.file_name == "announced.zip"


def test_a_deleted_slot_takes_its_file_along(
    charger: Charger, folder: Path, django_capture_on_commit_callbacks: object
) -> None:
    _, token = _slot(charger)
    _send(token, b"x")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        charger.delete()
    assert list(folder.glob("*")) == []


def test_what_a_killed_process_left_is_removed(folder: Path) -> None:
    folder.mkdir()
    for name, hours in (("old.part", 7), ("new.part", 5), ("old", 7)):
        path = folder / name
        path.write_bytes(b"x")
        moment = (NOON - timedelta(hours=hours)).timestamp()
        os.utime(path, (moment, moment))
    assert uploads.sweep() == 1
    assert {path.name for path in folder.iterdir()} == {"new.part", "old"}


@pytest.mark.django_db(transaction=True)
def test_of_uploads_at_the_same_time_one_is_kept(folder: Path) -> None:
    _, token = _slot(make_charger())
    together = threading.Barrier(4)
    results: list[str] = []

    def send(number: int) -> None:
        try:
            with uploads.receive(token, NOON) as incoming:
                incoming.write(b"x" * (number + 1))
                together.wait(timeout=10)
                incoming.keep(f"{number}", NOON)
            results.append("kept")
        except Conflict:
            results.append("conflict")
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["conflict", "conflict", "conflict", "kept"]
    slot = UploadSlot.objects.get()
    (path,) = folder.iterdir()
    assert path == uploads.path_of(slot)
    assert path.stat().st_size == slot.size == int(slot.file_name) + 1
