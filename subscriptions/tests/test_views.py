"""The pages: what is offered, and one's own subscriptions."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Account, User
from subscriptions.domain import subscribing
from subscriptions.models import Product, Subscription

pytestmark = pytest.mark.django_db


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_visitors_see_products_and_are_asked_to_log_in(client: Client, product: Product) -> None:
    assert "Nothing is offered" not in client.get("/subscriptions/").text
    html = client.get("/subscriptions/").text
    assert "199.50 MXN" in html
    assert "for every 10 days" in html
    assert "20.500 kWh each time" in html
    for path in (f"/subscriptions/products/{product.pk}/", "/subscriptions/mine/"):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login/")
    Product.objects.update(active=False)
    assert "Nothing is offered" in client.get("/subscriptions/").text


def test_what_is_written_in_the_admin_is_text(client: Client, product: Product) -> None:
    Product.objects.update(name="<b>M</b>", description="<script>x</script>")
    html = client.get("/subscriptions/").text
    assert "<script>x" not in html
    assert "&lt;b&gt;M" in html


def test_a_driver_subscribes_and_cancels_each_after_a_question(
    account: Account, product: Product
) -> None:
    client = client_of(account.user)
    asks = client.get(f"/subscriptions/products/{product.pk}/")
    assert "The first period begins at once" in asks.text
    assert not Subscription.objects.exists()
    html = client.post(f"/subscriptions/products/{product.pk}/", follow=True).text
    assert "You have subscribed." in html
    assert "Renewed on" in html
    assert "199.50 MXN" in html
    assert "already" in client.post(f"/subscriptions/products/{product.pk}/", follow=True).text
    found = Subscription.objects.get()

    path = f"/subscriptions/mine/{found.pk}/cancel/"
    assert "It stays until" in client.get(path).text
    found.refresh_from_db()
    assert found.cancelled is None
    assert "Cancelled; ends on" in client.post(path, follow=True).text
    html = client.post(f"/subscriptions/products/{product.pk}/", follow=True).text
    assert "Your subscription goes on." in html


def test_nobody_finds_what_is_another_s(account: Account, product: Product) -> None:
    found = subscribing.subscribe(account, product, timezone.now()).subscription
    bob = client_of(User.objects.create_user("bob"))
    for method in (bob.get, bob.post):
        assert method(f"/subscriptions/mine/{found.pk}/cancel/").status_code == 404
    assert "You have subscribed to nothing." in bob.get("/subscriptions/mine/").text
    found.refresh_from_db()
    assert found.cancelled is None


def test_what_is_withdrawn_cannot_be_asked_for(account: Account, product: Product) -> None:
    Product.objects.update(active=False)
    answer = client_of(account.user).post(f"/subscriptions/products/{product.pk}/")
    assert answer.status_code == 404


def test_the_account_s_pages_lead_here(account: Account) -> None:
    html = client_of(account.user).get("/ocpp/me/").text
    assert 'href="/subscriptions/mine/"' in html
    mine = client_of(account.user).get("/subscriptions/mine/").text
    assert 'href="/subscriptions/mine/" aria-current="page"' in mine


def test_an_ended_one_says_so(account: Account, product: Product) -> None:
    begun = subscribing.subscribe(account, product, timezone.now() - 5 * product.period)
    subscribing.cancel(begun.subscription, begun.subscription.started)
    assert "Ended on" in client_of(account.user).get("/subscriptions/mine/").text
