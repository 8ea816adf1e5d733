"""From the stop of a charge point to the receipt in the driver's mailbox, over real servers."""

from decimal import Decimal

from ocpp.simulator import ChargePointSimulator, SimulatorConfig
from tests.interop import stories
from tests.support.fixtures import ServerMaker
from tests.support.mail_server import MailServer

CHARGER = "SIM-1"
#: What the schedules do twice a minute, without waiting for them.
LOOK_AND_SEND = """
from mailer.domain.sending import send_queued
from notifications.domain.looking import look
for _ in range(2):
    look()
    send_queued()
"""


async def test_a_session_ends_with_one_receipt(make_server: ServerMaker) -> None:
    mail_server = MailServer().start()
    environment = {
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(mail_server.port),
        "EMAIL_USE_TLS": "0",
        "LANGUAGE_CODE": "es",
    }
    try:
        with make_server(environment=environment) as server:
            stories.provide(server, CHARGER)
            server.shell(
                "from accounts.models import User; User.objects.update(email='ana@example.com')"
            )
            point = ChargePointSimulator(
                SimulatorConfig(
                    ws_port=server.port,
                    cp_path=f"ws/ocpp/{CHARGER}",
                    rfid=stories.CARD,
                    duration_s=600,
                    interval_s=60,
                    power_kw=22,
                    time_scale=300,
                )
            )
            await point._run_session()
            server.shell(LOOK_AND_SEND)
    finally:
        mail_server.stop()
    [(to, message)] = mail_server.delivered
    assert to == ["ana@example.com"]
    energy = f"{Decimal(point.energy_wh).scaleb(-3):f} kWh"
    assert message["Subject"] == f"Su recibo: {energy} en {CHARGER}"
    text = next(part for part in message.walk() if part.get_content_type() == "text/plain")
    told = text.get_payload(decode=True)
    assert isinstance(told, bytes)
    assert f"Energía: {energy}" in told.decode()
    assert message["List-Unsubscribe"] is not None
