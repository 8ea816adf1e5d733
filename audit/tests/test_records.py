"""Records: made with the deed, never changed, removed by age only."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from audit import domain
from audit.models import Record, RecordIsFinal
from audit.redaction import REDACTED, redact

pytestmark = pytest.mark.django_db


def test_who_and_from_where() -> None:
    own = domain.record("a.deed")
    assert (own.user_pk, own.door, own.origin) == (None, "system", "")
    actor = domain.Actor("api", "192.0.2.7", lambda: 7)
    with domain.acting(actor):
        made = domain.record("a.deed", own, before={"a": 1}, after={"a": 2})
    assert (made.user_pk, made.door, made.origin) == (7, "api", "192.0.2.7")
    assert (made.subject_type, made.subject_pk) == ("audit.record", str(own.pk))
    assert (made.before, made.after) == ({"a": 1}, {"a": 2})
    assert domain.current() is None


def test_no_deed_no_record() -> None:
    def fails() -> None:
        with transaction.atomic():
            domain.record("a.deed")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert not Record.objects.exists()


def test_secrets_stay_outside() -> None:
    told = {
        "password": "x",
        "new_token": "y",
        "key": "AuthorizationKey",
        "value": "z",
        "list": [{"apiKey": "q", "name": "n"}],
        "secret": "",
        "amount": 3,
        "when": timedelta(1),
    }
    shown = redact(told)
    assert shown["password"] == shown["new_token"] == shown["value"] == REDACTED
    assert shown["list"] == [{"apiKey": REDACTED, "name": "n"}]
    assert (shown["amount"], shown["secret"], shown["when"]) == (3, "", "1 day, 0:00:00")
    assert redact({"key": "HeartbeatInterval", "value": "60"})["value"] == "60"


def test_the_model_refuses() -> None:
    made = domain.record("a.deed")
    for change in (
        made.save,
        made.delete,
        Record.objects.all().delete,
        lambda: Record.objects.update(deed="x"),
        lambda: Record.objects.bulk_update([made], ["deed"]),
    ):
        with pytest.raises(RecordIsFinal):
            change()
    assert Record.objects.get().deed == "a.deed"


def test_the_database_refuses() -> None:
    domain.record("a.deed")
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        QuerySet(Record).update(deed="x")
    if connection.vendor == "postgresql":
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            QuerySet(Record).all().delete()
    assert Record.objects.get().deed == "a.deed"


def aged(days: int) -> Record:
    """A record of so many days ago: inserted like that, because none can be changed."""
    made = Record(deed=f"{days} days ago", door="system")
    moment = timezone.now() - timedelta(days=days)
    field = Record._meta.get_field("created")
    field.auto_now_add = False
    try:
        made.created = moment
        made.save()
    finally:
        field.auto_now_add = True
    return made


@pytest.mark.parametrize(("setting", "kept"), [(60, {1, 40}), (1, {1}), (0, {1, 40, 100})])
def test_only_what_is_old_is_removed(settings: Settings, setting: int, kept: set[int]) -> None:
    settings.AUDIT_DAYS = setting
    for days in (1, 40, 100):
        aged(days)
    assert domain.remove_old() == 3 - len(kept)
    left = {(timezone.now() - record.created).days for record in Record.objects.all()}
    assert left == kept


def test_the_admin_shows_and_exports_but_changes_nothing(
    admin_client: Client, admin_user: User
) -> None:
    made = domain.record("charger.commanded", after={"action": "=reset"}, user_pk=admin_user.pk)
    listed = admin_client.get("/admin/audit/record/?deed=charger.commanded").content.decode()
    assert f"admin (#{admin_user.pk})" in listed
    one = f"/admin/audit/record/{made.pk}/"
    assert "=reset" in admin_client.get(f"{one}change/").content.decode()
    assert admin_client.post(f"{one}change/", {"deed": "x"}).status_code == 403
    assert admin_client.post(f"{one}delete/").status_code == 403
    form = {"action": "export_csv", "_selected_action": [made.pk]}
    exported = admin_client.post("/admin/audit/record/", form)
    assert "charger.commanded" in exported.content.decode()
    taken = Record.objects.get(deed="audit.exported")
    assert (taken.user_pk, taken.origin, taken.door) == (admin_user.pk, "127.0.0.1", "web")


def test_only_who_may_sees_it(client: Client) -> None:
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    assert client.get("/admin/audit/record/").status_code == 403
