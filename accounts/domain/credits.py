"""Granting energy to an account, or taking it back."""

from decimal import Decimal

from accounts.domain import rows
from accounts.models import Account, Credit, User


def grant(account: Account, amount_kwh: Decimal, by: User | None) -> Credit:
    """Add a credit of so many kWh (negative: taken back) to an account, with its author.

    Raises ValidationError for zero, more than three decimals, or too many digits.
    """
    return rows.save(Credit(account=account, amount_kwh=amount_kwh, created_by=by))
