"""What has changed is noted once, for everybody who watches, and for nobody else."""

from collections.abc import Iterator

import pytest

from ocpp import changes


@pytest.fixture(autouse=True)
def nobody_is_left() -> Iterator[None]:
    yield
    assert not changes.wanted()


def test_nothing_is_noted_while_nobody_watches() -> None:
    changes.note(1)
    pending = changes.watch()
    assert changes.take(pending) == set()
    changes.forget(pending)


def test_each_who_watches_takes_for_itself() -> None:
    one, other = changes.watch(), changes.watch()
    for pk in (1, 2, 1):
        changes.note(pk)
    assert changes.take(one) == {1, 2}
    assert changes.take(one) == set()
    changes.forget(one)
    changes.note(3)
    assert changes.take(other) == {1, 2, 3}
    changes.forget(other)


def test_what_is_heard_of_others_is_not_told_to_others() -> None:
    here, shared = changes.watch(), changes.share()
    assert changes.share() is shared
    changes.note(1)
    changes.heard([2])
    assert (changes.take(here), changes.take(shared)) == ({1, 2}, {1})
    changes.share_no_more()
    changes.note(3)
    assert (changes.take(here), shared) == ({3}, set())
    changes.forget(here)


def test_both_kinds_are_wanted() -> None:
    assert not changes.watched()
    changes.share()
    assert (changes.wanted(), changes.watched()) == (True, False)
    changes.share_no_more()
