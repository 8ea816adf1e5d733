"""How charge points of a fleet come, go, and obey a busy server."""

from itertools import pairwise

from ocpp.tests.simulator.swarm.world import World, only


def test_the_ramp_is_kept():
    world = World(count=100, ramp=20)
    world.run(6, step=0.01)
    assert len(world.opened_at) == 100
    for second in range(5):
        begin = 1000 + second
        assert sum(begin <= at < begin + 1 for at in world.opened_at) <= 21
    assert (world.statistics.connected, world.statistics.online) == (100, 100)


def test_retry_after_is_obeyed():
    world = World(count=20)
    world.refusal = ("503", 60.0)
    world.run(1)
    assert (len(world.opened_at), world.statistics.refusals) == (20, {"503": 20})
    world.refusal = None
    world.run(58)
    assert len(world.opened_at) == 20
    world.run(14)
    assert (len(world.opened_at), world.statistics.online) == (40, 20)
    # They do not come back all at once either.
    assert len(set(world.opened_at[20:])) > 5


def test_a_dead_server_is_asked_less_and_less_often():
    world = World()
    world.refusal = ("not-listening", None)
    world.run(60, step=0.1)
    waits = [after - before for before, after in pairwise(world.opened_at)]
    assert 0.4 < waits[0] < 1.2
    assert all(4.9 < wait < 10.2 for wait in waits[5:])


def test_heartbeats_as_the_server_says():
    world = World()
    world.answers["BootNotification"] = {"status": "Accepted", "interval": 20}
    world.run(101)
    assert len(world.said("Heartbeat")) == 5


def test_who_is_not_accepted_asks_again_and_says_nothing_else():
    world = World()
    world.answers["BootNotification"] = {"status": "Pending", "interval": 30}
    world.run(100)
    assert len(world.said("BootNotification")) == 4
    assert (len(world.frames), world.statistics.online) == (4, 0)
    world.answers.clear()
    world.run(30)
    assert world.statistics.online == 1


def test_a_boot_without_answer_is_sent_again():
    world = World()
    world.answers["BootNotification"] = None
    world.run(1)
    world.answers.clear()
    world.run(31)
    assert len(world.said("BootNotification")) == 2
    assert (world.statistics.online, world.statistics.lost) == (1, 1)


def test_a_storm_brings_everybody_back():
    world = World(count=30, ramp=1000)
    world.run(1)
    world.swarm.storm()
    world.turn()
    assert (world.statistics.connected, world.statistics.online) == (0, 0)
    world.run(3)
    assert (world.statistics.connected, world.statistics.online) == (30, 30)
    assert (world.statistics.storms, world.statistics.connects, world.statistics.cut) == (1, 60, 0)


def test_storms_by_the_clock():
    world = World(storm_every_s=100)
    world.run(350)
    assert world.statistics.storms == 3


def test_connections_that_the_server_cuts_are_counted():
    world = World()
    world.run(1)
    world.wires[0].cut()
    world.run(3)
    assert (world.statistics.cut, world.statistics.online) == (1, 1)


def test_a_silent_return():
    world = World(shares=only("silent-return"))
    world.run(1)
    world.swarm.points[0].cut()
    world.run(3)
    assert (world.statistics.connects, world.statistics.online) == (2, 1)
    assert len(world.said("BootNotification")) == 1


def test_flapping_and_away():
    flapping = World(shares=only("flapping"), speed=100)
    flapping.run(200)
    # Never more often than every 15 s, however fast the day passes.
    assert 8 <= flapping.statistics.connects <= 14
    away = World(shares=only("offline"))
    away.run(100_000, step=10)
    assert 5 < away.statistics.connects < 30


def test_late_answers_and_nonsense_are_counted():
    world = World()
    world.run(1)
    point = world.swarm.points[0]
    for text in (b'[3,"77",{}]', b"{", b"[9]", b'[3,"1"]', "ä".encode("latin-1")):
        point.heard(text)
    assert (world.statistics.late, world.statistics.unreadable) == (1, 4)


def test_sent_is_answered_or_lost_whatever_happens():
    world = World(count=40, busy=0.9, speed=200, shares={"flapping": 0.3, "offline": 0.3}, seed=5)
    for number in range(60):
        world.answers["MeterValues"] = None if number % 7 == 0 else {}
        world.run(5, step=0.2)
        if number % 13 == 0:
            world.swarm.storm()
    statistics = world.statistics
    world.answers.clear()
    for point in world.swarm.points:
        point.leave()
    world.run(35)
    assert statistics.lost > 0
    assert statistics.sent == statistics.answered + statistics.lost
    sent = sum(frame[0] == 2 for _, frame in world.frames)
    assert sent == statistics.sent == statistics.actions.total()
    assert (statistics.charging, statistics.sessions > 20) == (0, True)
