"""A charge point's local authorization list (OCPP 1.6, 3.5): made from the cards, versioned.

What a charge point has is known from the newest list that it accepted. Where anything was sent
since whose end is not known, or it says that its version is another, the next list is a full one.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import RFID
from ocpp.choices import CommandState, LocalListState
from ocpp.domain import cards_version, clock, configuration, list_upkeep
from ocpp.domain.authorization import ACCEPTED, BLOCKED, EXPIRED
from ocpp.domain.errors import Conflict, DomainError
from ocpp.models import Charger, Command, LocalList

logger = logging.getLogger(__name__)

ACTION = "send_local_list"
FULL = "Full"
DIFFERENTIAL = "Differential"

#: Configuration keys of the charge point: cards that it stores, and cards in one message.
MOST_KEY = "LocalAuthListMaxLength"
PART_KEY = "SendLocalListMaxLength"

#: What is told of a tag: `status`, and `expires` and `parent` where its card has them.
Entry = dict[str, str]
#: Tags with their entries; in changes None for a tag that is removed.
Entries = dict[str, Entry]
Changes = dict[str, Entry | None]

#: Entries in one message when the charge point has not told its limit.
PART_LENGTH = 1000
#: Lists that are kept for each charger.
KEPT = 20
#: Versions are integers of 32 bits; one above this, which a charge point may report, is not ours.
HIGHEST = 2**31 - 1_000_000


class OnItsWay(Conflict):
    """Another list was sent to the charge point and is not answered yet."""


class UpToDate(Conflict):
    """Nothing has changed since the list that the charge point has."""


class TooManyCards(Conflict):
    """The charge point cannot store as many cards as there are."""


def entry_of(card: RFID, now: datetime) -> Entry:
    """What the list says of a card, to be judged by a charge point that may be offline for long.

    Its expiry is told, so the list need not change when it comes; a card that has expired by the
    time that the list is made is called so, for charge points that do not look at the date.
    """
    entry = {"status": ACCEPTED if card.allowed else BLOCKED}
    if card.allowed and card.has_expired(now):
        entry["status"] = EXPIRED
    if card.expires is not None:
        entry["expires"] = clock.written(card.expires)
    if card.parent and entry["status"] == ACCEPTED:
        entry["parent"] = card.parent
    return entry


def prepare(charger: Charger, update_type: str) -> LocalList:
    """The next version of a charger's list, to be sent. Nobody else may do so at the same time.

    Raises OnItsWay, TooManyCards, and for a differential update UpToDate.
    """
    _refuse_when_busy(charger)
    # Before the cards are read: what changes meanwhile makes the list look too old, never too new.
    version_of_cards = cards_version.current()
    facts = Charger.objects.only("config", "local_list_version").get(pk=charger.pk)
    now = timezone.now()
    rows = RFID.objects.order_by("rfid").only("rfid", "allowed", "expires", "parent")
    entries: Entries = {card.rfid: entry_of(card, now) for card in rows}
    _refuse_too_many(charger, len(entries), configuration.number(facts.config, MOST_KEY))
    base = _base(facts) if update_type == DIFFERENTIAL else None
    changes: Changes = dict(entries)
    if base is not None:
        changes = _difference(base.entries, entries)
        if not changes:
            raise UpToDate(
                _("%(charger)s has all cards as they are (version %(version)d).")
                % {"charger": charger.charger_id, "version": base.version}
            )
    parts = _parts(changes, configuration.number(facts.config, PART_KEY) or PART_LENGTH)
    row = LocalList.objects.create(
        charger=charger,
        version=_highest_version(facts) + len(parts),
        update_type=FULL if base is None else DIFFERENTIAL,
        cards_version=version_of_cards,
        entries=entries,
        parts=parts,
    )
    _forget_old(charger)
    return row


def next_part(row: LocalList) -> dict[str, Any]:
    """The arguments of the command that carries the next part of a list."""
    return {
        "local_list": row.pk,
        "version": row.version - len(row.parts) + 1,
        "update_type": DIFFERENTIAL if row.parts_accepted else row.update_type,
        "entries": row.parts[0],
    }


def learn(command: Command, response: Mapping[str, Any], now: datetime) -> None:
    """The charge point answered a part of a list: note it, and send the next if it accepted."""
    status: str = response.get("status", LocalListState.FAILED)  # a late CALLERROR has none
    if status == LocalListState.ACCEPTED:
        version = command.payload["version"]
        Charger.objects.filter(pk=command.charger_id).update(local_list_version=version)
    row = LocalList.objects.filter(
        pk=command.payload["local_list"], command=command, state=LocalListState.SENDING
    ).first()
    if row is None:
        return
    if status == LocalListState.ACCEPTED:
        row.parts = row.parts[1:]
        row.parts_accepted += 1
    if status != LocalListState.ACCEPTED or not row.parts:
        row.state = LocalListState(status)
        row.finished = timezone.now()
        if row.state == LocalListState.ACCEPTED:
            list_upkeep.accepted(row, command)
    elif not LocalList.objects.filter(charger=row.charger_id, pk__gt=row.pk).exists():
        _send_next(row, command)
    row.save()


def learn_version(command: Command, response: Mapping[str, Any], now: datetime) -> None:
    """The charge point said which version it has."""
    if "list_version" in response:
        version = response["list_version"]
        Charger.objects.filter(pk=command.charger_id).update(local_list_version=version)


def _send_next(row: LocalList, before: Command) -> None:
    from ocpp.domain import commands  # which itself lets this module learn from answers

    try:
        row.command = commands.queue(before.charger, ACTION, next_part(row), user=before.created_by)
    except DomainError as refusal:
        # Its connection has just gone, say: the list stays unconfirmed, and the next is full.
        logger.warning("The rest of list %s: %s", row, refusal)


def _refuse_when_busy(charger: Charger) -> None:
    newest = LocalList.objects.filter(charger=charger).select_related("command").first()
    if newest is None or newest.state != LocalListState.SENDING:
        return
    if newest.command is not None and not newest.command.is_finished:
        raise OnItsWay(
            _("A list is on its way to %(charger)s. Try again when it was answered.")
            % {"charger": charger.charger_id}
        )


def _refuse_too_many(charger: Charger, count: int, most: int | None) -> None:
    if most is not None and count > most:
        raise TooManyCards(
            _(
                "There are %(count)d cards, and %(charger)s stores %(most)d at most"
                " (%(key)s). It can only ask about each card."
            )
            % {"count": count, "charger": charger.charger_id, "most": most, "key": MOST_KEY}
        )


def _base(facts: Charger) -> LocalList | None:
    """The list that the charger has for certain, None when that is not known."""
    for row in LocalList.objects.filter(charger=facts.pk).select_related("command"):
        if row.state == LocalListState.ACCEPTED:
            return row if facts.local_list_version == row.version else None
        if not _changed_nothing(row):
            return None
    return None


def _changed_nothing(row: LocalList) -> bool:
    """Whether the charger has the same list as before this one was made."""
    if row.parts_accepted:
        return False
    if row.state == LocalListState.SENDING:
        return row.command is not None and row.command.state == CommandState.EXPIRED
    return row.state != LocalListState.VERSION_MISMATCH


def _difference(before: Entries, after: Entries) -> Changes:
    changes: Changes = {tag: s for tag, s in after.items() if before.get(tag) != s}
    changes.update(dict.fromkeys(before.keys() - after.keys()))
    return changes


def _parts(changes: Changes, length: int) -> list[Changes]:
    """What goes into each message; an empty list is a message too."""
    tags = sorted(changes)
    return [
        {tag: changes[tag] for tag in tags[start : start + length]}
        for start in range(0, len(tags) or 1, length)
    ]


def _highest_version(facts: Charger) -> int:
    """The highest version that the charger may know: each one sent, and what it says itself."""
    rows = LocalList.objects.filter(charger=facts.pk)
    ours: int = rows.aggregate(highest=Max("version"))["highest"] or 0
    reported = facts.local_list_version or 0
    return max(ours, reported if reported <= HIGHEST else 0)


def _forget_old(charger: Charger) -> None:
    """Keep the newest lists, and the newest that was accepted."""
    rows = LocalList.objects.filter(charger=charger)
    kept = set(rows.values_list("pk", flat=True)[:KEPT])
    accepted = rows.filter(state=LocalListState.ACCEPTED).values_list("pk", flat=True).first()
    rows.exclude(pk__in=kept | {accepted or 0}).delete()
