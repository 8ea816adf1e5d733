"""What a webhook may be."""

import secrets
from collections.abc import Iterable

from django.utils.translation import gettext as _

import outgoing.domain as outgoing
from events.models import EventType, Webhook

#: The shortest secret that is taken (characters).
SHORTEST_SECRET = 16


class BadWebhook(ValueError):
    """A webhook cannot be stored so; `field` says which value, the text what would do."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def new_secret() -> str:
    """A random secret."""
    return secrets.token_urlsafe(32)


def check_url(url: str) -> None:
    """Raise BadWebhook for an address that would not be reached by our own rules.

    A name that is not known now may be known later.
    """
    try:
        outgoing.resolve(url)
    except outgoing.Refused as error:
        raise BadWebhook("url", str(error)) from None
    except outgoing.Unreachable:
        return


def check_types(types: Iterable[object]) -> list[str]:
    """The types, each once. Raises BadWebhook for one that there is not."""
    found = []
    for one in types:
        if one not in EventType.values:
            text = _("%(type)s is no type of event. There are: %(types)s.")
            known = ", ".join(EventType.values)
            raise BadWebhook("types", text % {"type": ascii(one)[:60], "types": known})
        found.append(str(one))
    return sorted(set(found))


def check_secret(secret: str) -> None:
    """Raise BadWebhook for a secret that is too short."""
    if len(secret) < SHORTEST_SECRET:
        text = _("The secret has to have at least %(least)d characters.")
        raise BadWebhook("secret", text % {"least": SHORTEST_SECRET})


def switch_on(webhook: Webhook) -> None:
    """Whatever made it stop is forgotten; not saved."""
    webhook.active, webhook.failing_since, webhook.stopped_reason = True, None, ""
