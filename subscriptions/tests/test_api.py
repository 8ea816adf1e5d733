"""The JSON API: everybody sees what is offered, drivers have their own, staff may for others."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.domain import balance
from accounts.models import Account, User
from subscriptions.domain import subscribing
from subscriptions.models import Product, Subscription

pytestmark = pytest.mark.django_db


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def bob() -> User:
    """Another driver."""
    return User.objects.create_user("bob")


def staff(*permissions: str) -> User:
    user = User.objects.create_user("boss", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(path, body or {}, content_type="application/json")


def test_everybody_sees_what_is_offered(client: Client, product: Product) -> None:
    Product.objects.create(name="Gone", active=False)
    answer = client.get("/subscriptions/products/")
    assert answer.status_code == 200
    assert answer.json() == {
        "products": [
            {
                "id": product.pk,
                "name": "Monthly",
                "description": "",
                "price": "199.50",
                "currency": "MXN",
                "renewal_period": 10,
                "credit_kwh": "20.500",
            }
        ]
    }


def test_a_driver_subscribes_lists_and_cancels(account: Account, product: Product) -> None:
    client = client_of(account.user)
    body = {"account_id": account.pk, "product_id": product.pk}
    answer = post(client, "/subscriptions/subscribe/", body)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["account_id"] == account.pk
    assert made["user_id"] == account.user_id
    assert made["product"] == "Monthly"
    assert made["ends"] is None
    assert balance.of(account).balance_kwh == Decimal("20.500")
    assert post(client, "/subscriptions/subscribe/", body).status_code == 409

    for query in (f"account_id={account.pk}", f"user_id={account.user_id}"):
        listed = client.get(f"/subscriptions/list/?{query}").json()
        assert listed["count"] == 1
        assert listed["subscriptions"] == [made]

    for _ in range(2):
        answer = post(client, f"/subscriptions/{made['id']}/cancel/")
        assert answer.status_code == 200
        assert answer.json()["ends"] == made["next_renewal"]
    again = post(client, "/subscriptions/subscribe/", body)
    assert (again.status_code, again.json()["id"]) == (200, made["id"])


def test_a_user_without_an_account_gets_one(driver: User, product: Product) -> None:
    body = {"user_id": driver.pk, "product_id": product.pk}
    answer = post(client_of(driver), "/subscriptions/subscribe/", body)
    assert answer.status_code == 201
    assert answer.json()["account_id"] == Account.objects.get(user=driver).pk


def test_what_is_another_s_is_not_there(account: Account, bob: User, product: Product) -> None:
    theirs = subscribing.subscribe(account, product, timezone.now()).subscription
    client = client_of(bob)
    unknown = 10**6
    for account_id, number in ((account.pk, theirs.pk), (unknown, unknown)):
        answers = [
            post(
                client,
                "/subscriptions/subscribe/",
                {"account_id": account_id, "product_id": product.pk},
            ),
            client.get(f"/subscriptions/list/?account_id={account_id}"),
            post(client, f"/subscriptions/{number}/cancel/"),
        ]
        assert [answer.status_code for answer in answers] == [404] * 3
        # What exists cannot be told from what does not.
        assert len({answer.content for answer in answers}) == 1
    theirs.refresh_from_db()
    assert theirs.cancelled is None
    assert not Account.objects.filter(user=bob).exists()


def test_staff_need_the_permission_and_then_act_for_anyone(
    account: Account, product: Product
) -> None:
    user = staff()
    client = client_of(user)
    body = {"user_id": account.user_id, "product_id": product.pk}
    found = subscribing.subscribe(account, product, timezone.now()).subscription
    tried = [
        ("add_subscription", lambda: post(client, "/subscriptions/subscribe/", body), 409),
        (
            "view_subscription",
            lambda: client.get(f"/subscriptions/list/?user_id={account.user_id}"),
            200,
        ),
        (
            "change_subscription",
            lambda: post(client, f"/subscriptions/{found.pk}/cancel/"),
            200,
        ),
    ]
    for name, request, status in tried:
        refused = request()
        assert refused.status_code == 403
        assert f"subscriptions.{name}" in refused.json()["detail"]
        user.user_permissions.add(Permission.objects.get(codename=name))
        assert request().status_code == status
    assert Subscription.objects.get().cancelled is not None
    missing = client.get("/subscriptions/list/?user_id=1000000")
    assert (missing.status_code, missing.json()["detail"]) == (404, "There is no user 1000000.")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "product_id"),
        ({"product_id": 1}, "account_id"),
        ({"product_id": 1, "account_id": 0}, "account_id"),
        ({"product_id": 2**63, "account_id": 1}, "product_id"),
        ({"product_id": "x", "account_id": 1}, "product_id"),
    ],
)
def test_what_cannot_be_read_is_named(driver: User, body: dict[str, Any], word: str) -> None:
    answer = post(client_of(driver), "/subscriptions/subscribe/", body)
    assert answer.status_code == 400
    assert word in answer.json()["detail"]


def test_a_visitor_is_asked_to_log_in(client: Client, product: Product) -> None:
    for answer in (
        post(client, "/subscriptions/subscribe/", {"account_id": 1, "product_id": product.pk}),
        client.get("/subscriptions/list/?account_id=1"),
        post(client, "/subscriptions/1/cancel/"),
    ):
        assert answer.status_code == 401


def test_a_page_of_another_site_changes_nothing(account: Account, product: Product) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(account.user)
    body = {"account_id": account.pk, "product_id": product.pk}
    assert post(client, "/subscriptions/subscribe/", body).status_code == 403
    assert not Subscription.objects.exists()


def test_a_product_that_is_unknown_or_withdrawn(account: Account, product: Product) -> None:
    client = client_of(account.user)
    body = {"account_id": account.pk, "product_id": product.pk + 1}
    assert post(client, "/subscriptions/subscribe/", body).status_code == 404
    Product.objects.update(active=False)
    body["product_id"] = product.pk
    answer = post(client, "/subscriptions/subscribe/", body)
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "This product is not offered any more.",
    )


def test_a_list_is_read_in_parts(account: Account, product: Product) -> None:
    for number in range(3):
        other = Product.objects.create(name=f"P{number}")
        subscribing.subscribe(account, other, timezone.now())
    client = client_of(account.user)
    page = client.get(f"/subscriptions/list/?account_id={account.pk}&limit=2&offset=2").json()
    assert (page["count"], len(page["subscriptions"])) == (3, 1)
