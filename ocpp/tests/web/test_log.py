"""`GET /ocpp/log/<cid>/`."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient, Client

from accounts.models import User
from ocpp.domain.queries import log as queries
from ocpp.models import Charger, Message

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PATH = "/ocpp/log/CP1/"


@pytest.fixture
def charger(db: None) -> Charger:
    return Charger.objects.create(charger_id="CP1", name="Plaza")


def message(charger: Charger, action: str = "Heartbeat", **facts: Any) -> Message:
    values: dict[str, object] = {
        "direction": "in",
        "action": action,
        "message_id": "m-1",
        "request": json.dumps([2, "m-1", action, {}]),
        "answer": json.dumps([3, "m-1", {}]),
        "time": NOON,
        "answer_time": NOON + timedelta(milliseconds=7),
    }
    return Message.objects.create(charger=charger, **(values | facts))


def page(client: Client, query: str = "") -> str:
    answer = client.get(PATH + query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("who", ["visitor", "driver"])
def test_it_is_for_staff_only(request: pytest.FixtureRequest, who: str, charger: Charger) -> None:
    client = request.getfixturevalue(who)
    for path in (PATH, "/ocpp/log/unknown/"):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/?next=")


def test_a_message_is_shown_with_all_that_is_known_of_it(staff: Client, charger: Charger) -> None:
    message(charger, "MeterValues", request='[2,"m-1","MeterValues",{"connectorId":1}]')
    html = page(staff)
    for shown in ("MeterValues", "from the charger", "7 ms", "m-1", "&quot;connectorId&quot;: 1"):
        assert shown in html
    assert '<time datetime="2026-03-01T' in html
    assert "message-failed" not in html


@pytest.mark.parametrize(
    "facts",
    [
        {"error_code": "NotImplemented"},
        {"direction": "out", "answer": "", "answer_time": None},
    ],
    ids=["refused", "no answer"],
)
def test_what_failed_stands_out(staff: Client, charger: Charger, facts: dict[str, Any]) -> None:
    message(charger, **facts)
    html = page(staff)
    assert "message-failed" in html
    assert str(facts.get("error_code", "no answer")) in html


def test_secrets_are_not_shown(staff: Client, charger: Charger) -> None:
    change = {"key": "AuthorizationKey", "value": "c0ffee"}
    message(
        charger, "ChangeConfiguration", request=json.dumps([2, "1", "ChangeConfiguration", change])
    )
    told = {"configurationKey": [{"key": "WifiPassword", "value": "c0ffee", "readonly": False}]}
    message(charger, "GetConfiguration", answer=json.dumps([3, "1", told]))
    message(charger, "Broken", request='[2,"1","X",{"key":"AuthorizationKey","value":"c0ffee"')
    html = page(staff)
    assert "AuthorizationKey" in html
    assert "c0ffee" not in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '[2,"1","X",{"a":"<script>alert(1)</script>"}]',
        "{% now 'Y' %}{{ settings }}",
        "\u202e]}{\u2028",
        "[" * 100_000,
    ],
)
def test_whatever_was_sent_is_shown_as_text(staff: Client, charger: Charger, text: str) -> None:
    message(charger, action=text[:64], request=text, answer=text, error_code=text[:40])
    html = page(staff)
    assert "<script>alert" not in html
    assert "&lt;script" in html or "<script" not in text


def test_filters_stand_in_the_url_and_stay_while_turning_the_page(
    staff: Client, charger: Charger
) -> None:
    for _ in range(60):
        message(charger, "Heartbeat")
    message(charger, "Reset", direction="out", error_code="InternalError")
    html = page(staff, "?action=Heartbeat&direction=in")
    assert "Reset</strong>" not in html
    assert "Heartbeat</strong>" in html
    assert "?action=Heartbeat&amp;direction=in&amp;before=" in html
    assert "<option selected>Heartbeat</option>" in html
    assert '<option value="in" selected>' in html
    html = page(staff, "?errors=1")
    assert "Reset</strong>" in html
    assert "Heartbeat</strong>" not in html
    older = page(staff, f"?before={Message.objects.order_by('pk')[5].pk}")
    assert older.count("<details") == 5
    assert "after=" in older


@pytest.mark.parametrize(
    "query",
    [
        "?before=x&after=-1",
        "?before=99999999999999999999",
        "?direction=sideways",
        "?action=%00",
        "?action=Gone",
        "?errors=yes",
        "?before=٣",
    ],
)
def test_whatever_stands_in_the_url_there_is_a_page(
    staff: Client, charger: Charger, query: str
) -> None:
    message(charger)
    page(staff, query)


def test_an_unknown_charger_is_not_found(staff: Client) -> None:
    assert staff.get("/ocpp/log/nothing/").status_code == 404
    assert staff.get("/ocpp/log/%00/").status_code == 404


def test_an_empty_log_says_so(staff: Client, charger: Charger) -> None:
    assert "No messages." in page(staff)


def test_text_is_searched_in_what_may_be_shown(staff: Client, charger: Charger) -> None:
    message(charger, "DataTransfer", request='[2,"1","DataTransfer",{"data":"Needle"}]')
    message(charger, "Heartbeat", message_id="NEEDLE-7")
    message(charger, "StatusNotification")
    secret = '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"needle"}]'
    message(charger, "ChangeConfiguration", request=secret)
    html = page(staff, "?q=needle")
    assert html.count("<details") == 2
    assert "AuthorizationKey" not in html
    assert "No messages." in page(staff, "?q=100%25")


def test_the_newest_messages_are_searched(
    staff: Client, charger: Charger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "SEARCHED", 3)
    for number in range(5):
        message(charger, message_id=f"needle-{number}")
    html = page(staff, "?q=needle")
    assert html.count("<details") == 3
    assert "The newest 3 messages" in html


def test_a_part_holds_what_is_newer(staff: Client, charger: Charger) -> None:
    first = message(charger)
    assert 'data-live-charger="CP1" data-src="?part=1"' in page(staff)
    assert "data-src" not in page(staff, f"?before={first.pk + 1}")
    assert page(staff, f"?part=1&after={first.pk}").strip() == ""
    new = [message(charger).pk for _ in range(2)]
    html = page(staff, f"?part=1&after={first.pk}")
    assert "<html" not in html
    assert [pk for pk in reversed(new) if f'data-pk="{pk}"' in html] == list(reversed(new))
    assert f'data-pk="{first.pk}"' not in html


def lines(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer: Any = client.get(f"{PATH}?export=jsonl{query}")
    assert answer["Content-Disposition"] == 'attachment; filename="log-cp1.jsonl"'
    assert answer["Content-Type"].startswith("application/jsonl")
    text = b"".join(answer.streaming_content).decode()
    return [json.loads(line) for line in text.splitlines()]


def test_the_export_is_a_line_for_each_message(staff: Client, charger: Charger) -> None:
    for _ in range(3):
        message(charger, "Heartbeat")
    broken = '[2,"1","X",{"key":"AuthorizationKey","value":"c0ffee"'
    message(
        charger, "X", request=broken, answer="", answer_time=None, error_code="FormationViolation"
    )
    told = lines(staff)
    assert [one["action"] for one in told] == ["Heartbeat"] * 3 + ["X"]
    assert told[0] == {
        "time": "2026-03-01T12:00:00+00:00",
        "answered": "2026-03-01T12:00:00.007000+00:00",
        "latency_ms": 7,
        "direction": "in",
        "action": "Heartbeat",
        "message_id": "m-1",
        "error_code": "",
        "request": [2, "m-1", "Heartbeat", {}],
        "answer": [3, "m-1", {}],
    }
    assert "c0ffee" not in json.dumps(told)
    assert (told[3]["answer"], told[3]["answered"]) == (None, None)
    assert [one["action"] for one in lines(staff, "&errors=1")] == ["X"]
    assert [one["action"] for one in lines(staff, "&q=heartbeat")] == ["Heartbeat"] * 3


@pytest.mark.parametrize("text", ["[NaN]", "[" * 50_000 + "]" * 50_000, "<x>", '"\\ud800"'])
def test_whatever_was_sent_each_line_is_json(staff: Client, charger: Charger, text: str) -> None:
    message(charger, request=text, answer=text)
    (told,) = lines(staff)
    assert told["request"] in (text, "\ud800")


def test_the_export_is_bounded_to_the_newest(
    staff: Client, charger: Charger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST_EXPORTED", 5)
    monkeypatch.setattr(queries, "AT_ONCE", 2)
    for number in range(8):
        message(charger, message_id=str(number))
    assert [one["message_id"] for one in lines(staff)] == ["3", "4", "5", "6", "7"]
    assert lines(staff, "&action=Nothing") == []


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_it_is_streamed_as_well() -> None:
    def prepare() -> Any:
        charger = Charger.objects.create(charger_id="CP1")
        message(charger)
        return User.objects.create_user("staff", is_staff=True)

    user = await sync_to_async(prepare)()
    client = AsyncClient()
    await sync_to_async(client.force_login)(user)
    answer: Any = await client.get(f"{PATH}?export=jsonl")
    text = b"".join([piece async for piece in answer.streaming_content])
    assert json.loads(text)["action"] == "Heartbeat"


@pytest.mark.parametrize("who", ["visitor", "driver"])
def test_the_export_is_for_staff_only(
    request: pytest.FixtureRequest, who: str, charger: Charger
) -> None:
    assert request.getfixturevalue(who).get(f"{PATH}?export=jsonl").status_code == 302
