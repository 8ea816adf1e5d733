"""A text column whose content is encrypted at rest."""

import base64
import hashlib
import logging
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


def _cipher() -> MultiFernet:
    """The cipher of this node: keys derived from `SECRET_KEY`, then from its fallbacks.

    The first key encrypts; all of them decrypt, so that `SECRET_KEY` can be changed by way of
    `SECRET_KEY_FALLBACKS`.
    """
    return MultiFernet(
        [
            Fernet(
                base64.urlsafe_b64encode(hashlib.sha256(b"sealed:" + force_bytes(secret)).digest())
            )
            for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        ]
    )


class SealedTextField(_TextField):
    """A text that is encrypted in the database, clear on the instance and absent from dumps.

    Encryption is salted: the column cannot be searched. A value that no key opens any more
    reads as the empty text, and that is logged.
    """

    def get_prep_value(self, value: Any) -> Any:
        """The encrypted text; an empty one stays empty."""
        text = super().get_prep_value(value)
        return _cipher().encrypt(text.encode()).decode("ascii") if text else ""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        """The clear text of what the database holds."""
        if not value:
            return ""
        try:
            return _cipher().decrypt(value).decode()
        except InvalidToken:
            logger.warning(
                "A sealed value of %s cannot be opened: SECRET_KEY has changed. Enter it again.",
                self,
            )
            return ""

    def value_to_string(self, obj: models.Model) -> str:
        """Nothing: a dump must not carry the secret."""
        return ""
