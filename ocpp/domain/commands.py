"""Commands to charge points: queued as rows, claimed by the session, finished exactly once.

A command is queued by any process and sent by the one that holds the charger's connection.
Every change of its state is a conditional UPDATE on the state and the connection (epoch) that
it was sent on, so that of two changes at the same time one wins and the other does nothing. All
times are aware UTC.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from audit import domain as audit
from ocpp import changes, limits_hit, metrics, store
from ocpp.choices import CommandState, Registration
from ocpp.domain import learning
from ocpp.domain.errors import Conflict, NotConnected, TooMany
from ocpp.domain.redaction import apart, redact, together
from ocpp.models import Charger, Command

#: Of PostgreSQL's advisory locks, ours: this number above the charger's.
_LOCK_SPACE = 0x0CBB << 48

#: What a charge point that waits for its acceptance may not be told (OCPP 1.6, 4.2): to charge,
#: and whose cards there are. Neither is it told a secret, or given a certificate.
_NOT_WHILE_PENDING = frozenset(
    {"remote_start", "remote_stop", "send_local_list", "certificate_signed"}
)


def queue(
    charger: Charger,
    action: str,
    payload: Mapping[str, Any],
    *,
    user: User | None = None,
    time_to_live_s: int | None = None,
) -> Command:
    """Queue the neutral order `action` with its arguments `payload` for a connected charger.

    It is sent within `time_to_live_s` (`OCPP_COMMAND_TTL_S` when None) or never. Raises
    NotConnected, Conflict when the charger may not be told this, TooMany when its queue is full.
    """
    if time_to_live_s is None:
        time_to_live_s = settings.OCPP_COMMAND_TTL_S
    with transaction.atomic():
        one_at_a_time(charger.pk)
        _require_reachable(charger, action, payload)
        now = timezone.now()
        waiting = Command.objects.filter(
            charger=charger, state=CommandState.QUEUED, expires__gt=now
        )
        if waiting.count() >= settings.OCPP_COMMAND_QUEUE:
            limits_hit.hit("command_queue")
            raise TooMany(
                _("%(count)d commands wait for %(charger)s already. Try again later.")
                % {"count": settings.OCPP_COMMAND_QUEUE, "charger": charger.charger_id}
            )
        shown, secret = apart(payload)
        command = Command.objects.create(
            charger=charger,
            action=action,
            payload=shown,
            sealed_value=secret,
            created_by=user,
            expires=now + timedelta(seconds=time_to_live_s),
        )
        if user is not None or audit.current() is not None:
            _record(command, user)
        transaction.on_commit(partial(store.wake, charger.pk))
    return command


def _record(command: Command, user: User | None) -> None:
    """What somebody asks is for the audit; what the node asks by itself is not."""
    after = {"charger": command.charger_id, "action": command.action, "payload": command.payload}
    audit.record(
        "charger.commanded", command, after=redact(after), user_pk=user.pk if user else None
    )


def one_at_a_time(charger_pk: int) -> None:
    """Until the transaction ends, nobody else queues for this charger: the count stays true.

    On SQLite a write transaction is alone anyway. The charger's row is not locked, because its
    heartbeats would have to wait.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_SPACE | charger_pk])


def _require_reachable(charger: Charger, action: str, payload: Mapping[str, Any]) -> None:
    now = Charger.objects.only("owner", "registration").get(pk=charger.pk)
    names = {"charger": charger.charger_id}
    if not now.connected:
        raise NotConnected(_("%(charger)s is not connected. Try again when it is online.") % names)
    if now.registration == Registration.REJECTED:
        raise Conflict(_("%(charger)s is rejected. Accept it before commanding it.") % names)
    if now.registration == Registration.PENDING and (
        action in _NOT_WHILE_PENDING or redact(dict(payload)) != dict(payload)
    ):
        raise Conflict(
            _("%(charger)s waits for approval. Accept it before telling it this.") % names
        )


def is_unable(charger_pk: int, action: str, **arguments: Any) -> bool:
    """Whether the charge point said, when it was last told this, that it does not know how to."""
    told = {f"payload__{name}": value for name, value in arguments.items()}
    done = Command.objects.filter(
        charger=charger_pk,
        action=action,
        state__in=(CommandState.ANSWERED, CommandState.ERROR),
        **told,
    ).first()
    if done is None:
        return False
    if done.state == CommandState.ERROR:
        return done.error_code in ("NotImplemented", "NotSupported")
    return (done.response or {}).get("status") in ("NotImplemented", "NotSupported")


def _is_any(charger_pk: int, state: CommandState) -> bool:
    """Whether the charger has a command in this state.

    Asked thrice for each connection, mostly for nothing, and a whole fleet may connect at once:
    the ORM takes ten times as long to put the question as the database to answer it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM ocpp_command WHERE charger_id = %s AND state = %s LIMIT 1",
            [charger_pk, state.value],
        )
        return cursor.fetchone() is not None


def claim_next(charger_pk: int, epoch: int, now: datetime) -> Command | None:
    """Claim the oldest queued command for the connection `epoch`, which is to send it now.

    Overdue ones expire. None when there is nothing to send, or the connection is not the
    charger's newest.
    """
    if not _is_any(charger_pk, CommandState.QUEUED):
        return None
    newest = Exists(Charger.objects.filter(pk=charger_pk, epoch=epoch))
    queued = Command.objects.filter(charger=charger_pk, state=CommandState.QUEUED)
    for command in queued.order_by("pk"):
        if command.expires <= now:
            _finish(command, CommandState.EXPIRED, now)
            continue
        payload = together(command.payload, command.sealed_value)
        if payload is None:
            lost = "Its secret cannot be opened: SECRET_KEY has changed."
            _finish(
                command,
                CommandState.ERROR,
                now,
                error_code="InternalError",
                error_description=lost,
            )
            continue
        claim = {
            "state": CommandState.SENT,
            "sent": now,
            "epoch": epoch,
            "message_id": str(uuid4()),
            "sealed_value": "",
        }
        # The state is compared in the UPDATE's own row: a claim elsewhere at this moment counts.
        mine = Command.objects.filter(newest, pk=command.pk, state=CommandState.QUEUED)
        if mine.update(**claim):
            _count(CommandState.SENT)
            # Only who sends it sees the secret, and it is kept no longer.
            command.payload = payload
            for name, value in claim.items():
                setattr(command, name, value)
            return command
    return None


def answered(command_pk: int, epoch: int, response: dict[str, Any], now: datetime) -> bool:
    """The charge point answered; `response` is the outcome in neutral words.

    Returns whether that finished the command: False when it had ended otherwise.
    """
    command = _sent(command_pk, epoch)
    if command is None or not _finish(
        command, CommandState.ANSWERED, now, response=redact(response)
    ):
        return False
    learning.from_answer(command, response, now)
    return True


def refused(command_pk: int, epoch: int, code: str, description: str, now: datetime) -> bool:
    """The charge point answered with a CALLERROR, or with something that cannot be read."""
    command = _sent(command_pk, epoch)
    return command is not None and _finish(
        command, CommandState.ERROR, now, error_code=code, error_description=description
    )


def timed_out(command_pk: int, epoch: int, now: datetime) -> bool:
    """No answer came within the time limit of a call."""
    command = _sent(command_pk, epoch)
    return command is not None and _finish(command, CommandState.TIMEOUT, now)


def answered_late(command_pk: int, epoch: int, response: dict[str, Any], now: datetime) -> bool:
    """The answer came after the time limit: it is kept beside, and the state stays."""
    late = Command.objects.filter(
        pk=command_pk, epoch=epoch, state=CommandState.TIMEOUT, late=False
    )
    command = late.first()
    if command is None or not late.update(late=True, response=redact(response)):
        return False
    learning.from_answer(command, response, now)
    return True


def connection_lost(charger_pk: int, epoch: int, now: datetime) -> int:
    """The connection ended: what was sent on it and not answered has failed. Returns how many.

    What is still queued stays: the charge point may be back in time.
    """
    if not _is_any(charger_pk, CommandState.SENT):
        return 0
    pending = Command.objects.filter(charger=charger_pk, epoch=epoch, state=CommandState.SENT)
    return sum(_finish(command, CommandState.FAILED, now) for command in pending)


def connection_began(charger_pk: int, epoch: int, now: datetime) -> int:
    """A newer connection began: what was sent on an older one gets no answer. Returns how many.

    For when the process that held the older one has ended and could not say so.
    """
    if not _is_any(charger_pk, CommandState.SENT):
        return 0
    pending = Command.objects.filter(charger=charger_pk, epoch__lt=epoch, state=CommandState.SENT)
    return sum(_finish(command, CommandState.FAILED, now) for command in pending)


def expire_overdue(now: datetime, charger_pk: int | None = None) -> int:
    """End the queued commands, of one charger or of all, whose time is over."""
    overdue = Command.objects.filter(state=CommandState.QUEUED, expires__lte=now)
    if charger_pk is not None:
        overdue = overdue.filter(charger=charger_pk)
    return sum(_finish(command, CommandState.EXPIRED, now) for command in overdue)


def fail_all_sent(now: datetime) -> int:
    """End the sent commands whose connection is gone, and the overdue ones. Returns how many.

    For the start of a server, after presence was corrected (`chargers.reset_presence`): a
    process that was killed could not say that its connections ended. Commands of connections
    that other processes hold are not touched.
    """
    sent = Command.objects.filter(state=CommandState.SENT).select_related("charger")
    gone = [c for c in sent if not c.charger.connected or c.charger.epoch != c.epoch]
    failed = sum(_finish(command, CommandState.FAILED, now) for command in gone)
    return failed + expire_overdue(now)


def _sent(command_pk: int, epoch: int) -> Command | None:
    return Command.objects.filter(pk=command_pk, epoch=epoch, state=CommandState.SENT).first()


def _finish(command: Command, state: CommandState, now: datetime, **facts: Any) -> bool:
    """Give a command, as it was read, its final state, unless somebody else was quicker.

    Secrets among its arguments have served and are forgotten. Those who wait are woken on commit.
    """
    as_read = Command.objects.filter(pk=command.pk, state=command.state, epoch=command.epoch)
    if not as_read.update(
        state=state, finished=now, payload=redact(command.payload), sealed_value="", **facts
    ):
        return False
    error = f"{facts.get('error_code', '')} {facts.get('error_description', '')}".strip()
    learning.from_failure(command, state, error, now)
    transaction.on_commit(partial(store.command_finished, command.pk))
    transaction.on_commit(partial(changes.note, command.charger_id))
    _count(state)
    return True


def _count(state: CommandState) -> None:
    transaction.on_commit(partial(metrics.count, metrics.commands, state.value))
