"""People, their cards, their energy and their vehicles."""

from accounts.models.cards import RFID
from accounts.models.energy import WH_PER_KWH, Account, Credit, CreditIsFinal
from accounts.models.people import Address, User
from accounts.models.second_factor import RecoveryCode, SecondFactor
from accounts.models.throttles import Throttle
from accounts.models.tokens import ApiToken
from accounts.models.vehicles import Vehicle

__all__ = [
    "RFID",
    "WH_PER_KWH",
    "Account",
    "Address",
    "ApiToken",
    "Credit",
    "CreditIsFinal",
    "RecoveryCode",
    "SecondFactor",
    "Throttle",
    "User",
    "Vehicle",
]
