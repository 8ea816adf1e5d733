"""The list of municipalities."""

from accounts import municipalities
from accounts.models import Address


def test_the_numbers_are_those_of_the_states() -> None:
    assert len(set(municipalities.COAHUILA)) == len(municipalities.COAHUILA) == 38
    assert len(set(municipalities.NUEVO_LEON)) == len(municipalities.NUEVO_LEON) == 51


def test_four_names_are_in_both_states() -> None:
    both = set(municipalities.COAHUILA) & set(municipalities.NUEVO_LEON)
    assert both == {"Abasolo", "Allende", "Hidalgo", "Juárez"}


def test_every_state_has_its_list() -> None:
    assert set(municipalities.BY_STATE) == set(Address.State.values)
