"""`manage.py serve`: the production server, with TLS and client certificates of charge points."""

import argparse
import asyncio
import logging
import signal
import socket
import ssl
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.utils.translation import gettext as _

from config import tls
from config.serving import notify, sockets
from config.serving.server import Server, configuration
from config.serving.supervisor import Supervisor

logger = logging.getLogger(__name__)


def _exit(number: int, _: object) -> None:
    raise SystemExit(0)


class Command(BaseCommand):
    """Serves pages and charge points in production, by uvicorn."""

    help = "Serves pages and charge points in production, over TLS when a certificate is given."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Where to listen, how many processes, and the files for TLS."""
        parser.add_argument("--host", default="127.0.0.1", help="Default: %(default)s")
        parser.add_argument("--port", type=int, default=8000, help="Default: %(default)s")
        parser.add_argument(
            "--workers",
            type=int,
            default=1,
            metavar="N",
            help="Processes that serve, one for each processor core; more than one needs "
            "PostgreSQL. Default: %(default)s",
        )
        parser.add_argument(
            "--supervise",
            action="store_true",
            help="Have a supervisor also for a single worker: it is started again when it dies, "
            "and replaced on SIGHUP.",
        )
        parser.add_argument("--tls-cert", default="", help="Certificate with its chain (PEM)")
        parser.add_argument("--tls-key", default="", help="Its private key (PEM)")
        parser.add_argument(
            "--tls-client-ca",
            default="",
            metavar="FILE",
            help="Authorities (PEM) that sign client certificates of charge points, for security "
            "profile 3. Showing a certificate stays optional.",
        )
        # What the supervisor adds: the file descriptors of its line and of the sockets.
        parser.add_argument("--as-worker", default="", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until a signal. Raises CommandError for what cannot be served."""
        secure = bool(options["tls_cert"])
        if not secure and (options["tls_key"] or options["tls_client_ca"]):
            raise CommandError(_("--tls-key and --tls-client-ca need --tls-cert."))
        context = self._context(options) if secure else None
        if options["as_worker"]:
            link, *listening = (
                socket.socket(fileno=int(one)) for one in options["as_worker"].split(",")
            )
            self._serve(options, context, listening, link)
            return
        self._check_workers(options["workers"])
        self.check_migrations()
        connections.close_all()
        try:
            if options["workers"] > 1 or options["supervise"]:
                self._supervise(options, secure)
            else:
                listening = sockets.bind(options["host"], options["port"])
                self._tell(options["host"], listening[0].getsockname()[1], secure)
                self._serve(options, context, listening, None)
        except sockets.CannotListen as error:
            raise CommandError(
                _("Cannot listen on %(address)s, port %(port)s: %(reason)s.")
                % {"address": options["host"], "port": options["port"], "reason": error}
            ) from error

    def _check_workers(self, count: int) -> None:
        if count < 1:
            raise CommandError(_("--workers is %(count)s: at least 1.") % {"count": count})
        if count > 1 and connection.vendor == "sqlite":
            raise CommandError(
                _(
                    "SQLite lets one process write at a time, so it is served by one worker, not "
                    "by %(count)s. Set POSTGRES_DB and its companions to use PostgreSQL (see "
                    "docs/production.md), or leave --workers out."
                )
                % {"count": count}
            )

    def _supervise(self, options: dict[str, Any], secure: bool) -> None:
        host, port, count = options["host"], options["port"], options["workers"]

        async def run() -> int:
            supervisor = Supervisor(host, port, count, one_at_a_time=connection.vendor == "sqlite")
            self._tell(host, supervisor.port, secure)
            return await supervisor.run()

        if code := asyncio.run(run()):
            raise SystemExit(code)

    def _serve(
        self,
        options: dict[str, Any],
        context: ssl.SSLContext | None,
        listening: list[socket.socket],
        link: socket.socket | None,
    ) -> None:
        def read_certificates_again() -> None:
            if context is None:
                return
            try:
                self._context(options)  # whether all of it can be used
                context.load_cert_chain(options["tls_cert"], options["tls_key"] or None)
            except (CommandError, OSError) as error:
                logger.error("The certificate in use stays: %s", error)
            else:
                logger.info("The certificate was read again")

        server = Server(
            configuration(context),
            link=link,
            on_ready=notify.ready if link is None else None,
            # To a server in somebody's terminal, SIGHUP says that the terminal is closed.
            on_hup=None if link is None and sys.stdin.isatty() else read_certificates_again,
        )
        # uvicorn sends itself the signal again when it has ended: the rest ends in order as well,
        # such as the log files, which hold back a few lines.
        signal.signal(signal.SIGTERM, _exit)
        signal.signal(signal.SIGINT, _exit)
        server.run(listening)

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
