"""An Odoo that may be reached, our account there, and sessions that have a cost."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.domain import balance
from accounts.models import Account, User
from ocpp.choices import TransactionState
from ocpp.models import Charger, SessionCost, Tariff, TariffVersion, Transaction
from odoo.models import Instance
from odoo.tests.server import Odoo
from outgoing.models import AllowedNetwork

#: The end of every session here, in March.
STOP = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)

MakeSession = Callable[..., Transaction]


@pytest.fixture(autouse=True)
def key(settings: Settings) -> None:
    """No test writes a key into the folder of this node."""
    settings.STORED_SECRETS_KEY = "a key of the tests"


@pytest.fixture
def server() -> Iterator[Odoo]:
    """A running Odoo with the product of charging."""
    odoo = Odoo()
    odoo.add("product.product", default_code="EV-CHARGING", name="Charging")
    yield odoo
    odoo.http.stop()


@pytest.fixture
def instance(db: None, server: Odoo, settings: Settings) -> Instance:
    """Our row of it; loopback is allowed."""
    settings.OUTGOING_LOOPBACK_FOR_TESTS = True
    AllowedNetwork.objects.create(cidr="127.0.0.1/32")
    return Instance.objects.create(
        name="Main",
        url=server.url,
        database="prod",
        user="api@example.com",
        password="s3cr3t-pass",
        push_sessions=True,
        push_since=STOP - timedelta(days=30),
        pull_partners=True,
        reference="EV1",
    )


@pytest.fixture
def driver(db: None) -> Account:
    """A driver with an account."""
    return balance.open_account(User.objects.create_user("ana"))


@pytest.fixture
def make_session(db: None) -> MakeSession:
    """Makes sessions that have ended, each with its cost."""
    charger = Charger.objects.create(charger_id="CP1", name="North")
    tariff = Tariff.objects.create(name="T")
    version = TariffVersion.objects.create(tariff=tariff, valid_from=STOP - timedelta(days=900))

    def make(
        account: Account, net: str = "123.45", stop: datetime = STOP, currency: str = "MXN"
    ) -> Transaction:
        number = Transaction.objects.count()
        made = Transaction.objects.create(
            charger=charger,
            connector_id=1,
            state=TransactionState.COMPLETED,
            id_tag="CAFE0001",
            account=account,
            meter_start=number,
            energy_wh=12_345,
            start_time=stop - timedelta(hours=1),
            stop_time=stop,
            start_raw=str(number),
            start_received=stop,
        )
        SessionCost.objects.create(
            transaction=made,
            version=version,
            currency=currency,
            net=Decimal(net),
            tax_percent=Decimal(16),
            tax=Decimal("19.75"),
            total=Decimal(net) + Decimal("19.75"),
            computed=timezone.now(),
        )
        return made

    return make
