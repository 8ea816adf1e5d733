"""A server with Odoo's external API: XML-RPC, its models as far as we use them, and its faults.

The faults are those of Odoo's handler for `/xmlrpc/2`: code 1 with a traceback for what nobody
expected, 2 for messages to users, 3 for a login that is not valid, 4 for a right that is missing.
"""

import threading
import traceback
import xmlrpc.client
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Row = dict[str, Any]
TIME = "%Y-%m-%d %H:%M:%S"

#: The fields that each model has, and where a number of another model stands for it.
FIELDS = {
    "res.users": {"login"},
    "res.partner": {"name", "email", "barcode", "active"},
    "product.product": {"default_code", "name"},
    "sale.order": {"name", "partner_id", "client_order_ref", "state", "currency_id"},
    "sale.order.line": {"order_id", "product_id", "name", "product_uom_qty", "price_unit"},
}
MANY2ONE = {
    "partner_id": "res.partner",
    "order_id": "sale.order",
    "product_id": "product.product",
    "currency_id": "res.currency",
}


class Cut(Exception):
    """The connection is to end without an answer."""


class UserError(Exception):
    """A message to the user."""


class AccessDenied(Exception):
    """The login is not valid."""


class AccessError(Exception):
    """A right is missing."""


class OperationalError(Exception):
    """Of the database, as psycopg2 has it."""


class Odoo:
    """The data of one database, and who may do what."""

    def __init__(self) -> None:
        self.database, self.login, self.password, self.uid = (
            "prod",
            "api@example.com",
            "s3cr3t-pass",
            2,
        )
        self.denied: set[tuple[str, str]] = set()
        #: What happens after a call was carried out and before it is answered.
        self.after: Callable[[str, str], None] = lambda model, method: None
        self.before: Callable[[str, str], None] = lambda model, method: None
        self.calls: list[tuple[str, str]] = []
        self.currency = "MXN"
        self.tables: dict[str, dict[int, Row]] = {name: {} for name in FIELDS}
        self.tables["res.currency"] = {1: {"name": "MXN"}, 2: {"name": "USD"}}
        self.tables["res.users"][2] = {"login": self.login}
        self._next = 100
        self._lock = threading.Lock()
        self.http = _Server(self)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"

    # --- for tests --------------------------------------------------------------------------

    def add(self, model: str, **values: Any) -> int:
        """A record that somebody made in Odoo."""
        return self._create(model, values)

    def change(self, model: str, number: int, **values: Any) -> None:
        """A record that somebody changed in Odoo."""
        self._write(model, [number], values)

    def rows(self, model: str) -> list[Row]:
        """All records of a model, by number."""
        return [{"id": pk, **row} for pk, row in sorted(self.tables[model].items())]

    # --- the API ----------------------------------------------------------------------------

    def call(self, service: str, method: str, args: tuple[Any, ...]) -> Any:
        """As `/xmlrpc/2/<service>` does."""
        if (service, method) == ("common", "version"):
            return {"server_version": "17.0", "protocol_version": 1}
        if (service, method) == ("common", "authenticate"):
            database, login, password, _agent = args
            self._know(database)
            return self.uid if (login, password) == (self.login, self.password) else False
        if (service, method) == ("object", "execute_kw"):
            database, uid, password, model, name, positional, *options = args
            self._know(database)
            if (uid, password) != (self.uid, self.password):
                raise AccessDenied("Access Denied")
            return self._execute(model, name, positional, options[0] if options else {})
        raise NameError(f"Method not available {method}")

    def _know(self, database: str) -> None:
        if database != self.database:
            raise OperationalError(
                'connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: '
                f'FATAL:  database "{database}" does not exist\n'
            )

    def _execute(self, model: str, name: str, args: list[Any], options: Row) -> Any:
        self.calls.append((model, name))
        if model not in FIELDS:
            raise UserError(f"Object {model} doesn't exist")
        if (model, name) in self.denied:
            raise AccessError(
                f"You are not allowed to access '{model}' records.\n\nContact your administrator."
            )
        self.before(model, name)
        with self._lock:
            deeds: dict[str, Callable[..., Any]] = {
                "search_read": self._search_read,
                "create": self._create,
                "write": self._write,
            }
            result = deeds[name](model, *args, **options)
        self.after(model, name)
        return result

    def _create(self, model: str, values: Row) -> int:
        self._check(model, values)
        self._next += 1
        row = {"active": True, **values} if "active" in FIELDS[model] else dict(values)
        if model == "sale.order":
            currency = 1 if self.currency == "MXN" else 2
            row |= {"state": "draft", "currency_id": currency, "name": f"S{self._next:05}"}
        row["write_date"] = datetime.now(UTC)
        self.tables[model][self._next] = row
        return self._next

    def _write(self, model: str, numbers: list[int], values: Row) -> bool:
        self._check(model, values)
        for number in numbers:
            self.tables[model][number].update(values, write_date=datetime.now(UTC))
        return True

    def _check(self, model: str, values: Row) -> None:
        for field, value in values.items():
            if field not in FIELDS[model]:
                raise ValueError(f"Invalid field '{field}' on model '{model}'")
            if field in MANY2ONE and value not in self.tables[MANY2ONE[field]]:
                raise UserError(
                    "The operation cannot be completed: another model requires the record"
                )

    def _search_read(
        self,
        model: str,
        domain: list[Any],
        fields: list[str],
        limit: int = 0,
        order: str = "id",
        context: Row | None = None,
    ) -> list[Row]:
        for field in fields:
            if field not in FIELDS[model] | {"id", "write_date"}:
                raise ValueError(f"Invalid field '{field}' on model '{model}'")
        active_test = (context or {}).get("active_test", True)
        found = [
            row
            for row in self.rows(model)
            if all(_fits(row, *condition) for condition in domain)
            and (row.get("active", True) or not active_test)
        ]
        key, _space, direction = order.partition(" ")
        found.sort(key=lambda row: row[key], reverse=direction == "desc")
        chosen = found[:limit] if limit else found
        return [{name: self._told(row, name) for name in {"id", *fields}} for row in chosen]

    def _told(self, row: Row, name: str) -> Any:
        value = row.get(name, False)
        if isinstance(value, datetime):
            return value.strftime(TIME)
        if name in MANY2ONE and value:
            other = self.tables[MANY2ONE[name]][value]
            return [value, other.get("name", "")]
        return False if value is None else value


def _fits(row: Row, field: str, operator: str, value: Any) -> bool:
    own = row.get(field, False)
    if isinstance(own, datetime):
        value = datetime.strptime(value, TIME).replace(tzinfo=UTC)
    if operator == "=":
        return bool(own == value)
    if operator == ">":
        return bool(own > value)
    if operator == ">=":
        return bool(own >= value)
    assert operator == "=like", operator
    assert "_" not in value, "would be any character"
    prefix, percent, rest = value.partition("%")
    assert (percent, rest) == ("%", "")
    return isinstance(own, str) and own.startswith(prefix)


def _fault(error: Exception) -> xmlrpc.client.Fault:
    if isinstance(error, UserError):
        return xmlrpc.client.Fault(2, str(error))
    if isinstance(error, AccessDenied):
        return xmlrpc.client.Fault(3, str(error))
    if isinstance(error, AccessError):
        return xmlrpc.client.Fault(4, str(error))
    return xmlrpc.client.Fault(1, "".join(traceback.format_exception(error)))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, odoo: Odoo) -> None:
        self.odoo = odoo
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that have gone."""

    def stop(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        service = self.path.removeprefix("/xmlrpc/2/")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        args, method = xmlrpc.client.loads(body)
        try:
            result = self.server.odoo.call(service, str(method), args)
            content = xmlrpc.client.dumps((result,), methodresponse=True, allow_none=False)
        except Cut:
            self.close_connection = True
            return
        except Exception as error:
            content = xmlrpc.client.dumps(_fault(error), methodresponse=True)
        answer = content.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: object) -> None:
        """Say nothing."""
