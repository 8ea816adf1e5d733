"""`ensure_admin`: the first administrator, once."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User

pytestmark = pytest.mark.django_db


def run() -> str:
    out = StringIO()
    call_command("ensure_admin", stdout=out)
    return out.getvalue()


def test_a_new_node_gets_one_with_the_password_printed() -> None:
    match = re.search(r"User: admin  Password: (\S{20,})\n", run())
    assert match is not None
    (user,) = User.objects.all()
    assert user.username == "admin"
    assert user.is_superuser
    assert user.is_staff
    assert user.check_password(match[1])


@pytest.mark.parametrize("manage", ["python manage.py", "arthexis manage --data /srv/node"])
def test_what_it_names_can_be_typed_where_it_runs(settings: Settings, manage: str) -> None:
    settings.MANAGE_COMMAND = manage
    assert run().endswith(f"or with: {manage} changepassword admin\n")
    User.objects.update(is_superuser=False)
    with pytest.raises(CommandError, match=f": {manage} createsuperuser$"):
        run()


def test_a_second_run_changes_nothing() -> None:
    run()
    before = User.objects.get().password
    assert "nothing was changed" in run()
    assert User.objects.get().password == before


def test_every_node_gets_another_password() -> None:
    first = run()
    User.objects.all().delete()
    assert run() != first


def test_an_administrator_of_another_name_is_enough() -> None:
    User.objects.create_superuser("rosa", password="x")
    assert "nothing was changed" in run()
    assert not User.objects.filter(username="admin").exists()


def test_a_deactivated_administrator_does_not_count() -> None:
    User.objects.create_superuser("rosa", password="x", is_active=False)
    assert "Password:" in run()


def test_a_plain_user_of_that_name_keeps_it_and_is_named() -> None:
    User.objects.create_user("admin", password="x")
    with pytest.raises(CommandError, match="createsuperuser"):
        run()
    assert not User.objects.get(username="admin").is_superuser
