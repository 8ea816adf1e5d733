"""The list of the records: as many statements for many rows as for few."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from audit import domain

pytestmark = pytest.mark.django_db

PAGE = "/admin/audit/record/"


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss"))
    return client


def asked(client: Client, path: str = PAGE) -> tuple[int, str]:
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
    assert answer.status_code == 200
    return len(captured), answer.content.decode()


def test_names_are_looked_up_once_for_a_page(boss: Client) -> None:
    people = [User.objects.create_user(f"person{n}") for n in range(30)]
    for person in people[:3]:
        domain.record("a.deed", user_pk=person.pk)
    asked(boss)
    few, _html = asked(boss)
    for person in people[3:]:
        domain.record("a.deed", user_pk=person.pk)
    many, html = asked(boss)
    assert many == few
    assert few <= 9
    assert f"person29 (#{people[29].pk})" in html


def test_a_user_who_is_gone_is_a_number(boss: Client) -> None:
    row = domain.record("a.deed", user_pk=987654)
    assert "#987654" in asked(boss)[1]
    assert "#987654" in asked(boss, f"{PAGE}{row.pk}/change/")[1]


def test_filters_offer_what_there_is(boss: Client) -> None:
    domain.record("b.deed")
    domain.record("a.deed", User.objects.get())
    _count, html = asked(boss)
    assert "?deed=a.deed" in html
    assert "?subject_type=accounts.user" in html
    assert "b.deed</a></th>" not in asked(boss, f"{PAGE}?deed=a.deed")[1].split("results")[-1]
    chosen = boss.get(f"{PAGE}?deed=a.deed").context["cl"].queryset
    assert [row.deed for row in chosen] == ["a.deed"]
    assert boss.get(f"{PAGE}?subject_type=").context["cl"].queryset.count() >= 1
