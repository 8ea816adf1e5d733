"""What a session may have: energy, minutes, and the hours at which it may run.

It is agreed at the start and kept with the session: what staff change later is for later ones.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from accounts.models import RFID, WH_PER_KWH, Account
from ocpp.domain.authorization import Decision


class Limits(NamedTuple):
    """Energy (Wh), minutes, and when the session is to be stopped; None is no limit."""

    wh: int | None = None
    minutes: int | None = None
    stop_at: datetime | None = None


def of(decision: Decision, began: datetime) -> Limits:
    """The limits of a session that was accepted: the smaller ones of its account and its card.

    `began` is when its minutes begin.
    """
    if not decision.accepted:
        return Limits()
    holders = [one for one in (decision.account, decision.card) if one is not None]
    minutes = _least(one.max_session_minutes for one in holders)
    ends = [decision.closes] if decision.closes is not None else []
    if minutes is not None:
        ends.append(began + timedelta(minutes=minutes))
    return Limits(_least(_wh(one) for one in holders), minutes, min(ends, default=None))


def _wh(holder: Account | RFID) -> int | None:
    kwh = holder.max_session_kwh
    return None if kwh is None else int(kwh * WH_PER_KWH)


def _least(values: Iterable[int | None]) -> int | None:
    return min((value for value in values if value is not None), default=None)
