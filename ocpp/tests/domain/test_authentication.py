"""What admitting costs, and what is remembered of refusals."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ocpp.domain import anomalies, authentication, chargers, credentials
from ocpp.domain.oddities import Oddity, odd
from ocpp.domain.visitor import Basic, Proof, Refused, Visitor
from ocpp.models import Anomaly, Charger
from ocpp.tests.factories import NOON

KEY = "00112233445566778899aabbccddeeff00112233"


def visitor(proof: Proof = Proof()) -> Visitor:  # noqa: B008  (immutable)
    return Visitor("CP1", "/CP1", "10.0.0.1", True, proof)


def statements(proof: Proof) -> list[str]:
    """The first words of what one admission says to the database."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        chargers.admit(visitor(proof), NOON)
    return [query["sql"].split()[0] for query in queries.captured_queries]


def test_profile_0_costs_not_one_statement_more(charger: Charger) -> None:
    assert statements(Proof()) == ["SELECT", "UPDATE"]
    assert statements(Proof(tls=True)) == ["SELECT", "UPDATE"]


def test_a_key_costs_one_read(charger: Charger) -> None:
    credentials.used(credentials.keep(charger, KEY))
    Charger.objects.update(security_profile=1)
    proof = Proof(basic=Basic(f"CP1:{KEY}".encode()))
    assert statements(proof) == ["SELECT", "SELECT", "UPDATE"]


def test_an_epoch_that_another_process_has_begun_meanwhile_is_left_behind(
    charger: Charger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(*_: object) -> authentication.Shown:
        Charger.objects.update(epoch=7)
        return authentication.NOTHING

    monkeypatch.setattr(authentication, "authenticate", meanwhile)
    assert chargers.admit(visitor(), NOON).epoch == 8
    charger.refresh_from_db()
    assert (charger.epoch, charger.owner) == (8, chargers.OWNER)


def test_a_visitor_never_shows_its_key() -> None:
    shown = visitor(Proof(basic=Basic(f"CP1:{KEY}".encode())))
    assert KEY not in repr(shown)
    assert KEY not in str(shown)


def test_a_refusal_is_returned_and_kept(charger: Charger) -> None:
    Charger.objects.update(security_profile=1)
    with pytest.raises(Refused):
        chargers.admit(visitor(), NOON)
    assert not Anomaly.objects.exists()
    refusal = chargers.admit_or_tell(visitor(), NOON)
    assert isinstance(refusal, Refused)
    assert (refusal.status, refusal.code) == (401, "unauthenticated")
    assert "10.0.0.1" in Anomaly.objects.get().detail


def test_an_hour_later_it_is_kept_again(charger: Charger) -> None:
    Charger.objects.update(security_profile=1)
    for minutes in (0, 1, 59, 61, 62):
        chargers.admit_or_tell(visitor(), NOON + timedelta(minutes=minutes))
    assert Anomaly.objects.count() == 2


def test_what_is_remembered_of_rare_oddities_is_bounded(
    charger: Charger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anomalies, "MAX_RARELY", 3)
    for number in range(5):
        anomalies.record_rarely(charger.pk, odd(Oddity.BAD_HEADER), NOON, about=str(number))
    assert Anomaly.objects.count() == 3
    later = NOON + timedelta(hours=2)
    anomalies.record_rarely(charger.pk, odd(Oddity.BAD_HEADER), later, about="later")
    assert Anomaly.objects.count() == 4
    assert len(anomalies._rarely) == 1
