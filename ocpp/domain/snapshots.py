"""What a charge point's configuration was when, and how it has changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet

from ocpp.domain.redaction import is_secret
from ocpp.models import Charger, ConfigurationSnapshot


class Difference(NamedTuple):
    """A key whose value or access is another than before; None where there is no such key."""

    key: str
    before: str | None
    after: str | None

    @property
    def added(self) -> bool:
        """The key is new."""
        return self.before is None

    @property
    def removed(self) -> bool:
        """The key is gone."""
        return self.after is None


def newest(charger_pk: int) -> ConfigurationSnapshot | None:
    """The last one of a charger."""
    return of(charger_pk).first()


def of(charger_pk: int) -> QuerySet[ConfigurationSnapshot]:
    """Those of a charger, the newest first."""
    return ConfigurationSnapshot.objects.filter(charger=charger_pk)


def take(charger_pk: int, now: datetime) -> None:
    """Keep what is known of a charger's configuration now, if it is not as it was."""
    charger = Charger.objects.only("config", "firmware_version").get(pk=charger_pk)
    keys = charger.config if isinstance(charger.config, dict) else {}
    last = newest(charger_pk)
    if last is not None and _same(last, keys, charger.firmware_version):
        _confirm(last, now)
        return
    ConfigurationSnapshot.objects.create(
        charger=charger,
        taken=now,
        confirmed=now,
        firmware_version=charger.firmware_version,
        keys=keys,
    )
    mine = ConfigurationSnapshot.objects.filter(charger=charger_pk)
    kept = list(mine.values_list("pk", flat=True)[: max(2, settings.OCPP_SNAPSHOTS_KEPT)])
    mine.exclude(pk__in=kept).delete()


def complete(charger_pk: int, now: datetime) -> None:
    """More keys were reported in a second part: the newest snapshot gets them."""
    two = list(ConfigurationSnapshot.objects.filter(charger=charger_pk)[:2])
    if not two:
        return
    charger = Charger.objects.only("config").get(pk=charger_pk)
    two[0].keys = charger.config if isinstance(charger.config, dict) else {}
    two[0].confirmed = now
    two[0].save(update_fields=["keys", "confirmed"])
    if len(two) == 2 and _same(two[1], two[0].keys, two[0].firmware_version):
        # Only because it was incomplete it seemed to be another.
        two[0].delete()
        _confirm(two[1], now)


def since_before(snapshot: ConfigurationSnapshot) -> list[Difference]:
    """How a snapshot differs from the one before it; nothing for the first."""
    before = ConfigurationSnapshot.objects.filter(
        charger=snapshot.charger_id, pk__lt=snapshot.pk
    ).first()
    return differences(before.keys, snapshot.keys) if before is not None else []


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What was added, removed or changed, in the order of the keys."""
    return [
        Difference(key, _shown(before, key), _shown(after, key))
        for key in sorted(before.keys() | after.keys(), key=str.casefold)
        if _shown(before, key) != _shown(after, key)
    ]


def _shown(keys: Mapping[str, Any], key: str) -> str | None:
    if key not in keys:
        return None
    entry = keys[key]
    value = entry.get("value") if isinstance(entry, dict) else entry
    if is_secret(key) or value is None:
        value = ""
    fixed = isinstance(entry, dict) and entry.get("readonly")
    return f"{value} (R)" if fixed else str(value)


def _same(last: ConfigurationSnapshot, keys: Any, firmware_version: str) -> bool:
    return last.keys == keys and last.firmware_version == firmware_version


def _confirm(last: ConfigurationSnapshot, now: datetime) -> None:
    last.confirmed = now
    last.save(update_fields=["confirmed"])
