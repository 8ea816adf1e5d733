"""What may be odd about a charge point: what was odd, and what was done about it.

An anomaly is stored as a code with the values that belong to it; the two sentences of the table
(`cases`) are made of them when somebody reads it, in the language of the reader. A value may
itself be a reason (`reasons`): beside its sentence in the source language, called `why` say, stand
its code as `why_code` and its own values, such as `why_time`.
"""

from typing import NamedTuple

from django.utils.translation import gettext

from ocpp.choices import AnomalyKind
from ocpp.domain.oddities import reasons
from ocpp.domain.oddities.cases import CASES
from ocpp.domain.oddities.codes import Oddity
from ocpp.domain.oddities.reasons import Reason, Why, reason

__all__ = ["CASES", "Odd", "Oddity", "Reason", "Why", "deed", "odd", "reason", "sentence"]

_Value = str | int | float

#: What the code of a reason is called: as the reason, with this.
_CODE = "_code"
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


def odd(code: Oddity, **values: _Value | Reason) -> Odd:
    """Something odd. Texts of charge points are cut, and made printable."""
    shown: dict[str, _Value] = {}
    for name, one in values.items():
        if isinstance(one, Reason):
            shown |= {name: _shown(str(one)), name + _CODE: one.code.value}
            shown |= {f"{name}_{key}": _shown(text) for key, text in one.values.items()}
        else:
            shown[name] = _shown(one) if isinstance(one, str) else one
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
        return gettext(source) % _with_reasons(values)
    except (KeyError, TypeError, ValueError):
        return otherwise  # a row of another version, whose values had other names


def _with_reasons(values: dict[str, _Value]) -> dict[str, _Value]:
    """The values, with their reasons in the language of the reader."""
    names = [key.removesuffix(_CODE) for key in values if key.endswith(_CODE)]
    return values | {name: _reason(name, values) for name in names if name in values}


def _reason(name: str, values: dict[str, _Value]) -> str:
    mark = f"{name}_"
    own = {key.removeprefix(mark): one for key, one in values.items() if key.startswith(mark)}
    return reasons.told(str(values[name + _CODE]), own, str(values[name]))
