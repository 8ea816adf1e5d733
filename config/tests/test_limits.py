"""The page Limits has every limit there is."""

import re

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from config import limits
from ocpp.domain.queries import limits as page

#: The numbers of the policy (docs/decisions/0053-every-limit-on-one-page.md), by the words there.
DECISION = settings.BASE_DIR / "docs" / "decisions" / "0053-every-limit-on-one-page.md"


#: Read only where a node has HTTPS or PostgreSQL; none is a limit on anybody.
SOMETIMES = {
    "HSTS_SECONDS",
    "POSTGRES_LOCK_TIMEOUT_MS",
    "POSTGRES_PORT",
    "POSTGRES_STATEMENT_TIMEOUT_MS",
}


def shown() -> list[str]:
    return [one.setting for part in page.parts() for one in part.limits if one.setting]


def test_every_number_is_on_the_page_or_is_said_to_be_no_limit() -> None:
    assert sorted([*shown(), *limits.NO_LIMIT]) == sorted(settings.ENV_DEFAULTS.keys() - SOMETIMES)


def test_the_policy_is_on_the_page_with_its_defaults() -> None:
    rows = re.findall(r"^\| .*? \| `([A-Z0-9_]+)` \| (\d+) \|", DECISION.read_text(), re.MULTILINE)
    assert len(rows) > 25
    for name, default in rows:
        assert name in shown(), name
        assert settings.ENV_DEFAULTS[name] == int(default), name


@pytest.mark.django_db
def test_it_is_shown(client: Client) -> None:
    client.force_login(User.objects.create_superuser("boss"))
    answer = client.get("/admin/ocpp/connectionattempt/limits/")
    text = answer.content.decode()
    for name in shown():
        assert f">{name}</code>" in text, name
    assert "Requests to other machines" in text
