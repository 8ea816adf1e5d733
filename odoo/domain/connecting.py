"""Testing the connection to an instance."""

from time import monotonic
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from odoo.domain.rpc import Client, OdooError
from odoo.models import Instance

OK = "ok"


class Tested(NamedTuple):
    """How a test went: `ok` or a `Reason`, and a sentence for people."""

    reason: str
    text: str

    @property
    def ok(self) -> bool:
        """Whether all went well."""
        return self.reason == OK


def test(instance: Instance) -> Tested:
    """Ask for the version, log in, and look at what is to be exchanged; within 5 s in all."""
    client = Client(instance, monotonic() + settings.OUTGOING_TIMEOUT_S)
    try:
        version = client.version()
        uid = client.authenticate()
        client.search_read("res.users", [["id", "=", uid]], ["id"], limit=1)
        if instance.push_sessions:
            client.search_read("sale.order", [], ["id"], limit=1)
        if instance.pull_partners:
            client.search_read("res.partner", [], ["id", instance.card_field], limit=1)
    except OdooError as error:
        return Tested(error.reason, str(error))
    facts = {"version": version, "user": instance.user, "number": str(uid)}
    return Tested(OK, _("Odoo %(version)s has let in %(user)s, number %(number)s there.") % facts)
