"""The standard texts of all notifications. Staff override them under *Templates* in the admin."""

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from mailer.domain import templates
from mailer.domain.templates import Standard
from notifications.domain.preferences import topic
from notifications.models import Event

_HELLO = _("Hello {name},")
_END = _(
    "To choose what you are told: {preferences}\nTo get no more e-mails of this kind: {unsubscribe}"
)
#: What every template has.
_ALWAYS = {
    "name": "Ana",
    "preferences": "https://node.example/accounts/me/notifications/",
    "unsubscribe": "https://node.example/mailer/unsubscribe/…/",
}
_LIST = {"count": "2"}


def register() -> None:
    """Bring the texts to the mailer, when the apps are ready."""
    for one in _standards():
        templates.register(one)


def _standard(
    event: Event, examples: dict[str, str], subject: str | Promise, text: str | Promise
) -> Standard:
    whole = format_lazy("{}\n\n{}\n\n{}\n", _HELLO, text, _END)
    return Standard(topic(event), event.label, {**_ALWAYS, **examples}, subject, whole)


def _standards() -> list[Standard]:
    return [
        _standard(
            Event.SESSION_ENDED,
            {
                "number": "4711",
                "charger": "Macroplaza 1",
                "connector": "1",
                "started": "2027-01-31 10:00",
                "ended": "2027-01-31 11:30",
                "minutes": "90",
                "energy_kwh": "21.500",
                "cost": "150.50 MXN",
                "balance_kwh": "12.500 kWh",
            },
            _("Your receipt: {energy_kwh} kWh at {charger}"),
            _(
                "your session {number} has ended.\n"
                "\n"
                "Charger: {charger}, connector {connector}\n"
                "From {started} to {ended}: {minutes} minutes\n"
                "Energy: {energy_kwh} kWh\n"
                "Cost: {cost}\n"
                "Balance: {balance_kwh}"
            ),
        ),
        _standard(
            Event.LOW_BALANCE,
            {"balance_kwh": "3.200"},
            _("Your balance is low: {balance_kwh} kWh"),
            _("your balance is {balance_kwh} kWh. Ask for more before you charge again."),
        ),
        _standard(
            Event.RENEWAL,
            {
                "product": "30 kWh",
                "begins": "2027-01-01 00:00",
                "ends": "2027-01-31 00:00",
                "price": "300.00 MXN",
                "credit_kwh": "30.000",
            },
            _("Renewed: {product}"),
            _(
                "your subscription {product} was renewed, from {begins} to {ends}.\n"
                "\n"
                "Price: {price}\n"
                "Credit: {credit_kwh} kWh"
            ),
        ),
        _standard(
            Event.CHARGER_OFFLINE,
            {**_LIST, "list": "- Macroplaza 1, since 10:00\n- Macroplaza 2, since 10:02"},
            _("Chargers offline: {count}"),
            _("these chargers have no connection:\n\n{list}"),
        ),
        _standard(
            Event.CHARGER_FAULT,
            {**_LIST, "list": "- Macroplaza 1, connector 1: GroundFailure\n- Macroplaza 2"},
            _("Connectors out of order: {count}"),
            _("these connectors are out of order:\n\n{list}"),
        ),
        _standard(
            Event.SECURITY_EVENT,
            {**_LIST, "list": "- 10:00, Macroplaza 1: FirmwareUpdated\n- 10:02, Macroplaza 2"},
            _("Security events: {count}"),
            _("chargers have reported security events:\n\n{list}"),
        ),
        _standard(
            Event.REVIEW_NEEDED,
            {**_LIST, "list": "- session 4711 at Macroplaza 1, 3.000 kWh so far"},
            _("Sessions to be reviewed: {count}"),
            _("these sessions need a review before their energy is billed:\n\n{list}"),
        ),
    ]
