"""`manage.py ready`: whether a server can serve, or whether this version could."""

import argparse
import json
import ssl
import time
import urllib.error
import urllib.request
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.test.client import RequestFactory
from django.utils.translation import gettext as _

from config import health

#: Between two questions (s).
PAUSE_S: Final = 0.5
#: How long one question may take (s).
QUESTION_S: Final = 5.0


class Command(BaseCommand):
    """Asks `/health/ready`: of a server, or of this very process."""

    help = (
        "Ends with 0 when the server at --url is ready, within --within seconds; without --url, "
        "when this version of the program finds its database, migrations and disks in order."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Whom to ask, and how long."""
        parser.add_argument("--url", default="", help="Such as http://127.0.0.1:8000")
        parser.add_argument(
            "--within", type=float, default=0, metavar="S", help="Ask again for so long"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError with what is missing."""
        deadline = time.monotonic() + options["within"]
        url: str = options["url"].rstrip("/")
        if url and not url.startswith(("http://", "https://")):
            raise CommandError(_("--url is %(url)s: http://… or https://….") % {"url": url})
        while reason := (_asked(url) if url else _looked()):
            if time.monotonic() >= deadline:
                raise CommandError(_("Not ready: %(reason)s") % {"reason": reason})
            time.sleep(PAUSE_S)
        self.stdout.write(_("Ready."))


def _looked() -> str:
    # All that a server imports before it serves, too.
    import config.asgi  # noqa: F401

    response = health.ready(RequestFactory().get(health.READY, REMOTE_ADDR="127.0.0.1"))
    return "" if response.status_code == 200 else response.content.decode()


def _asked(url: str) -> str:
    # It is asked by an address of this machine, which no certificate names.
    context = (
        ssl._create_unverified_context()  # nosec B323  # noqa: S323
        if url.startswith("https:")
        else None
    )
    try:
        with urllib.request.urlopen(  # nosec B310  # noqa: S310  (http or https, as checked)
            url + health.READY, timeout=QUESTION_S, context=context
        ) as response:
            told = json.load(response)
    except urllib.error.HTTPError as error:
        return error.read(2000).decode(errors="replace")
    except (OSError, ValueError) as error:
        return str(error)
    return "" if told.get("status") == "ready" else str(told)
