"""The habits of charge points: the plain ones, and the quirks of real ones.

What each quirk does to a server, and what a server ought to do, is told in `docs/quirks.md`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Behaviour:
    """How one kind of charge point differs from a plain one. Times are simulated seconds."""

    name: str
    #: What part of a fleet it is when nobody says otherwise.
    share: float = 0.0
    #: Whether its messages keep to the schemas of the standard.
    lawful: bool = True
    #: On average between two faults, and between two losses of its connection; 0 for never.
    faults_every_s: float = 0
    drops_every_s: float = 0
    #: How long it stays away after a loss, on average; 0: it comes back at once.
    away_s: float = 0
    #: The unit of its register: "Wh", "kWh", or "" for a value without measurand and unit.
    unit: str = "Wh"
    #: Whether its register begins with each session at 0.
    relative: bool = False
    #: Whether MeterValues name their transaction.
    names_transaction: bool = True
    #: Whether it tells a start, or a stop, once more with another message id.
    starts_twice: bool = False
    stops_twice: bool = False
    #: Whether it boots after a reconnect.
    boots_again: bool = True
    #: The end of its timestamps: "Z", or "" for times without a zone.
    zone: str = "Z"
    #: More properties of MeterValues, as JSON that begins with a comma.
    extra: str = ""
    #: Whether numbers of MeterValues are strings.
    numbers_as_text: bool = False


PLAIN = Behaviour("plain")

#: Every behaviour by name; what the shares leave is plain.
BEHAVIOURS: dict[str, Behaviour] = {
    behaviour.name: behaviour
    for behaviour in (
        PLAIN,
        Behaviour("faulty", 0.02, faults_every_s=7_200),
        Behaviour("flapping", 0.01, drops_every_s=180),
        Behaviour("offline", 0.02, drops_every_s=7_200, away_s=900),
        Behaviour("kwh", 0.03, unit="kWh"),
        Behaviour("bare", 0.03, unit=""),
        Behaviour("relative", 0.02, relative=True),
        Behaviour("nameless", 0.02, names_transaction=False),
        Behaviour("starts-twice", 0.01, starts_twice=True),
        Behaviour("stops-twice", 0.01, stops_twice=True),
        Behaviour("silent-return", 0.02, boots_again=False, drops_every_s=7_200),
        Behaviour("no-zone", lawful=False, zone=""),
        Behaviour("extra", lawful=False, extra=',"vendorExtension":{"rssi":-67}'),
        Behaviour("null", lawful=False, extra=',"reservationId":null'),
        Behaviour("text", lawful=False, numbers_as_text=True),
    )
}


def shares(told: dict[str, float]) -> list[tuple[Behaviour, float]]:
    """The part of a fleet that each behaviour has, the plain one at the end with what is left.

    `told` replaces the defaults of those that it names. Raises `ValueError` for an unknown name, a
    share that is none, and shares of more than the whole.
    """
    for name, share in told.items():
        if name not in BEHAVIOURS or name == PLAIN.name:
            known = ", ".join(other for other in BEHAVIOURS if other != PLAIN.name)
            raise ValueError(f"there is no behaviour {name!r} with a share: write one of {known}")
        if not 0 <= share <= 1:
            raise ValueError(f"the share of {name} is {share:g}: write a number from 0 to 1")
    found = [
        (behaviour, told.get(behaviour.name, behaviour.share))
        for behaviour in BEHAVIOURS.values()
        if behaviour is not PLAIN
    ]
    rest = 1 - sum(share for _, share in found)
    if rest < -1e-9:
        raise ValueError(f"the shares of all behaviours are {1 - rest:g}: they cannot pass 1")
    return [*((one, share) for one, share in found if share), (PLAIN, max(0.0, rest))]


def assign(count: int, told: dict[str, float]) -> list[Behaviour]:
    """A behaviour for each of `count` charge points, spread evenly over their numbers.

    Each has as many as its share says, to the next whole number.
    """
    parts = shares(told)
    owed = [0.0] * len(parts)
    chosen = []
    for _ in range(count):
        for index, (_, share) in enumerate(parts):
            owed[index] += share
        best = max(range(len(parts)), key=owed.__getitem__)
        owed[best] -= 1
        chosen.append(parts[best][0])
    return chosen
