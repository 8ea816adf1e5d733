"""`manage.py serve`: the production server, with TLS and client certificates of charge points."""

import argparse
import signal
import socket
import ssl
import sys
from typing import Any

import uvicorn
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from config import tls
from ocpp.connection import shutdown

#: Keep-alive of WebSockets: how often a ping, and how long the pong may take (s).
PING_S = 60
#: The longest WebSocket message (bytes). Longer ones end the connection with 1009.
MAX_MESSAGE = 256 * 1024
#: Connections that may wait to be taken: a fleet comes back all at once.
BACKLOG = 4096
#: How long requests under way may take once the server ends (s).
GRACE_S = 5


def _exit(number: int, _: object) -> None:
    raise SystemExit(0)


class Server(uvicorn.Server):
    """uvicorn's server, which ends the connections of charge points in order."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nobody any more, close with 1012, store who has left; then end as uvicorn does."""
        for server in self.servers:
            server.close()
        await shutdown.shut_down()
        await super().shutdown(sockets)


class Command(BaseCommand):
    """Serves pages and charge points in production, by uvicorn."""

    help = "Serves pages and charge points in production, over TLS when a certificate is given."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Where to listen, and the files for TLS."""
        parser.add_argument("--host", default="127.0.0.1", help="Default: %(default)s")
        parser.add_argument("--port", type=int, default=8000, help="Default: %(default)s")
        parser.add_argument("--tls-cert", default="", help="Certificate with its chain (PEM)")
        parser.add_argument("--tls-key", default="", help="Its private key (PEM)")
        parser.add_argument(
            "--tls-client-ca",
            default="",
            metavar="FILE",
            help="Authorities (PEM) that sign client certificates of charge points, for security "
            "profile 3. Showing a certificate stays optional.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until a signal. Raises CommandError when a file for TLS cannot be used."""
        secure = bool(options["tls_cert"])
        if not secure and (options["tls_key"] or options["tls_client_ca"]):
            raise CommandError(_("--tls-key and --tls-client-ca need --tls-cert."))
        self.check_migrations()
        context = self._context(options) if secure else None
        config = uvicorn.Config(
            "config.asgi:application",
            host=options["host"],
            port=options["port"],
            loop="auto" if sys.platform == "win32" else "uvloop",
            http="httptools",
            ws=tls.TlsWebSocketProtocol,
            ws_max_size=MAX_MESSAGE,
            ws_ping_interval=PING_S,
            ws_ping_timeout=PING_S,
            ws_per_message_deflate=False,
            # The application reads what proxies say; it knows whom to believe.
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            # Below this level each header and frame would be logged, with keys in them.
            log_level="info",
            backlog=BACKLOG,
            timeout_graceful_shutdown=GRACE_S,
            ssl_context_factory=(lambda *_: context) if context is not None else None,
        )
        self._tell(options["host"], options["port"], secure)
        # uvicorn sends itself the signal again when it has ended: the rest ends in order as well,
        # such as the log files, which hold back a few lines.
        signal.signal(signal.SIGTERM, _exit)
        server = Server(config)
        server.run()
        if not server.started:
            raise CommandError(
                _("Cannot listen on %(address)s, port %(port)s.")
                % {"address": options["host"], "port": options["port"]}
            )

    def _context(self, options: dict[str, Any]) -> ssl.SSLContext:
        try:
            return tls.server_context(
                options["tls_cert"], options["tls_key"], options["tls_client_ca"]
            )
        except tls.CannotServeTls as error:
            raise CommandError(_("TLS is not possible: %(why)s") % {"why": error}) from error

    def _tell(self, host: str, port: int, secure: bool) -> None:
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        letter = "s" if secure else ""
        self.stdout.write(
            _("Serving %(site)s and %(sockets)s")
            % {
                "site": f"http{letter}://{place}/",
                "sockets": f"ws{letter}://{place}/ws/ocpp/<charger_id>",
            }
        )
        self.stdout.flush()
