"""Counters of limits: every one is there, and threads lose none."""

import threading

import pytest

from ocpp import limits_hit


def test_a_hit_is_counted() -> None:
    before = limits_hit.snapshot()
    limits_hit.hit("origin")
    after = limits_hit.snapshot()
    assert after.pop("origin") == before.pop("origin") + 1
    assert after == before
    assert set(limits_hit.snapshot()) == set(limits_hit.NAMES)


def test_what_is_no_limit_is_not_counted() -> None:
    with pytest.raises(KeyError):
        limits_hit.hit("orgin")


def test_threads_lose_none() -> None:
    before = limits_hit.snapshot()["message_rate"]

    def work() -> None:
        for _ in range(2_000):
            limits_hit.hit("message_rate")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert limits_hit.snapshot()["message_rate"] == before + 8_000


def test_a_snapshot_stays_as_it_is() -> None:
    taken = limits_hit.snapshot()
    taken["origin"] = -1
    assert limits_hit.snapshot()["origin"] >= 0
