"""The JSON API, the link to unsubscribe, the admin, the command, the duty."""

import base64
import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.domain import tokens
from accounts.models import ApiToken, User
from mailer.checks import mail_settings
from mailer.domain import housekeeping, queue, templates, unsubscribing
from mailer.domain.sending import send_queued
from mailer.models import Attempt, Email, State, Template, Unsubscription
from mailer.tests.conftest import Queue
from tests.support.mail_server import MailServer


@pytest.fixture
def admin(db: None) -> Client:
    """A superuser who has logged in."""
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def post(
    client: Client, path: str, told: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    body = json.dumps(told or {})
    answer = client.post(path, body, content_type="application/json", headers=headers)
    return answer.status_code, answer.json()


def test_a_template_an_email_and_its_state(admin: Client, mail_server: MailServer) -> None:
    template = {
        "slug": "invitation",
        "placeholders": ["name"],
        "texts": {"es": {"subject": "Hola {name}", "text": "Venga."}},
    }
    status, told = post(admin, "/mailer/templates/", template)
    assert (status, told["placeholders"], told["standard"]) == (201, ["name"], False)
    assert post(admin, "/mailer/templates/", template)[0] == 200
    assert "invitation" in [one["slug"] for one in admin.get("/mailer/templates/").json()]
    wish = {
        "to": ["ana@example.com"],
        "template": "invitation",
        "values": {"name": "Ana"},
        "language": "es",
        "key": "invitation-7",
        "priority": 1,
        "attachments": [
            {
                "name": "plan.txt",
                "content_type": "text/plain",
                "content_base64": base64.b64encode(b"x").decode(),
            }
        ],
    }
    status, email = post(admin, "/mailer/emails/", wish)
    assert (status, email["state"], email["subject"]) == (201, "queued", "Hola Ana")
    # Asked again it is the same e-mail.
    assert post(admin, "/mailer/emails/", wish)[1]["id"] == email["id"]
    send_queued()
    told = admin.get(f"/mailer/emails/{email['id']}/").json()
    assert (told["state"], told["attempts"]) == ("sent", 1)
    assert told["log"][0]["words"].startswith("250")
    assert admin.get("/mailer/emails/0/").status_code == 404
    assert post(admin, "/mailer/purge/") == (200, {"deleted": 1})
    assert not Email.objects.exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"to": []}, "1 to 50 recipients"),
        ({"to": ["ana"]}, "'ana' is no e-mail address"),
        ({"to": ["a@example.com\nBcc: b@example.com"]}, "no e-mail address"),
        ({"subject": "a\nBcc: b@example.com"}, "on one line"),
        ({"subject": ""}, "on one line"),
        ({"text": " "}, "needs a text"),
        ({"text": "a\x00"}, "no NUL"),
        ({"priority": 9}, "1, 2 or 3"),
        ({"scheduled": "2027-01-31T08:00:00"}, "time zone"),
        ({"topic": "news", "to": ["a@example.com", "b@example.com"]}, "one address at a time"),
        ({"template": "x"}, "not both"),
        ({"template": "x", "subject": "", "text": ""}, "no template x"),
        ({"attachments": [("a.txt", "text/plain", "%%%")]}, "not base64"),
        ({"attachments": [("../a", "text/plain", "eA==")]}, "name of a file"),
        ({"attachments": [("a\u202ecod.exe", "text/plain", "eA==")]}, "name of a file"),
        ({"attachments": [("a", "message/rfc822", "eA==")]}, "type of a file"),
        ({"attachments": [("a", "text/plain", "A" * 1_400_000)]}, "at most 1024 KiB"),
    ],
)
def test_a_wrong_email_is_refused_and_not_queued(
    admin: Client, change: dict[str, Any], reason: str
) -> None:
    files = change.pop("attachments", [])
    keys = ("name", "content_type", "content_base64")
    told = {"to": ["ana@example.com"], "subject": "s", "text": "t", **change}
    told["attachments"] = [dict(zip(keys, file, strict=True)) for file in files]
    status, answer = post(admin, "/mailer/emails/", told)
    assert status == 400
    assert reason in answer["detail"]
    assert not Email.objects.exists()


@pytest.mark.django_db
def test_who_may_use_it() -> None:
    paths = ["/mailer/templates/", "/mailer/emails/", "/mailer/purge/"]
    email = {"to": ["a@example.com"], "subject": "s", "text": "t"}
    template = {"slug": "a", "texts": {}}
    bodies = dict(zip(paths, [template, email, {}], strict=True))
    staff = User.objects.create_user("eva", is_staff=True)
    driver = User.objects.create_user("ana")
    for path in paths:
        assert post(Client(), path, bodies[path])[0] == 401
        for user in (staff, driver):
            client = Client()
            client.force_login(user)
            assert post(client, path, bodies[path])[0] == 403
    root = User.objects.create_superuser("root")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(root)
    assert post(strict, "/mailer/purge/")[0] == 403
    expires = timezone.now() + timedelta(days=1)
    _token, secret = tokens.create(root, "t", expires, ApiToken.Scope.FULL)
    answer = post(Client(), "/mailer/purge/", headers={"Authorization": f"Bearer {secret}"})
    assert answer == (200, {"deleted": 0})


def test_one_unsubscribes_with_a_signed_link(
    mail_server: MailServer, put: Queue, client: Client
) -> None:
    put("Ana@Example.com", topic="news")
    waiting = put("ana@example.com", topic="news", scheduled=timezone.now() + timedelta(hours=1))
    assert send_queued().sent == 1
    [(_to, message)] = mail_server.delivered
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = "".join(message["List-Unsubscribe"].split()).strip("<>")
    path = link.removeprefix("https://node.example")
    assert client.get(path).status_code == 200
    assert not Unsubscription.objects.exists()
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert client.post(path[:-3] + "x/").status_code == 404
    # Nothing goes out any more: neither what waits nor what is new; other topics do.
    Email.objects.filter(pk=waiting.pk).update(next_try=timezone.now())
    assert send_queued().cancelled == 1
    assert put("ana@example.com", topic="news").state == State.CANCELLED
    assert put("ana@example.com", topic="other").state == State.QUEUED
    assert len(mail_server.delivered) == 1


def test_the_admin_shows_the_queue_and_its_status(admin: Client, put: Queue) -> None:
    email = put("ana@example.com", subject="A <b>subject</b>")
    Email.objects.filter(pk=email.pk).update(last_error="451 later", attempts=1)
    Attempt.objects.create(
        email=email, number=1, began=timezone.now(), outcome="later", words="451 later", process="p"
    )
    page = admin.get("/admin/mailer/email/").content.decode()
    for part in ("Status of the queue", "451 later", "A &lt;b&gt;subject&lt;/b&gt;"):
        assert part in page
    assert "451 later" in admin.get(f"/admin/mailer/email/{email.pk}/change/").content.decode()
    for action, state in (("cancel", "cancelled"), ("try_again", "queued")):
        admin.post("/admin/mailer/email/", {"action": action, "_selected_action": [email.pk]})
        email.refresh_from_db()
        assert email.state == state


def test_the_admin_previews_templates_and_refuses_wrong_placeholders(admin: Client) -> None:
    templates.lay_out()
    row = Template.objects.get(slug="notifications.session_ended")
    path = f"/admin/mailer/template/{row.pk}/change/"
    page = admin.get(path).content.decode()
    for part in ("Your receipt: 21.500 kWh", "Su recibo: 21.500 kWh", 'sandbox=""'):
        assert part in page
    form = {
        "about": "",
        "texts-TOTAL_FORMS": "1",
        "texts-INITIAL_FORMS": "0",
        "texts-0-language": "es",
        "texts-0-subject": "Listo",
        "texts-0-text": "{user.password}",
    }
    answer = admin.post(path, form)
    assert "{user.password} is no placeholder" in answer.content.decode()
    assert not row.texts.exists()
    assert admin.post(path, {**form, "texts-0-text": "{energy_kwh}"}).status_code == 302
    assert row.texts.get().subject == "Listo"
    for path in ("/admin/mailer/template/", "/admin/mailer/unsubscription/"):
        assert admin.get(path).status_code == 200


def test_the_command_tells_what_it_does(mail_server: MailServer, put: Queue) -> None:
    put("ana@example.com")
    put("never-x@example.com")
    out = StringIO()
    call_command("send_queued", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("[1/2] ")
    assert lines[0].endswith("ana@example.com: sent")
    assert lines[1].endswith("never-x@example.com: failed")
    assert lines[2] == "1 sent, 0 to be tried again, 1 failed, 0 cancelled."
    mail_server.stop()
    put("ana@example.com")
    with pytest.raises(CommandError, match="refused"):
        call_command("send_queued", stdout=out)


def test_the_duty_sends_and_old_ones_go(
    mail_server: MailServer, put: Queue, settings: Settings
) -> None:
    old, new = put("a@example.com"), put("b@example.com")
    waiting = put("c@example.com", scheduled=timezone.now() + timedelta(days=1))
    assert str(housekeeping.send()) == "2 sent, 0 to be tried again, 0 failed"
    long_ago = timezone.now() - timedelta(days=91)
    Email.objects.filter(pk__in=[old.pk, waiting.pk]).update(created=long_ago)
    assert housekeeping.prune() == 1
    assert set(Email.objects.values_list("pk", flat=True)) == {new.pk, waiting.pk}
    settings.MAILER_KEEP_DAYS = 0
    Email.objects.update(created=long_ago)
    assert housekeeping.prune() == 0


def test_settings_that_cannot_work_are_named(settings: Settings) -> None:
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = True
    settings.EMAIL_TIMEOUT, settings.MAILER_LEASE_S = 60, 100
    assert [error.id for error in mail_settings()] == ["mailer.E001", "mailer.E002"]


def test_purging_keeps_what_was_not_sent(put: Queue) -> None:
    put("a@example.com")
    assert queue.purge() == 0
    assert unsubscribing.read("nonsense") is None


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/mailer/templates/", "/mailer/emails/"])
def test_who_may_not_send_is_not_told_what_is_wrong(path: str) -> None:
    client = Client()
    client.force_login(User.objects.create_user("eva", is_staff=True))
    assert post(client, path, {})[0] == 403
