"""`runserver`: Daphne's, which tells where everything is once it really listens.

Found before Daphne's own command because `config` stands above `daphne` in `INSTALLED_APPS`.
"""

import argparse
import logging
import os
import signal
import threading
from ipaddress import ip_address
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from daphne.management.commands.runserver import Command as DaphneCommand
from django.conf import settings
from django.core.management import CommandError
from django.core.management.color import no_style
from django.urls import reverse
from django.utils import autoreload
from django.utils.translation import gettext as _

from config import env
from config.daphne_server import OrderlyServer

#: How long a handshake may take (s): longer than it takes to find out whether the connection that
#: a charge point already has still lives.
HANDSHAKE_S = 15
#: How long the reloader waits for its server to end in order (s).
END_S = 6.0
#: After this long a thread that is stuck in a request does not keep the process alive (s).
STUCK_S = 5.0


class Command(DaphneCommand):
    """Serves pages and WebSockets for development.

    Restarts when files change only with `DJANGO_DEV_RELOAD=1` in the environment.
    """

    help = "Serves pages and WebSockets for development, by Daphne."
    server_cls = OrderlyServer
    server: OrderlyServer | None = None

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """The parser of the arguments; one of ours replaces Daphne's of the same name."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Daphne's arguments; static files are WhiteNoise's."""
        super().add_arguments(parser)
        parser.set_defaults(
            use_static_handler=False, use_reloader=env.flag("DJANGO_DEV_RELOAD", default=False)
        )
        parser.add_argument(
            "--websocket_handshake_timeout",
            type=int,
            default=HANDSHAKE_S,
            help="How long a WebSocket handshake may take, in seconds (default: %(default)s)",
        )

    def run(self, **options: Any) -> None:
        """Serve until a signal, and end in order: with the reloader it serves in a thread."""
        if options["use_reloader"] and os.environ.get(autoreload.DJANGO_AUTORELOAD_ENV) != "true":
            # This process only starts the one that serves. CONTROL-C is for both: this one waits.
            signal.signal(signal.SIGINT, lambda *_: None)
        if options["use_reloader"]:
            autoreload.autoreload_started.connect(_watch_requirements)
        code: Any = 0
        try:
            super().run(**options)
        except SystemExit as end:
            code = end.code
            raise
        finally:
            if self.server is not None:
                self.server.end(END_S)
                _end_within(STUCK_S, code if isinstance(code, int) else 1)

    def inner_run(self, *args: Any, **options: Any) -> None:
        """Check, listen, tell, serve. Raises CommandError when the port cannot be bound."""
        if not options["use_asgi"]:
            super().inner_run(*args, **options)
            return
        if not options["skip_checks"]:
            self.stdout.write(_("Checking the project…"))
            self.check(display_num_errors=True)
        self.check_migrations()
        self.style = no_style()  # the lines of requests also go to the log files
        server = self.server = self.server_cls(
            application=self.get_application(options),
            endpoints=build_endpoint_description_strings(host=self.addr, port=self.port),
            signal_handlers=not options["use_reloader"],
            action_logger=self.log_action,
            http_timeout=self.http_timeout,
            root_path=settings.FORCE_SCRIPT_NAME or "",
            websocket_handshake_timeout=self.websocket_handshake_timeout,
            websocket_max_message_size=self.websocket_max_message_size,
            websocket_max_frame_size=self.websocket_max_frame_size,
        )
        server.on_listening = self.tell
        server.run()
        if server.listen_failure:
            self.fail(server.listen_failure, in_reloader=options["use_reloader"])

    def fail(self, reason: str, *, in_reloader: bool) -> None:
        """Say why the address cannot be served. Raises CommandError, or ends the process."""
        text = _(
            "Cannot listen on %(address)s, port %(port)s: %(reason)s. "
            "Another address or port can be given: runserver 127.0.0.1:8001"
        ) % {"address": self.addr, "port": self.port, "reason": reason}
        if not in_reloader:
            raise CommandError(text)
        # The reloader runs this in a thread, where an exception would end nothing.
        self.stderr.write(text)
        logging.shutdown()
        os._exit(1)

    def tell(self, host: str, port: int) -> None:
        """Print where the site, its WebSockets and its admin are."""
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        site = f"{self.protocol}://{place}"
        sockets = f"{'wss' if self.protocol == 'https' else 'ws'}://{place}"
        lines = [
            _("Django %(version)s, settings %(settings)s, database %(database)s")
            % {
                "version": self.get_version(),
                "settings": settings.SETTINGS_MODULE,
                "database": settings.DATABASES["default"]["ENGINE"].rpartition(".")[2],
            },
            _("Site available at %(url)s") % {"url": f"{site}/"},
            *(
                _("WebSocket available at %(url)s") % {"url": f"{sockets}{path}"}
                for path in settings.WEBSOCKET_ENDPOINTS
            ),
            _("Admin available at %(url)s") % {"url": site + reverse("admin:index")},
        ]
        if settings.DEBUG and not _is_loopback(host):
            lines.append(
                _(
                    "WARNING: DEBUG is on, and others can reach this address: error pages show "
                    "them the node's settings. Set DEBUG=0."
                )
            )
        lines.append(_("Quit with CONTROL-C."))
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def _watch_requirements(sender: autoreload.BaseReloader, **_: Any) -> None:
    """Start again also when other packages are required: `config.development` installs them."""
    sender.watch_dir(settings.BASE_DIR, "requirements*.txt")


def _end_within(seconds: float, code: int) -> None:
    """End this process with an exit code, should something keep it from ending by itself.

    The interpreter waits for threads of requests, which may wait for the event loop that is gone.
    """
    timer = threading.Timer(seconds, os._exit, [code])
    timer.daemon = True
    timer.start()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
