"""A password that is sealed in the database."""

from typing import Any

from cryptography.fernet import MultiFernet
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.sealed import SealedTextField, cipher


class StoredPasswordField(SealedTextField):
    """A password for another system: sealed in the database, clear on the instance.

    It is absent from dumps, and a form takes a new one but never shows the old. A value that no key
    opens any more reads as the empty text, which is logged.
    """

    key_setting = "STORED_SECRETS_KEY"

    def cipher(self) -> MultiFernet:
        """That of passwords for other systems, which outlive a change of `SECRET_KEY`."""
        keys = (str(settings.STORED_SECRETS_KEY), *settings.STORED_SECRETS_OLD_KEYS)
        return cipher(b"stored password", keys)

    def formfield(self, **kwargs: Any) -> Any:
        """A field that is empty at first, and where empty means unchanged."""
        return _NewPasswordField(label=self.verbose_name, help_text=_("Empty: stays as it is."))


class _NewPasswordField(forms.CharField):
    """Takes a new password."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
        super().__init__(required=False, strip=False, widget=widget, **kwargs)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether one was typed."""
        return bool(data)
