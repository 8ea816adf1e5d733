"""Products, subscriptions and periods in the admin."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.forms import ModelForm
from django.test import Client
from django.utils import timezone

from accounts.models import Account, Credit, User
from subscriptions.admin.subscriptions import SubscriptionForm
from subscriptions.domain import subscribing
from subscriptions.models import Product, Renewal, Subscription

pytestmark = pytest.mark.django_db

LIST = "/admin/subscriptions/subscription/"


@pytest.fixture
def boss() -> User:
    return User.objects.create_superuser("boss")


@pytest.fixture
def admin(boss: User) -> Client:
    client = Client()
    client.force_login(boss)
    return client


@pytest.fixture
def begun(account: Account, product: Product) -> Subscription:
    return subscribing.subscribe(account, product, timezone.now()).subscription


def confirmed(page: str) -> dict[str, Any]:
    """The hidden fields of the page that asks."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: value.replace("&#x27;", "'") for name, value in found}


def act(admin: Client, name: str, *rows: Subscription) -> dict[str, Any]:
    chosen = {"action": name, "_selected_action": [row.pk for row in rows]}
    page = admin.post(LIST, chosen)
    assert page.status_code == 200
    return confirmed(page.text)


def test_every_page_opens(admin: Client, begun: Subscription) -> None:
    for model, pk in (
        ("product", begun.product_id),
        ("subscription", begun.pk),
        ("renewal", begun.renewals.get().pk),
    ):
        for path in ("", f"{pk}/change/", "export/", "?q=ana"):
            assert admin.get(f"/admin/subscriptions/{model}/{path}").status_code == 200
    for state in ("running", "ending", "ended", "overdue"):
        assert admin.get(f"{LIST}?state={state}").status_code == 200


def test_one_added_here_is_granted_its_first_period(
    admin: Client, boss: User, account: Account, product: Product
) -> None:
    fields = {"account": account.pk, "product": product.pk}
    assert admin.post(f"{LIST}add/", fields).status_code == 302
    found = Subscription.objects.get()
    assert found.created_by == boss
    assert Credit.objects.get().created_by == boss
    again = admin.post(f"{LIST}add/", fields)
    assert "already" in again.text
    assert Credit.objects.count() == 1
    subscribing.cancel(found, timezone.now())
    assert "goes on" in admin.post(f"{LIST}add/", fields, follow=True).text
    found.refresh_from_db()
    assert found.cancelled is None
    assert Credit.objects.count() == 1


def test_somebody_else_was_quicker(
    admin: Client, begun: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look of the form and the deed."""
    monkeypatch.setattr(SubscriptionForm, "clean", ModelForm.clean)
    fields = {"account": begun.account_id, "product": begun.product_id}
    assert "already" in admin.post(f"{LIST}add/", fields, follow=True).text
    assert Credit.objects.count() == 1


def test_what_was_agreed_on_is_not_edited(admin: Client, begun: Subscription) -> None:
    other = Product.objects.create(name="Other")
    fields = {"product": other.pk, "next_renewal_0": "2030-01-01", "next_renewal_1": "00:00"}
    admin.post(f"{LIST}{begun.pk}/change/", fields)
    before = begun.next_renewal
    begun.refresh_from_db()
    assert (begun.product.name, begun.next_renewal) == ("Monthly", before)
    assert admin.post(f"{LIST}{begun.pk}/delete/", {"post": "yes"}).status_code == 403


def test_cancelling_asks_once_more(admin: Client, begun: Subscription) -> None:
    fields = act(admin, "cancel", begun)
    begun.refresh_from_db()
    assert begun.cancelled is None
    assert "1 subscription changed" in admin.post(LIST, fields, follow=True).text
    begun.refresh_from_db()
    assert begun.cancelled is not None


def test_renewing_now_grants_the_next_period_once(
    admin: Client, boss: User, begun: Subscription
) -> None:
    fields = act(admin, "renew_now", begun)
    assert Renewal.objects.count() == 1
    assert "1 subscription changed" in admin.post(LIST, fields, follow=True).text
    # The same form, sent twice.
    assert "0 subscriptions changed" in admin.post(LIST, fields, follow=True).text
    newest = begun.renewals.first()
    assert newest is not None
    assert newest.period_start == begun.next_renewal
    assert newest.credit is not None
    assert newest.credit.created_by == boss
    assert Renewal.objects.count() == 2
    for odd in ("", "x", "2026-13-01T00:00:00Z", "2026-01-01T00:00"):
        admin.post(LIST, fields | {f"due-{begun.pk}": odd})
    assert Renewal.objects.count() == 2


def test_who_may_only_look_has_no_actions(begun: Subscription) -> None:
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_subscription"))
    client = Client()
    client.force_login(viewer)
    assert client.get(LIST).status_code == 200
    client.post(LIST, {"action": "cancel", "_selected_action": [begun.pk], "confirmed": "1"})
    begun.refresh_from_db()
    assert begun.cancelled is None


def test_files_hold_the_lists(admin: Client, begun: Subscription) -> None:
    def csv(model: str) -> str:
        path = f"/admin/subscriptions/{model}/export/"
        return admin.post(path, {"format": "0"}).content.decode()

    assert "Monthly,199.50,MXN,10,20.500,1" in csv("product")
    assert ",ana,Monthly," in csv("subscription")
    assert "199.50,MXN,20.500" in csv("renewal")


def test_periods_are_changed_by_nobody(admin: Client, begun: Subscription) -> None:
    row = begun.renewals.get()
    assert admin.get("/admin/subscriptions/renewal/add/").status_code == 403
    path = f"/admin/subscriptions/renewal/{row.pk}"
    assert admin.post(f"{path}/delete/", {"post": "yes"}).status_code == 403
    assert admin.post(f"{path}/change/", {"price": "1"}).status_code == 403
