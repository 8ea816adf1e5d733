"""The charging profile that a remote start brings for its transaction (OCPP 1.6, 5.11 and 5.16.2).

It is a TxProfile without a transaction, since there is none yet. The transaction that results
is the one that starts soon after with the same tag; only then the profile is installed.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from accounts.prepared import Prepared
from ocpp.choices import ProfilePurpose, ProfileState
from ocpp.domain import charging_profiles, clock
from ocpp.models import ChargingProfile, Command, Transaction

#: How long after the request its transaction may start: drivers take their time to plug in.
STARTS_WITHIN = timedelta(minutes=15)


#: Whether a charger has any such profile. Mostly it has none.
_WAITING = Prepared(
    lambda charger: (
        ChargingProfile.objects.filter(
            charger=charger,
            state=ProfileState.PENDING,
            purpose=ProfilePurpose.TRANSACTION,
            transaction=None,
        )
        .order_by()
        .values_list("pk")[:1]
    ),
    1,
)


def learn_start(command: Command, response: Mapping[str, Any], now: datetime) -> None:
    """RemoteStartTransaction was answered: Accepted tells no more than that it will try."""
    if response.get("status") != "Accepted":
        charging_profiles.learn_set(command, response, now)


def learn_not_started(command: Command, reason: str, now: datetime) -> None:
    """RemoteStartTransaction was never sent, or was answered with an error."""
    charging_profiles.learn_not_set(command, reason, now)


def use(started: Transaction, now: datetime) -> ChargingProfile | None:
    """Link the profile of the remote start that `started` results from; None without one."""
    if started.authorization != "Accepted" or not _WAITING.all(started.charger_id):
        return None
    waiting = ChargingProfile.objects.filter(
        charger=started.charger_id,
        state=ProfileState.PENDING,
        purpose=ProfilePurpose.TRANSACTION,
        transaction=None,
        connector_id__in=(0, started.connector_id),
        created__gte=started.start_time - STARTS_WITHIN,
        created__lte=started.start_time + clock.SKEW,
        command__action="remote_start",
    )
    mine = [
        one for one in waiting.select_related("command").order_by("-pk") if _is_for(one, started)
    ]
    if not mine:
        return None
    newest, *older = mine
    newest.transaction = started
    newest.connector_id = started.connector_id
    newest.state = ProfileState.INSTALLED
    newest.installed = now
    newest.save(update_fields=["transaction", "connector_id", "state", "installed"])
    ChargingProfile.objects.filter(pk__in=[one.pk for one in older]).update(
        state=ProfileState.CLEARED, reason=f"Replaced by profile {newest.profile_id}", ended=now
    )
    return newest


def _is_for(profile: ChargingProfile, started: Transaction) -> bool:
    asked = profile.command.payload.get("id_tag") if profile.command else None
    return isinstance(asked, str) and asked.casefold() == started.id_tag.casefold()
