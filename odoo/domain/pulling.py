"""Contacts of Odoo with a card become users with an account and that card.

A pass goes over what has changed since the last one, by number, in batches; how far it has come is
stored after each, so that it goes on there. To go over a contact twice changes nothing.
"""

import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.domain import balance
from accounts.fields import is_uid, normalise
from accounts.models import RFID, User
from odoo.domain.rpc import Client, OdooError, Reason, Values
from odoo.models import Instance, Partner, SyncRun

logger = logging.getLogger(__name__)

#: Contacts that are read at a time, and in one run.
BATCH, MOST = 100, 5000
#: What changed so long before a pass began is looked at again: Odoo commits late (s).
MARGIN_S = 600
#: Why a card is blocked that Odoo does not tell any more; one that is told again is allowed again.
GONE = "Removed in Odoo."
#: How Odoo writes times, always in UTC.
_TIME = "%Y-%m-%d %H:%M:%S"


def pull(instance: Instance, run: SyncRun, renew_claim: Callable[[], None]) -> None:
    """Go on with the pass, counting contacts in `run`. Raises OdooError."""
    client = Client(instance)
    if not instance.pull_next:
        instance.pull_next = _next_beginning(client)
        _save_place(instance)
    for _batch in range(MOST // BATCH):
        renew_claim()
        rows = _changed(client, instance)
        for row in rows:
            if _take(instance, row):
                run.done += 1
            else:
                run.failed += 1
        if len(rows) < BATCH:
            instance.pull_since, instance.pull_next, instance.pull_after = instance.pull_next, "", 0
            _save_place(instance)
            return
        instance.pull_after = int(rows[-1]["id"])
        _save_place(instance)


def _save_place(instance: Instance) -> None:
    instance.save(update_fields=["pull_since", "pull_next", "pull_after"])


def _next_beginning(client: Client) -> str:
    """Where the next pass begins: the newest change that Odoo knows now, less a margin."""
    everything = {"active_test": False}
    newest = client.search_read(
        "res.partner", [], ["write_date"], order="write_date desc", limit=1, context=everything
    )
    if not newest:
        return "1970-01-01 00:00:00"
    try:
        told = datetime.strptime(str(newest[0]["write_date"])[:19], _TIME)  # noqa: DTZ007
    except ValueError:
        text = _("Odoo tells a time that cannot be read: %(text)s")
        raise OdooError(Reason.NOT_ODOO, text % {"text": newest[0]["write_date"]}) from None
    return (told - timedelta(seconds=MARGIN_S)).strftime(_TIME)


def _changed(client: Client, instance: Instance) -> list[Values]:
    domain: list[Any] = [["id", ">", instance.pull_after]]
    if instance.pull_since:
        domain.append(["write_date", ">=", instance.pull_since])
    return client.search_read(
        "res.partner",
        domain,
        ["name", "email", "active", instance.card_field],
        order="id",
        limit=BATCH,
        context={"active_test": False},
    )


def _take(instance: Instance, row: Values) -> bool:
    """What a contact tells, made true here. Returns whether all of it could be."""
    told = _cards(row.get(instance.card_field)) if row.get("active", True) else []
    number = int(row["id"])
    with transaction.atomic():
        partner = Partner.objects.filter(instance=instance, external_id=number).first()
        if partner is None:
            if not told:
                return True
            user = _owner(instance, told) or _new_user(instance, number)
            partner = Partner(instance=instance, external_id=number, user=user)
        user = partner.user
        if user.is_staff:
            # Whoever may edit contacts in Odoo must not get hold of staff here.
            partner.problem = _("This user is staff: their cards are changed here only.")
        else:
            _describe(user, row, instance)
            partner.problem = _give(user, told, partner.cards)
            partner.cards = told
        partner.updated = timezone.now()
        partner.save()
    if partner.problem:
        logger.warning("Contact %s of %s: %s", number, instance, partner.problem)
    return not partner.problem


def _cards(text: object) -> list[str]:
    """The card numbers in a field: what stands between blanks, commas and semicolons."""
    parts = re.split(r"[\s,;]+", text) if isinstance(text, str) else []
    return list(dict.fromkeys(normalise(part) for part in parts if part))[:50]


def _owner(instance: Instance, told: list[str]) -> User | None:
    """The driver who has one of the cards already, and is no other contact."""
    cards = RFID.objects.filter(rfid__in=[uid for uid in told if is_uid(uid)])
    for card in cards.filter(user__isnull=False, user__is_staff=False).select_related("user"):
        if not Partner.objects.filter(instance=instance, user=card.user).exists():
            return card.user
    return None


def _new_user(instance: Instance, number: int) -> User:
    """A user who logs in with the card; a password can be set in the admin."""
    name = f"odoo-{instance.pk}-{number}"
    user = User.objects.filter(username=name).first()
    if user is None:
        user = User.objects.create_user(name)
    balance.open_account(user)
    return user


def _describe(user: User, row: Values, instance: Instance) -> None:
    """Name and e-mail of a user that was made for a contact; those of others stay."""
    if user.username != f"odoo-{instance.pk}-{row['id']}":
        return
    name, email = str(row.get("name") or "")[:150], str(row.get("email") or "").strip()
    try:
        validate_email(email)
    except ValidationError:
        email = ""
    if (user.first_name, user.email) != (name, email):
        user.first_name, user.email = name, email
        user.save(update_fields=["first_name", "email"])


def _give(user: User, told: list[str], before: list[str]) -> str:
    """Let a user have the cards that are told, and block those that were and are not any more.

    Returns what could not be done, "" when all could.
    """
    problems = []
    for uid in told:
        if not is_uid(uid):
            problems.append(_("%(card)s is no card number.") % {"card": uid[:30]})
            continue
        card, _made = RFID.objects.get_or_create(rfid=uid, defaults={"user": user})
        if card.user_id is None:
            card.user = user
            card.save()
        elif card.user_id != user.pk:
            problems.append(_("The card %(card)s is another user's here.") % {"card": uid})
        elif not card.allowed and card.block_reason == GONE:
            card.allowed, card.block_reason = True, ""
            card.save()
    gone = RFID.objects.filter(rfid__in=set(before) - set(told), user=user, allowed=True)
    gone.update(allowed=False, block_reason=GONE)
    return " ".join(problems)[:500]
