"""What REST answers, field by field. Times are ISO 8601 in UTC, energy is in Wh."""

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from accounts.api.problems import Problem


class ConnectorOut(Schema):
    """A connector; number 0 is the charge point as a whole. `status` is "" until it is told."""

    connector_id: int
    status: str
    error_code: str
    info: str
    status_time: datetime | None


class TransactionOut(Schema):
    """A transaction. Meter values are register readings in Wh."""

    transaction_id: int
    connector_id: int
    state: str
    id_tag: str
    account_id: int | None
    vehicle_id: int | None
    meter_start: int
    meter_stop: int | None
    energy_wh: int
    start_time: datetime
    stop_time: datetime | None
    reason: str
    needs_review: bool


class ChargerOut(Schema):
    """A charger, its connectors and what it is charging now."""

    charger_id: str
    name: str
    connected: bool
    registration: str
    require_rfid: bool
    vendor: str
    model: str
    firmware_version: str
    latitude: float | None
    longitude: float | None
    last_heartbeat: datetime | None
    last_seen: datetime | None
    connectors: list[ConnectorOut]
    active_transactions: list[TransactionOut]


class ChargersOut(Schema):
    """A page of chargers, by id. `count` is how many there are in all."""

    count: int
    limit: int
    offset: int
    next: str | None
    chargers: list[ChargerOut]


class MessageOut(Schema):
    """One call and its answer, each a frame of OCPP-J, or text when it is not JSON or too long."""

    time: datetime
    direction: str
    action: str
    message_id: str
    request: Any
    answer: Any
    error_code: str
    answer_time: datetime | None


class LocalListOut(Schema):
    """How its local list of cards stands: kept up to date by itself or not, and what hinders it."""

    kept: bool
    up_to_date: bool
    problem: str
    next_try: datetime | None
    sentence: str


class ChargerDetailOut(ChargerOut):
    """Everything that is known of one charger.

    `transaction` is the current one, or the last. `log` has the newest messages first. Secrets
    such as the AuthorizationKey are replaced by `***`. A connection has to prove as much as its
    `security_profile` (0 to 3) asks for; `wanted_profile` is one that it was told to connect with.
    """

    serial_number: str
    charge_box_serial_number: str
    iccid: str
    imsi: str
    meter_type: str
    meter_serial_number: str
    firmware_status: str
    diagnostics_status: str
    log_status: str
    local_list_version: int | None
    local_list_upkeep: str
    local_list: LocalListOut
    security_profile: int
    wanted_profile: int | None
    over_tls: bool
    last_boot: datetime | None
    last_path: str
    connected_at: datetime | None
    disconnected_at: datetime | None
    config: dict[str, Any]
    last_meter_values: Any
    transaction: TransactionOut | None
    log: list[MessageOut]


class AnsweredOut(Schema):
    """What the charge point replied: `answer` has its `status`, and what else it said."""

    command: int = Field(description="Its number.")
    state: str
    answer: dict[str, Any]


class WaitingOut(Schema):
    """The command is on its way; what becomes of it can be read later."""

    command: int
    state: str
    detail: str


class FailedOut(Problem):
    """Why there is no answer. For a CALLERROR also its code and description."""

    command: int
    state: str
    error_code: str = ""
    error_description: str = ""


class CommandOut(Schema):
    """A command and what became of it."""

    command: int
    charger_id: str
    action: str
    arguments: dict[str, Any]
    state: str
    asked_by: str | None
    created: datetime
    expires: datetime
    sent: datetime | None
    finished: datetime | None
    answer: dict[str, Any] | None
    late: bool
    progress: str = Field(
        description="What it last reported of an upload of a log, or of signed firmware."
    )
    error_code: str
    error_description: str


class BulkTargetOut(Schema):
    """How it went with one charger; `detail` is a sentence."""

    charger_id: str
    outcome: str = Field(description="waiting, sent, done, declined or failed.")
    detail: str
    command: int | None
    answer: dict[str, Any] | None


class BulkOut(Schema):
    """A command to many chargers: how many have each outcome, and some of the chargers."""

    bulk: int = Field(description="Its number.")
    action: str
    arguments: dict[str, Any]
    started: datetime | None
    total: int
    ended: int
    finished: bool
    counts: dict[str, int]
    chargers: list[BulkTargetOut]
