"""Finding a charger by its id."""

import pytest

from ocpp.domain.errors import NotFound
from ocpp.domain.lookup import find_charger
from ocpp.tests.commanding import make_charger


@pytest.mark.parametrize("cid", ["Käfer-1", "KÄFER-1", "ka\u0308fer-1"])
def test_any_spelling_finds_the_charger(db: None, cid: str) -> None:
    charger = make_charger("Käfer-1")
    make_charger("Käfer-2")
    assert find_charger(cid) == charger


@pytest.mark.parametrize("cid", ["", "CP", "CP11", "C" * 49, "C" * 5000, "CP1\x00", "\ud800"])
def test_what_is_not_there_is_not_found(db: None, cid: str) -> None:
    make_charger("CP1")
    with pytest.raises(NotFound, match="There is no charger"):
        find_charger(cid)
