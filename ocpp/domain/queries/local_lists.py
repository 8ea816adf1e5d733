"""Where a charger's local list stands, for people."""

from datetime import datetime
from typing import NamedTuple

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from ocpp.choices import ListProblem, ListUpkeep
from ocpp.domain import cards_version
from ocpp.models import Charger, LocalListSync


class ListStanding(NamedTuple):
    """Whether the list is kept up to date by itself, whether it is, and why not.

    `problem` is a `ListProblem` or "", `next_try` when it is tried again, `sentence` all of it.
    """

    kept: bool
    up_to_date: bool
    problem: str
    next_try: datetime | None
    sentence: str


def standing(charger: Charger) -> ListStanding:
    """How the local list of a charger stands now. At most two queries."""
    row = LocalListSync.objects.filter(charger=charger.pk).first()
    if row is None:
        return ListStanding(False, False, "", None, _not_kept(charger))
    current = (
        row.cards_version == cards_version.current()
        and row.epoch == charger.epoch
        and (row.command_id, row.local_list_id) == (None, None)
        and not row.problem
    )
    waits = None if row.problem in ("", ListProblem.TOO_MANY_CARDS) else row.next_try
    return ListStanding(True, current, row.problem, waits, _sentence(row, charger, current, waits))


def _not_kept(charger: Charger) -> str:
    if charger.local_list_upkeep == ListUpkeep.MANUAL:
        return _("It changes only when staff send it.")
    return _("It is not kept up to date: the charger has told of no list that is in use.")


def _sentence(row: LocalListSync, charger: Charger, current: bool, waits: datetime | None) -> str:
    if row.problem:
        told = [str(ListProblem(row.problem).label)]
        if waits is not None:
            moment = f"{localtime(waits):%Y-%m-%d %H:%M}"
            told.append(_("It is tried again after %(time)s.") % {"time": moment})
        return " ".join(told)
    if current:
        return _("It is up to date.")
    if not charger.connected:
        return _("It is brought up to date when the charger connects.")
    return _("It is being brought up to date.")
