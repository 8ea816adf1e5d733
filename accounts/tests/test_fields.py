"""Spellings of card UIDs and VINs."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.fields import is_uid, normalise, validate_uid, validate_vin

HEX = "0123456789ABCDEF"
uids = st.sampled_from([8, 14, 20]).flatmap(
    lambda digits: st.text(HEX, min_size=digits, max_size=digits)
)


@given(uid=uids, separator=st.sampled_from(["", ":", "-", " ", "\t"]), lower=st.booleans())
def test_every_usual_spelling_is_the_same_uid(uid: str, separator: str, lower: bool) -> None:
    pairs = [uid[index : index + 2] for index in range(0, len(uid), 2)]
    spelling = separator.join(pairs)
    assert normalise(spelling.lower() if lower else spelling) == uid
    assert is_uid(uid)


@given(text=st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(text=st.text(max_size=24))
def test_only_what_is_hexadecimal_and_has_the_right_length_is_a_uid(text: str) -> None:
    uid = normalise(text)
    assert is_uid(uid) == (len(uid) in (8, 14, 20) and all(digit in HEX for digit in uid))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "04A2B3C",
        "04A2B3C4D",
        "04A2B3CG",
        "04A2B3C4\n",
        "04A2ﬀﬀ",  # two ligatures, whose capitals are FFFF
        "٠١٢٣٤٥٦٧",
    ],
)
def test_other_text_is_no_uid(text: str) -> None:
    assert not is_uid(text)
    with pytest.raises(ValidationError):
        validate_uid(text)


def test_a_ligature_does_not_turn_into_hexadecimal_digits() -> None:
    assert "04A2ﬀﬀ".upper() == "04A2FFFF"
    assert not is_uid(normalise("04A2ﬀﬀ"))


def test_a_vin_never_has_the_letters_that_look_like_digits() -> None:
    validate_vin("3N1CN7AD1EK123456")
    for letter in "IOQ":
        with pytest.raises(ValidationError):
            validate_vin(f"3N1CN7AD1EK12345{letter}")
    for wrong in ("3N1CN7AD1EK12345", "3N1CN7AD1EK1234567", "3n1cn7ad1ek123456"):
        with pytest.raises(ValidationError):
            validate_vin(wrong)
