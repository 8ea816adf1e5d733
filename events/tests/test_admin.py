import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from events.models import Delivery, DeliveryState, Event, Webhook
from ocpp.tests.factories import NOON

pytestmark = pytest.mark.django_db
SECRET = "a-secret-between-the-two"


@pytest.fixture
def staff(client: Client) -> User:
    user = User.objects.create_superuser("staff", password="x")
    client.force_login(user)
    return user


def test_a_webhook_is_made_and_its_secret_is_not_shown_again(client: Client, staff: User) -> None:
    url = reverse("admin:events_webhook_add")
    page = client.get(url)
    proposed = page.context["adminform"].form.initial["secret"]
    assert len(proposed) > 30
    said = {"name": "ours", "url": "https://8.8.8.8/", "types": ["charger.fault"], "active": "on"}
    assert b"private network" in client.post(url, said | {"url": "http://10.0.0.1/"}).content
    assert b"at least 16" in client.post(url, said | {"secret": "short"}).content
    assert client.post(url, said).status_code == 200, "a new one needs a secret"
    assert client.post(url, said | {"secret": SECRET}).status_code == 302
    row = Webhook.objects.get()
    assert (row.secret, row.types) == (SECRET, ["charger.fault"])
    Webhook.objects.update(active=False, stopped_reason="it was away", failing_since=NOON)
    one = reverse("admin:events_webhook_change", args=[row.pk])
    shown = client.get(one).content.decode()
    assert SECRET not in shown
    assert "it was away" in shown
    assert client.post(one, said | {"types": []}).status_code == 302
    row.refresh_from_db()
    assert (row.secret, row.types, row.stopped_reason) == (SECRET, [], "")
    assert row.failing_since is None


def test_deliveries_are_shown_and_sent_again(client: Client, staff: User) -> None:
    webhook = Webhook.objects.create(name="ours", url="https://8.8.8.8/", secret=SECRET)
    event = Event.objects.create(type="charger.fault", cid="CP1", time=NOON)
    delivery = Delivery.objects.create(
        webhook=webhook, event=event, state=DeliveryState.GIVEN_UP, error="nobody is <b>there</b>"
    )
    url = reverse("admin:events_delivery_changelist")
    page = client.get(url).content.decode()
    assert "nobody is &lt;b&gt;there" in page
    assert (
        client.get(reverse("admin:events_delivery_change", args=[delivery.pk])).status_code == 200
    )
    assert client.get(reverse("admin:events_event_changelist")).status_code == 200
    assert client.get(reverse("admin:events_event_change", args=[event.pk])).status_code == 200
    chosen = {"action": "replay", "_selected_action": [delivery.pk]}
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    other = Client()
    other.force_login(viewer)
    other.post(url, chosen)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.GIVEN_UP
    assert "sent again" in client.post(url, chosen, follow=True).content.decode()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.WAITING
