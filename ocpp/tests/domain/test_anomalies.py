"""What is odd is recorded beside the facts, once for each kind of oddity of a connection."""

from ocpp.choices import AnomalyKind
from ocpp.domain import anomalies
from ocpp.domain.oddities import Oddity, odd
from ocpp.domain.station import Station
from ocpp.models import Anomaly, Charger
from ocpp.tests.factories import NOON, Reporter


def note(station: Station, path: str, code: Oddity = Oddity.NULL) -> None:
    anomalies.note_once(station, odd(code, path=path))


def test_an_oddity_is_recorded_with_its_message(reporter: Reporter) -> None:
    station = reporter.station
    station.action, station.message_id = "MeterValues", "id-1"
    transaction, _ = reporter.start()
    told = odd(Oddity.OTHER_BASE, start=1000, register=7)
    reporter.report(lambda station: anomalies.note(station, told, transaction_id=transaction.pk))
    (anomaly,) = reporter.anomalies()
    assert (anomaly.kind, anomaly.code) == (AnomalyKind.METERING, "other_base")
    assert (anomaly.values, anomaly.time) == ({"start": 1000, "register": 7}, NOON)
    assert anomaly.detail == "the register went from 1000 to 7 Wh"
    assert (anomaly.action, anomaly.message_id) == ("MeterValues", "id-1")
    assert anomaly.transaction == transaction


def test_its_like_is_recorded_once_whatever_its_numbers(reporter: Reporter) -> None:
    for number in range(20):
        reporter.report(note, f"$.meterValue[{number}].value")
    assert len(reporter.anomalies()) == 1


def test_another_code_action_or_text_is_another_oddity(reporter: Reporter) -> None:
    reporter.report(note, "odd")
    reporter.report(note, "even")
    reporter.report(note, "odd", Oddity.EMPTY_LIST)
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
        reporter.report(anomalies.note, odd(Oddity.LOST))
    assert len(reporter.anomalies()) == 3


def test_texts_fit_their_columns(reporter: Reporter) -> None:
    reporter.station.action = "A" * 1000
    reporter.station.message_id = "M" * 1000
    reporter.report(anomalies.note, odd(Oddity.UNREADABLE_FRAME, why="D" * 100_000))
    (anomaly,) = reporter.anomalies()
    assert (len(anomaly.action), len(anomaly.message_id)) == (64, 64)
    assert 600 < len(anomaly.detail) < 1000


def test_texts_of_a_charge_point_can_be_stored_and_shown(reporter: Reporter) -> None:
    reporter.report(anomalies.note, odd(Oddity.UNREADABLE_FRAME, why="a\0b\u202ec\ud800\né✓"))
    (anomaly,) = reporter.anomalies()
    assert anomaly.values == {"why": "a\\x00b\\u202ec\\ud800\\né✓"}


def test_an_oddity_outside_of_a_message(charger: Charger) -> None:
    anomalies.record(charger.pk, odd(Oddity.BAD_HEADER), NOON)
    anomaly = Anomaly.objects.get()
    assert (anomaly.kind, anomaly.action, anomaly.message_id) == (AnomalyKind.SECURITY, "", "")
    assert (anomaly.code, anomaly.values) == ("bad_header", {})
