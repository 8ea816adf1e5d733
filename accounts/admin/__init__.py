"""The admin of people, cards, energy and tokens."""

from django.contrib import admin

from accounts.admin.cards import RFIDAdmin
from accounts.admin.energy import AccountAdmin, CreditAdmin
from accounts.admin.people import AddressAdmin, UserAdmin
from accounts.admin.throttles import ThrottleAdmin
from accounts.admin.tokens import ApiTokenAdmin
from accounts.admin.vehicles import VehicleAdmin
from accounts.forms import AdminLoginForm

__all__ = [
    "AccountAdmin",
    "AddressAdmin",
    "ApiTokenAdmin",
    "CreditAdmin",
    "RFIDAdmin",
    "ThrottleAdmin",
    "UserAdmin",
    "VehicleAdmin",
]

admin.site.login_form = AdminLoginForm
