"""Vehicles."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Account, Vehicle

pytestmark = pytest.mark.django_db


def test_a_vin_is_stored_in_upper_case_and_once(account: Account) -> None:
    vehicle = Vehicle.objects.create(
        account=account, brand="Nissan", model="Leaf", VIN="3n1-cn7ad1 ek123456"
    )
    assert vehicle.VIN == "3N1CN7AD1EK123456"
    assert list(account.vehicles.filter(VIN="3n1cn7ad1ek123456")) == [vehicle]
    with pytest.raises(IntegrityError), transaction.atomic():
        Vehicle.objects.create(account=account, brand="Kia", model="EV6", VIN="3N1CN7AD1EK123456")


@pytest.mark.parametrize("wrong", ["", "3N1CN7AD1EK12345", "3N1CN7AD1EK12345O"])
def test_a_wrong_vin_is_refused_by_form_and_database(account: Account, wrong: str) -> None:
    vehicle = Vehicle(account=account, brand="Nissan", model="Leaf", VIN=wrong)
    with pytest.raises(ValidationError) as refusal:
        vehicle.full_clean()
    assert "VIN" in refusal.value.message_dict
    with pytest.raises(IntegrityError), transaction.atomic():
        vehicle.save()
