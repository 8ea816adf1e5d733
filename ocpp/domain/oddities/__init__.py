"""What may be odd about a charge point: what was odd, and what was done about it.

An anomaly is stored as a code with the values that belong to it; the two sentences of the table
(`cases`) are made of them when somebody reads it, in the language of the reader.
"""

from typing import NamedTuple

from django.utils.translation import gettext

from ocpp.choices import AnomalyKind
from ocpp.domain.oddities.cases import CASES
from ocpp.domain.oddities.codes import Oddity

__all__ = ["CASES", "Odd", "Oddity", "deed", "odd", "sentence"]

_Value = str | int | float

#: The longest text of a charge point that is kept as a value.
_LONGEST = 600


class Odd(NamedTuple):
    """Something odd that happened: the code of it, and the values that its sentences tell."""

    code: Oddity
    values: dict[str, _Value]

    @property
    def kind(self) -> AnomalyKind:
        """Of what kind it is."""
        return CASES[self.code].kind

    @property
    def text(self) -> str:
        """What was odd, in the source language."""
        return CASES[self.code].sentence % self.values


def odd(code: Oddity, **values: _Value) -> Odd:
    """Something odd. Texts of charge points are cut, and made printable."""
    shown = {name: _shown(one) if isinstance(one, str) else one for name, one in values.items()}
    return Odd(code, shown)


def _shown(text: str) -> str:
    """A text that any database stores and any page shows in its own order of letters."""
    escaped = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text[:_LONGEST])
    return escaped if len(text) <= _LONGEST else f"{escaped}…"


def sentence(code: str, values: dict[str, _Value], otherwise: str = "") -> str:
    """What was odd, in the language of the reader; `otherwise` for what has no code."""
    case = CASES.get(code)
    return otherwise if case is None else _told(case.sentence, values, otherwise)


def deed(code: str, values: dict[str, _Value], otherwise: str = "") -> str:
    """What was done about it, in the language of the reader."""
    case = CASES.get(code)
    return otherwise if case is None else _told(case.deed, values, otherwise)


def _told(source: str, values: dict[str, _Value], otherwise: str) -> str:
    try:
        return gettext(source) % values
    except (KeyError, TypeError, ValueError):
        return otherwise  # a row of another version, whose values had other names
