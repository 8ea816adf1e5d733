"""Users and addresses."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from accounts import municipalities
from accounts.models import Address, User


def address(**values: str) -> Address:
    given = {
        "street": "Av. Constitución",
        "number": "100",
        "municipality": "Monterrey",
        "state": "NL",
        "postal_code": "64000",
    }
    return Address(**{**given, **values})


@pytest.mark.django_db
@pytest.mark.parametrize("state", municipalities.BY_STATE)
def test_every_municipality_is_accepted_in_its_state(state: str) -> None:
    for name in municipalities.BY_STATE[state]:
        place = address(state=state, municipality=name)
        place.full_clean()
        place.save()
    assert Address.objects.filter(state=state).count() == len(municipalities.BY_STATE[state])


@pytest.mark.parametrize(
    ("state", "municipality", "says"),
    [
        ("CO", "Monterrey", "Monterrey is in Nuevo León, not in Coahuila."),
        ("NL", "Saltillo", "Saltillo is in Coahuila, not in Nuevo León."),
        ("CO", "Torreon", "Torreon is not a municipality of Coahuila: is it Torreón?"),
        ("NL", "Xyz", "Xyz is not a municipality of Nuevo León."),
    ],
)
@pytest.mark.django_db
def test_a_municipality_elsewhere_is_refused_and_said_where(
    state: str, municipality: str, says: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        address(state=state, municipality=municipality).full_clean()
    assert refusal.value.message_dict == {"municipality": [says]}


@pytest.mark.django_db
def test_the_database_refuses_it_too() -> None:
    with pytest.raises(IntegrityError):
        address(state="CO", municipality="Monterrey").save()


@pytest.mark.parametrize("code", ["6400", "640000", "6400O", "٦٤٠٠٠", "64000\n"])
@pytest.mark.django_db
def test_a_postal_code_has_five_digits(code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        address(postal_code=code).full_clean()
    assert "postal_code" in refusal.value.message_dict


def test_a_place_reads_as_on_an_envelope() -> None:
    assert str(address()) == "Av. Constitución 100, Monterrey, Nuevo León"


@pytest.mark.django_db
def test_a_charger_needs_an_address_to_be_at() -> None:
    user = User(username="ana", password="!", has_charger=True)
    with pytest.raises(ValidationError) as refusal:
        user.full_clean()
    assert list(refusal.value.message_dict) == ["has_charger"]
    home = address()
    home.save()
    user.address = home
    user.full_clean()


@pytest.mark.parametrize("number", ["+52 81 1234 5678", "(81) 1234-5678", "8112345678", ""])
@pytest.mark.django_db
def test_phone_numbers_are_taken_as_people_write_them(number: str) -> None:
    User(username="ana", password="!", phone_number=number).full_clean()


@pytest.mark.parametrize("number", ["call me", "12", "=1+1+1+1"])
@pytest.mark.django_db
def test_what_is_no_phone_number_is_refused(number: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        User(username="ana", password="!", phone_number=number).full_clean()
    assert "phone_number" in refusal.value.message_dict
