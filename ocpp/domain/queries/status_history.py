"""What state each connector of a charger was in, over a window of time."""

from dataclasses import dataclass
from datetime import datetime

from ocpp.domain.queries import states
from ocpp.domain.queries.states import State
from ocpp.models import Charger, Connector, StatusChange
from ocpp.models.status_change import OFFLINE

#: Changes that are read at most, newest first. What lies before them is not told.
MOST = 1000


@dataclass(frozen=True, slots=True)
class Span:
    """From `begin` to `end` it was in one state."""

    begin: datetime
    end: datetime
    state: State
    error: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """The states of one connector (0: the charger as a whole), oldest first; gaps are unknown."""

    number: int
    spans: list[Span]


#: When something became so, what, and the error code with it.
_Point = tuple[datetime, str, str]


def bands(
    charger: Charger, connectors: list[Connector], begin: datetime, end: datetime
) -> list[Band]:
    """The bands of `connectors` from `begin` to `end`: one query.

    While the charger had no connection its connectors were offline, whatever they last reported.
    """
    newest = StatusChange.objects.filter(charger=charger, time__lt=end).order_by("-time", "-id")
    rows = list(newest.values_list("connector_id", "time", "status", "error_code")[:MOST])
    # With more changes than are read, nothing is known of before the oldest of them.
    known_from = max(begin, rows[-1][1]) if len(rows) == MOST else begin
    points: dict[int | None, list[_Point]] = {}
    for number, time, status, error in reversed(rows):
        points.setdefault(number, []).append((time, status, error))
    offline = _offline(charger, points.get(None, []), end)
    return [
        Band(
            one.connector_id,
            _with_offline(
                _spans(_points(one, points.get(one.connector_id, [])), known_from, end),
                [(max(known_from, since), until) for since, until in offline if until > known_from],
            ),
        )
        for one in connectors
    ]


def _points(connector: Connector, points: list[_Point]) -> list[_Point]:
    """One whose last change was not recorded has been as it is since it said so."""
    if points or not connector.status or connector.status_time is None:
        return points
    return [(connector.status_time, connector.status, connector.error_code)]


def _offline(
    charger: Charger, points: list[_Point], end: datetime
) -> list[tuple[datetime, datetime]]:
    """The times without a connection, oldest first; the one that lasts has no row yet."""
    gaps: list[tuple[datetime, datetime]] = []
    since: datetime | None = None
    for time, word, _ in points:
        if word == OFFLINE:
            since = since or time
        elif since is not None:
            gaps.append((since, time))
            since = None
    if since is None and not charger.connected and charger.disconnected_at is not None:
        since = charger.disconnected_at
    if since is not None and since < end:
        gaps.append((since, end))
    return gaps


def _spans(points: list[_Point], begin: datetime, end: datetime) -> list[Span]:
    spans: list[Span] = []
    if not points:  # it has told nothing yet
        return spans
    ends = [*(time for time, _, _ in points[1:]), end]
    for (time, status, error), until in zip(points, ends, strict=True):
        first, last = max(begin, time), min(end, until)
        if first < last:
            told = "" if error == "NoError" else error
            spans.append(Span(first, last, states.of_status(status), told))
    return spans


def _with_offline(spans: list[Span], gaps: list[tuple[datetime, datetime]]) -> list[Span]:
    for since, until in gaps:
        cut: list[Span] = []
        for one in spans:
            if one.end <= since or one.begin >= until:
                cut.append(one)
                continue
            if one.begin < since:
                cut.append(Span(one.begin, since, one.state, one.error))
            if one.end > until:
                cut.append(Span(until, one.end, one.state, one.error))
        spans = [*cut, Span(since, until, states.OFFLINE)]
    return sorted(spans, key=lambda one: one.begin)
