"""What REST answers about people, field by field. Energy is in kWh, as text so that it is exact."""

from datetime import datetime
from decimal import Decimal

from ninja import Schema
from pydantic import Field


class CardOut(Schema):
    """A card. `user` is a user name, null for nobody's card."""

    id: int
    rfid: str = Field(description="Its number; for drivers only the last four digits.")
    user: str | None
    allowed: bool
    block_reason: str
    group: str = Field(description="Cards of one group may end each other's charging.")
    expires: datetime | None
    max_concurrent: int | None
    max_session_kwh: Decimal | None
    max_session_minutes: int | None
    created: datetime


class AccountOut(Schema):
    """An account now, whether it may charge, and why (not)."""

    id: int
    user: str
    service_account: bool
    can_authorize: bool
    reason: str
    balance_kwh: Decimal
    held_kwh: Decimal
    available_kwh: Decimal
    credits_kwh: Decimal
    spent_kwh: Decimal
    max_session_kwh: Decimal | None
    max_session_minutes: int | None
    allowed_hours: str
    created: datetime


class CreditOut(Schema):
    """Energy granted to an account, or taken back. Never changed."""

    id: int
    account_id: int
    user: str = Field(alias="account.user.username")
    amount_kwh: Decimal
    created_by: str | None
    created_on: datetime

    @staticmethod
    def resolve_created_by(credit: object) -> str | None:
        """The name of who entered it."""
        author = getattr(credit, "created_by", None)
        return author.username if author is not None else None


class VehicleOut(Schema):
    """A vehicle of an account."""

    id: int
    account_id: int
    user: str = Field(alias="account.user.username")
    brand: str
    model: str
    VIN: str


class TokenOut(Schema):
    """An API token of one's own, without its secret. `valid`: it opens doors now."""

    id: int
    name: str
    scope: str = Field(description="`read`, or `full`.")
    prefix: str
    valid: bool
    created: datetime
    expires: datetime | None
    last_used: datetime | None
    revoked: datetime | None


class NewTokenOut(TokenOut):
    """A token just made. `token` is shown this once."""

    token: str


class MeOut(Schema):
    """Who asks, as the node knows them."""

    id: int
    username: str
    first_name: str
    last_name: str
    is_staff: bool
    permissions: list[str] = Field(description="By name; empty for a driver.")
    account: AccountOut | None
