"""Two processes need the authority at the same moment, on two connections."""

import threading

import pytest
from django.db import connection, transaction

from ocpp.domain.certificates import authority
from ocpp.models import Authority, Certificate
from ocpp.tests.committed import transactional_db

__all__ = ["transactional_db"]


@pytest.mark.usefixtures("transactional_db")
def test_one_makes_it_and_both_have_it() -> None:
    made = threading.Event()
    theirs: list[Authority] = []

    def work() -> None:
        try:
            with transaction.atomic():
                theirs.append(authority.current())
                made.set()
                threading.Event().wait(0.3)  # not committed yet
        finally:
            connection.close()

    other = threading.Thread(target=work)
    other.start()
    assert made.wait(10)
    mine = authority.current()
    other.join()
    assert theirs == [mine]
    assert Authority.objects.count() == 1
    assert Certificate.objects.count() == 1
