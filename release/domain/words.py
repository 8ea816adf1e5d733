"""Texts in the reader's language, also where Django has no settings: there they stay English."""

import os

from django.conf import ENVIRONMENT_VARIABLE, settings
from django.utils import translation


def gettext(text: str) -> str:
    """The text in the active language, if Django can know one."""
    if settings.configured or os.environ.get(ENVIRONMENT_VARIABLE):
        return translation.gettext(text)
    return text
