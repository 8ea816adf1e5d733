"""The parts of a fleet that need no connection: timers, dice, the day, shares, figures."""

import math
from collections import Counter

import pytest

from ocpp.simulator.swarm import BEHAVIOURS, SwarmOptions
from ocpp.simulator.swarm.behaviours import assign
from ocpp.simulator.swarm.day import FLAT, Day, Dice
from ocpp.simulator.swarm.statistics import Latencies, Statistics
from ocpp.simulator.swarm.timers import Timers
from ocpp.tests.simulator.swarm.world import World


def test_timers_in_their_order():
    timers, done = Timers(10.0), []
    timers.after(2, lambda: done.append("b"))

    def first():
        done.append("a")
        timers.after(0.5, lambda: done.append("a2"))

    timers.after(1, first)
    timers.after(1.7, lambda: done.append("never")).cancel()
    timers.after(9, lambda: done.append("late"))
    timers.turn(12.5)
    assert done == ["a", "a2", "b"]
    assert len(timers) == 1


def test_dice_are_even_and_the_same_for_the_same_seed():
    dice, same, other = Dice(7), Dice(7), Dice(8)
    rolls = [dice.roll() for _ in range(20_000)]
    assert rolls == [same.roll() for _ in range(20_000)]
    assert rolls[:5] != [other.roll() for _ in range(5)]
    assert sum(rolls) / len(rolls) == pytest.approx(0.5, abs=0.01)
    assert 0 <= min(rolls) < 0.01 < 0.99 < max(rolls) < 1
    waits = [dice.wait(30) for _ in range(20_000)]
    assert sum(waits) / len(waits) == pytest.approx(30, rel=0.05)


def test_the_day_has_its_rush_hours():
    day = Day(0.3)
    assert day.charging(19) == pytest.approx(0.3)
    assert day.charging(4.5) < day.charging(12) < day.charging(18.5)
    assert day.charging(23.999) == pytest.approx(day.charging(0), abs=0.001)


@pytest.mark.parametrize("busy", [0.2, 0.5, 0.9])
def test_as_many_charge_as_the_day_says(busy):
    day, dice, charged = Day(busy, FLAT, 3600), Dice(3), 0.0
    free = 0.0
    for _ in range(4_000):
        free += day.wait_s(dice, 12)
        charged += day.length_s(dice)
    assert charged / (charged + free) == pytest.approx(busy, abs=0.03)


def test_nobody_comes_when_nobody_charges():
    assert math.isinf(Day(0).wait_s(Dice(1), 8))


def test_shares_are_kept_to_the_charge_point():
    kinds = Counter(one.name for one in assign(1000, {"kwh": 0.25, "text": 0.1, "bare": 0}))
    assert (kinds["kwh"], kinds["text"], kinds["bare"], kinds["faulty"]) == (250, 100, 0, 20)
    assert sum(kinds.values()) == 1000


def test_by_default_everybody_keeps_to_the_schemas():
    assert all(one.lawful for one in assign(2_000, {}))
    assert len({one.name for one in assign(2_000, {})}) == sum(
        one.lawful for one in BEHAVIOURS.values()
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"count": 0}, "has 0 charge points"),
        ({"port": 70_000}, "the port is 70000"),
        ({"ramp": 0}, "ramp is 0: it must be above zero"),
        ({"speed": -1}, "speed is -1"),
        ({"interval_s": math.inf}, "interval_s is inf"),
        ({"hour": 24}, "the hour is 24: write 0 to 23"),
        ({"busy": 1.5}, "the busy share is 1.5"),
        ({"storm_every_s": -3}, "storms every -3 s"),
        ({"addresses": 251}, "251 source addresses"),
        ({"host": "10.0.0.1", "addresses": 2}, "10.0.0.1 is not on loopback"),
        ({"rfids": ("x" * 21,)}, "1 to 20 characters"),
        ({"path_prefix": "ws/" + "x" * 48}, "an id has 48 at most"),
        ({"shares": {"mad": 0.1}}, "no behaviour 'mad' with a share: write one of faulty"),
        ({"shares": {"plain": 0.1}}, "no behaviour 'plain'"),
        ({"shares": {"kwh": 2}}, "the share of kwh is 2"),
        ({"shares": {"kwh": 0.9, "bare": 0.9}}, "cannot pass 1"),
    ],
)
def test_wrong_options_are_explained(options, words):
    with pytest.raises(ValueError, match=words):
        SwarmOptions(**{"count": 5, **options})


def test_source_addresses():
    many = SwarmOptions(count=10_000)
    used = Counter(many.source(number) for number in range(1, 10_001))
    assert len(used) == 67
    assert max(used.values()) <= 150
    assert SwarmOptions(count=100).source(3) is None
    assert SwarmOptions(count=100, addresses=4).source(3) == "127.0.0.4"
    assert SwarmOptions(count=10_000, host="example.org").source(3) is None


def test_percentiles_of_latencies():
    latencies = Latencies()
    assert latencies.percentile_ms(50) is None
    for number in range(1, 1001):
        latencies.add(number / 1000)
    assert latencies.percentile_ms(50) == pytest.approx(500, rel=0.05)
    assert latencies.percentile_ms(99) == pytest.approx(990, rel=0.05)
    latencies.add(1e9)
    latencies.add(0)
    assert latencies.count == 1002


def test_the_summary_adds_up():
    statistics = Statistics(sent=7, lost=2)
    for _ in range(4):
        statistics.answer(0.01)
    figures = statistics.summary()
    assert (figures["answered"], figures["waiting"], figures["lost"]) == (4, 1, 2)
    assert figures["p50_ms"] == pytest.approx(10, rel=0.05)


def test_the_day_passes_with_speed():
    world = World(speed=3600, hour=23)
    world.run(2)
    assert world.swarm.hour == pytest.approx(1, abs=0.01)


def test_the_same_seed_is_the_same_fleet():
    def story(seed):
        world = World(count=20, busy=0.8, speed=100, seed=seed)
        world.run(30)
        return [(who, frame[2]) for who, frame in world.frames if frame[0] == 2]

    assert story(4) == story(4)
    assert story(4) != story(5)
