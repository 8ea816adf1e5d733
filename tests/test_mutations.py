"""The rules that `tests.mutations` breaks are where it says."""

import pytest

from tests.mutations import MUTATIONS, POSTGRESQL_ONLY, ROOT, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS + POSTGRESQL_ONLY, ids=lambda one: one.rule)
def test_the_text_of_a_rule_stands_there_once(mutation: Mutation) -> None:
    assert (ROOT / mutation.file).read_text().count(mutation.text) == 1
    assert mutation.broken != mutation.text
    assert all((ROOT / test).exists() for test in mutation.tests)
