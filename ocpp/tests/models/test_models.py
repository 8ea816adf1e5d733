"""What the tables themselves guarantee."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.models import ProtectedError
from hypothesis import given
from hypothesis import strategies as st

from ocpp.choices import FINISHED_COMMAND_STATES, CommandState, TransactionState
from ocpp.models import Charger, Command, Connector, Message, MeterReading, Transaction
from ocpp.models.charger import MAX_KEY, identity_key
from ocpp.tests.factories import NOON, NOON_TEXT


def start(charger: Charger, **facts: Any) -> Transaction:
    """A transaction as it is started."""
    return Transaction.objects.create(
        **{
            "charger": charger,
            "connector_id": 1,
            "id_tag": "A",
            "meter_start": 0,
            "start_time": NOON,
            "start_raw": NOON_TEXT,
            "start_received": NOON,
            **facts,
        }
    )


# --- identity ------------------------------------------------------------------------------


@given(st.text(st.characters(codec="utf-8"), max_size=48))
def test_an_identity_key_is_stable_and_fits_its_column(charger_id: str) -> None:
    key = identity_key(charger_id)
    assert len(key) <= MAX_KEY
    if len(key) != 64:
        assert identity_key(key) == key


def test_ids_that_differ_only_at_their_end_are_two(db: None) -> None:
    long = "\ufdfa" * 10  # one character that stands for a sentence of eighteen
    assert identity_key(long + "A") != identity_key(long + "B")
    assert identity_key(long + "A") == identity_key(long + "a")
    Charger.objects.create(charger_id=long + "A")
    Charger.objects.create(charger_id=long + "B")


def test_two_spellings_of_one_id_are_not_two_chargers(charger: Charger) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Charger.objects.create(charger_id="cp1")
    charger.charger_id = "New-Name"
    charger.save()
    charger.refresh_from_db()
    assert charger.id_key == "new-name"
    Charger.objects.create(charger_id="cp1")


def test_a_charger_is_called_by_its_name(charger: Charger) -> None:
    assert str(charger) == "CP1"
    charger.name = "Plaza"
    assert str(charger) == "Plaza"


def test_presence_is_a_fact_of_the_row(charger: Charger) -> None:
    assert not charger.connected
    charger.owner = "somewhere"
    assert charger.connected


# --- transactions ----------------------------------------------------------------------------


def test_one_start_is_one_row(charger: Charger) -> None:
    start(charger)
    with pytest.raises(IntegrityError), transaction.atomic():
        start(charger, start_time=NOON + timedelta(hours=1))
    start(charger, connector_id=2)
    start(charger, start_raw="later")


def test_a_transaction_id_is_a_positive_32_bit_number_and_never_used_again(
    charger: Charger,
) -> None:
    first = start(charger)
    assert isinstance(Transaction._meta.pk, models.AutoField)
    assert 0 < first.transaction_id < 2**31
    number = first.pk
    first.delete()
    assert start(charger).pk > number


def test_energy_in_kwh_is_exact(charger: Charger) -> None:
    assert start(charger, energy_wh=1234).energy_kwh == Decimal("1.234")


def test_meters_of_18_digits_fit(charger: Charger) -> None:
    most = 10**18 - 1
    made = start(charger, meter_start=-most, meter_stop=most, energy_wh=2 * most)
    made.refresh_from_db()
    assert (made.meter_start, made.meter_stop, made.energy_wh) == (-most, most, 2 * most)


def test_a_charger_with_transactions_is_not_deleted(charger: Charger) -> None:
    start(charger)
    with pytest.raises(ProtectedError):
        charger.delete()


def test_a_charger_without_them_goes_with_all_that_it_said(charger: Charger) -> None:
    """Readings and messages have no constraint in the database: Django takes them along."""
    Connector.objects.create(charger=charger, connector_id=1)
    Message.objects.create(charger=charger, direction=Message.Direction.IN, time=NOON)
    MeterReading.objects.create(charger=charger, connector_id=1, timestamp=NOON)
    charger.delete()
    for model in (Connector, Message, MeterReading):
        assert not model.objects.exists()


def test_one_connector_is_one_row(charger: Charger) -> None:
    Connector.objects.create(charger=charger, connector_id=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Connector.objects.create(charger=charger, connector_id=1)


# --- commands --------------------------------------------------------------------------------


@pytest.mark.parametrize("state", CommandState)
def test_a_command_is_finished_when_nothing_more_will_come(state: CommandState) -> None:
    waiting = state in (CommandState.QUEUED, CommandState.SENT)
    assert Command(state=state).is_finished == (not waiting)
    assert (state in FINISHED_COMMAND_STATES) == (not waiting)


# --- indexes ---------------------------------------------------------------------------------


def test_the_busiest_table_has_few_indexes(db: None) -> None:
    """Each one costs the hot path: this is for who adds one without a thought."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, MeterReading._meta.db_table)
    assert {name for name, facts in found.items() if facts["index"]} == {"reading_charger_time"}


def test_states_fit_their_columns() -> None:
    for model, name, choices in (
        (Transaction, "state", TransactionState),
        (Command, "state", CommandState),
    ):
        field = model._meta.get_field(name)
        assert isinstance(field, models.CharField)
        length = field.max_length or 0
        assert all(len(value) <= length for value in choices.values)
