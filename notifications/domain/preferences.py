"""What a person may be told, wants to be told, and in which language."""

from collections.abc import Collection, Iterable

from django.conf import settings
from django.db import transaction

from accounts.models import User
from mailer.domain import templates, unsubscribing
from notifications.models import Event, Preferences

#: What each event of chargers needs: only staff with it are told.
NEEDS = {
    Event.CHARGER_OFFLINE: "ocpp.view_charger",
    Event.CHARGER_FAULT: "ocpp.view_charger",
    Event.SECURITY_EVENT: "ocpp.view_securityevent",
    Event.REVIEW_NEEDED: "ocpp.view_transaction",
}
#: Topics of the mailer that are ours begin so.
PREFIX = "notifications."


def topic(event: str) -> str:
    """What the mailer calls an event."""
    return PREFIX + event


def offered(user: User) -> list[Event]:
    """The events that a user may be told of."""
    return [event for event in Event if _may(user, event)]


def _may(user: User, event: Event) -> bool:
    needed = NEEDS.get(event)
    return needed is None or (user.is_active and user.is_staff and user.has_perm(needed))


def of(user: User) -> Preferences:
    """The preferences of a user; not saved where there are none yet."""
    return Preferences.objects.filter(user=user).first() or Preferences(user=user)


def language_of(user: User) -> str:
    """In which language a user is told."""
    return templates.language_of(of(user).language or settings.LANGUAGE_CODE)


def wants(user: User, event: Event) -> bool:
    """Whether to tell a user: they may know, want to, are active and have an address."""
    if not (user.is_active and user.email) or event.value in of(user).unwanted:
        return False
    return _may(user, event)


def staff_who_want(event: Event) -> list[User]:
    """The members of staff to tell of an event of chargers."""
    staff = User.objects.filter(is_active=True, is_staff=True).exclude(email="")
    return [user for user in staff.order_by("pk") if wants(user, event)]


def choose(user: User, wanted: Collection[str], language: str) -> None:
    """A user wants to be told of `wanted` of what they are offered, in `language`.

    What they unsubscribed from in an e-mail and want again is sent again.
    """
    seen = {event.value for event in offered(user)}
    with transaction.atomic():
        found, _made = Preferences.objects.select_for_update().get_or_create(user=user)
        hidden = set(found.unwanted) - seen
        found.unwanted = sorted(hidden | (seen - set(wanted)))
        found.language = language
        found.save()
        for event in seen & set(wanted):
            if user.email:
                unsubscribing.resubscribe(user.email, topic(event))


def stop(address: str, events: Iterable[str]) -> None:
    """Whoever has that address wants to be told of these no more."""
    for user in User.objects.filter(email__iexact=address):
        with transaction.atomic():
            found, _made = Preferences.objects.select_for_update().get_or_create(user=user)
            found.unwanted = sorted({*found.unwanted, *events})
            found.save(update_fields=["unwanted"])
