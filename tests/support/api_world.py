"""A small network of which each address of the API finds something: rows numbered `NUMBER`."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone
from model_bakery import baker

from accounts.models import RFID, Account, ApiToken, Credit, User, Vehicle
from events.models import Delivery, Event, EventType, Webhook
from mailer.models import Email
from ocpp.choices import TransactionState
from ocpp.models import (
    Anomaly,
    BulkCommand,
    Charger,
    ChargingProfile,
    Command,
    ConfigurationSnapshot,
    ConnectionAttempt,
    Connector,
    CostLine,
    MeterReading,
    OrphanStop,
    QuarterHour,
    Reservation,
    SessionCost,
    StatusChange,
    Tariff,
    TariffPrice,
    TariffVersion,
    Transaction,
    UnknownTag,
)
from odoo.models import Instance
from subscriptions.models import Product, Subscription
from tests.support.awg_tables import fill_tables

NUMBER = 7
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def fill() -> None:
    """Make the network, its people and what they did."""
    fill_tables()
    people = [
        User.objects.create_user("driver", pk=NUMBER, first_name="Ana", last_name="García"),
        User.objects.create_user("operator", is_staff=True),
        User.objects.create_superuser("administrator"),
    ]
    account, tariff = _of_the_driver(people[0]), _tariff()
    charger = baker.make(
        Charger,
        pk=NUMBER,
        charger_id="CP1",
        owner="node:1:x",
        epoch=3,
        tariff=tariff,
        connected_at=NOON,
        remote_address="192.0.2.7",
        last_meter_values={"connectorId": 1, "meterValue": []},
        config={"HeartbeatInterval": {"value": "300", "readonly": False}},
        latitude=Decimal("25.671400"),
        longitude=Decimal("-100.308900"),
    )
    for number in (0, 1, 2):
        baker.make(Connector, charger=charger, connector_id=number, status="Available")
    session = _session(charger, account)
    _cost(session, tariff)
    _of_the_charger(charger, session, people[1])
    _continue_numbers()


def _of_the_driver(user: User) -> Account:
    account: Account = baker.make(Account, pk=NUMBER, user=user)
    baker.make(Credit, account=account, amount_kwh=Decimal("20.000"), created_by=user)
    baker.make(RFID, pk=NUMBER, rfid="04A2B3C4", user=user, parent="FLEET")
    baker.make(Vehicle, pk=NUMBER, account=account, VIN="LGXCE4CB1P0123456", brand="BYD")
    baker.make(ApiToken, pk=NUMBER, user=user, prefix="00000000", digest="0" * 64)
    return account


def _tariff() -> Tariff:
    tariff: Tariff = baker.make(Tariff, pk=NUMBER, name="Downtown", time_zone="")
    version = baker.make(
        TariffVersion, pk=NUMBER, tariff=tariff, valid_from=NOON, tax_percent=Decimal(16)
    )
    baker.make(TariffPrice, version=version, component="energy", amount=Decimal("6.2"))
    return tariff


def _session(charger: Charger, account: Account) -> Transaction:
    made: Transaction = baker.make(
        Transaction,
        pk=NUMBER,
        charger=charger,
        connector_id=1,
        account=account,
        id_tag="04A2B3C4",
        state=TransactionState.COMPLETED,
        meter_start=1000,
        meter_stop=6000,
        energy_wh=5000,
        billed_wh=5000,
        start_time=NOON,
        start_received=NOON,
        stop_time=NOON + timedelta(hours=1),
        needs_review=True,
    )
    return made


def _cost(session: Transaction, tariff: Tariff) -> None:
    version = tariff.versions.get()
    money = {"net": Decimal("31.00"), "tax": Decimal("4.96"), "total": Decimal("35.96")}
    cost = baker.make(
        SessionCost, transaction=session, version=version, currency="MXN", computed=NOON, **money
    )
    line = {"quantity": Decimal(5), "unit_price": Decimal("6.2"), "amount": Decimal(31)}
    baker.make(CostLine, cost=cost, position=0, component="energy", **line)


def _of_the_charger(charger: Charger, session: Transaction, operator: User) -> None:
    of_it: dict[str, Any] = {"charger": charger}
    later = timezone.now() + timedelta(hours=1)
    done = {"state": "answered", "payload": {"type": "Soft"}, "response": {"status": "Accepted"}}
    told = {"action": "reset", "created_by": operator, "expires": later}
    baker.make(Command, pk=NUMBER, **of_it, **told, **done)
    reading = {"measurand": "Power.Active.Import", "value": Decimal(11000), "unit": "W"}
    for minutes in range(3):
        at = NOON + timedelta(minutes=minutes)
        where = {"connector_id": 1, "transaction": session}
        baker.make(MeterReading, timestamp=at, **of_it, **where, **reading)
    quarter = {"energy_wh": 5000, "power_max_w": 11000, "power_mean_w": 11000, "samples": 3}
    baker.make(QuarterHour, connector_id=1, start=NOON, transaction=session, **of_it, **quarter)
    keys = {"HeartbeatInterval": {"value": "300", "readonly": False}}
    times = {"taken": NOON, "confirmed": NOON}
    baker.make(ConfigurationSnapshot, pk=NUMBER, keys=keys, **of_it, **times)
    place = {"connector_id": 1, "created_by": operator}
    baker.make(Reservation, pk=NUMBER, id_tag="04A2B3C4", expires=later, **of_it, **place)
    plan = {"purpose": "TxDefaultProfile", "kind": "Absolute", "unit": "A", "profile_id": 4}
    periods = [{"start": 0, "limit": "16.0", "phases": None}]
    baker.make(ChargingProfile, pk=NUMBER, periods=periods, **of_it, **place, **plan)
    odd = {"kind": "tolerated", "detail": "A blank too many.", "time": NOON}
    baker.make(Anomaly, transaction=session, **of_it, **odd)
    baker.make(StatusChange, connector_id=1, status="Available", time=NOON, **of_it)
    baker.make(BulkCommand, pk=NUMBER, operation="reset", started=NOON, created_by=operator)
    baker.make(UnknownTag, pk=NUMBER, tag="CAFE0002", **of_it)
    when = {"first": NOON, "last": NOON}
    baker.make(ConnectionAttempt, pk=NUMBER, charger_id="CP9", code="unknown_closed", **when)
    stop = {"transaction_id_sent": -1, "meter": 6000, "time": NOON, "received": NOON}
    baker.make(OrphanStop, pk=NUMBER, settled=False, transaction=None, **of_it, **stop)


def _continue_numbers() -> None:
    """Let PostgreSQL go on counting behind the numbers that were given by hand."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(s.oid::regclass, greatest(1000, nextval(s.oid::regclass)))"
            " FROM pg_class s"
            " JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')"
            " WHERE s.relkind = 'S' AND d.refobjid::regclass::text"
            " ~ '^(ocpp|accounts|events|subscriptions|mailer|odoo)_'"
        )


def fill_other_apps() -> None:
    """What webhooks, e-mails, subscriptions and Odoo have, numbered alike; after `fill`."""
    charger, account = Charger.objects.get(pk=NUMBER), Account.objects.get(pk=NUMBER)
    hook: Webhook = baker.make(
        Webhook, pk=NUMBER, name="ours", url="https://receiver.example/", secret="x" * 20
    )
    event = baker.make(Event, type=EventType.FAULT, charger=charger, cid="CP1", time=NOON)
    baker.make(Delivery, pk=NUMBER, webhook=hook, event=event, state="given_up", attempts=11)
    for number in (NUMBER, NUMBER + 1):
        product: Product = baker.make(Product, pk=number, name=f"Plan {number}")
    Subscription.objects.create(
        pk=NUMBER,
        account=account,
        product_id=NUMBER,
        started=NOON,
        next_renewal=timezone.now() + product.period,
    )
    baker.make(Email, pk=NUMBER, to=["ana@example.com"], subject="Hello", created=NOON)
    # An address to which no request is let out.
    Instance.objects.create(
        pk=NUMBER, name="Main", url="http://127.0.0.1:9", database="d", user="u", password="p"
    )
    _continue_numbers()
