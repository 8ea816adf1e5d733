"""Forms that the admin does not make by itself."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import municipalities
from accounts.backends import retry_after
from accounts.models import Address


class AdminLoginForm(AdminAuthenticationForm):
    """The login form of the admin, which says when a limit has been reached."""

    def get_invalid_login_error(self) -> ValidationError:
        wait_s = retry_after(self.request)
        if not wait_s:
            return super().get_invalid_login_error()
        minutes = -(-wait_s // 60)
        return ValidationError(
            ngettext(
                "Too many failed logins. Try again in %(minutes)d minute.",
                "Too many failed logins. Try again in %(minutes)d minutes.",
                minutes,
            ),
            code="too_many_attempts",
            params={"minutes": minutes},
        )


class AddressForm(forms.ModelForm):
    """An address; its municipality is chosen from a list grouped by state."""

    class Meta:
        model = Address
        fields = ["street", "number", "state", "municipality", "postal_code"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Four names exist in both states, and a browser is shown the first as selected: the
        # state that is chosen now comes first.
        chosen = self["state"].value()
        states = sorted(Address.State, key=lambda state: state != chosen)
        groups = [
            (state.label, [(name, name) for name in municipalities.BY_STATE[state]])
            for state in states
        ]
        self.fields["municipality"] = forms.ChoiceField(
            label=_("municipality"), choices=[("", "---------"), *groups]
        )
