"""`manage.py charger_key`: a key printed once."""

import pytest
from django.core.management import CommandError, call_command

from ocpp.domain import credentials
from ocpp.models import Charger


def test_a_key_is_made_and_printed(charger: Charger, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("charger_key", "cp1", "--profile", "1")
    key = capsys.readouterr().out.strip()
    assert len(bytes.fromhex(key)) == 20
    assert credentials.find(charger, key.encode()) is not None
    charger.refresh_from_db()
    assert charger.security_profile == 1


def test_keys_are_deleted(charger: Charger, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(credentials.MOST):
        call_command("charger_key", "CP1")
    with pytest.raises(CommandError, match="has 5 keys already"):
        call_command("charger_key", "CP1")
    call_command("charger_key", "CP1", "--delete")
    assert "Keys deleted: 5" in capsys.readouterr().err
    assert not charger.credentials.exists()


def test_an_unknown_charger(db: None) -> None:
    with pytest.raises(CommandError, match="NOPE"):
        call_command("charger_key", "NOPE")
