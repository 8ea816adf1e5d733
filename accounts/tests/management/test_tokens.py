"""`create_token`, `list_tokens` and `revoke_token`."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.domain import tokens
from accounts.models import ApiToken, User

pytestmark = pytest.mark.django_db


def run(*args: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(*args, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_secret_is_alone_on_standard_output(driver: User) -> None:
    out, err = run("create_token", "ana", "--name", "wallboard")
    found = tokens.find(out.strip())
    assert found is not None
    assert (found.user, found.name, found.expires, found.scope) == (
        driver,
        "wallboard",
        None,
        ApiToken.Scope.FULL,
    )
    assert "wallboard" in err
    assert out.strip() not in err


def test_days_and_scope(driver: User) -> None:
    out, _err = run("create_token", "ana", "--name", "report", "--days", "30", "--read-only")
    found = tokens.find(out.strip())
    assert found is not None
    assert found.scope == ApiToken.Scope.READ
    assert found.expires is not None
    assert abs(found.expires - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["eva", "--name", "x"], "no user “eva”"),
        (["former", "--name", "x"], "“former” is deactivated"),
        (["ana", "--name", ""], "1 to 100 characters"),
        (["ana", "--name", "x" * 101], "1 to 100 characters"),
        (["ana", "--name", "x", "--days", "0"], "--days is 0: write 1 to 36500"),
        (["ana", "--name", "x", "--days", "99999999"], "--days is 99999999"),
    ],
)
def test_what_cannot_be_made_is_refused(driver: User, args: list[str], says: str) -> None:
    User.objects.create_user("former", is_active=False)
    with pytest.raises(CommandError, match=says):
        run("create_token", *args)
    assert not ApiToken.objects.exists()


def test_listing_and_revoking(driver: User) -> None:
    other = User.objects.create_user("eva")
    token, text = tokens.create(driver, "wallboard")
    tokens.create(other, "old", timezone.now() - timedelta(days=1))
    tokens.find(text)
    out, _err = run("list_tokens")
    assert len(out.splitlines()) == 2
    out, _err = run("list_tokens", "ana")
    cells = out.strip().split("\t")
    assert cells[:4] == [token.prefix, "ana", "full", "valid"]
    assert cells[5] == "wallboard"
    assert cells[4].startswith(str(timezone.now().year))
    assert "\texpired\t-\told" in run("list_tokens", "eva")[0]

    assert "is revoked." in run("revoke_token", token.prefix)[0]
    assert tokens.find(text) is None
    assert "\trevoked\t" in run("list_tokens", "ana")[0]
    tokens.create(other, "third")
    User.objects.filter(pk=other.pk).update(is_active=False)
    assert "\tuser deactivated\t" in run("list_tokens", "eva")[0]
    with pytest.raises(CommandError, match="no token “00000000”"):
        run("revoke_token", "00000000")
