"""Years of sessions and readings, put into the database by SQL: for tests and figures of scale."""

from typing import Any

from django.db import connection, models

from accounts.models import Account
from ocpp.models import Charger, MeterReading, Tariff, TariffVersion, Transaction
from ocpp.tests.factories import NOON


def _moment(number: str) -> str:
    """A time of its own for each row: a minute after that of the row before it."""
    seconds = f"1700000000 + 60 * {number}"
    if connection.vendor == "postgresql":
        return f"to_timestamp({seconds})"
    return f"strftime('%Y-%m-%d %H:%M:%S', {seconds}, 'unixepoch')"


def _insert(model: type[models.Model], count: int, values: dict[str, str]) -> None:
    """Add `count` rows; `values` are SQL expressions of `i`, other columns are empty."""
    newest = model._default_manager.order_by().aggregate(newest=models.Max("pk"))["newest"] or 0
    for field in model._meta.concrete_fields:
        if str(field.column) in values or field.null or field.primary_key:
            continue
        is_text = isinstance(field, models.CharField | models.TextField)
        is_flag = isinstance(field, models.BooleanField)
        values[str(field.column)] = "''" if is_text else "FALSE" if is_flag else "0"
    names = ", ".join(f'"{name}"' for name in values)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({names}) '  # noqa: S608
            f"WITH RECURSIVE n(i) AS (SELECT {newest + 1} UNION ALL "
            f"SELECT i + 1 FROM n WHERE i < {newest + count}) "
            f"SELECT {', '.join(values.values())} FROM n"
        )


def chargers(count: int) -> None:
    """So many chargers that staff have accepted."""
    Charger.objects.bulk_create(
        (Charger(charger_id=f"C{n}", id_key=f"c{n}") for n in range(count)), batch_size=500
    )


def sessions(charger: Charger, accounts: list[Account], count: int) -> None:
    """So many finished and billed sessions at a charger; half of them are the first account's."""
    first = accounts[0].pk
    assert [one.pk for one in accounts] == list(range(first, first + len(accounts)))
    values: dict[str, str] = {
        "charger_id": str(charger.pk),
        "connector_id": "1 + i % 2",
        "state": "'completed'",
        "id_tag": "'CAFE0001'",
        "account_id": f"{first} + CASE WHEN i % 2 = 0 THEN 0 ELSE (i / 2) % {len(accounts)} END",
        "meter_start": "i * 1000",
        "meter_stop": "i * 1000 + 900",
        "energy_wh": "900",
        "billed_wh": "900",
        "start_time": _moment("i"),
        "stop_time": _moment("i"),
        "start_received": _moment("i"),
        "start_raw": "CAST(i AS text)",
    }
    _insert(Transaction, count, values)


def readings(charger: Charger, count: int) -> None:
    """So many values of the energy register, five in each session."""
    values: dict[str, Any] = {
        "charger_id": str(charger.pk),
        "connector_id": "1 + i % 2",
        "transaction_id": "1 + i / 5",
        "timestamp": _moment("i"),
        "measurand": "'Energy.Active.Import.Register'",
        "value": "i",
        "unit": "'Wh'",
    }
    _insert(MeterReading, count, values)


def costs() -> None:
    """A cost of each finished session, by one tariff."""
    tariff = Tariff.objects.create(name="stored", currency="MXN")
    version = TariffVersion.objects.create(tariff=tariff, valid_from=NOON, tax_percent=16)
    names = "transaction_id, version_id, currency, net, tax_percent, tax, total, computed, holidays"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO ocpp_sessioncost ({names}) "  # noqa: S608
            f"SELECT id, {version.pk}, 'MXN', 1, 16, 0.16, 1.16, start_time, '{{}}' "
            "FROM ocpp_transaction WHERE state = 'completed'"
        )


def look_again() -> None:
    """Let PostgreSQL know how many rows there are, as it finds out by itself after a while."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
