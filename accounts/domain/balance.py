"""How much energy an account was given, has spent, and has left.

Everything is counted in whole Wh and shown in kWh, so nothing is ever rounded. The energy of
sessions that still run, and what is held for them, is known to whoever runs them: such an app
registers a source.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db.models import BigIntegerField, F, QuerySet, Sum
from django.db.models.functions import Cast, Coalesce, Round

from accounts.models import Account, Credit, User
from accounts.prepared import Prepared


class Use(NamedTuple):
    """What the sessions of an account that run have used, and what is held for them beyond that."""

    running_wh: int = 0
    held_wh: int = 0


RunningEnergy = Callable[[Collection[int]], Mapping[int, Use]]

_sources: list[RunningEnergy] = []


@dataclass(frozen=True, slots=True)
class Balance:
    """The energy of one account at one moment, in Wh and, as exact decimals, in kWh."""

    credits_wh: int = 0
    settled_wh: int = 0
    running_wh: int = 0
    held_wh: int = 0

    @property
    def spent_wh(self) -> int:
        """Energy of finished and of running sessions (Wh)."""
        return self.settled_wh + self.running_wh

    @property
    def balance_wh(self) -> int:
        """What is left (Wh); negative when more was spent than given."""
        return self.credits_wh - self.spent_wh

    @property
    def available_wh(self) -> int:
        """What is left and not held for a session (Wh)."""
        return self.balance_wh - self.held_wh

    @property
    def credits_kwh(self) -> Decimal:
        """The sum of all credits (kWh)."""
        return kwh(self.credits_wh)

    @property
    def spent_kwh(self) -> Decimal:
        """Energy of finished and of running sessions (kWh)."""
        return kwh(self.spent_wh)

    @property
    def balance_kwh(self) -> Decimal:
        """What is left (kWh); negative when more was spent than given."""
        return kwh(self.balance_wh)

    @property
    def held_kwh(self) -> Decimal:
        """What is held for running sessions, beyond what they have used (kWh)."""
        return kwh(self.held_wh)

    @property
    def available_kwh(self) -> Decimal:
        """What is left and not held for a session (kWh)."""
        return kwh(self.available_wh)


def kwh(wh: int) -> Decimal:
    """`wh` in kWh, with all three decimals: 1500 is `Decimal("1.500")`."""
    return Decimal(wh).scaleb(-3)


def register_running_energy(source: RunningEnergy) -> None:
    """Let `source` tell what running sessions use, by account id.

    `source` is given account ids and may leave out those without a running session. It is
    called for every authorisation: one small query, whatever the number of sessions.
    Registering the same function again changes nothing.
    """
    if source not in _sources:
        _sources.append(source)


def use_of(account_ids: Collection[int]) -> dict[int, Use]:
    """What the running sessions of each account use, from all sources together."""
    total = dict.fromkeys(account_ids, Use())
    for source in _sources:
        for pk, use in source(account_ids).items():
            before = total.get(pk, Use())
            total[pk] = Use(before.running_wh + use.running_wh, before.held_wh + use.held_wh)
    return total


def of(account: Account) -> Balance:
    """The balance of `account`, read now. One query, and one for each source."""
    return of_all([account])[account.pk]


def of_all(accounts: Iterable[Account]) -> dict[int, Balance]:
    """The balances of `accounts` by id, read now, in as many queries as for one account."""
    ids = [account.pk for account in accounts]
    # Running energy first: a session that ends in between is counted twice for an instant,
    # which may refuse a charge. The other way round it would not be counted, and give one away.
    running = use_of(ids)
    # Of one account it is asked with each authorisation.
    one = len(ids) == 1
    rows = _GIVEN_TO_ONE.all(*ids) if one else _given(Account.objects.filter(pk__in=ids))
    found = {pk: Balance(int(given), settled, *running[pk]) for pk, given, settled in rows}
    return {pk: found.get(pk, Balance(0, 0, *running[pk])) for pk in ids}


def _given(accounts: "QuerySet[Account]") -> "QuerySet[Account, tuple[int, int, int]]":
    """What accounts were given, and what was settled on them (Wh), after their ids."""
    # Summed as integers: SQLite adds decimals as floating point numbers.
    wh = Cast(Round(F("credits__amount_kwh") * 1000), BigIntegerField())
    given = accounts.annotate(credits_wh=Coalesce(Sum(wh), 0)).order_by()
    return given.values_list("pk", "credits_wh", "settled_wh")


_GIVEN_TO_ONE = Prepared(lambda pk: _given(Account.objects.filter(pk=pk)), 1)


def settle(account_id: int, energy_wh: int) -> None:
    """Add the energy of a finished session (Wh) to an account, safely beside other writers.

    A negative amount corrects an earlier one. Raises `Account.DoesNotExist`.
    """
    settled = F("settled_wh") + energy_wh
    if not Account.objects.filter(pk=account_id).update(settled_wh=settled):
        raise Account.DoesNotExist(f"There is no account {account_id} to settle energy on.")


def grant(account_id: int, amount_kwh: Decimal, author: User | None = None) -> Credit:
    """Give an account energy (kWh; negative: take it back). `author` is None for the node itself.

    Raises `Account.DoesNotExist`, and `ValidationError` for an amount that no credit can have.
    """
    if not Account.objects.filter(pk=account_id).exists():
        raise Account.DoesNotExist(f"There is no account {account_id} to give energy to.")
    credit = Credit(account_id=account_id, amount_kwh=amount_kwh, created_by=author)
    credit.clean_fields(exclude=["account", "created_by"])
    credit.save()
    return credit


def open_account(user: User) -> Account:
    """The account of `user`, made empty when there is none."""
    return Account.objects.get_or_create(user=user)[0]
