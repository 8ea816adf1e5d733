"""`runserver`: Daphne's, which tells where everything is once it really listens.

Found before Daphne's own command because `config` stands above `daphne` in `INSTALLED_APPS`.
"""

import argparse
import logging
import os
from ipaddress import ip_address
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from daphne.management.commands.runserver import Command as DaphneCommand
from daphne.server import Server
from django.conf import settings
from django.core.management import CommandError
from django.core.management.color import no_style
from django.urls import reverse
from django.utils.translation import gettext as _
from twisted.internet.interfaces import IListeningPort
from twisted.python.failure import Failure

from config import env
from config.daphne_protocol import WebSocketProtocol


class ListeningServer(Server):
    """Daphne's server, which says when it listens and remembers why it could not."""

    #: Called with the host and the port that are bound.
    on_listening: Any = None
    listen_failure: str = ""

    def listen_success(self, port: IListeningPort) -> None:
        """The port is bound."""
        super().listen_success(port)
        self.ws_factory.protocol = WebSocketProtocol
        address = port.getHost()
        self.on_listening(address.host, address.port)

    def listen_error(self, failure: Failure) -> None:
        """The port could not be bound."""
        cause = failure.value
        self.listen_failure = str(getattr(cause, "socketError", cause))
        self.stop()


class Command(DaphneCommand):
    """Serves pages and WebSockets for development.

    Restarts when files change only with `DJANGO_DEV_RELOAD=1` in the environment.
    """

    help = "Serves pages and WebSockets for development, by Daphne."
    server_cls = ListeningServer

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Daphne's arguments; static files are WhiteNoise's."""
        super().add_arguments(parser)
        parser.set_defaults(
            use_static_handler=False, use_reloader=env.flag("DJANGO_DEV_RELOAD", default=False)
        )

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
        server = self.server_cls(
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


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
