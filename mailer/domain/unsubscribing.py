"""Who wants no more e-mails of a topic, and the signed link by which they say so."""

from django.core import signing
from django.dispatch import Signal
from django.urls import reverse

from mailer.domain.links import site_url
from mailer.models import Unsubscription

_SALT = "mailer.unsubscribe"

#: Somebody wants no more of a topic; `address`, in small letters, and `topic`.
unsubscribed = Signal()


def link(address: str, topic: str) -> str:
    """The absolute address at which `address` can be unsubscribed from `topic`, by nobody else."""
    token = signing.dumps([address.lower(), topic], salt=_SALT)
    return site_url() + reverse("mailer:unsubscribe", args=[token])


def read(token: str) -> tuple[str, str] | None:
    """The address and the topic of a link; None for one that is not ours."""
    try:
        address, topic = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return str(address), str(topic)


def unsubscribe(address: str, topic: str) -> None:
    """Send `address` nothing of `topic` any more. Again, it changes nothing."""
    Unsubscription.objects.get_or_create(address=address.lower(), topic=topic)
    unsubscribed.send(Unsubscription, address=address.lower(), topic=topic)


def resubscribe(address: str, topic: str) -> None:
    """Send it again."""
    Unsubscription.objects.filter(address=address.lower(), topic=topic).delete()


def is_unsubscribed(address: str, topic: str) -> bool:
    """Whether `address` wants nothing of `topic`."""
    return Unsubscription.objects.filter(address=address.lower(), topic=topic).exists()
