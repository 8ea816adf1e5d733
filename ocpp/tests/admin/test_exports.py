"""Files of what a list shows."""

import csv
from io import BytesIO, StringIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from ocpp.models import Charger, Transaction
from ocpp.tests.admin.conftest import clerk, make_charger

CSV, XLSX = "0", "1"


def export(client: Client, model: str, query: str = "", format: str = CSV) -> bytes:
    path = f"/admin/ocpp/{model}/export/{query}"
    answer = client.post(path, {"format": format})
    assert answer.status_code == 200, answer
    return answer.content


def rows(client: Client, model: str, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(export(client, model, query).decode("utf-8-sig"))))


def test_sessions_have_whose_they_are_and_plain_numbers(viewer: Client) -> None:
    make_charger(1)
    (row,) = rows(viewer, "transaction")
    assert (row["charger"], row["account"], row["energy_wh"]) == ("CP1", "driver1", "1500")
    assert (row["start_time"], row["stop_time"]) == ("2026-03-01T12:00:00Z", "")
    assert row["needs_review"] == "0"


def test_the_list_is_exported_as_it_is_filtered(viewer: Client) -> None:
    make_charger(1, owner="host/1/word")
    make_charger(2)
    assert [row["charger_id"] for row in rows(viewer, "charger", "?connected=1")] == ["CP1"]
    assert len(rows(viewer, "charger")) == 2


def test_no_cell_is_a_formula(viewer: Client) -> None:
    make_charger(1)
    Transaction.objects.update(id_tag="=1+1")
    Charger.objects.update(vendor="@x", model="-y")
    assert rows(viewer, "transaction")[0]["id_tag"] == "'=1+1"
    row = rows(viewer, "charger")[0]
    assert (row["vendor"], row["model"]) == ("'@x", "'-y")
    book = load_workbook(BytesIO(export(viewer, "transaction", format=XLSX)))
    assert "=1+1" not in [cell.value for line in book.active.iter_rows() for cell in line]


def test_too_many_rows_are_refused_with_a_word(
    viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.exports.MOST", 1)
    make_charger(1)
    make_charger(2)
    assert "choose fewer" in export(viewer, "charger").decode()


def test_who_may_not_look_may_not_export(db: None) -> None:
    make_charger(1)
    client = clerk("view_charger")
    assert client.get("/admin/ocpp/charger/export/").status_code == 200
    assert client.get("/admin/ocpp/transaction/export/").status_code == 403
