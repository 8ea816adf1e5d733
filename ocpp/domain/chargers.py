"""Charge points: who may connect, what they say of themselves, and whether they are there."""

import logging
import os
import unicodedata
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from accounts.prepared import Prepared, PreparedUpdate
from ocpp import store
from ocpp.choices import Registration, SecurityProfile
from ocpp.domain import (
    anomalies,
    authentication,
    commands,
    discovery,
    processes,
    registration,
    status_history,
    takeovers,
)
from ocpp.domain.oddities import Oddity, odd
from ocpp.domain.processes import OWNER as OWNER
from ocpp.domain.station import Station
from ocpp.domain.takeovers import Contested
from ocpp.domain.visitor import Refused as Refused
from ocpp.domain.visitor import Visitor as Visitor
from ocpp.models import Charger
from ocpp.models.charger import identity_key
from ocpp.writer.batch import stamp
from ocpp.writer.tables import Touch

logger = logging.getLogger(__name__)

HEARTBEAT = Touch(Charger, ("last_heartbeat", "last_seen"))

MAX_ID = 48

#: What an admission asks of a charger: nothing that it reported at length.
_BY_KEY = Prepared(
    lambda key: (
        Charger.objects.filter(id_key=key)
        .order_by()
        .only(
            *("charger_id", "epoch", "owner", "registration", "security_profile"),
            *("wanted_profile", "remote_address", "strict", "time_zone", "last_boot", "pings"),
            *("pause_ms", "disconnected_at"),
        )[:1]
    ),
    1,
)
_TAKE = PreparedUpdate(
    lambda pk, before, former, epoch, owner, now, path, address, tls: (
        Charger.objects.filter(pk=pk, epoch=before, owner=former),
        {
            "epoch": epoch,
            "owner": owner,
            "connected_at": now,
            "disconnected_at": None,
            "last_seen": now,
            "last_path": path,
            "remote_address": address,
            "over_tls": tls,
        },
    ),
    9,
)
_LEAVE = PreparedUpdate(
    lambda pk, epoch, owner, now: (
        Charger.objects.filter(pk=pk, epoch=epoch, owner=owner),
        {"owner": "", "disconnected_at": now},
    ),
    4,
)
#: What staff may have changed, in the order of `refresh`.
_OF_STAFF = Prepared(
    lambda pk: (
        Charger.objects.filter(pk=pk)
        .order_by()
        .values_list(
            *("strict", "time_zone", "registration", "retry_interval", "heartbeat_interval"),
            "pause_ms",
        )
    ),
    1,
)

#: One that has booted this recently goes on after a reconnect; another is asked who it is.
BOOT_KNOWN = timedelta(hours=1)


class Boot(NamedTuple):
    """What a BootNotification says (OCPP 1.6, 4.2); absent parts are ""."""

    vendor: str
    model: str
    serial_number: str = ""
    charge_box_serial_number: str = ""
    firmware_version: str = ""
    iccid: str = ""
    imsi: str = ""
    meter_type: str = ""
    meter_serial_number: str = ""


_BOOT = PreparedUpdate(
    lambda pk, now, *told: (
        Charger.objects.filter(pk=pk),
        {"last_boot": now, "last_seen": now, **dict(zip(Boot._fields, told, strict=True))},
    ),
    2 + len(Boot._fields),
)


def check_id(charger_id: str) -> None:
    """Raise Refused (400) for an id that cannot be a charge point's."""
    if not 1 <= len(charger_id) <= MAX_ID:
        raise Refused(400, f"A charge point id has 1 to {MAX_ID} characters.", "bad_id")
    if not charger_id.strip("."):
        raise Refused(400, "An id of dots only has another meaning in an address.", "bad_id")
    for character in charger_id:
        if unicodedata.category(character)[0] in "CZ" or character == "�":
            raise Refused(400, "The id has a space, control or formatting character.", "bad_id")


def _ascii(charger_id: str) -> str:
    """An id in which letters that look alike differ."""
    return ascii(charger_id)[1:-1]


def admit(visitor: Visitor, now: datetime, beaten: int | None = None) -> Station | Contested:
    """Admit a connection: the charger's next epoch begins, and this process owns it.

    It has to show what the charger's security profile asks for before anything is written. An
    unknown id becomes a charger, within limits. Where the connection that another process holds
    has to be asked first whether it lives, that is returned and nothing is written; `beaten` is
    the epoch of one that was asked and did not answer. Raises Refused.
    """
    check_id(visitor.charger_id)
    key = identity_key(visitor.charger_id)
    charger = _find(key)
    shown = authentication.authenticate(charger, visitor, now)
    if charger is None:
        charger = discovery.discover(visitor, now)
    elif contested := takeovers.contested(charger, visitor.address, beaten):
        return contested
    elif charger.charger_id != visitor.charger_id:
        comes, known = _ascii(visitor.charger_id), _ascii(charger.charger_id)
        other = odd(Oddity.OTHER_ID, comes=comes, known=known)
        anomalies.record(charger.pk, other, now)
    epoch = _take(charger, visitor, now)
    authentication.settle(charger, visitor, shown, now)
    return Station(
        pk=charger.pk,
        charger_id=charger.charger_id,
        epoch=epoch,
        strict=charger.strict or settings.OCPP_STRICT,
        time_zone=charger.time_zone,
        registration=charger.registration,
        booted=charger.last_boot is not None and now - charger.last_boot < BOOT_KNOWN,
        pings=charger.pings,
        pause_s=charger.pause_ms / 1000,
    )


def _find(key: str) -> Charger | None:
    """A charger by its identity key; what is not asked of it here is read when it is needed."""
    return _BY_KEY.first(key)


def _take(charger: Charger, visitor: Visitor, now: datetime) -> int:
    """This process owns the charger's connection from now on; returns its epoch."""
    facts = (OWNER, now, visitor.path[:255], visitor.address[:64], visitor.proof.tls)
    last, former = charger.epoch, charger.owner
    epoch = last + 1
    if not _TAKE.run(charger.pk, last, former, epoch, *facts):
        # Another process was quicker since it was read, or has just let go of it.
        mine = Charger.objects.filter(pk=charger.pk)
        last, former = mine.select_for_update().values_list("epoch", "owner").get()
        epoch = last + 1
        _TAKE.run(charger.pk, last, former, epoch, *facts)
    if not former:
        status_history.was_offline(charger.pk, charger.disconnected_at, now)
    elif former != OWNER:
        takeovers.announce(charger.pk, former, epoch)
    return epoch


def admit_or_tell(
    visitor: Visitor, now: datetime, beaten: int | None = None
) -> Station | Contested | Refused:
    """As `admit`; a refusal is returned, and what has to be kept of it is written."""
    try:
        with transaction.atomic():
            return admit(visitor, now, beaten)
    except Refused as refusal:
        authentication.refused(visitor, refusal, now)
        return refusal


def examine(visitor: Visitor, now: datetime) -> bool | Refused:
    """Whether the connection has proved who it is, because its charger has to; or why not."""
    charger = _find(identity_key(visitor.charger_id))
    try:
        authentication.authenticate(charger, visitor, now)
    except Refused as refusal:
        authentication.refused(visitor, refusal, now)
        return refusal
    return charger is not None and charger.security_profile > SecurityProfile.NONE


def accepted_keys(most: int) -> list[str]:
    """The identity keys of accepted chargers, the newest `most` of them."""
    accepted = Charger.objects.filter(registration=Registration.ACCEPTED).order_by("-pk")
    return list(accepted.values_list("id_key", flat=True)[:most])


def leave(charger_pk: int, epoch: int, now: datetime) -> None:
    """The connection of that epoch has ended, and what was sent on it has failed.

    A later connection is not touched.
    """
    commands.connection_lost(charger_pk, epoch, now)
    _LEAVE.run(charger_pk, epoch, OWNER, now)


def refresh(station: Station) -> None:
    """Read again what staff may have changed. Raises `Charger.DoesNotExist`."""
    found = _OF_STAFF.first(station.pk)
    if found is None:
        raise Charger.DoesNotExist(f"The charger {station.charger_id} is no more.")
    strict, time_zone, registered, retry_interval, heartbeat_interval, pause_ms = found
    station.strict = strict or settings.OCPP_STRICT
    station.time_zone = time_zone
    station.registration = registered
    station.interval_s = registration.interval_s(registered, heartbeat_interval, retry_interval)
    station.pause_s = pause_ms / 1000


def boot(station: Station, told: Boot) -> str:
    """Store what a charge point says of itself; returns its registration status.

    How often it is to say that it lives, or when it may ask again, is `station.interval_s` then.
    """
    refresh(station)
    _BOOT.run(station.pk, station.now, *told)
    station.booted = True
    if station.registration == Registration.ACCEPTED:
        transaction.on_commit(partial(store.booted, station.pk))
    return station.registration


def heartbeat(station: Station) -> None:
    """Store that the charge point is alive."""
    now = stamp(station.now)
    station.batch.touch(HEARTBEAT, station.pk, (now, now))


def reset_presence(now: datetime) -> int:
    """Correct the presence that dead processes of this host have left; returns how many.

    For the start of a server: it need not wait until the leases of those before it are over.
    """
    host = OWNER.split("/", 1)[0]
    owners = (
        Charger.objects.filter(owner__startswith=f"{host}/")
        .exclude(owner=OWNER)
        .order_by()
        .values_list("owner", flat=True)
        .distinct()
    )
    dead = [owner for owner in owners if not _alive(owner)]
    return sum(processes.end_presence(owner, now) for owner in dead)


def _alive(owner: str) -> bool:
    """Whether the process that an owner names runs on this host."""
    pid = int(owner.split("/")[1])
    if pid == os.getpid():
        return False  # this process under another word: the number was used again
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
