"""What the buttons of the review pages do: each calls one repair, and tells what came of it."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import asking
from accounts.models import WH_PER_KWH, Account
from ocpp.admin.commanding import asking_user
from ocpp.domain import reviews
from ocpp.domain.errors import DomainError, Invalid
from ocpp.models import OrphanStop, Repair, Transaction

Deed = Callable[[], Repair | None]

#: What the pages that ask say.
BILLED = gettext_lazy("What they delivered is taken from the accounts of those who charged.")
CLOSED = gettext_lazy(
    "They end at the last known value of their meters, also if vehicles still charge; their energy"
    " waits for a review."
)
ATTACHED = gettext_lazy(
    "The transaction ends as this stop says, and is billed so. A stop is attached once."
)


class AccountForm(forms.Form):
    """Who pays."""

    account = forms.ModelChoiceField(
        Account.objects.select_related("user"),
        label=gettext_lazy("account"),
        required=False,
        widget=AutocompleteSelect(Transaction._meta.get_field("account"), admin.site),
        help_text=gettext_lazy("Empty: nobody."),
    )


def may_repair(request: HttpRequest) -> bool:
    """Whoever may add repairs."""
    return request.user.has_perm("ocpp.add_repair")


def act(site: admin.ModelAdmin, request: HttpRequest, found: Transaction) -> None:
    """Do what a button of a transaction's page says. Raises PermissionDenied."""
    _require(request)
    author, now, reason = asking_user(request), timezone.now(), request.POST.get("reason", "")
    seen = _number(request.POST.get("seen"))
    deeds: dict[str, Deed] = {
        "accept": lambda: reviews.accept(found.pk, author, now, reason, seen=seen),
        "energy": lambda: reviews.set_energy(
            found.pk, _wh(request.POST.get("kwh", "")), author, now, reason, seen=seen
        ),
        "write_off": lambda: reviews.write_off(found.pk, author, now, reason, seen=seen),
        "close": lambda: reviews.close(found.pk, author, now, reason, seen=seen),
        "assign": lambda: reviews.assign(
            found.pk, _account(request), author, now, reason, seen=seen
        ),
        "attach": lambda: reviews.attach(
            _number(request.POST.get("orphan")) or 0, found.pk, author, now, reason, seen=seen
        ),
    }
    made = _do(request, deeds.get(request.POST.get("repair", "")))
    if made is not None:
        site.log_change(request, found, f"{made.get_kind_display()}: {made.reason}")


def act_on_orphan(request: HttpRequest, orphan: OrphanStop) -> None:
    """Do what a button of a stop without start says. Raises PermissionDenied."""
    _require(request)
    author, now, reason = asking_user(request), timezone.now(), request.POST.get("reason", "")
    deeds: dict[str, Deed] = {
        "attach": lambda: reviews.attach(
            orphan.pk, _number(request.POST.get("transaction")) or 0, author, now, reason
        ),
        "dismiss": lambda: reviews.dismiss(orphan.pk, author, now, reason),
    }
    _do(request, deeds.get(request.POST.get("repair", "")))


def question(
    request: HttpRequest, found: Transaction | OrphanStop, back: str
) -> HttpResponse | None:
    """The page between a button and a repair that asks for no reason; None once it was confirmed.

    Where a reason is typed, typing it says that the repair is meant.
    """
    _require(request)
    words = {
        "accept": (_("Accept the energy as it is and bill it"), BILLED),
        "close": (_("Close it at the last known value"), CLOSED),
        "attach": (_("Attach the stop to the transaction"), ATTACHED),
    }.get(request.POST.get("repair", ""))
    if words is None:
        return None
    given = ("repair", "seen", "orphan", "transaction")
    return asking.unless_confirmed(
        request,
        type(found)._default_manager.filter(pk=found.pk),
        action="",
        title=words[0],
        intro=words[1],
        kept={name: request.POST[name] for name in given if name in request.POST},
        back=back,
        words=which if isinstance(found, Transaction) else str,
    )


def which(row: Any) -> str:
    """Which transaction is meant, and what is at stake."""
    told = f"{row.pk}: {row.charger}, {row.energy_kwh:.3f} kWh"
    return f"{told}, {row.account}" if row.account else told


def accept_all(site: admin.ModelAdmin, request: HttpRequest, rows: list[Any]) -> None:
    """Accept the energy of each, and tell of how many; those that have not ended stay."""
    author, now = asking_user(request), timezone.now()
    done = [row for row in rows if reviews.accept(row.pk, author, now) is not None]
    for row in done:
        site.log_change(request, row, f"Energy accepted: {row.energy_wh} Wh.")
    tell(site, request, len(done), len(rows), _("The energy of {count} was accepted."))


def close_all(site: admin.ModelAdmin, request: HttpRequest, rows: list[Any]) -> None:
    """Close each that is open with its last known value, and tell of how many."""
    author, now = asking_user(request), timezone.now()
    done = [row for row in rows if reviews.close(row.pk, author, now) is not None]
    for row in done:
        site.log_change(request, row, "Closed without a stop of the charge point.")
    tell(site, request, len(done), len(rows), _("{count} closed; review their energy."))


def tell(
    site: admin.ModelAdmin, request: HttpRequest, done: int, asked: int, sentence: str
) -> None:
    """Say how many were repaired, and how many there was nothing to do about."""
    if done:
        site.message_user(request, sentence.format(count=done), messages.SUCCESS)
    if asked > done:
        nothing = _("{count} were left as they are: there was nothing to do.")
        site.message_user(request, nothing.format(count=asked - done), messages.WARNING)


def _require(request: HttpRequest) -> None:
    if not may_repair(request):
        raise PermissionDenied


def _do(request: HttpRequest, deed: Deed | None) -> Repair | None:
    if deed is None:
        messages.error(request, _("There is no such repair."))
        return None
    try:
        made = deed()
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return None
    if made is None:
        messages.warning(request, _("There was nothing to do."))
    else:
        messages.success(request, _("Done: %(repair)s.") % {"repair": made.get_kind_display()})
    return made


def _number(text: str | None) -> int | None:
    if text and text.isascii() and text.isdecimal() and len(text) < 19:
        return int(text)
    return None


def _wh(text: str) -> int:
    """Energy as a person types it in kWh, in whole Wh. Raises Invalid."""
    typed = text.strip().replace(",", ".")
    try:
        wh = Decimal(typed) * WH_PER_KWH if typed.isascii() and len(typed) < 20 else Decimal("NaN")
    except InvalidOperation:
        wh = Decimal("NaN")
    if not wh.is_finite() or wh != wh.to_integral_value():
        raise Invalid("kWh", _("must be a number with at most three decimals, such as 12.345."))
    return int(wh)


def _account(request: HttpRequest) -> Account | None:
    form = AccountForm(request.POST)
    if not form.is_valid():
        raise Invalid("account", _("there is no such account."))
    account: Account | None = form.cleaned_data["account"]
    return account
