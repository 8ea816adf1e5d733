"""Stop a transaction from here."""

from typing import Annotated

from django.utils.translation import gettext as _

from accounts.models import User
from ocpp.choices import TransactionState
from ocpp.domain import commands
from ocpp.domain.errors import Ambiguous, Conflict, NotFound
from ocpp.models import Charger, Command, Transaction
from ocpp.operations.arguments import Number
from ocpp.operations.operation import Operation


@Operation
def remote_stop(
    charger: Charger,
    *,
    transaction_id: Annotated[int, Number()] | None = None,
    user: User | None = None,
) -> Command:
    """Ask for the end of a transaction: the charger's only active one, or the one named.

    OCPP 1.6, 5.12. The transaction ends when the charge point reports it. A number that is
    unknown here is passed on, because a charge point may still run a transaction of the system
    it belonged to before; one of another charger is not.
    """
    if transaction_id is None:
        transaction_id = _only_active(charger)
    elif Transaction.objects.filter(pk=transaction_id).exclude(charger=charger).exists():
        raise NotFound(
            _("%(charger)s has no transaction %(transaction)d.")
            % {"charger": charger.charger_id, "transaction": transaction_id}
        )
    return commands.queue(charger, "remote_stop", {"transaction_id": transaction_id}, user=user)


def _only_active(charger: Charger) -> int:
    active = charger.transactions.filter(state=TransactionState.ACTIVE).order_by("pk")
    found = list(active.values_list("pk", "connector_id"))
    if not found:
        raise Conflict(
            _("%(charger)s has no active transaction.") % {"charger": charger.charger_id}
        )
    if len(found) > 1:
        candidates = ", ".join(
            _("%(transaction)d (connector %(connector)d)")
            % {"transaction": transaction_id, "connector": connector_id}
            for transaction_id, connector_id in found
        )
        raise Ambiguous(
            _(
                "%(charger)s has %(count)d active transactions: %(candidates)s."
                " Say which with transaction_id."
            )
            % {"charger": charger.charger_id, "count": len(found), "candidates": candidates}
        )
    return int(found[0][0])
