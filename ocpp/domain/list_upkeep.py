"""Which chargers' local lists are kept up to date by themselves; `list_sync` does it.

Where staff have not decided, those that tell `LocalAuthListEnabled` true, or that have accepted a
list and do not tell it false. A charge point that has shown neither is never bothered.
"""

from typing import Any

from ocpp.choices import ListUpkeep, LocalListState
from ocpp.models import Charger, Command, LocalList, LocalListSync

#: Configuration keys of the charge point (OCPP 1.6, 9.1 and 9.2) that make a difference.
ENABLED_KEY = "LocalAuthListEnabled"
KEYS = frozenset({ENABLED_KEY, "LocalAuthListMaxLength", "SendLocalListMaxLength"})


def review(charger_pk: int) -> None:
    """Something that matters for it has changed: begin, begin anew, or stop."""
    charger = Charger.objects.only("config", "local_list_upkeep").get(pk=charger_pk)
    mine = LocalListSync.objects.filter(charger=charger_pk)
    if not _wanted(charger):
        mine.delete()
    elif not mine.update(cards_version=None, problem="", attempts=0, next_try=None):
        row = LocalListSync(charger=charger)
        LocalListSync.objects.bulk_create([row], ignore_conflicts=True)


def _wanted(charger: Charger) -> bool:
    if charger.local_list_upkeep != ListUpkeep.AUTO:
        return charger.local_list_upkeep == ListUpkeep.ALWAYS
    told = _enabled(charger.config)
    if told is not None:
        return told
    accepted = LocalList.objects.filter(charger=charger.pk, state=LocalListState.ACCEPTED)
    return accepted.exists()


def _enabled(config: Any) -> bool | None:
    """What it tells of its list; None for nothing."""
    value = _value(config, ENABLED_KEY)
    if not isinstance(value, str):
        return None
    return value.strip().lower() == "true"


def _value(config: Any, key: str) -> Any:
    entry = config.get(key) if isinstance(config, dict) else None
    return entry.get("value") if isinstance(entry, dict) else None


def configured(charger_pk: int, before: Any, after: Any) -> None:
    """What is known of its configuration was `before` and is `after`."""
    if any(_value(before, key) != _value(after, key) for key in KEYS):
        review(charger_pk)


def accepted(row: LocalList, command: Command) -> None:
    """A charger has accepted a list, whoever sent it: from now on it is kept up to date.

    Unless staff have decided against it, or it tells that its list is switched off.
    """
    charger = Charger.objects.only("config", "local_list_upkeep").get(pk=row.charger_id)
    on = charger.local_list_upkeep == ListUpkeep.ALWAYS
    auto = charger.local_list_upkeep == ListUpkeep.AUTO and _enabled(charger.config) is not False
    if on or auto:
        LocalListSync.objects.update_or_create(
            charger=charger,
            defaults={
                "cards_version": row.cards_version,
                "epoch": command.epoch,
                "problem": "",
                "attempts": 0,
                "next_try": None,
            },
        )
