"""Finished sessions become lines of sale orders, each exactly once.

Before a line or an order is made it is searched for by its reference, which this node chooses: what
was made and never noted, because the process ended or the answer was lost, is found so. A line
begins with `<reference>-S<transaction>:`; an order's customer reference is
`<reference>-<month>-P<customer>/<n>`.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from ocpp.models import Transaction
from odoo.domain.rpc import Client, OdooError, Reason, Values
from odoo.models import Instance, Partner, PushedSession, SyncRun

logger = logging.getLogger(__name__)

#: Sessions of one run, at most; the next one goes on.
MOST = 500
#: After so many failures in a row it is not about one session.
MOST_FAILURES = 5
#: Pauses before one that failed is tried again (minutes).
PAUSES_MIN = (5, 30, 120, 720, 1440)
#: States of an order (sale.order) in which it takes another line.
OPEN = ("draft", "sent")


def waiting(instance: Instance, now: datetime) -> QuerySet[Transaction]:
    """The sessions that are to be sent, or to be corrected because their cost has changed."""
    fit = Transaction.objects.filter(
        stop_time__gte=instance.push_since,
        needs_review=False,
        written_off=False,
        cost__isnull=False,
        account__isnull=False,
    )
    if instance.default_partner is None:
        users = Partner.objects.filter(instance=instance).values("user")
        fit = fit.filter(account__user__in=users)
    noted = PushedSession.objects.filter(instance=instance, transaction=OuterRef("pk"))
    as_it_is = noted.filter(sent__isnull=False, net=OuterRef("cost__net"))
    resting = noted.filter(next_try__gt=now)
    fit = fit.filter(~Exists(as_it_is) & ~Exists(resting))
    return fit.select_related("cost", "charger", "account__user").order_by("pk")


def push(instance: Instance, run: SyncRun, renew_claim: Callable[[], None]) -> None:
    """Send what is waiting, counting it in `run`. Raises OdooError when Odoo cannot be used.

    What Odoo refuses of one session is noted with it, and tried again later.
    """
    client = Client(instance)
    sender: _Sender | None = None
    in_a_row = 0
    for session in list(waiting(instance, timezone.now())[:MOST]):
        renew_claim()
        sender = sender or _Sender(client, instance)
        try:
            sender.send(session)
        except OdooError as error:
            if error.reason.of_the_connection:
                raise
            in_a_row += 1
            _note_failure(instance, session, str(error))
            run.failed += 1
            if in_a_row >= MOST_FAILURES:
                raise
        else:
            in_a_row = 0
            run.done += 1


def _note_failure(instance: Instance, session: Transaction, why: str) -> None:
    row, _made = PushedSession.objects.get_or_create(instance=instance, transaction=session)
    pause = timedelta(minutes=PAUSES_MIN[min(row.tries, len(PAUSES_MIN) - 1)])
    PushedSession.objects.filter(pk=row.pk).update(
        problem=why[:500], tries=F("tries") + 1, next_try=timezone.now() + pause
    )
    logger.warning("Session %s was not sent to %s: %s", session.pk, instance, why)


class _Sender:
    """Sends sessions to one instance."""

    def __init__(self, client: Client, instance: Instance) -> None:
        self._client = client
        self._instance = instance
        self._product = self._find_product()
        self._partners = dict(
            Partner.objects.filter(instance=instance).values_list("user_id", "external_id")
        )

    def _find_product(self) -> int:
        """Odoo's number of the product. Raises OdooError, of the connection: nothing goes on."""
        code = self._instance.product
        found = self._client.search_read(
            "product.product", [["default_code", "=", code]], ["id"], limit=1
        )
        if not found:
            text = _("Odoo has no product with the internal reference %(code)s: make one there.")
            raise OdooError(Reason.NO_PRODUCT, text % {"code": code})
        return int(found[0]["id"])

    def send(self, session: Transaction) -> None:
        """Send one session, or correct its amount, and note it. Raises OdooError."""
        line = self._line_of(session)
        net = session.cost.net
        if line is None:
            order = self._order_for(session)
            values = {
                "order_id": order,
                "product_id": self._product,
                "name": self._title(session),
                "product_uom_qty": 1,
                # XML-RPC knows no decimals; with two places nothing is lost.
                "price_unit": float(net),
            }
            number = self._client.create("sale.order.line", values)
        else:
            number, order = int(line["id"]), int(line["order_id"][0])
            if _amount(line["price_unit"]) != net:
                self._client.write("sale.order.line", number, {"price_unit": float(net)})
        noted = {"order_id": order, "line_id": number, "net": net, "sent": timezone.now()}
        PushedSession.objects.update_or_create(
            instance=self._instance,
            transaction=session,
            defaults=noted | {"problem": "", "tries": 0, "next_try": None},
        )

    def _line_of(self, session: Transaction) -> Values | None:
        found = self._client.search_read(
            "sale.order.line",
            [["name", "=like", f"{self._key(session)}:%"]],
            ["order_id", "price_unit"],
            limit=1,
            order="id",
        )
        return found[0] if found else None

    def _order_for(self, session: Transaction) -> int:
        """The open order of the customer and the month; made when there is none."""
        # Only what has ended and is on an account is sent.
        assert session.account is not None and session.stop_time is not None  # noqa: S101, PT018
        partner = self._partners.get(session.account.user_id) or self._instance.default_partner
        month = timezone.localtime(session.stop_time, timezone.get_default_timezone())
        base = f"{self._instance.reference}-{month:%Y-%m}-P{partner}"
        orders = self._client.search_read(
            "sale.order",
            [["client_order_ref", "=like", f"{base}/%"]],
            ["state", "currency_id"],
            order="id",
        )
        for order in orders:
            if order["state"] in OPEN:
                self._check_currency(order, session)
                return int(order["id"])
        reference = f"{base}/{len(orders) + 1}"
        values = {"partner_id": partner, "client_order_ref": reference}
        number = self._client.create("sale.order", values)
        made = self._client.search_read(
            "sale.order", [["id", "=", number]], ["state", "currency_id"]
        )
        for order in made:
            self._check_currency(order, session)
        return number

    def _check_currency(self, order: Values, session: Transaction) -> None:
        told = order.get("currency_id")
        name = told[1] if isinstance(told, list) and len(told) == 2 else ""
        if name != session.cost.currency:
            text = _("The order in Odoo is in %(theirs)s, the session in %(ours)s.")
            facts = {"theirs": name or "?", "ours": session.cost.currency}
            raise OdooError(Reason.FAULT, text % facts)

    def _key(self, session: Transaction) -> str:
        return f"{self._instance.reference}-S{session.pk}"

    def _title(self, session: Transaction) -> str:
        start = timezone.localtime(session.start_time, timezone.get_default_timezone())
        text = _("Charging at %(charger)s, %(start)s, %(energy)s kWh") % {
            "charger": session.charger.name or session.charger.charger_id,
            "start": f"{start:%Y-%m-%d %H:%M}",
            "energy": formats.localize(session.energy_kwh.quantize(Decimal("0.001"))),
        }
        return f"{self._key(session)}: {text}"


def _amount(told: object) -> Decimal | None:
    """A price as Odoo tells it, to the hundredth."""
    try:
        return Decimal(str(told)).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
