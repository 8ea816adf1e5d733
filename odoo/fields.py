"""A password that is sealed in the database."""

import base64
import hashlib
import logging
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django import forms
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger(__name__)


def _cipher() -> MultiFernet:
    """The first key seals; all of them open."""
    keys = (str(settings.STORED_SECRETS_KEY), *settings.STORED_SECRETS_OLD_KEYS)
    digests = (hashlib.sha256(b"stored password:" + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


class StoredPasswordField(models.TextField):
    """A password for another system: sealed in the database, clear on the instance.

    It is absent from dumps, and a form takes a new one but never shows the old. A value that no key
    opens any more reads as the empty text, which is logged.
    """

    def get_prep_value(self, value: Any) -> Any:
        """The sealed text; an empty one stays empty."""
        text = super().get_prep_value(value)
        return _cipher().encrypt(text.encode()).decode("ascii") if text else ""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        """The clear text of what the database holds."""
        if not value:
            return ""
        try:
            return _cipher().decrypt(value).decode()
        except InvalidToken:
            logger.warning("%s cannot be opened: STORED_SECRETS_KEY has changed.", self)
            return ""

    def value_to_string(self, obj: models.Model) -> str:
        """Nothing: a dump must not carry the password."""
        return ""

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
