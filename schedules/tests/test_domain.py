"""Duties: due, claimed by one, tried again after failure, and broken off."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now

from schedules import domain
from schedules.models import Schedule


class Work:
    """A duty that counts, and fails when it is told to."""

    def __init__(self) -> None:
        self.times = 0
        self.error: Exception | None = None

    def __call__(self) -> int:
        self.times += 1
        if self.error is not None:
            raise self.error
        return self.times


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """The only duty there is."""
    monkeypatch.setattr(domain, "_duties", {})
    work = Work()
    domain.register("count", work, every_s=600, label="Counts", limit_s=60)
    return work


def due(**facts: object) -> None:
    Schedule.objects.update(**{"next_run": Now() - timedelta(seconds=1), **facts})


def seconds_until_next() -> float:
    schedule = Schedule.objects.annotate(now=Now()).get()
    return (schedule.next_run - schedule.now).total_seconds()


@pytest.mark.django_db
def test_it_is_first_due_a_minute_after_it_is_known(work: Work) -> None:
    domain.make_rows()
    domain.make_rows()
    assert 50 < seconds_until_next() <= 60
    assert list(domain.run_due()) == []
    assert work.times == 0


@pytest.mark.django_db
def test_what_is_due_is_done_once_and_then_again_after_its_interval(work: Work) -> None:
    domain.make_rows()
    due()
    assert list(domain.run_due()) == ["count"]
    assert list(domain.run_due()) == []
    assert work.times == 1
    schedule = Schedule.objects.get()
    assert schedule.last_run is not None
    assert schedule.last_success is not None
    assert (schedule.claimed_by, schedule.claimed_until, schedule.last_error) == ("", None, "")
    assert 590 < seconds_until_next() <= 600


@pytest.mark.django_db
def test_what_failed_is_tried_again_later_and_later(
    work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    domain.make_rows()
    work.error = ValueError("no disk")
    pauses = []
    for _ in range(4):
        due()
        assert list(domain.run_due()) == ["count"]
        pauses.append(round(seconds_until_next(), -1))
    assert pauses == [60, 300, 600, 600]
    schedule = Schedule.objects.get()
    assert (schedule.failures, schedule.last_error) == (4, "ValueError: no disk")
    assert schedule.last_success is None
    work.error = None
    due()
    assert list(domain.run_due()) == ["count"]
    schedule.refresh_from_db()
    assert (schedule.failures, schedule.last_error) == (0, "")
    assert "Schedule count failed" in caplog.text


class LockNotAvailableError(Exception):
    """As psycopg2 tells that a lock was waited for too long."""

    pgcode = "55P03"


def database_error(text: str, cause: Exception | None = None) -> OperationalError:
    error = OperationalError(text)
    error.__cause__ = cause
    return error


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "is_fault"),
    [
        (database_error("database is locked"), False),
        (database_error("canceling statement due to lock timeout", LockNotAvailableError()), False),
        (database_error("no such table: x"), True),
    ],
)
def test_a_busy_database_is_no_fault_of_the_duty(
    work: Work, caplog: pytest.LogCaptureFixture, error: OperationalError, *, is_fault: bool
) -> None:
    domain.make_rows()
    work.error = error
    due()
    assert list(domain.run_due()) == ["count"]
    assert Schedule.objects.get().failures == 1
    (record,) = [one for one in caplog.records if "count failed" in one.getMessage()]
    assert (record.levelname, record.exc_info is not None) == (
        ("ERROR", True) if is_fault else ("WARNING", False)
    )


@pytest.mark.django_db
def test_a_claim_that_lasts_is_respected_and_one_that_is_over_is_not(
    work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    domain.make_rows()
    due(claimed_by="other/1/x", claimed_until=Now() + timedelta(seconds=30))
    assert list(domain.run_due()) == []
    due(claimed_by="other/1/x", claimed_until=Now() - timedelta(seconds=30))
    assert list(domain.run_due()) == ["count"]
    assert work.times == 1
    assert "was broken off by other/1/x" in caplog.text


@pytest.mark.django_db
def test_who_took_too_long_does_not_end_the_claim_of_another(work: Work) -> None:
    domain.make_rows()
    due()
    duty = domain.duties()[0]
    old = domain.claim_next(duty)
    assert old is not None
    due(claimed_until=Now() - timedelta(seconds=1))
    new = domain.claim_next(duty)
    assert new is not None
    domain._succeeded(duty, old)
    assert Schedule.objects.get().claimed_by == new


@pytest.mark.django_db(transaction=True)
def test_of_many_that_look_at_the_same_moment_one_does_it(work: Work) -> None:
    domain.make_rows()
    due()
    together = threading.Barrier(6)
    errors: list[Exception] = []

    def look() -> None:
        try:
            together.wait(10)
            list(domain.run_due())
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert work.times == 1


@pytest.mark.django_db
def test_it_can_be_made_due(work: Work) -> None:
    domain.make_rows()
    assert domain.run_now(["count", "nothing"]) == 1
    assert list(domain.run_due()) == ["count"]


@pytest.mark.django_db
def test_an_interval_that_was_changed_counts_from_now(work: Work) -> None:
    domain.make_rows()
    Schedule.objects.update(next_run=Now() + timedelta(days=1), every_s=86400)
    domain.make_rows()
    assert 590 < seconds_until_next() <= 600
    assert Schedule.objects.get().every_s == 600


@pytest.mark.django_db
def test_what_this_version_does_not_know_is_left_to_others(work: Work) -> None:
    domain.make_rows()
    Schedule.objects.create(name="newer", every_s=1, next_run=Now() - timedelta(days=1))
    assert list(domain.run_due()) == []


def test_a_name_is_given_once(work: Work) -> None:
    domain.register("count", work, every_s=5, label="")
    with pytest.raises(ValueError, match="'count'"):
        domain.register("count", lambda: None, every_s=5, label="")
