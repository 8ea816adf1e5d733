"""The table of oddities: every code that is used is in it, and each case can be told."""

import ast
import re
from itertools import product
from pathlib import Path

import pytest
from django.utils import translation

from ocpp.choices import AnomalyKind
from ocpp.domain import oddities
from ocpp.domain.oddities import CASES, Oddity, Why, odd, reason
from ocpp.domain.oddities.reasons import SENTENCES

TABLE = Path(oddities.__file__).parent
CODE = TABLE.parents[1]


def made_of(tree: ast.AST, maker: str = "odd") -> list[tuple[str, set[str]]]:
    """Each call of `maker` whose code is written out: the code, and the names of its values."""
    return [
        (call.args[0].attr, {str(keyword.arg) for keyword in call.keywords})
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == maker
        and isinstance(call.args[0], ast.Attribute)
    ]


def named_in(tree: ast.AST) -> set[str]:
    """Each `Oddity.NAME`."""
    return {
        one.attr
        for one in ast.walk(tree)
        if isinstance(one, ast.Attribute)
        and isinstance(one.value, ast.Name)
        and one.value.id == "Oddity"
    }


def trees() -> list[ast.AST]:
    files = (path for path in CODE.rglob("*.py") if "tests" not in path.parts)
    return [ast.parse(path.read_text()) for path in files if path.parent != TABLE]


def holes(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", text))


def test_every_code_has_its_case_and_is_used() -> None:
    assert set(CASES) == set(Oddity)
    used = set().union(*map(named_in, trees()))
    assert used == {code.name for code in Oddity}


def test_each_use_gives_the_values_that_the_sentences_tell() -> None:
    calls = [call for tree in trees() for call in made_of(tree)]
    assert len(calls) > 40
    for name, given in calls:
        case = CASES[Oddity[name]]
        assert holes(case.sentence) | holes(case.deed) == given, name


@pytest.mark.parametrize("code", Oddity)
def test_each_case_has_both_sentences_in_spanish_too(code: Oddity) -> None:
    case = CASES[code]
    assert case.kind in AnomalyKind
    for text in (case.sentence, case.deed):
        assert text.strip()
        with translation.override("es"):
            told = translation.gettext(text)
        assert told != text
        assert holes(told) == holes(text)
    assert case.deed[0].isupper()
    assert case.deed.endswith(".")
    assert len(code) <= 32


def test_sentences_are_made_in_the_language_of_the_reader() -> None:
    told = odd(Oddity.OTHER_BASE, start=1000, register=7)
    with translation.override("es"):
        assert "1000" in oddities.sentence(told.code, told.values)
        assert oddities.sentence(told.code, told.values) != told.text
        assert oddities.deed(told.code, told.values) != CASES[told.code].deed
        # What is stored to search in does not depend on who is at work.
        assert told.text == "the register went from 1000 to 7 Wh"
    assert oddities.sentence(told.code, told.values) == told.text


@pytest.mark.parametrize(
    ("code", "values"),
    [("", {}), ("of_tomorrow", {"x": 1}), *product(["other_base"], [{}, {"start": 1}])],
)
def test_what_cannot_be_told_by_its_code_is_told_as_it_was_stored(
    code: str, values: dict[str, str | int | float]
) -> None:
    assert oddities.sentence(code, values, "as stored") == "as stored"


def test_no_sentence_shows_how_python_writes_things() -> None:
    told = odd(Oddity.SECOND_STOP, meter=1, time="12:00", tag="CAFE")
    assert "Stop(" not in told.text
    assert "'" not in told.text
    assert "CAFE" in told.text


@pytest.mark.parametrize("code", Why)
def test_each_reason_has_its_sentence_in_spanish_too(code: Why) -> None:
    source = SENTENCES[code]
    with translation.override("es"):
        told = translation.gettext(source)
    assert told != source
    assert holes(told) == holes(source)


def test_each_reason_is_used_with_the_values_of_its_sentence() -> None:
    given = dict(call for tree in trees() for call in made_of(tree, "reason"))
    assert given == {code.name: holes(SENTENCES[code]) for code in Why}


def test_a_reason_within_an_oddity_is_told_in_the_language_of_the_reader() -> None:
    late = reason(Why.EXPIRED, time="2026-01-31T12:00:00Z")
    told = odd(Oddity.BAD_CERTIFICATE, why=late)
    assert told.text.endswith(str(late))
    with translation.override("es"):
        spanish = oddities.sentence(told.code, told.values)
        assert translation.gettext(SENTENCES[Why.EXPIRED]) % late.values in spanish
    assert str(late) not in spanish
    assert oddities.sentence(told.code, told.values) == told.text


def test_a_reason_that_is_not_known_is_told_as_it_was_stored() -> None:
    values = odd(Oddity.BAD_CERTIFICATE, why=reason(Why.REVOKED)).values
    for code in ("of_tomorrow", "expired"):  # the latter without its time
        with translation.override("es"):
            told = oddities.sentence("bad_certificate", values | {"why_code": code})
        assert "The client certificate was revoked." in told
    old = {"why": "The client certificate is late."}
    assert "is late." in oddities.sentence("bad_certificate", dict(old))
