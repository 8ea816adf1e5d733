"""A text column whose content is encrypted at rest."""

import base64
import hashlib
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.utils.encoding import force_bytes

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    _TextField = models.TextField[str, str]
else:
    _TextField = models.TextField


def cipher(purpose: bytes, secrets: Iterable[str | bytes]) -> MultiFernet:
    """A cipher of keys derived from `secrets`, for one purpose only.

    The first secret seals; all of them open, so that a secret can be changed step by step.
    """
    digests = (hashlib.sha256(purpose + b":" + force_bytes(secret)).digest() for secret in secrets)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


class SealedTextField(_TextField):
    """A text that is encrypted in the database, clear on the instance and absent from dumps.

    Encryption is salted: the column cannot be searched. A value that no key opens any more
    reads as the empty text, and that is logged.
    """

    #: The setting whose change makes values unreadable.
    key_setting = "SECRET_KEY"

    def cipher(self) -> MultiFernet:
        """That of this node: from `SECRET_KEY`, then from its fallbacks."""
        return cipher(b"sealed", (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))

    def get_prep_value(self, value: Any) -> Any:
        """The encrypted text; an empty one stays empty."""
        text = super().get_prep_value(value)
        return self.cipher().encrypt(text.encode()).decode("ascii") if text else ""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        """The clear text of what the database holds."""
        if not value:
            return ""
        try:
            return self.cipher().decrypt(value).decode()
        except InvalidToken:
            logger.warning(
                "A sealed value of %s cannot be opened: %s has changed. Enter it again.",
                self,
                self.key_setting,
            )
            return ""

    def value_to_string(self, obj: models.Model) -> str:
        """Nothing: a dump must not carry the secret."""
        return ""
