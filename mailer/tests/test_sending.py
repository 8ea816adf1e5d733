"""Sending through a real SMTP server that fails in each of the ways in which one can."""

import logging
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone
from pytest_django import Settings

from mailer.domain import claims, queue
from mailer.domain.queue import File
from mailer.domain.sending import send_queued
from mailer.models import Email, Outcome, Priority, State
from mailer.tests.conftest import Queue, make_due, use
from tests.support.mail_server import MailServer


def words_of(email: Email) -> list[str]:
    return list(email.log.values_list("outcome", flat=True))


def test_an_email_arrives_as_it_was_written(mail_server: MailServer, put: Queue) -> None:
    email = put(
        "ana@example.com",
        subject="Café ñandú",
        html="<p>Hello</p>",
        cc=["eva@example.com"],
        files=[File("a.pdf", "application/pdf", b"%PDF\x00\xff")],
    )
    done = send_queued()
    assert (done.sent, done.trouble) == (1, "")
    [(to, message)] = mail_server.delivered
    assert to == ["ana@example.com", "eva@example.com"]
    assert message["Message-ID"] == email.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Cc"] == "eva@example.com"
    assert "List-Unsubscribe" not in message
    parts = {part.get_content_type(): part for part in message.walk()}
    text = parts["text/plain"].get_payload(decode=True)
    assert isinstance(text, bytes)
    assert text.decode().splitlines() == ["A line.", ".", "Another, with ñ."]
    assert parts["application/pdf"].get_payload(decode=True) == b"%PDF\x00\xff"
    assert parts["application/pdf"].get_filename() == "a.pdf"
    email.refresh_from_db()
    assert (email.state, email.attempts, email.last_error) == (State.SENT, 1, "")
    assert email.sent is not None
    assert words_of(email) == [Outcome.SENT]
    assert send_queued().handled == 0


def test_451_is_tried_again_later(mail_server: MailServer, put: Queue) -> None:
    email = put("again-1-x@example.com")
    assert send_queued().later == 1
    email.refresh_from_db()
    assert email.state == State.QUEUED
    assert email.last_error == "again-1-x@example.com: 451 4.7.1 try again later"
    assert email.next_try is not None
    assert timedelta(seconds=30) < email.next_try - timezone.now() <= timedelta(seconds=60)
    assert send_queued().handled == 0
    make_due()
    assert send_queued().sent == 1
    assert words_of(email) == [Outcome.LATER, Outcome.SENT]
    assert mail_server.received() == {"again-1-x@example.com": 1}


def test_550_fails_with_the_words_of_the_server(mail_server: MailServer, put: Queue) -> None:
    email = put("never-x@example.com")
    assert send_queued().failed == 1
    email.refresh_from_db()
    assert (email.state, email.next_try) == (State.FAILED, None)
    assert email.last_error == "never-x@example.com: 550 5.1.1 nobody of that name here"
    assert send_queued().handled == 0
    assert queue.try_again(Email.objects.all()) == 1
    assert send_queued().failed == 1
    assert email.log.count() == 2


def test_a_connection_that_drops_before_the_data_is_no_doubt(
    mail_server: MailServer, put: Queue
) -> None:
    email, other = put("drop-1-x@example.com"), put("ana@example.com")
    done = send_queued()
    assert (done.later, done.sent) == (1, 1)
    email.refresh_from_db()
    assert (email.state, email.uncertain) == (State.QUEUED, 0)
    assert email.last_error == "The mail server has dropped the connection."
    make_due()
    assert send_queued().sent == 1
    assert mail_server.received() == {"drop-1-x@example.com": 1, "ana@example.com": 1}
    other.refresh_from_db()
    assert other.state == State.SENT


def test_a_connection_that_drops_after_the_data_is_in_doubt(
    mail_server: MailServer, put: Queue
) -> None:
    email, worse = put("lost-1-x@example.com"), put("lost-9-x@example.com")
    for _ in range(4):
        send_queued()
        make_due()
    email.refresh_from_db()
    worse.refresh_from_db()
    assert (email.state, email.uncertain) == (State.SENT, 1)
    assert words_of(email) == [Outcome.UNCERTAIN, Outcome.SENT]
    assert (worse.state, worse.uncertain) == (State.FAILED, 2)
    # Once more, and never again after that.
    assert mail_server.received() == {"lost-1-x@example.com": 2, "lost-9-x@example.com": 2}
    first, second = (m for to, m in mail_server.delivered if to == ["lost-1-x@example.com"])
    assert first["Message-ID"] == second["Message-ID"]


def test_some_recipients_are_refused(mail_server: MailServer, put: Queue) -> None:
    email = put("ana@example.com", "never-x@example.com")
    assert send_queued().sent == 1
    assert mail_server.received() == {"ana@example.com": 1}
    last = email.log.get()
    assert "never-x@example.com: 550" in last.words


def test_nobody_gets_it_twice_because_another_is_taken_later(
    mail_server: MailServer, put: Queue, settings: Settings
) -> None:
    put("ana@example.com", "again-1-x@example.com")
    assert send_queued().later == 1
    assert mail_server.delivered == []
    make_due()
    assert send_queued().sent == 1
    settings.MAILER_ATTEMPTS = 1
    put("eva@example.com", "again-9-x@example.com")
    assert send_queued().sent == 1
    received = mail_server.received()
    assert set(received.values()) == {1}
    assert "again-9-x@example.com" not in received


def test_after_the_last_attempt_it_is_given_up(
    mail_server: MailServer, put: Queue, settings: Settings
) -> None:
    settings.MAILER_ATTEMPTS = 3
    email = put("again-9-x@example.com")
    for _ in range(5):
        send_queued()
        make_due()
    email.refresh_from_db()
    assert (email.state, email.attempts) == (State.FAILED, 3)


def test_pauses_become_longer(put: Queue, settings: Settings) -> None:
    email = put("ana@example.com")
    pauses = []
    for _ in range(10):
        make_due()
        claim = claims.next_email()
        assert claim is not None
        claims.finish(claim, claims.Result(Outcome.LATER, "451 no"))
        email.refresh_from_db()
        assert email.next_try is not None
        pauses.append(round((email.next_try - timezone.now()).total_seconds(), -1))
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (60, 28800)


def test_urgent_first_and_none_before_its_time(mail_server: MailServer, put: Queue) -> None:
    put("c@example.com", priority=Priority.BULK)
    put("b@example.com")
    put("a@example.com", priority=Priority.URGENT)
    put("later@example.com", scheduled=timezone.now() + timedelta(hours=1))
    assert send_queued(limit=2).sent == 2
    assert send_queued().sent == 1
    assert [to[0][0] for to, _message in mail_server.delivered] == ["a", "b", "c"]


def test_a_server_that_is_away_costs_one_attempt_a_round(
    mail_server: MailServer, put: Queue
) -> None:
    mail_server.stop()
    put("a@example.com")
    put("b@example.com")
    done = send_queued()
    assert (done.later, done.sent) == (1, 0)
    assert "refused" in done.trouble.lower()
    assert Email.objects.filter(attempts=0).count() == 1


def test_without_a_mail_server_everything_waits(put: Queue, settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", ""
    email = put("a@example.com")
    assert send_queued().trouble == "No mail server is set (EMAIL_HOST)."
    email.refresh_from_db()
    assert (email.state, email.attempts) == (State.QUEUED, 0)


# The server of this test asks for a password without TLS.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_wrong_password_is_told_but_not_which(
    put: Queue, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    server = MailServer(password="the right one").start()
    try:
        use(server, settings)
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "node", "hunter2-secret"
        email = put("a@example.com")
        with caplog.at_level(logging.DEBUG):
            done = send_queued()
        email.refresh_from_db()
        assert (email.state, done.later) == (State.QUEUED, 1)
        assert email.last_error.startswith("535")
        assert "hunter2" not in caplog.text + email.last_error + done.trouble
        settings.EMAIL_HOST_PASSWORD = "the right one"
        make_due()
        assert send_queued().sent == 1
    finally:
        server.stop()


def test_a_claim_that_was_lost_sends_nothing(
    mail_server: MailServer, put: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = put("a@example.com")
    real = claims.renew

    def stolen(claim: claims.Claim) -> bool:
        Email.objects.update(claimed_until=Now() - timedelta(seconds=1))
        claims.recover()
        return real(claim)

    monkeypatch.setattr(claims, "renew", stolen)
    send_queued(limit=1, seconds=0.5)
    email.refresh_from_db()
    assert mail_server.delivered == []
    assert email.state in (State.QUEUED, State.FAILED)
    assert Outcome.UNCERTAIN in words_of(email)
