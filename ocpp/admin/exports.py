"""The columns of files that are exported from the admin, where there are many."""

TRANSACTION = (
    "id",
    "charger:charger__charger_id",
    "connector:connector_id",
    "state",
    "id_tag",
    "account:account__user__username",
    "vehicle",
    "start_time",
    "stop_time",
    "meter_start_wh:meter_start",
    "meter_stop_wh:meter_stop",
    "energy_wh",
    "billed_wh",
    "reason",
    "needs_review",
    "cost:cost__total",
    "currency:cost__currency",
)

CHARGER = (
    "charger_id",
    "name",
    "registration",
    "connected",
    "vendor",
    "model",
    "serial_number",
    "firmware_version",
    "security_profile",
    "require_rfid",
    "latitude",
    "longitude",
    "last_seen",
    "created",
)

COST = (
    "transaction:transaction_id",
    "charger:transaction__charger__charger_id",
    "account:transaction__account__user__username",
    "stop_time:transaction__stop_time",
    "energy_wh:transaction__energy_wh",
    "net",
    "tax_percent",
    "tax",
    "total",
    "currency",
)
