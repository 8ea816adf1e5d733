"""The same messages in any order give the same ledger.

A charge point sends a start before it knows the number that its stop tells; so in every order here
a start comes before what tells its number. Everything else comes as it likes: values of before,
between and after, stops without a number, retries, and the messages of one session among those of
another. The sessions
of one connector begin in their order: of one that is told late and never stopped, nobody can know
that it does not run. How much is held for a session that runs depends on how it was told to grow.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Count
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Account
from ocpp.domain.queries import reviews as queue
from ocpp.domain.samples import Samples, sample
from ocpp.models import Charger, SessionCost, Tariff, TariffPrice, TariffVersion, Transaction
from ocpp.tests.factories import NOON, Reporter, at, make_driver

#: What is left of a session when all is told.
FACTS = ("state", "meter_start", "meter_stop", "energy_wh", "billed_wh", "needs_review")
SHOWN = ("meter_start", "readings__value")
#: All messages come when all has happened: from an offline queue.
LATER = NOON + timedelta(hours=6)

Message = tuple[str, dict[str, Any]]


def session(
    meters: list[int], begin: int = 0, connector: int = 1, number: int | None = None
) -> list[Message]:
    """Start, values, stop, at these registers, ten minutes apart; start and stop are told twice.

    `number` is what the stop tells where the charge point has lost that of its transaction.
    """
    (first, *between, last), minute = meters, begin
    start = ("start", {"meter": first, "time": at(begin), "connector": connector})
    values: list[Message] = []
    for meter in between:
        minute += 10
        values.append(("values", {"meter": meter, "time": at(minute), "connector": connector}))
    facts = {"meter": last, "time": at(minute + 10), "connector": connector}
    stop = ("stop", facts) if number is None else ("lost stop", {**facts, "number": number})
    return [start, start, *values, stop, stop]


def tell(point: Reporter, sessions: list[list[Message]], order: list[tuple[int, int]]) -> None:
    """Send the messages in an order; what tells the number of a session waits for its start."""
    numbers: dict[int, int] = {}
    waiting = list(order)
    while waiting:
        for which, index in waiting:
            deed, facts = sessions[which][index]
            connector = facts["connector"]
            begun = all(
                one in numbers or sessions[one][0][1]["connector"] != connector
                for one in range(which)
            )
            if which in numbers or deed == "lost stop" or (deed == "start" and begun):
                break
        waiting.remove((which, index))
        if deed == "start":
            numbers[which] = point.start(**facts, now=LATER)[0].pk
        elif deed == "values":
            point.values(
                str(facts["meter"]),
                transaction_id=numbers[which],
                connector=facts["connector"],
                time=facts["time"],
                now=LATER,
            )
        else:
            number = facts["number"] if deed == "lost stop" else numbers[which]
            stop = (facts["meter"], facts["time"], facts["tag"])
            # With a value of its own, which belongs where the stop does.
            end = [Samples(facts["time"], [sample(str(facts["meter"]))])]
            point.stop(number, *stop, moments=end, now=LATER)


def ledger(point: Reporter, account: Account) -> tuple[Any, ...]:
    """The facts of the sessions and of the account, the stops that wait, and what has a cost."""
    account.refresh_from_db()
    mine = Transaction.objects.filter(charger=point.charger).order_by("meter_start", "connector_id")
    waiting = queue.orphans().filter(charger=point.charger).order_by("time", "meter")
    costs = SessionCost.objects.filter(transaction__in=mine).order_by("transaction__meter_start")
    return (
        *mine.values_list(*FACTS),
        account.settled_wh,
        account.balance_kwh,
        *waiting.values_list("meter", "time_raw"),
        *costs.values_list("net", "total"),
        *mine.values_list("readings__value").annotate(count=Count("readings")).order_by(*SHOWN),
    )


HONEST = [1000, 2500, 4000, 6000]
SESSIONS: dict[str, list[list[Message]]] = {
    "one": [session(HONEST)],
    "one after the other": [session(HONEST), session([6000, 7000, 9000], begin=60)],
    "at the same time": [session(HONEST), session([500, 900, 1000], begin=5, connector=2)],
    "a register that begins with the session": [session([50_000, 0, 2500, 4000])],
    "no register at the start": [session([0, 800_001_000, 800_002_000, 800_004_000])],
    "a meter that runs backwards": [session([9000, 8000, 7000, 3000])],
    "a jump": [session([1000, 2000, 10**9, 10**9 + 5])],
    "never stopped, and another begins": [
        session(HONEST)[:-2],
        session([6000, 7000, 9000], begin=60),
    ],
    "never stopped": [session(HONEST)[:-2]],
    "a stop of 0": [session(HONEST, number=0)],
    "stops of 0 and -1, one after the other": [
        session(HONEST, number=0),
        session([6000, 7000, 9000], begin=60, number=-1),
    ],
    "a number that nobody gave, after one of ours": [
        session(HONEST),
        session([6000, 7000, 9000], begin=60, number=4_000_000),
    ],
    "a number of ours, after one that nobody gave": [
        session(HONEST, number=4_000_000),
        session([6000, 7000, 9000], begin=60),
    ],
    "lost, and the next stops 0": [
        session(HONEST)[:-2],
        session([6000, 7000, 9000], begin=60, number=0),
    ],
    "0 on one of two connectors": [
        session(HONEST, number=0),
        session([500, 900, 1000], begin=5, connector=2),
    ],
    "0 on both, and the meters tell which": [
        session([90_000_000, 90_001_000, 90_002_000], number=0),
        session([500, 900, 1000], begin=5, connector=2, number=0),
    ],
    "0 on both, and nobody can tell": [
        session([1000, 2000, 9000], number=0),
        session([1100, 1500, 9500], begin=5, connector=2, number=-1),
    ],
    "twice without a number, once with it": [
        [*session(HONEST, number=0), *session(HONEST)[-1:], *session(HONEST, number=-1)[-1:]]
    ],
    "another stop without a number, before its own": [
        [*session([1000, 2500, 4000], number=0), *session(HONEST)[-1:]]
    ],
    "without a number and without a start": [session(HONEST), session(HONEST, number=0)[-1:]],
    "long after all": [
        session(HONEST),
        [("lost stop", {"meter": 7000, "time": at(300), "connector": 1, "number": -1})],
    ],
}


@pytest.mark.parametrize("name", SESSIONS)
def test_every_order_gives_the_same_ledger(db: None, name: str) -> None:
    version = TariffVersion.objects.create(
        tariff=Tariff.objects.create(name="Public", standard=True), valid_from=NOON
    )
    TariffPrice.objects.create(version=version, component="energy", amount="2.3456")
    sessions = SESSIONS[name]
    messages = [(which, index) for which, one in enumerate(sessions) for index in range(len(one))]
    drivers = iter(range(10_000))

    def outcome(order: list[tuple[int, int]]) -> tuple[Any, ...]:
        number = next(drivers)
        tag = f"{0xAB000000 + number:08X}"
        account = make_driver(f"driver{number}", tag=tag)
        point = Reporter(Charger.objects.create(charger_id=f"P{number}", require_rfid=True))
        tell(point, _with_tag(sessions, tag), order)
        return ledger(point, account)

    expected = outcome(messages)

    @settings(max_examples=12)
    @given(st.permutations(messages))
    def check(order: list[tuple[int, int]]) -> None:
        assert outcome(order) == expected

    check()


def _with_tag(sessions: list[list[Message]], tag: str) -> list[list[Message]]:
    return [
        [(deed, {**facts, **({"tag": tag} if deed != "values" else {})}) for deed, facts in one]
        for one in sessions
    ]
