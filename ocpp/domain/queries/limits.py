"""Every limit: what it means, what it is set to, and how often it was hit.

Those on charge points stand here; other apps add theirs (`register`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ocpp import limits_hit
from ocpp.domain.processes import OWNER
from ocpp.models import ServerProcess


class Limit(NamedTuple):
    """A limit: the setting, what it means, and under which name it is counted ("": it is not)."""

    setting: str
    meaning: str | Promise
    counter: str = ""


#: In the order in which they are met. Beside the sentence stands the number.
CONNECTING: tuple[Limit, ...] = (
    Limit("", _("Ids that no charger can have: refused with 400."), "bad_id"),
    Limit("", _("Web pages that act as a charge point: refused with 403."), "origin"),
    Limit("OCPP_LISTEN_BACKLOG", _("Connections that may wait to be taken.")),
    Limit(
        "OCPP_CONNECTS_A_MINUTE",
        _("Connects a minute of one charger from one address; more: it rests, with 429."),
        "flapping",
    ),
    Limit("OCPP_REST_S", _("How long such a charger rests (s).")),
    Limit("OCPP_START_GRACE_S", _("How long after a start nobody has to rest (s).")),
    Limit(
        "OCPP_CONNECTIONS_PER_ADDRESS",
        _("Connections of one address, without accepted chargers; more: 429."),
        "connections_per_address",
    ),
    Limit(
        "OCPP_HANDSHAKES_PER_ADDRESS_A_SECOND",
        _("Handshakes a second of one address, without accepted chargers; more: 429."),
        "handshakes_per_address",
    ),
    Limit(
        "OCPP_ADMISSIONS_A_SECOND",
        _("Admissions a second of one process; more: 503."),
        "admissions",
    ),
    Limit("OCPP_HANDSHAKE_S", _("How long an admission may take (s), then 503."), "handshake_time"),
    Limit(
        "OCPP_KEY_FAILURES_PER_15_MINUTES",
        _("Wrong keys of one charger from one address in 15 minutes; more: 429."),
        "wrong_keys",
    ),
    Limit("", _("Unknown chargers while they are not let in: 403."), "unknown_closed"),
    Limit(
        "OCPP_NEW_PER_ADDRESS_AN_HOUR",
        _("New chargers an hour from one public address; more: 429."),
        "new_chargers",
    ),
    Limit(
        "OCPP_NEW_AN_HOUR",
        _("New chargers an hour from public addresses; more: 429."),
        "new_chargers",
    ),
    Limit(
        "OCPP_NEW_PRIVATE_AN_HOUR",
        _("New chargers an hour from private addresses; more: 429."),
        "new_chargers",
    ),
    Limit(
        "OCPP_UNAPPROVED",
        _("Chargers that may wait for approval; more: 429."),
        "unapproved",
    ),
)
CONNECTED: tuple[Limit, ...] = (
    Limit("OCPP_PING_S", _("A connection is pinged after so long at the latest (s).")),
    Limit(
        "OCPP_PONG_S",
        _("How long the answer to a ping may take (s), then the connection ends."),
        "keep_alive",
    ),
    Limit(
        "OCPP_MESSAGE_KIB",
        _("The longest message (KiB); longer: the connection ends with 1009."),
        "message_size",
    ),
    Limit(
        "OCPP_MESSAGE_UNAPPROVED_KIB",
        _("The same of a charger that is not accepted (KiB)."),
        "message_size_unapproved",
    ),
    Limit(
        "OCPP_JSON_DEPTH",
        _("How deep the JSON of a message may nest; this and other wrong JSON is refused."),
        "message_shape",
    ),
    Limit(
        "OCPP_MESSAGES_A_SECOND",
        _("Messages a second of one charger; more: it is read more slowly, nothing is lost."),
        "message_rate",
    ),
    Limit("OCPP_MESSAGE_BURST", _("Messages it may send at once before that.")),
    Limit(
        "OCPP_THROTTLED_S",
        _("After so long without a pause (s) its connection ends."),
        "message_rate_ended",
    ),
    Limit(
        "OCPP_WRITER_QUEUE",
        _("Messages that are stored at a time; more: they wait, and are not read."),
        "writer_queue",
    ),
    Limit(
        "OCPP_WRITER_WAIT_S",
        _("How long a message waits (s), then it is to be sent again (InternalError)."),
        "writer_queue_refused",
    ),
    Limit(
        "OCPP_COMMAND_QUEUE",
        _("Commands that may wait for one charger; more are refused."),
        "command_queue",
    ),
    Limit("OCPP_CALL_TIMEOUT_S", _("How long a charger may take to answer a command (s).")),
    Limit("OCPP_COMMAND_TTL_S", _("How long a command may wait to be sent (s).")),
    Limit("OCPP_REMOTE_START_TTL_S", _("The same for a remote start (s).")),
)
PAGES: tuple[Limit, ...] = (
    Limit(
        "OCPP_LIVE_PAGES",
        _("Open pages of one process that move by themselves; more: they say that they do not."),
        "live_pages",
    ),
)


class Part(NamedTuple):
    """Limits under a title of the page."""

    title: str | Promise
    limits: tuple[Limit, ...]


_parts: list[Part] = [
    Part(_("While it connects"), CONNECTING),
    Part(_("Once it is connected"), CONNECTED),
    Part(_("Pages"), PAGES),
]


def register(part: Part) -> None:
    """Add limits of other apps to the page, when the apps are ready; each part once."""
    if part not in _parts:
        _parts.append(part)


def parts() -> list[Part]:
    """All of the page, in its order."""
    return list(_parts)


#: Settings of which 0 means that there is no limit.
ZERO_IS_NONE = frozenset(
    {
        "API_REQUESTS_PER_MINUTE",
        "AUDIT_DAYS",
        "LOG_KEEP_DAYS",
        "MAILER_KEEP_DAYS",
        "OCPP_MESSAGE_LOG_DAYS",
        "OCPP_METER_READINGS_DAYS",
        "OCPP_STATUS_HISTORY_DAYS",
        "OCPP_CONNECTS_A_MINUTE",
        "OCPP_CONNECTIONS_PER_ADDRESS",
        "OCPP_HANDSHAKES_PER_ADDRESS_A_SECOND",
        "OCPP_ADMISSIONS_A_SECOND",
        "OCPP_MESSAGES_A_SECOND",
        "OCPP_WRITER_QUEUE",
    }
)


class Process(NamedTuple):
    """A process that counts, and since when."""

    name: str
    here: bool
    since: datetime | None
    hits: Mapping[str, int]


class Row(NamedTuple):
    """A limit as it is shown: its number now and by default (None: it has none), and the hits."""

    limit: Limit
    value: int | None
    default: int | None
    no_limit: bool
    #: Of each process, in the order of `processes`; None where it is not counted.
    hits: list[int] | None

    @property
    def changed(self) -> bool:
        """Whether somebody has set it to something else."""
        return self.value != self.default


def processes() -> list[Process]:
    """This process first, then the others, with what they have counted as of their last word."""
    here = Process(OWNER, True, limits_hit.started, limits_hit.snapshot())
    others = ServerProcess.objects.exclude(name=OWNER).order_by("name")[:50]
    return [
        here,
        *(Process(one.name, False, one.counted_since, one.limits_hit) for one in others),
    ]


def rows(limits: tuple[Limit, ...], counting: list[Process]) -> list[Row]:
    """The limits with their numbers and what the processes have counted."""
    return [_row(limit, counting) for limit in limits]


def _row(limit: Limit, counting: list[Process]) -> Row:
    value = getattr(settings, limit.setting) if limit.setting else None
    default = settings.ENV_DEFAULTS[limit.setting] if limit.setting else None
    hits = [one.hits.get(limit.counter, 0) for one in counting] if limit.counter else None
    return Row(limit, value, default, limit.setting in ZERO_IS_NONE and value == 0, hits)
