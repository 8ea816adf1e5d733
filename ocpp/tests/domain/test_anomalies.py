"""What is odd is recorded beside the facts, once for each kind of oddity of a connection."""

from ocpp.choices import AnomalyKind
from ocpp.domain import anomalies
from ocpp.domain.station import Station
from ocpp.models import Anomaly, Charger
from ocpp.tests.factories import NOON, Reporter


def note(station: Station, detail: str, kind: AnomalyKind = AnomalyKind.TOLERATED) -> None:
    anomalies.note_once(station, kind, detail)


def test_an_oddity_is_recorded_with_its_message(reporter: Reporter) -> None:
    station = reporter.station
    station.action, station.message_id = "MeterValues", "id-1"
    transaction, _ = reporter.start()
    reporter.report(
        lambda station: anomalies.note(
            station, AnomalyKind.METERING, "odd", transaction_id=transaction.pk
        )
    )
    (anomaly,) = reporter.anomalies()
    assert (anomaly.kind, anomaly.detail, anomaly.time) == (AnomalyKind.METERING, "odd", NOON)
    assert (anomaly.action, anomaly.message_id) == ("MeterValues", "id-1")
    assert anomaly.transaction == transaction


def test_its_like_is_recorded_once_whatever_its_numbers(reporter: Reporter) -> None:
    for number in range(20):
        reporter.report(note, f"$.meterValue[{number}].value: {number}.5 read as {number}")
    assert len(reporter.anomalies()) == 1


def test_another_kind_action_or_text_is_another_oddity(reporter: Reporter) -> None:
    reporter.report(note, "odd")
    reporter.report(note, "even")
    reporter.report(note, "odd", AnomalyKind.CLOCK)
    reporter.station.action = "StartTransaction"
    reporter.report(note, "odd")
    assert len(reporter.anomalies()) == 4


def test_another_connection_tells_it_again(reporter: Reporter) -> None:
    reporter.report(note, "odd")
    Reporter(reporter.charger).report(note, "odd")
    assert len(reporter.anomalies()) == 2


def test_a_charger_that_invents_endlessly_is_not_followed(reporter: Reporter) -> None:
    for number in range(anomalies.MAX_NOTED + 50):
        letters = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        reporter.report(note, f"odd {letters}")
    assert len(reporter.anomalies()) == anomalies.MAX_NOTED


def test_what_counts_is_recorded_each_time(reporter: Reporter) -> None:
    for _ in range(3):
        reporter.report(anomalies.note, AnomalyKind.TRANSACTION, "a second stop")
    assert len(reporter.anomalies()) == 3


def test_texts_fit_their_columns(reporter: Reporter) -> None:
    reporter.station.action = "A" * 1000
    reporter.station.message_id = "M" * 1000
    reporter.report(anomalies.note, AnomalyKind.FRAME, "D" * 100_000)
    (anomaly,) = reporter.anomalies()
    assert (len(anomaly.action), len(anomaly.message_id), len(anomaly.detail)) == (64, 64, 4000)


def test_an_oddity_outside_of_a_message(charger: Charger) -> None:
    anomalies.record(charger.pk, AnomalyKind.SECURITY, "somebody else", NOON)
    anomaly = Anomaly.objects.get()
    assert (anomaly.kind, anomaly.action, anomaly.message_id) == (AnomalyKind.SECURITY, "", "")
