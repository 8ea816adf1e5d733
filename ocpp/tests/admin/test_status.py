"""The page Status of the node."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from ocpp import metrics
from ocpp.domain import processes
from ocpp.domain.queries import status
from ocpp.models import Charger, ServerProcess
from ocpp.tests.admin.conftest import clerk
from schedules.models import Schedule

URL = "/admin/ocpp/serverprocess/"
PART = f"{URL}part/"

pytestmark = pytest.mark.django_db


def process(name: str, lease_s: int = 15, **told: Any) -> ServerProcess:
    return ServerProcess.objects.create(
        name=name,
        host=name,
        pid=17,
        started=Now() - timedelta(hours=3),
        lease_until=Now() + timedelta(seconds=lease_s),
        snapshot=told,
    )


def page(client: Client, url: str = URL) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode() if url == URL else str(answer.json()["html"])


def test_what_several_processes_told_is_added_up() -> None:
    current = int(datetime.now(UTC).timestamp()) // metrics.STRETCH_S
    process("one", rate=10.5, queue=2, commit_p50_s=0.002, commit_p99_s=0.02, batch=4.5,
            messages=[[current - 2, 100], [current - 1, 40]])  # fmt: skip
    process("two", rate=1.2, queue=1, commit_p50_s=0.005, commit_p99_s=0.01, batch=None,
            messages=[[current - 1, 20], [current - 999, 7]])  # fmt: skip
    process("dead", lease_s=-5, rate=99.0, queue=99, messages=[])
    Charger.objects.create(charger_id="CP1", owner="one")
    Charger.objects.create(charger_id="CP2")
    now = status.look()
    assert (now.connected, float(now.rate), now.queue) == (1, 11.7, 3)
    assert (now.commit_p50_ms, now.commit_p99_ms, now.batch) == (5, 20, 4.5)
    assert [one.lives for one in now.processes] == [True, True, False]
    assert now.processes[0].up.total_seconds() == pytest.approx(3 * 3600, abs=60)
    assert sum(now.minutes) * metrics.STRETCH_S in (160, 120)  # a stretch may just have ended
    assert len(now.minutes) == metrics.STRETCHES - 1


def test_the_page_shows_it(boss: Client) -> None:
    process("garage<b>", rate=2.5, memory=150_000_000, connected=1)
    process("dead", lease_s=-5)
    Schedule.objects.create(
        name="broken", every_s=60, next_run=timezone.now(), failures=3, last_error="No <disk>."
    )
    Schedule.objects.create(
        name="slow", every_s=60, next_run=timezone.now() - timedelta(minutes=10)
    )
    for text in (page(boss), page(boss, PART)):
        assert "garage&lt;b&gt;, 17" in text
        assert "lease is over" in text
        assert "143.1\xa0MB" in text
        assert "No &lt;disk&gt;." in text
        assert ">late<" in text
        assert "answers" in text
        assert "<svg" in text


def test_an_idle_node_has_a_page_too(boss: Client) -> None:
    text = page(boss)
    assert "No process serves charge points." in text
    assert "None is named" in text


def test_a_renewal_of_the_lease_tells_how_the_process_is() -> None:
    assert not processes.renew()
    assert processes.renew()
    told = ServerProcess.objects.get(name=processes.OWNER).snapshot
    assert told is not None
    assert told["memory"] > 1_000_000
    assert told["messages"]
    (one,) = status.look().processes
    assert one.lives
    processes.leave(datetime.now(UTC))


def test_part_is_sent_only_when_it_is_another(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = boss.get(PART).json()
    assert not told["final"]
    monkeypatch.setattr("ocpp.admin.status._plot", lambda now: "")
    assert "html" in boss.get(f"{PART}?have={told['digest']}").json()


@pytest.mark.parametrize(
    ("permissions", "seen"), [(["view_serverprocess"], True), (["view_charger"], False)]
)
def test_it_needs_its_permission(permissions: list[str], seen: bool) -> None:
    client = clerk(*permissions)
    for url in (URL, PART):
        assert client.get(url).status_code == (200 if seen else 403)
    assert (URL in client.get("/admin/").content.decode()) == seen


def test_visitors_are_sent_to_the_login(client: Client) -> None:
    assert client.get(URL).status_code == 302
    assert client.get(PART).status_code == 302
