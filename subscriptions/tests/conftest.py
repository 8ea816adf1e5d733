"""A driver, a product, and a moment to begin at."""

from datetime import UTC, datetime
from decimal import Decimal

import hypothesis
import pytest

from accounts.domain import balance
from accounts.models import Account, User
from subscriptions.models import Product

# How long an example takes says more about the other work of the machine than about the code.
hypothesis.settings.register_profile("subscriptions", deadline=None)
hypothesis.settings.load_profile("subscriptions")

START = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


@pytest.fixture
def driver(db: None) -> User:
    """A user without any rights."""
    return User.objects.create_user("ana")


@pytest.fixture
def account(driver: User) -> Account:
    """The driver's account, still empty."""
    return balance.open_account(driver)


@pytest.fixture
def product(db: None) -> Product:
    """Ten days with 20 kWh each."""
    return Product.objects.create(
        name="Monthly", price=Decimal("199.50"), renewal_period=10, credit_kwh=Decimal("20.5")
    )
