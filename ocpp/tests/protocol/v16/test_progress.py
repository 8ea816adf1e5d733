"""Statuses of logs and signed firmware stand with the command that asked for them."""

from typing import Any

import pytest

from ocpp.models import Charger, Command
from ocpp.protocol.v16.handlers.security import (
    log_status_notification,
    signed_firmware_status_notification,
)
from ocpp.protocol.v16.messages.security import (
    LogStatusNotification,
    SignedFirmwareStatusNotification,
)
from ocpp.tests.factories import NOON, Reporter

CASES = [
    ("get_log", log_status_notification, LogStatusNotification, "Uploading", "log_status"),
    (
        "signed_update_firmware",
        signed_firmware_status_notification,
        SignedFirmwareStatusNotification,
        "InvalidSignature",
        "firmware_status",
    ),
]


@pytest.mark.parametrize(("action", "handler", "message", "status", "column"), CASES)
def test_it_stands_with_its_command(
    reporter: Reporter, action: str, handler: Any, message: Any, status: str, column: str
) -> None:
    other = Charger.objects.create(charger_id="CP2")

    def command(charger: Charger, action: str) -> Command:
        return Command.objects.create(charger=charger, action=action, expires=NOON)

    mine, foreign = command(reporter.charger, action), command(other, action)
    unrelated = command(reporter.charger, "reset")
    for number in (mine.pk, foreign.pk, unrelated.pk, 10**18 - 1, -1, None):
        reporter.report(handler, message(status, number))
    told = dict(Command.objects.values_list("pk", "progress"))
    assert told == {mine.pk: status, foreign.pk: "", unrelated.pk: ""}
    assert getattr(Charger.objects.get(pk=reporter.charger.pk), column) == status
