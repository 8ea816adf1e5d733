"""Every refusal has words, and every word is of a refusal."""

import re
from pathlib import Path

import pytest

from ocpp.domain import refusals

OCPP = Path(__file__).resolve().parents[2]
CODES = [
    "bad_id",
    "origin",
    "version",
    "unknown_closed",
    "too_many_new",
    "unauthenticated",
    "wrong_key",
    "throttled",
    "insecure_transport",
    "downgrade",
    "certificate_missing",
    "certificate_expired",
    "certificate_other",
    "certificate_revoked",
    "certificate_untrusted",
    "busy",
    "taken",
]


@pytest.mark.parametrize("code", CODES)
def test_a_code_has_a_reason_and_a_fix(code: str) -> None:
    words = refusals.words(code)
    assert words is not refusals.words("refused")
    assert str(words.reason).endswith(".")
    assert str(words.fix).endswith(".")


def test_one_without_words_of_its_own_has_general_ones() -> None:
    assert refusals.words("who knows") is refusals.words("refused")
    assert refusals.codes() == tuple(CODES)


def test_every_code_that_the_program_gives_has_words() -> None:
    given = set()
    for path in [*OCPP.glob("domain/**/*.py"), *OCPP.glob("connection/**/*.py")]:
        for call in re.findall(r"\bRefused\((?:[^()]|\([^()]*\))*\)", path.read_text()):
            code = re.search(r'"([a-z_]+)",?\s*\)$', call)
            if code:
                given.add(code[1])
    assert {"bad_id", "taken", "busy"} <= given <= set(CODES) | {"refused"}
