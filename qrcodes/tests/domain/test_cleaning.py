"""What nobody uses any more goes, and nothing else does."""

import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from ocpp.domain import links
from ocpp.models import Charger
from qrcodes import domain
from qrcodes.domain import cleaning, records
from qrcodes.models import QRLink
from qrcodes.tests.domain.test_records import files, run_all
from schedules import domain as schedules

URL = "https://node.example/page/"


def unused(value: str, days: int = 500) -> QRLink:
    """A record that a page made and nobody has used for so long."""
    link = domain.get_or_create(value)
    QRLink.objects.filter(pk=link.pk).update(used=timezone.now() - timedelta(days=days))
    return QRLink.objects.get(pk=link.pk)


def old(path: Path) -> Path:
    """A file that has lain there for two days."""
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(path, (two_days_ago, two_days_ago))
    return path


@pytest.mark.django_db(transaction=True)
def test_what_nobody_has_used_for_long_goes_with_its_file(media: Path) -> None:
    gone, fresh = unused(URL), unused(URL + "fresh/", days=399)
    by_hand = QRLink.objects.create(value=URL + "hand/")
    QRLink.objects.filter(pk=by_hand.pk).update(used=timezone.now() - timedelta(days=5000))
    assert cleaning.clean(dry=True) == ([URL], [])
    assert QRLink.objects.count() == 3
    assert cleaning.clean() == ([URL], [])
    assert set(QRLink.objects.values_list("pk", flat=True)) == {fresh.pk, by_hand.pk}
    assert {path.stem for path in files(media)} == {fresh.key, by_hand.key}
    assert not cleaning.clean()
    # Who shows it again has it again, under the same address.
    assert domain.get_or_create(URL).key == gone.key


@pytest.mark.django_db
def test_to_be_shown_or_fetched_is_a_use(client: Client) -> None:
    shown, fetched = unused(URL), unused(URL + "2/")
    domain.get_or_create(URL)
    assert client.get(fetched.get_absolute_url()).status_code == 200
    assert not cleaning.clean()
    for link in (shown, fetched):
        link.refresh_from_db()
        assert timezone.now() - link.used < timedelta(minutes=1)


@pytest.mark.django_db
def test_a_use_is_written_down_once_a_day(django_assert_num_queries) -> None:
    domain.get_or_create(URL)
    with django_assert_num_queries(1):
        domain.get_or_create(URL)


@pytest.mark.django_db
def test_codes_of_chargers_stay_however_long_unseen(settings: Settings) -> None:
    settings.SITE_URL = "https://node.example"
    for charger_id in ("CP1", "MTY 7/ñ", "gone"):
        charger = Charger.objects.create(charger_id=charger_id)
        unused(links.landing_url(charger))
    Charger.objects.filter(charger_id="gone").delete()
    unused("https://former.example/ocpp/c/CP1/")
    assert cleaning.clean().records == [
        "https://node.example/ocpp/c/gone/",
        "https://former.example/ocpp/c/CP1/",
    ]


@pytest.mark.django_db
def test_files_without_a_record_go_when_they_are_old(media: Path) -> None:
    link = domain.get_or_create(URL)
    mine = old(Path(link.image.path))
    orphan = mine.with_name("0" * 32 + "_a1B2c3d.png")
    orphan.write_bytes(b"x")
    young = mine.with_name("1" * 32 + ".png")
    young.write_bytes(b"x")
    foreign = mine.with_name("logo.png")
    foreign.write_bytes(b"x")
    for path in (orphan, foreign):
        old(path)
    assert cleaning.clean(dry=True) == ([], [f"qrcodes/{orphan.name}"])
    assert orphan.exists()
    assert cleaning.clean() == ([], [f"qrcodes/{orphan.name}"])
    assert set(files(media)) == {mine, young, foreign}


@pytest.mark.django_db
def test_zero_days_keep_every_record(settings: Settings) -> None:
    settings.QR_KEEP_DAYS = 0
    unused(URL)
    assert not cleaning.clean()


@pytest.mark.django_db
def test_without_a_folder_there_is_nothing_to_do(media: Path) -> None:
    assert not media.exists()
    assert not cleaning.clean()


@pytest.mark.django_db
def test_a_record_that_goes_while_it_is_asked_for_is_made_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = unused(URL)
    real = records.note_use

    def slow(link: QRLink) -> bool:
        cleaning.clean()
        return real(link)

    monkeypatch.setattr(records, "note_use", slow)
    again = domain.get_or_create(URL)
    assert again.key == first.key
    assert QRLink.objects.get().pk == again.pk


def patiently(ask: Callable[[str], QRLink], value: str) -> QRLink:
    """Asks again where a busy machine holds a lock for longer than the database waits."""
    for _ in range(5):
        try:
            return ask(value)
        except OperationalError:
            continue
    return ask(value)


@pytest.mark.django_db(transaction=True)
def test_those_who_use_and_those_who_clean_at_once(media: Path) -> None:
    """Whoever asked last has a record with its file, and no file is left of none."""
    values = [f"{URL}{number}/" for number in range(20)]
    for value in values:
        unused(value)
    together = threading.Barrier(4)
    failed: list[BaseException] = []

    def use() -> None:
        try:
            together.wait(20)
            for value in values:
                assert domain.png(patiently(domain.get_or_create, value))
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    def clean() -> None:
        try:
            together.wait(20)
            for _ in range(3):
                cleaning.clean()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    run_all([use, use, clean, clean])
    assert failed == []
    assert sorted(QRLink.objects.values_list("value", flat=True)) == sorted(values)
    names = {Path(link.image.path) for link in QRLink.objects.all()}
    assert set(files(media)) == names


@pytest.mark.django_db
def test_the_command_tells_and_removes() -> None:
    unused(URL, days=40)

    def run(*arguments: str) -> list[str]:
        out = StringIO()
        call_command("clean_qrcodes", *arguments, stdout=out)
        return out.getvalue().splitlines()

    assert run() == ["0 records and 0 files removed."]
    told = [f"record {URL}", "1 records and 0 files would be removed."]
    assert run("--dry-run", "--days=30") == told
    assert run("--days=30") == [told[0], "1 records and 0 files removed."]
    assert not QRLink.objects.exists()
    with pytest.raises(CommandError, match="--days 0 is not possible"):
        run("--days=0")


def test_it_is_done_every_day() -> None:
    [duty] = [one for one in schedules.duties() if one.name == "qrcodes.clean"]
    assert duty.every_s == 24 * 3600
