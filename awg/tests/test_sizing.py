"""The smallest cable: worked examples, and what holds for every circuit."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from awg.domain import CannotSize, Circuit, code, size
from awg.models import CableSize

D = Decimal

#: Each worked by hand from the tables of the code (NEC 310.16, 240.6, 240.4(D), 250.122; factors
#: of 310.15): 125 % of the current, the next breaker, the first size whose ampacity in the column
#: of the terminals (75 °C) carries that, and whose corrected ampacity the breaker protects. The
#: ways are short, so the drop decides nothing.
BY_HEAT: list[tuple[dict[str, Any], int, str, str]] = [
    ({"current_a": 8}, 15, "14 AWG", "14 AWG"),  # 10 A
    ({"current_a": 12}, 15, "14 AWG", "14 AWG"),  # 15 A
    ({"current_a": 16}, 20, "12 AWG", "12 AWG"),  # 20 A: 14 may have 15 A only
    ({"current_a": 20}, 25, "10 AWG", "10 AWG"),  # 25 A: 12 may have 20 A only
    ({"current_a": 24}, 30, "10 AWG", "10 AWG"),  # 30 A
    ({"current_a": 32}, 40, "8 AWG", "10 AWG"),  # 40 A
    ({"current_a": 40}, 50, "8 AWG", "10 AWG"),  # 50 A
    ({"current_a": 48}, 60, "6 AWG", "10 AWG"),  # 60 A
    ({"current_a": 50}, 70, "6 AWG", "8 AWG"),  # 62.5 A
    ({"current_a": 64}, 80, "4 AWG", "8 AWG"),  # 80 A
    ({"current_a": 80}, 100, "3 AWG", "8 AWG"),  # 100 A
    ({"current_a": 100}, 125, "1 AWG", "6 AWG"),  # 125 A: 2 carries 115
    ({"current_a": 120}, 150, "1/0 AWG", "6 AWG"),
    ({"current_a": 160}, 200, "3/0 AWG", "6 AWG"),
    ({"current_a": 180}, 225, "4/0 AWG", "4 AWG"),
    ({"current_a": 240}, 300, "350 kcmil", "4 AWG"),  # 300 A: 300 kcmil carries 285
    ({"current_a": 300}, 400, "500 kcmil", "3 AWG"),  # 375 A
    ({"current_a": 32, "material": "aluminium"}, 40, "8 AWG", "8 AWG"),  # 40 A
    ({"current_a": 48, "material": "aluminium"}, 60, "4 AWG", "8 AWG"),
    ({"current_a": 80, "material": "aluminium"}, 100, "1 AWG", "6 AWG"),
    ({"current_a": 160, "material": "aluminium"}, 200, "250 kcmil", "4 AWG"),
    ({"current_a": 32, "terminal_c": 60}, 40, "8 AWG", "10 AWG"),  # 8 carries 40 at 60 °C
    ({"current_a": 40, "terminal_c": 60}, 50, "6 AWG", "10 AWG"),
    ({"current_a": 32, "rating_c": 60}, 40, "8 AWG", "10 AWG"),
    # 45 °C: 0.82; 8 carries 41 A, the next breaker is one of 45 A: enough for 40 A.
    ({"current_a": 32, "ambient_c": 45}, 40, "8 AWG", "10 AWG"),
    # 45 °C with two circuits: 0.82 · 0.8; 6 carries 42.6 A, and its next breaker is one of 45 A.
    ({"current_a": 32, "ambient_c": 45, "conductors": 4}, 40, "6 AWG", "10 AWG"),
    # Nine conductors: 0.7; 8 carries 35 A, its breaker 35 A; 6 carries 45.5 A.
    ({"current_a": 32, "conductors": 9}, 40, "6 AWG", "10 AWG"),
    # The same in 90 °C: 8 carries 38.5 A and its next breaker is one of 40 A.
    ({"current_a": 32, "conductors": 9, "rating_c": 90}, 40, "8 AWG", "10 AWG"),
    ({"current_a": 40, "continuous": False}, 40, "8 AWG", "10 AWG"),
    # 22 kW at 220 V in three phases: 57.7 A, 72.2 A; 80 A breaker; 4 carries 85 A.
    ({"power_w": 22000, "phases": 3}, 80, "4 AWG", "8 AWG"),
    # 7.2 kW at 240 V: 30 A, 37.5 A.
    ({"power_w": 7200, "voltage_v": 240, "phases": 2}, 40, "8 AWG", "10 AWG"),
    # 11 kW at 400 V: 15.9 A, 19.8 A.
    ({"power_w": 11000, "voltage_v": 400, "phases": 3}, 20, "12 AWG", "12 AWG"),
    # 50 kW at 480 V: 60.1 A, 75.2 A.
    ({"power_w": 50000, "voltage_v": 480, "phases": 3}, 80, "4 AWG", "8 AWG"),
    # 150 kW at 480 V: 180.4 A, 225.5 A: a breaker of 250 A; 4/0 carries 230 A, the next is 250.
    ({"power_w": 150000, "voltage_v": 480, "phases": 3}, 250, "4/0 AWG", "4 AWG"),
    # Two sets: 400 A, 500 A; 250 kcmil carries 255 A each.
    ({"current_a": 400, "sets": 2, "phases": 3}, 500, "250 kcmil", "2 AWG"),
    # Ten sets' worth in one: two of 1/0, the thinnest that may lie in parallel.
    ({"current_a": 100, "sets": 2}, 125, "1/0 AWG", "6 AWG"),
]


def circuit(**facts: Any) -> Circuit:
    """A circuit of 1 m at 220 V, unless told otherwise; numbers as decimals."""
    whole = {"phases", "rating_c", "terminal_c", "conductors", "sets"}
    told: dict[str, Any] = {"voltage_v": 220, "length_m": 1, **facts}
    numbers = {
        name: D(str(value))
        for name, value in told.items()
        if type(value) in (int, float) and name not in whole
    }
    return Circuit(**{**told, **numbers})


@pytest.mark.parametrize(("asked", "device_a", "cable", "ground"), BY_HEAT)
def test_the_smallest_that_does_not_get_too_hot(
    asked: dict[str, Any], device_a: int, cable: str, ground: str
) -> None:
    result = size(circuit(**asked))
    assert (result.device_a, result.cable.name, result.ground.name) == (device_a, cable, ground)


#: Worked with NEC chapter 9, table 8 (Ω/km, 75 °C, copper unless said): ΔU = 2·I·R·l, in three
#: phases √3·I·R·l; the volts to 2 %, since the table rounds and alternating current adds a little.
BY_DROP: list[tuple[dict[str, Any], str, float]] = [
    # 2 · 32 · 2.551 · 0.030
    ({"current_a": 32, "length_m": 30}, "8 AWG", 4.898),
    # 8 loses 8.16 V, 3.7 %; 6: 2 · 32 · 1.608 · 0.050
    ({"current_a": 32, "length_m": 50}, "6 AWG", 5.146),
    # 6 loses 10.3 V; 4: 2 · 32 · 1.010 · 0.1 is 6.464 V, 2.94 %
    ({"current_a": 32, "length_m": 100}, "4 AWG", 6.464),
    # √3 · 32 · 2.551 · 0.040
    ({"current_a": 32, "length_m": 40, "phases": 3}, "8 AWG", 5.656),
    # At 127 V: 2 · 16 · 4.070 · 0.025 is 3.256 V, 2.56 %; 12 would lose 5.2 V
    ({"current_a": 16, "length_m": 25, "voltage_v": 127}, "10 AWG", 3.256),
    # At most 1 %: 2 · 16 · 1.608 · 0.040 is 2.058 V, 0.94 %
    ({"current_a": 16, "length_m": 40, "max_drop_percent": 1}, "6 AWG", 2.058),
    # Aluminium: 2 · 32 · 2.652 · 0.030 is 5.09 V, 2.31 %; 8 loses 8.07 V
    ({"current_a": 32, "length_m": 30, "material": "aluminium"}, "6 AWG", 5.092),
    # Two sets of 1/0: 2 · 100 · 0.399 / 2 · 0.1
    ({"current_a": 100, "length_m": 100, "sets": 2}, "1/0 AWG", 3.99),
]


@pytest.mark.parametrize(("asked", "cable", "volts"), BY_DROP)
def test_the_smallest_that_loses_little(asked: dict[str, Any], cable: str, volts: float) -> None:
    result = size(circuit(**asked))
    assert result.cable.name == cable
    assert abs(float(result.drop_v) / volts - 1) < 0.02
    percent = float(result.drop_v) / float(asked.get("voltage_v", 220)) * 100
    assert abs(float(result.drop_percent) - percent) < 1e-9


def test_what_is_lost_is_heat_in_every_line() -> None:
    single = size(circuit(current_a=32, length_m=30))
    assert abs(single.loss_w - single.drop_v * 32) < D("0.001")
    three = size(circuit(current_a=32, length_m=40, phases=3))
    assert abs(three.loss_w - three.drop_v * 32 * D(3).sqrt()) < D("0.001")


def test_a_thicker_cable_for_the_drop_has_a_thicker_ground() -> None:
    result = size(circuit(current_a=32, length_m=100))
    # 8 AWG would carry it with a ground of 10: 4 has 2.53 times the area, so 10 becomes 6.
    assert (result.cable.name, result.ground.name) == ("4 AWG", "6 AWG")
    # It need not be thicker than the lines.
    far = size(circuit(current_a=12, length_m=300))
    assert far.ground.rank <= far.cable.rank


#: Worked by hand with NEC chapter 9: the area of THHN conductors from table 5, what 40 % of a tube
#: is (over two conductors) from table 4, and the ground of 250.122 for the breaker. The lines and
#: the ground are in the comment as area (mm²); then the smallest tube that takes the sum.
BY_CONDUIT: list[tuple[dict[str, Any], str, str, str]] = [
    # 2 · 6.258 + 6.258 is 18.8; EMT 1/2 takes 78.
    ({"current_a": 12}, "14 AWG", "14 AWG", "1/2"),
    # 2 · 13.61 + 13.61 is 40.8
    ({"current_a": 24}, "10 AWG", "10 AWG", "1/2"),
    # 2 · 23.61 + 13.61 is 60.8
    ({"current_a": 32}, "8 AWG", "10 AWG", "1/2"),
    # 2 · 32.71 + 13.61 is 79.0: 1/2 takes 78, 3/4 takes 137
    ({"current_a": 48}, "6 AWG", "10 AWG", "3/4"),
    # The same in PVC: 1/2 takes 73, 3/4 takes 130
    ({"current_a": 48, "conduit": "pvc"}, "6 AWG", "10 AWG", "3/4"),
    # 2 · 62.77 + 23.61 is 149.2: 3/4 takes 137, 1 takes 222
    ({"current_a": 80}, "3 AWG", "8 AWG", "1"),
    # 3 · 62.77 + 23.61 is 211.9: 1 takes 222 of EMT, 214 of PVC
    ({"current_a": 80, "phases": 3}, "3 AWG", "8 AWG", "1"),
    ({"current_a": 80, "phases": 3, "conduit": "pvc"}, "3 AWG", "8 AWG", "1"),
    # 4 · 62.77 + 23.61 is 274.7: 1 takes 222, 1 1/4 takes 387
    ({"current_a": 80, "phases": 3, "neutral": True}, "3 AWG", "8 AWG", "1 1/4"),
    # 3 · 119.7 + 32.71 is 391.8: 1 1/4 takes 387, 1 1/2 takes 525
    ({"current_a": 120, "phases": 3}, "1/0 AWG", "6 AWG", "1 1/2"),
    # 3 · 208.8 + 53.16 is 679.6: 1 1/2 takes 525, 2 takes 866
    ({"current_a": 180, "phases": 3}, "4/0 AWG", "4 AWG", "2"),
    # 3 · 456.3 + 62.77 is 1431.7: 2 takes 866, 2 1/2 takes 1513 (PVC: 1211; 3: 1877)
    ({"current_a": 300, "phases": 3}, "500 kcmil", "3 AWG", "2 1/2"),
    ({"current_a": 300, "phases": 3, "conduit": "pvc"}, "500 kcmil", "3 AWG", "3"),
]


@pytest.mark.parametrize(("asked", "cable", "ground", "tube"), BY_CONDUIT)
def test_the_smallest_conduit_that_takes_them(
    asked: dict[str, Any], cable: str, ground: str, tube: str
) -> None:
    result = size(circuit(**asked))
    found = (result.cable.name, result.ground.name, result.conduit.trade_size)
    assert found == (cable, ground, tube)
    assert result.conduit.kind == asked.get("conduit", "emt")


def test_at_least_forty_are_worked_by_hand() -> None:
    assert len(BY_HEAT) + len(BY_DROP) + len(BY_CONDUIT) >= 40


def test_the_conduit_takes_lines_neutral_and_ground() -> None:
    # 3 · 23.61 + 13.61 is 84.4 mm²: more than 78 in EMT 1/2, less than 137 in 3/4.
    without = size(circuit(current_a=32, phases=3))
    assert (without.conduit.kind, without.conduit.trade_size) == ("emt", "3/4")
    assert abs(float(without.filled_percent) - 84.44 / 343 * 100) < 0.01
    # 4 · 37.x: with a neutral of 3/0 the next tube but one.
    small, large = (
        size(circuit(current_a=160, phases=3, neutral=neutral, conduit="pvc"))
        for neutral in (False, True)
    )
    # 3 · 172.8 + 32.71 is 551; 4 · 172.8 + 32.71 is 724: 2 inches of PVC take 849, 1 1/2 take 512.
    assert (small.conduit.trade_size, large.conduit.trade_size) == ("2", "2")
    assert large.filled_percent > small.filled_percent


@pytest.mark.parametrize(
    ("facts", "field", "word"),
    [
        ({}, "current_a", "either"),
        ({"current_a": 1, "power_w": 1}, "current_a", "either"),
        ({"current_a": 0}, "current_a", "from 0.1 to 2000"),
        ({"current_a": -5}, "current_a", "-5"),
        ({"current_a": D("NaN")}, "current_a", "NaN"),
        ({"current_a": D("Infinity")}, "current_a", "Infinity"),
        ({"current_a": 10, "voltage_v": 0}, "voltage_v", "12"),
        ({"current_a": 10, "length_m": 5000}, "length_m", "2000"),
        ({"current_a": 10, "phases": 4}, "phases", "1, 2, 3"),
        ({"current_a": 10, "rating_c": 80}, "rating_c", "60, 75, 90"),
        ({"current_a": 10, "terminal_c": 1}, "terminal_c", "60, 75, 90"),
        ({"current_a": 10, "material": "gold"}, "material", "copper, aluminium"),
        ({"current_a": 10, "conduit": "hose"}, "conduit", "emt, pvc"),
        ({"current_a": 10, "conductors": 2, "phases": 3}, "conductors", "3"),
        ({"current_a": 10, "conductors": 99}, "conductors", "60"),
        ({"current_a": 10, "sets": 0}, "sets", "from 1 to 6"),
        ({"current_a": 10, "ambient_c": 60, "rating_c": 60}, "ambient_c", "60 °C"),
        ({"current_a": 10, "max_drop_percent": 0}, "max_drop_percent", "0.1"),
        ({"current_a": 400}, "", "500"),
        ({"current_a": 200, "length_m": 2000}, "max_drop_percent", "500 kcmil"),
        # 1,201 conductors' worth of power.
        ({"power_w": 1000000, "voltage_v": 12}, "", "breaker"),
    ],
)
def test_what_has_no_answer_says_why(facts: dict[str, Any], field: str, word: str) -> None:
    with pytest.raises(CannotSize) as refused:
        size(circuit(**facts))
    assert refused.value.field == field
    assert word in str(refused.value)


ORDINARY = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
currents = st.integers(1, 250)
lengths = st.integers(1, 400)


def ranked(**facts: Any) -> int:
    """The rank of the cable; one above them all where there is none."""
    try:
        return size(circuit(**facts)).cable.rank
    except CannotSize:
        return 99


@ORDINARY
@given(current=currents, more=currents, length=lengths, farther=lengths)
def test_more_current_or_a_longer_way_never_makes_it_thinner(
    current: int, more: int, length: int, farther: int
) -> None:
    here = ranked(current_a=current, length_m=length)
    assert here <= ranked(current_a=current + more, length_m=length)
    assert here <= ranked(current_a=current, length_m=length + farther)


@ORDINARY
@given(current=currents, length=lengths, material=st.sampled_from(["copper", "aluminium"]))
def test_the_answer_keeps_every_promise_and_one_size_less_does_not(
    current: int, length: int, material: str
) -> None:
    asked = circuit(current_a=current, length_m=length, material=material)
    try:
        result = size(asked)
    except CannotSize:
        return
    assert result.drop_percent <= asked.max_drop_percent
    assert result.ampacity_a >= result.load_a
    assert result.design_a <= result.device_a <= code.largest_device(result.ampacity_a)
    assert result.filled_percent <= 40
    thinner = CableSize.objects.filter(material=material, rank=result.cable.rank - 1).first()
    if thinner is not None:
        too_hot = thinner.ampacity_75 < result.design_a or (
            min(
                code.largest_device(D(thinner.ampacity_75)),
                code.SMALL.get((thinner.size, material), 9999),
            )
            < result.device_a
        )
        drop = result.drop_percent * thinner.resistance_ohm_km / result.cable.resistance_ohm_km
        assert too_hot or drop > asked.max_drop_percent * D("0.99")


@ORDINARY
@given(ambient=st.integers(-40, 80), warmer=st.integers(0, 40), carrying=st.integers(2, 59))
def test_heat_never_helps(ambient: int, warmer: int, carrying: int) -> None:
    for rating in (60, 75, 90):
        cool = code.ambient_factor(D(ambient), rating)
        assert cool >= code.ambient_factor(D(ambient + warmer), rating)
    assert code.bundling_factor(carrying) >= code.bundling_factor(carrying + 1)


@ORDINARY
@given(ampacity=st.integers(1, 4000))
def test_the_largest_device_is_the_next_one_or_itself(ampacity: int) -> None:
    device = code.largest_device(D(ampacity))
    if ampacity <= 800:
        assert device >= ampacity or ampacity > 3000
        assert device == code.device_at_least(D(ampacity))
    else:
        assert device <= ampacity
