"""The columns of files that are exported from the admin."""

from accounts.exports import Table, column
from ocpp.models import Charger, SessionCost, Transaction


class TransactionTable(Table):
    """Sessions, with whose they are and what they cost."""

    id = column("id")
    charger = column("charger", "charger__charger_id")
    connector = column("connector", "connector_id")
    state = column("state")
    id_tag = column("id_tag")
    account = column("account", "account__user__username")
    vehicle = column("vehicle")
    start_time = column("start_time")
    stop_time = column("stop_time")
    meter_start_wh = column("meter_start_wh", "meter_start")
    meter_stop_wh = column("meter_stop_wh", "meter_stop")
    energy_wh = column("energy_wh")
    billed_wh = column("billed_wh")
    reason = column("reason")
    needs_review = column("needs_review")
    cost = column("cost", "cost__total")
    currency = column("currency", "cost__currency")

    class Meta:
        model = Transaction
        fields = (
            "id",
            "charger",
            "connector",
            "state",
            "id_tag",
            "account",
            "vehicle",
            "start_time",
            "stop_time",
            "meter_start_wh",
            "meter_stop_wh",
            "energy_wh",
            "billed_wh",
            "reason",
            "needs_review",
            "cost",
            "currency",
        )


class ChargerTable(Table):
    """Chargers and what they say of themselves."""

    charger_id = column("charger_id")
    name = column("name")
    registration = column("registration")
    connected = column("connected")
    vendor = column("vendor")
    model = column("model")
    serial_number = column("serial_number")
    firmware_version = column("firmware_version")
    security_profile = column("security_profile")
    require_rfid = column("require_rfid")
    latitude = column("latitude")
    longitude = column("longitude")
    last_seen = column("last_seen")
    created = column("created")

    class Meta:
        model = Charger
        fields = (
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


class CostTable(Table):
    """What sessions cost."""

    transaction = column("transaction", "transaction_id")
    charger = column("charger", "transaction__charger__charger_id")
    account = column("account", "transaction__account__user__username")
    stop_time = column("stop_time", "transaction__stop_time")
    energy_wh = column("energy_wh", "transaction__energy_wh")
    net = column("net")
    tax_percent = column("tax_percent")
    tax = column("tax")
    total = column("total")
    currency = column("currency")

    class Meta:
        model = SessionCost
        fields = (
            "transaction",
            "charger",
            "account",
            "stop_time",
            "energy_wh",
            "net",
            "tax_percent",
            "tax",
            "total",
            "currency",
        )
