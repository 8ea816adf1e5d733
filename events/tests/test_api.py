from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.domain import tokens
from accounts.models import ApiToken, User
from events.models import Delivery, DeliveryState, Event, Webhook
from ocpp.models import Charger
from ocpp.tests.factories import NOON
from outgoing.models import AllowedNetwork

pytestmark = pytest.mark.django_db
URL = "/events/webhooks/"


class Program:
    """Asks with a token of somebody with these permissions."""

    def __init__(self, *permissions: str, scope: ApiToken.Scope = ApiToken.Scope.FULL) -> None:
        name = "-".join(permissions)[:100] or "nobody"
        user = User.objects.create_user(name, is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        _token, secret = tokens.create(user, name, scope=scope)
        self._headers = {"Authorization": f"Bearer {secret}"}

    def ask(self, method: str, url: str, said: Any = None) -> Any:
        """The answer."""
        more = {} if said is None else {"data": said, "content_type": "application/json"}
        return getattr(Client(), method)(url, headers=self._headers, **more)


@pytest.fixture
def operator() -> Program:
    """Who may do everything with webhooks."""
    verbs = ("add", "view", "change", "delete")
    names = [f"{verb}_{model}" for verb in verbs for model in ("webhook", "delivery")]
    return Program("view_charger", "view_transaction", *names)


def make_event(**facts: Any) -> Event:
    row = {"type": "status.changed", "cid": "CP1", "time": NOON, "data": {"status": "Available"}}
    return Event.objects.create(**(row | facts))


def test_a_webhook_from_its_beginning_to_its_end(operator: Program) -> None:
    Charger.objects.create(charger_id="CP1")
    said = {
        "name": "ours",
        "url": "https://8.8.8.8/hook",
        "types": ["charger.fault", "charger.fault"],
        "chargers": ["CP1"],
    }
    made = operator.ask("post", URL, said)
    assert made.status_code == 201
    row = Webhook.objects.get()
    assert made["Location"] == f"{URL}{row.pk}/"
    assert len(made.json()["secret"]) > 30
    assert made.json()["secret"] == row.secret
    one = operator.ask("get", made["Location"]).json()
    assert (one["types"], one["chargers"], one["active"]) == (["charger.fault"], ["CP1"], True)
    assert "secret" not in one
    assert operator.ask("get", URL).json() == {"webhooks": [one]}
    Webhook.objects.update(active=False, stopped_reason="away", failing_since=NOON)
    change = {"active": True, "types": [], "chargers": []}
    changed = operator.ask("patch", made["Location"], change).json()
    assert (changed["types"], changed["chargers"]) == ([], [])
    assert (changed["stopped_reason"], changed["failing_since"]) == ("", None)
    assert changed["url"] == said["url"]
    assert operator.ask("delete", made["Location"]).status_code == 204
    assert operator.ask("get", made["Location"]).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        *({"url": "http://127.0.0.1/"}, {"url": "http://169.254.169.254/"}, {"url": "ftp://x/"}),
        *({"url": ""}, {"url": 5}, {"types": ["x"]}, {"types": "charger.fault"}, {"name": ""}),
        *({"name": "x" * 101}, {"name": "\x00"}, {"chargers": ["none"]}, {"chargers": ["\x00"]}),
        *({"secret": "short"}, {"active": "perhaps"}, {"surprise": 1}),
    ],
)
def test_what_cannot_be_is_named(operator: Program, wrong: dict[str, Any]) -> None:
    said = {"name": "ours", "url": "https://8.8.8.8/", **wrong}
    response = operator.ask("post", URL, said)
    assert response.status_code == 400
    assert next(iter(wrong)) in response.json()["detail"]
    assert not Webhook.objects.exists()
    row = Webhook.objects.create(name="a", url="https://8.8.8.8/", secret="x" * 20)
    assert operator.ask("patch", f"{URL}{row.pk}/", wrong).status_code == 400


def test_a_private_address_may_be_allowed(operator: Program) -> None:
    said = {"name": "ours", "url": "http://10.1.2.3/"}
    assert operator.ask("post", URL, said).status_code == 400
    AllowedNetwork.objects.create(cidr="10.1.0.0/16")
    assert operator.ask("post", URL, said).status_code == 201


def test_each_deed_needs_its_permission() -> None:
    row = Webhook.objects.create(name="a", url="https://8.8.8.8/", secret="x" * 20)
    delivery = Delivery.objects.create(webhook=row, event=make_event())
    one = f"{URL}{row.pk}/"
    said = {"name": "b", "url": "https://8.8.8.8/"}
    deeds = [
        ("get", "/events/", None, "view_charger", 200),
        ("get", URL, None, "view_webhook", 200),
        ("post", URL, said, "add_webhook", 201),
        ("get", one, None, "view_webhook", 200),
        ("patch", one, {"name": "c"}, "change_webhook", 200),
        ("get", f"{one}deliveries/", None, "view_delivery", 200),
        ("post", f"/events/deliveries/{delivery.pk}/replay/", {}, "change_delivery", 202),
        ("delete", one, None, "delete_webhook", 204),
    ]
    nobody = Program()
    programs = {permission: Program(permission) for permission in {deed[3] for deed in deeds}}
    reader = Program(*programs, scope=ApiToken.Scope.READ)
    for method, url, body, permission, status in deeds:
        more = {} if body is None else {"data": body, "content_type": "application/json"}
        assert getattr(Client(), method)(url, **more).status_code == 401
        assert nobody.ask(method, url, body).status_code == 403
        if method != "get":
            assert reader.ask(method, url, body).status_code == 403
        assert programs[permission].ask(method, url, body).status_code == status, (method, url)


def test_events_are_read_page_by_page(operator: Program) -> None:
    rows = [make_event(source_id=number) for number in range(3)]
    other = make_event(type="charger.fault", cid="CP2")
    make_event(type="security.event")
    told = operator.ask("get", "/events/").json()
    assert [one["id"] for one in told["events"]] == [*(row.pk for row in rows), other.pk]
    assert told["next"] == other.pk
    after = operator.ask("get", f"/events/?after={rows[1].pk}&type=status.changed").json()
    assert [one["id"] for one in after["events"]] == [rows[2].pk]
    of_other = operator.ask("get", "/events/?charger=CP2").json()
    assert [one["type"] for one in of_other["events"]] == ["charger.fault"]
    nothing = operator.ask("get", f"/events/?after={told['next']}").json()
    assert nothing == {"events": [], "next": told["next"]}
    assert operator.ask("get", "/events/?type=x").status_code == 400
    assert operator.ask("get", "/events/?after=-1").status_code == 400
    assert operator.ask("get", "/events/?type=security.event").status_code == 403


def test_deliveries_are_read_and_sent_again(operator: Program) -> None:
    row = Webhook.objects.create(name="a", url="https://8.8.8.8/", secret="x" * 20)
    done = Delivery.objects.create(
        webhook=row, event=make_event(), state=DeliveryState.GIVEN_UP, attempts=11, error="away"
    )
    newest = Delivery.objects.create(webhook=row, event=make_event())
    told = operator.ask("get", f"{URL}{row.pk}/deliveries/").json()
    assert [one["id"] for one in told["deliveries"]] == [newest.pk, done.pk]
    assert (told["deliveries"][1]["error"], told["before"]) == ("away", None)
    older = operator.ask("get", f"{URL}{row.pk}/deliveries/?before={newest.pk}").json()
    assert [one["id"] for one in older["deliveries"]] == [done.pk]
    again = operator.ask("post", f"/events/deliveries/{done.pk}/replay/")
    assert again.status_code == 202
    assert (again.json()["state"], again.json()["attempts"]) == ("waiting", 0)
    assert operator.ask("post", "/events/deliveries/0/replay/").status_code == 404
