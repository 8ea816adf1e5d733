"""Every limit is shown with its number, and every counter has its limit."""

from pathlib import Path

import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from ocpp import limits_hit
from ocpp.domain import processes as leases
from ocpp.domain.queries import limits
from ocpp.models import ServerProcess

OCPP = Path(__file__).resolve().parents[3]
ALL = (*limits.CONNECTING, *limits.CONNECTED, *limits.PAGES)

pytestmark = pytest.mark.django_db


def test_every_counter_is_shown_and_every_shown_one_is_counted() -> None:
    assert {one.counter for one in ALL if one.counter} == set(limits_hit.NAMES)


def test_every_counter_is_hit_somewhere() -> None:
    files = [*OCPP.glob("domain/**/*.py"), *OCPP.glob("connection/**/*.py")]
    files += [*OCPP.glob("protocol/**/*.py"), OCPP.parent / "config" / "serving" / "protocols.py"]
    code = "".join(path.read_text() for path in files if path.name != "limits.py")
    assert [name for name in limits_hit.NAMES if f'"{name}"' not in code] == []


def test_every_limit_is_documented() -> None:
    documented = (OCPP.parent / "docs" / "settings.md").read_text()
    assert [
        one.setting for one in ALL if f"`{one.setting}`" not in documented and one.setting
    ] == []


def test_numbers_now_and_by_default(settings: Settings) -> None:
    settings.OCPP_ADMISSIONS_A_SECOND = 0
    settings.OCPP_REST_S = 60
    found = {row.limit.setting: row for row in limits.rows(ALL, limits.processes())}
    admissions, rest = found["OCPP_ADMISSIONS_A_SECOND"], found["OCPP_REST_S"]
    assert (admissions.value, admissions.default) == (0, 500)
    assert admissions.no_limit
    assert admissions.changed
    assert (rest.value, rest.default, rest.no_limit, rest.hits) == (60, 300, False, None)
    assert not found["OCPP_MESSAGE_KIB"].changed


def test_hits_of_each_process() -> None:
    leases.renew()
    ServerProcess.objects.create(
        name="other/7/word",
        host="other",
        pid=7,
        started=Now(),
        lease_until=Now(),
        limits_hit={"flapping": 3},
    )
    limits_hit.hit("flapping")
    here = limits_hit.snapshot()["flapping"]
    counting = limits.processes()
    assert [(one.name, one.here) for one in counting] == [
        (leases.OWNER, True),
        ("other/7/word", False),
    ]
    (row,) = (row for row in limits.rows(ALL, counting) if row.limit.counter == "flapping")
    assert row.hits == [here, 3]


def test_what_a_process_has_counted_is_stored_when_it_renews_its_lease() -> None:
    leases.renew()
    limits_hit.hit("origin")
    leases.renew()
    row = ServerProcess.objects.get()
    assert row.limits_hit["origin"] == limits_hit.snapshot()["origin"]
    assert row.counted_since == limits_hit.started
