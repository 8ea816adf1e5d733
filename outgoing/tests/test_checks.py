from pytest_django import Settings

from outgoing.checks import check_loopback


def test_what_only_tests_set_is_refused_of_a_node(settings: Settings) -> None:
    assert check_loopback() == []
    settings.OUTGOING_LOOPBACK_FOR_TESTS = True
    assert [one.id for one in check_loopback()] == ["outgoing.E001"]
