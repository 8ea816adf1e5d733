"""Forms that the admin does not make by itself."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import municipalities
from accounts.backends import retry_after
from accounts.fields import normalise, validate_uid
from accounts.models import Address, User, Vehicle


class AdminLoginForm(AdminAuthenticationForm):
    """The login form of the admin, which says when a limit has been reached."""

    def get_invalid_login_error(self) -> ValidationError:
        wait_s = retry_after(self.request)
        if not wait_s:
            return super().get_invalid_login_error()
        return too_many(wait_s)


def too_many(wait_s: int) -> ValidationError:
    """What is said where a limit on logins is reached, `wait_s` seconds before the next attempt."""
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


class _Dressed:
    """Fields that look as those of the site's other forms do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # type: ignore[attr-defined]
            chosen = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if chosen else "form-control"


class CardLoginForm(_Dressed, forms.Form):
    """The number of a card."""

    rfid = forms.CharField(
        label=_("Number of the card"),
        max_length=40,
        help_text=_("8, 14 or 20 hexadecimal digits, as printed on the card."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def clean_rfid(self) -> str:
        """The number as it is stored. Raises `ValidationError` for what is no card's."""
        uid = normalise(self.cleaned_data["rfid"])
        validate_uid(uid)
        return uid


class ContactForm(_Dressed, forms.ModelForm):
    """What a user may change of their own contact data, beside the address."""

    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "phone_number"]


class OwnAddressForm(_Dressed, AddressForm):
    """An address that may be left out: then no field has anything."""

    # The page tells by itself what is missing: all of it may be.
    use_required_attribute = False

    def is_left_out(self) -> bool:
        """Whether nothing was written into any field."""
        return not any(str(self[name].value() or "").strip() for name in self.fields)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [("", "---------"), *Address.State.choices]  # type: ignore[attr-defined]


class VehicleForm(_Dressed, forms.ModelForm):
    """A vehicle of one's own."""

    class Meta:
        model = Vehicle
        fields = ["brand", "model", "VIN"]
        error_messages = {
            "VIN": {
                "unique": _(
                    "A vehicle with this VIN is registered already. If it is yours, tell the"
                    " operator."
                )
            }
        }
        help_texts = {"VIN": _("17 letters and digits, as in the vehicle's papers.")}


class OwnPasswordForm(_Dressed, PasswordChangeForm):
    """The old password and a new one, twice."""


class CodeForm(_Dressed, forms.Form):
    """A code of the second factor."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("Six digits, as your authenticator shows them now."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
                "aria-describedby": "id_code_helptext",
            }
        ),
    )


class ProofForm(_Dressed, forms.Form):
    """The password once more."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
