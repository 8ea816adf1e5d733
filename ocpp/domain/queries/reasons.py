"""Why a start was refused, in the language of the reader.

It is stored in the source language, as a sentence with its values in it. Each of these sentences is
known here by its form, so that it can be told in another language; what has another form is told as
it was stored.
"""

import re
from functools import cache

from django.utils.translation import gettext, gettext_noop

#: What `ocpp.domain` stores; `{}` are values.
OURS = (
    gettext_noop("The charge point is not accepted."),
    gettext_noop("Outside of the allowed hours of {words}."),
    gettext_noop("The card is charging already: {count} at a time, and {most} allowed."),
    gettext_noop("All that is left is held for other sessions."),
)
#: What `accounts.domain.authorization` says, where the words are marked for translation.
OF_ACCOUNTS = (
    "There is no account.",
    "The card is not known.",
    "The card is not allowed.",
    "The card is not allowed: {why}",
    "The card belongs to nobody.",
    "The user of the card has no account.",
    "The user is deactivated.",
    "No credit yet.",
    "Outside of the allowed hours of the account: {hours}.",
    "All that is left is held: {kwh} kWh.",
    "No credit left: {kwh} kWh.",
    "The card expired on {until}.",
)


def told(stored: str) -> str:
    """A stored reason in the language of the reader."""
    for source in (*OURS, *OF_ACCOUNTS):
        found = _form(source).fullmatch(stored)
        if found is not None:
            return gettext(source).format(**found.groupdict())
    return stored


@cache
def _form(source: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", source)
    values = [f"(?P<{name}>.+)" for name in parts[1::2]]
    texts = [re.escape(text) for text in parts[::2]]
    return re.compile("".join(a + b for a, b in zip(texts, [*values, ""], strict=True)))
