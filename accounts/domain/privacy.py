"""A person's data: handed out, and erased.

Each app registers what it knows of a person. Energy and money stay, on an account whose person has
no name any more: what was paid and what chargers have delivered must go on adding up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import RFID, Account, Address, ApiToken, SecondFactor, User, Vehicle
from audit import domain as audit
from audit.models import Record

#: Records of the audit that are handed out at most, the newest first.
MOST_RECORDS: Final = 1000


class CannotErase(Exception):
    """A person's data is still needed; the message is a translated sentence that says for what."""


@dataclass(frozen=True, slots=True)
class Part:
    """What an app knows of people."""

    name: str
    #: What it knows of a user, as JSON can hold it.
    export: Callable[[User], object]
    #: Why a user cannot be erased now: a translated sentence, or "".
    refusal: Callable[[User], str]
    #: Takes the user out of its rows. Cards and vehicles are there still.
    erase: Callable[[User], None]


_parts: dict[str, Part] = {}


def register(part: Part) -> None:
    """Let an app take part, when it is ready. The same name replaces the one before."""
    _parts[part.name] = part


def erased_name(user: User) -> str:
    """What stands for the name of a user whose data is erased."""
    return f"erased-{user.pk}"


def is_erased(user: User) -> bool:
    """Whether this user's data has been erased."""
    return user.get_username() == erased_name(user)


def export(user: User) -> dict[str, object]:
    """All that the node knows of a user, as JSON can hold it; that it was taken is recorded."""
    with transaction.atomic():
        told: dict[str, object] = {"exported": _text(timezone.now()), "person": _person(user)}
        for name, part in sorted(_parts.items()):
            told[name] = part.export(user)
        audit.record("person.exported", user)
    return told


def erase(user: User) -> None:
    """Take a person out of the node for good; energy and money stay, without a name.

    Raises CannotErase for staff, and while something still runs.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        # From here on no session can begin on the account.
        User.objects.filter(pk=user.pk).update(is_active=False)
        if reason := refusal(user):
            raise CannotErase(reason)
        for part in _parts.values():
            part.erase(user)
        _forget_in_the_log_of_the_admin(user)
        _remove_what_was_theirs(user)
        _remove_name(user)
        audit.record("person.erased", user)


def refusal(user: User) -> str:
    """Why a user cannot be erased now; "" when they can."""
    if user.is_staff or user.is_superuser:
        return _("%(user)s is staff: take the role away first.") % {"user": user}
    return next((text for part in _parts.values() if (text := part.refusal(user))), "")


# --- what accounts know ----------------------------------------------------------------------


def _person(user: User) -> dict[str, object]:
    account = Account.objects.filter(user=user).first()
    records = Record.objects.filter(user_pk=user.pk)[:MOST_RECORDS]
    return {
        "number": user.pk,
        "username": user.get_username(),
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "phone_number": user.phone_number,
        "address": str(user.address) if user.address else None,
        "has_charger": user.has_charger,
        "joined": _text(user.date_joined),
        "last_login": _text(user.last_login),
        "second_factor_since": _text(user.second_factor_since),
        "groups": sorted(user.groups.values_list("name", flat=True)),
        "account": None if account is None else _account(account),
        "cards": [
            {"rfid": card.rfid, "allowed": card.allowed, "created": _text(card.created)}
            for card in RFID.objects.filter(user=user)
        ],
        "api_tokens": [
            {"name": token.name, "prefix": token.prefix, "created": _text(token.created)}
            for token in ApiToken.objects.filter(user=user)
        ],
        "audit": [
            {"when": _text(row.created), "deed": row.deed, "from": row.origin} for row in records
        ],
    }


def _account(account: Account) -> dict[str, object]:
    return {
        "number": account.pk,
        "balance_kwh": str(account.balance_kwh),
        "credits": [
            {"when": _text(credit.created_on), "amount_kwh": str(credit.amount_kwh)}
            for credit in account.credits.all()
        ],
        "vehicles": [
            {"brand": vehicle.brand, "model": vehicle.model, "VIN": vehicle.VIN}
            for vehicle in account.vehicles.all()
        ],
    }


def _text(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def _forget_in_the_log_of_the_admin(user: User) -> None:
    """The admin's own history names what it was about."""
    name = erased_name(user)
    theirs: list[QuerySet[Any]] = [
        User.objects.filter(pk=user.pk),
        Account.objects.filter(user=user),
        RFID.objects.filter(user=user),
        Vehicle.objects.filter(account__user=user),
        ApiToken.objects.filter(user=user),
    ]
    for rows in theirs:
        keys = [str(pk) for pk in rows.values_list("pk", flat=True)]
        kind = ContentType.objects.get_for_model(rows.model)
        entries = LogEntry.objects.filter(content_type=kind, object_id__in=keys)
        entries.update(object_repr=name, change_message="")


def _remove_what_was_theirs(user: User) -> None:
    RFID.objects.filter(user=user).delete()
    Vehicle.objects.filter(account__user=user).delete()
    ApiToken.objects.filter(user=user).delete()
    SecondFactor.objects.filter(user=user).delete()
    address: Address | None = user.address
    if address is not None:
        User.objects.filter(pk=user.pk).update(address=None, has_charger=False)
        if not User.objects.filter(address=address).exists():
            address.delete()


def _remove_name(user: User) -> None:
    """A row without a person: nobody can log in as it, and every session of it has ended."""
    user.username = erased_name(user)
    for field in ("first_name", "last_name", "email", "phone_number"):
        setattr(user, field, "")
    user.address, user.has_charger = None, False
    user.is_active = False
    user.last_login = user.second_factor_since = None
    user.set_unusable_password()
    user.save()
    user.groups.clear()
    user.user_permissions.clear()
