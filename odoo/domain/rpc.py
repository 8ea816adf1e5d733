"""Odoo's external API: XML-RPC over HTTP, by the policy of outgoing requests.

`/xmlrpc/2/common` tells the version and checks a login, `/xmlrpc/2/object` calls methods of models
(https://www.odoo.com/documentation/17.0/developer/reference/external_api.html). What Odoo's own
handler puts into faults is told in `odoo/http.py` and `odoo/addons/base/controllers/rpc.py` of its
source: 1 is a bug or a traceback, 2 a message for users, 3 a login that is not valid, 4 a right
that is missing.
"""

import re

# Answers are at most 5 MB, and expat ends what would grow far beyond that by its entities.
import xmlrpc.client  # nosec B411
from enum import StrEnum
from time import monotonic
from typing import Any
from xml.parsers.expat import ExpatError

from django.conf import settings
from django.utils.translation import gettext as _

from odoo.models import Instance
from outgoing import domain as outgoing

#: The longest text of Odoo that is repeated (characters).
MOST_TEXT = 300

Values = dict[str, Any]


class Reason(StrEnum):
    """Why a call came to nothing, as programs are told."""

    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    NOT_ODOO = "not_odoo"
    NO_DATABASE = "no_database"
    CREDENTIALS = "credentials"
    DENIED = "denied"
    NO_PRODUCT = "no_product"
    FAULT = "fault"

    @property
    def of_the_connection(self) -> bool:
        """Whether the next call would fail as well: it is not about one record."""
        return self not in (Reason.DENIED, Reason.FAULT)


class OdooError(Exception):
    """A call came to nothing; the text says why, for people, in the language that is active."""

    def __init__(self, reason: Reason, text: object) -> None:
        super().__init__(str(text))
        self.reason = reason


class Client:
    """Calls to one instance. Each has its own time limit, or all of them share `deadline`."""

    def __init__(self, instance: Instance, deadline: float | None = None) -> None:
        self._instance = instance
        self._deadline = deadline
        self._uid = 0

    def version(self) -> str:
        """The version that the server tells, such as "17.0". Raises OdooError."""
        told = self._call("common", "version")
        version = told.get("server_version") if isinstance(told, dict) else None
        if not isinstance(version, str):
            raise self._no_odoo()
        return version[:50]

    def authenticate(self) -> int:
        """Log in; returns the number of our user there. Raises OdooError."""
        one = self._instance
        uid = self._call("common", "authenticate", one.database, one.user, one.password, {})
        if not isinstance(uid, int) or uid <= 0:
            raise OdooError(
                Reason.CREDENTIALS,
                _("Odoo knows no user %(user)s with this password in the database %(database)s.")
                % {"user": one.user, "database": one.database},
            )
        self._uid = uid
        return uid

    def execute(self, model: str, method: str, *args: Any, **options: Any) -> Any:
        """Call a method of a model, logging in first when that was not done. Raises OdooError."""
        uid = self._uid or self.authenticate()
        one = self._instance
        return self._call(
            *("object", "execute_kw", one.database, uid, one.password),
            *(model, method, list(args), options),
        )

    def search_read(
        self, model: str, domain: list[Any], fields: list[str], **options: Any
    ) -> list[Values]:
        """The records that fit, with these fields and `id`. Raises OdooError."""
        found = self.execute(model, "search_read", domain, fields=fields, **options)
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise self._no_odoo()
        return found

    def create(self, model: str, values: Values) -> int:
        """Make a record; returns its number. Raises OdooError."""
        made = self.execute(model, "create", values)
        if not isinstance(made, int):
            raise self._no_odoo()
        return made

    def write(self, model: str, number: int, values: Values) -> None:
        """Change a record. Raises OdooError."""
        self.execute(model, "write", [number], values)

    def _call(self, service: str, method: str, *args: Any) -> Any:
        timeout_s = float(settings.OUTGOING_TIMEOUT_S)
        if self._deadline is not None:
            timeout_s = max(0.0, min(timeout_s, self._deadline - monotonic()))
        url = f"{self._instance.url.rstrip('/')}/xmlrpc/2/{service}"
        body = xmlrpc.client.dumps(args, method, allow_none=True).encode()
        try:
            answer = outgoing.request(
                url,
                method="POST",
                headers={"Content-Type": "text/xml"},
                body=body,
                timeout_s=timeout_s,
            )
        except outgoing.Refused as error:
            raise OdooError(Reason.REFUSED, error) from None
        except outgoing.Unreachable as error:
            tls = error.kind == outgoing.Kind.TLS
            raise OdooError(Reason.TLS if tls else Reason.UNREACHABLE, error) from None
        if answer.status != 200:
            raise self._unexpected(answer)
        return self._read(answer.body)

    def _read(self, body: bytes) -> Any:
        try:
            (value,), _method = xmlrpc.client.loads(body, use_builtin_types=True)
        except xmlrpc.client.Fault as fault:
            raise self._explained(fault) from None
        except (ExpatError, xmlrpc.client.Error, ValueError, TypeError, LookupError):
            raise self._no_odoo() from None
        return value

    def _unexpected(self, answer: outgoing.Answer) -> OdooError:
        if 300 <= answer.status < 400:
            text = _("%(url)s leads elsewhere, to %(place)s: write that address.")
            place = answer.headers.get("Location", "?")[:MOST_TEXT]
            facts = {"url": self._instance.url, "place": place}
            return OdooError(Reason.NOT_ODOO, text % facts)
        if answer.status >= 500:
            text = _("%(url)s is out of order: it answers %(status)s.")
            facts = {"url": self._instance.url, "status": str(answer.status)}
            return OdooError(Reason.UNREACHABLE, text % facts)
        return self._no_odoo(answer.status)

    def _no_odoo(self, status: int = 200) -> OdooError:
        text = _("What answers at %(url)s (%(status)s) is not Odoo.")
        return OdooError(Reason.NOT_ODOO, text % {"url": self._instance.url, "status": str(status)})

    def _explained(self, fault: xmlrpc.client.Fault) -> OdooError:
        """What a fault of Odoo says, for people. The last line of a traceback is its reason."""
        text = str(fault.faultString).strip()
        if re.search(r'database "[^"]*" does not exist|DatabaseNotFound|No such database', text):
            said = _("Odoo has no database %(database)s.") % {"database": self._instance.database}
            return OdooError(Reason.NO_DATABASE, said)
        code = str(fault.faultCode)
        if code == "3" or text.endswith("Access Denied"):
            said = _("Odoo does not let the user %(user)s in: the password, or the user, changed.")
            return OdooError(Reason.CREDENTIALS, said % {"user": self._instance.user})
        last = text.splitlines()[-1][:MOST_TEXT] if text else code
        if code == "4" or "AccessError" in last:
            said = _("The user %(user)s may not do this in Odoo: %(why)s")
            why = text[:MOST_TEXT] if code == "4" else last
            return OdooError(Reason.DENIED, said % {"user": self._instance.user, "why": why})
        return OdooError(Reason.FAULT, _("Odoo says: %(why)s") % {"why": last})
