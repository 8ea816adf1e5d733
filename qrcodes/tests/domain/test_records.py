"""Making, finding and drawing QR codes."""

import io
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from PIL import Image

from qrcodes import domain
from qrcodes.domain import records
from qrcodes.models import MAX_BYTES, QRLink, key_of

URL = "https://node.example/ocpp/c/CP1/"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_the_drawing_is_a_square_png_with_a_quiet_zone() -> None:
    picture = Image.open(io.BytesIO(domain.draw(URL)))
    assert picture.format == "PNG"
    assert picture.width == picture.height
    edge = domain.PIXELS * domain.QUIET_ZONE
    corner = picture.convert("L").crop((0, 0, edge, edge))
    assert corner.getextrema() == (255, 255)
    assert picture.convert("L").getpixel((edge, edge)) == 0


def test_the_same_value_draws_the_same_bytes() -> None:
    assert domain.draw(URL) == domain.draw(URL)
    assert domain.draw(URL) != domain.draw(URL + "?")


@pytest.mark.parametrize(
    "value",
    ["", "a\x00b", "\ud800", "x" * (MAX_BYTES + 1), "ñ" * (MAX_BYTES // 2 + 1)],
    ids=["empty", "nul", "lone surrogate", "too long", "too long in UTF-8"],
)
@pytest.mark.django_db
def test_a_value_that_cannot_be_a_code_is_refused(value: str, media: Path) -> None:
    with pytest.raises(ValidationError):
        domain.draw(value)
    with pytest.raises(ValidationError):
        domain.get_or_create(value)
    with pytest.raises(ValidationError):
        QRLink.objects.create(value=value)
    assert not QRLink.objects.exists()
    assert files(media) == []


@pytest.mark.parametrize("value", ["x" * MAX_BYTES, "ñ" * (MAX_BYTES // 2), "日本 ⚡", "'; --"])
@pytest.mark.django_db
def test_any_other_value_is_kept_as_it_is(value: str) -> None:
    domain.get_or_create(value)
    assert QRLink.objects.get().value == value


@pytest.mark.django_db
def test_there_is_one_record_and_one_file_of_a_value(media: Path) -> None:
    first = domain.get_or_create(URL)
    second = domain.get_or_create(URL)
    assert first.pk == second.pk
    assert [path.read_bytes() for path in files(media)] == [domain.draw(URL)]
    assert domain.get_or_create(URL + "2/").pk != first.pk


@pytest.mark.django_db
def test_a_record_made_by_hand_has_its_image_too(media: Path) -> None:
    link = QRLink.objects.create(value=URL)
    assert link.key == key_of(URL)
    assert Path(link.image.path).read_bytes() == domain.draw(URL)
    link.save()
    assert len(files(media)) == 1


@pytest.mark.django_db(transaction=True)
def test_threads_that_ask_at_once_get_the_same_record(media: Path) -> None:
    together = threading.Barrier(8)
    found: list[int] = []
    failed: list[BaseException] = []

    def ask() -> None:
        try:
            for number in range(5):
                together.wait(timeout=20)
                found.append(domain.get_or_create(f"{URL}{number}").pk)
        except BaseException as error:
            failed.append(error)
            together.abort()
        finally:
            connection.close()

    run_all([ask] * 8)
    assert failed == []
    assert len(found) == 40
    assert sorted(QRLink.objects.values_list("pk", flat=True)) == sorted(set(found))
    assert QRLink.objects.count() == 5
    assert len(files(media)) == 5
    for link in QRLink.objects.all():
        assert Path(link.image.path).read_bytes() == domain.draw(link.value)


def run_all(jobs: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.django_db
def test_it_may_be_asked_for_inside_of_a_transaction_that_goes_on() -> None:
    """A lost race must not break the caller's transaction (PostgreSQL would)."""
    QRLink.objects.create(value=URL)
    with transaction.atomic():
        link = records._create(URL)
        assert QRLink.objects.get() == link


@pytest.mark.django_db
def test_a_lost_race_leaves_no_file_behind(media: Path) -> None:
    first = domain.get_or_create(URL)
    assert records._create(URL).pk == first.pk
    assert files(media) == [Path(first.image.path)]


@pytest.mark.parametrize("damage", ["missing", "empty"])
@pytest.mark.django_db
def test_a_damaged_file_is_drawn_again(media: Path, damage: str) -> None:
    link = domain.get_or_create(URL)
    path = Path(link.image.path)
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(b"")
    assert domain.png(link) == domain.draw(URL)
    fresh = QRLink.objects.get()
    assert Path(fresh.image.path).read_bytes() == domain.draw(URL)


@pytest.mark.django_db
def test_without_a_place_to_store_it_the_code_is_drawn_each_time(
    media: Path, caplog: pytest.LogCaptureFixture
) -> None:
    media.write_text("a file where the folder should be")
    link = domain.get_or_create(URL)
    assert not link.image
    assert "could not be stored" in caplog.text
    assert domain.png(QRLink.objects.get()) == domain.draw(URL)
    media.unlink()
    assert domain.png(QRLink.objects.get()) == domain.draw(URL)
    assert Path(QRLink.objects.get().image.path).read_bytes() == domain.draw(URL)


@pytest.mark.django_db(transaction=True)
def test_the_file_goes_when_the_record_is_certainly_gone(media: Path) -> None:
    link = domain.get_or_create(URL)
    with transaction.atomic():
        link.delete()
        transaction.set_rollback(True)
    assert len(files(media)) == 1
    QRLink.objects.all().delete()
    assert files(media) == []


@pytest.mark.django_db
def test_a_file_that_is_already_gone_does_not_stop_a_delete(media: Path) -> None:
    link = domain.get_or_create(URL)
    Path(link.image.path).unlink()
    link.delete()
    assert not QRLink.objects.exists()
