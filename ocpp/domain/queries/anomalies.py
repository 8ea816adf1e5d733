"""How far each model of charger keeps to the standard, by what was odd of late.

**The score** of a model is 100 less its weighted oddities for each 1,000 messages, and never below
0: an oddity counts by the weight of its kind (`WEIGHTS`), so one without consequence costs 1 and
one that may cost money 5. What comes with each message is noted once for each connection, so a
charger that reconnects often scores lower than its like.

It looks at the newest `MOST_MESSAGES` messages of `WINDOW` at most, however many are stored.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ocpp.choices import AnomalyKind
from ocpp.domain import oddities
from ocpp.domain.queries.since import first_id
from ocpp.domain.queries.states import State, Tone
from ocpp.models import Anomaly, Charger, Message

WINDOW = timedelta(days=7)
MOST_MESSAGES = 200_000
MOST_ANOMALIES = 50_000
#: With fewer messages than this a model has no score.
FEWEST_MESSAGES = 100

#: What an oddity of each kind costs: by whether it is harmless, a nuisance, or may cost money.
WEIGHTS = {
    AnomalyKind.TOLERATED: 1,
    AnomalyKind.CLOCK: 2,
    AnomalyKind.BAD_VALUE: 3,
    AnomalyKind.FRAME: 3,
    AnomalyKind.TRANSACTION: 5,
    AnomalyKind.METERING: 5,
    AnomalyKind.IDENTITY: 5,
    AnomalyKind.SECURITY: 5,
}

#: What is done about an oddity of each kind: for rows that were stored before they had a code.
_DONE: dict[str, str | Promise] = {
    AnomalyKind.TOLERATED: _("Understood as it was meant, and noted."),
    AnomalyKind.BAD_VALUE: _("Kept as it was sent, and not counted."),
    AnomalyKind.CLOCK: _("The time of the node was taken, or the zone of the charger."),
    AnomalyKind.TRANSACTION: _("Recorded; nothing is billed twice or to another."),
    AnomalyKind.METERING: _("Counted from a base that fits, or left for a review."),
    AnomalyKind.FRAME: _("Answered with an error; the connection stays."),
    AnomalyKind.IDENTITY: _("Nothing was changed by it."),
    AnomalyKind.SECURITY: _("Noted for the security log."),
}

#: From which score on, best first.
_WORDS = (
    (95, State(_("Keeps to the standard"), Tone.FREE, "check-circle", "")),
    (80, State(_("Small oddities"), Tone.BUSY, "info-circle", "")),
    (50, State(_("Needs tolerance"), Tone.WAITING, "exclamation-triangle", "")),
    (0, State(_("Wayward"), Tone.BROKEN, "x-octagon", "")),
)
_UNKNOWN = State(_("Too little seen"), Tone.UNKNOWN, "question-circle", "")


@dataclass
class Model:
    """A model of charger, with what was seen of all chargers of it."""

    vendor: str
    name: str
    chargers: int = 0
    strict: int = 0
    firmware: list[str] = field(default_factory=list)
    messages: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def oddities(self) -> int:
        """How many oddities there were."""
        return self.kinds.total()

    @property
    def score(self) -> int | None:
        """From 0 to 100; None where too little was seen."""
        if self.messages < FEWEST_MESSAGES:
            return None
        weighted = sum(WEIGHTS[AnomalyKind(kind)] * count for kind, count in self.kinds.items())
        return max(0, 100 - round(1000 * weighted / self.messages))

    @property
    def state(self) -> State:
        """The score in a word, with a colour and an icon."""
        score = self.score
        if score is None:
            return _UNKNOWN
        return next(state for least, state in _WORDS if score >= least)

    @property
    def by_kind(self) -> list[tuple[str | Promise, int]]:
        """How many of each kind, the most frequent first."""
        return [(AnomalyKind(kind).label, count) for kind, count in self.kinds.most_common()]


@dataclass(frozen=True)
class Scores:
    """The models, the lowest score first, and the time from which on was counted."""

    since: datetime
    models: list[Model]
    strict_node: bool


def told(row: Anomaly) -> str:
    """What was odd, in the language of the reader; what has no code as it was stored."""
    return oddities.sentence(row.code, row.values, row.detail)


def done_about(row: Anomaly) -> str:
    """What was done about it, in a sentence in the language of the reader."""
    return oddities.deed(row.code, row.values, str(_DONE.get(row.kind, "")))


def scores(now: datetime) -> Scores:
    """Every model with its score, in a bounded number of queries that read a bounded number."""
    first, since = _window(now)
    models: dict[tuple[str, str], Model] = {}
    firmware: dict[tuple[str, str], set[str]] = defaultdict(set)
    rows = Charger.objects.order_by().values_list("vendor", "model", "firmware_version")
    counted = rows.annotate(count=Count("id"), strict=Count("id", filter=Q(strict=True)))
    for vendor, name, version, count, strict in counted:
        key = (vendor, name)
        model = models.setdefault(key, Model(vendor, name))
        model.chargers += count
        model.strict += strict
        if version:
            firmware[key].add(version)
            model.firmware = sorted(firmware[key])
    # Grouped by charger alone: a join would look up each message's charger.
    of_charger = {
        pk: models.setdefault((vendor, name), Model(vendor, name))
        for pk, vendor, name in Charger.objects.order_by().values_list("id", "vendor", "model")
    }
    messages = Message.objects.filter(id__gte=first).order_by().values_list("charger_id")
    for pk, count in messages.annotate(count=Count("id")):
        if pk in of_charger:
            of_charger[pk].messages += count
    for pk, kind, count in _odd(since):
        if pk in of_charger:
            of_charger[pk].kinds[kind] += count
    ordered = sorted(models.values(), key=lambda one: (_last(one.score), one.vendor, one.name))
    return Scores(since, ordered, settings.OCPP_STRICT)


def _last(score: int | None) -> int:
    return 101 if score is None else score


def _window(now: datetime) -> tuple[int, datetime]:
    """The first message that counts, and from when on oddities count with it."""
    everything = Message.objects.all()
    newest = everything.order_by().aggregate(newest=Max("id"))["newest"] or 0
    cut = newest - MOST_MESSAGES + 1
    since = now - WINDOW
    oldest = everything.filter(id__gte=cut).order_by("id").values_list("time", flat=True).first()
    if cut > 1 and oldest is not None and oldest > since:
        return cut, oldest
    return first_id(everything, since), since


def _odd(since: datetime) -> list[tuple[int, str, int]]:
    """How many oddities of each kind each charger has had."""
    newest = Anomaly.objects.order_by().aggregate(newest=Max("id"))["newest"] or 0
    first = max(first_id(Anomaly.objects.all(), since), newest - MOST_ANOMALIES + 1)
    rows = Anomaly.objects.filter(id__gte=first).order_by().values_list("charger_id", "kind")
    return list(rows.annotate(count=Count("id")))
