"""`manage.py certificate_authority`: the authority that certifies charge points."""

from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ocpp.choices import CertificateKind
from ocpp.domain.certificates import authority, reading, signing
from ocpp.domain.errors import DomainError
from ocpp.domain.lookup import find_charger


class Command(BaseCommand):
    """Tells about the root; makes it when there is none; exports, replaces, signs."""

    help = (
        "Shows the root certificate with which this node certifies charge points, and makes it"
        " when there is none yet."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do beside that."""
        parser.add_argument(
            "--export",
            metavar="FILE",
            help="Write the roots (PEM) to a file, or with - to standard output: what a TLS"
            " listener takes as authorities of client certificates.",
        )
        parser.add_argument(
            "--crl",
            metavar="FILE",
            help="Write the revoked certificates (PEM) to a file, or with - to standard output.",
        )
        parser.add_argument(
            "--replace",
            action="store_true",
            help="Make a new root, which signs from now on. The old one is exported beside it.",
        )
        parser.add_argument(
            "--sign",
            nargs=2,
            metavar=("CHARGER", "CSR_FILE"),
            help="Sign a request (PKCS #10) for a charger, say of its manufacturer, and print the"
            " certificates (PEM).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it. Ends with an error, in words, when it cannot be done."""
        try:
            root = authority.replace() if options["replace"] else authority.current()
            if options["sign"]:
                self._sign(*options["sign"])
            if options["export"]:
                self._write(options["export"], authority.bundle(timezone.now()))
            if options["crl"]:
                made = authority.crl(root, timezone.now())
                self._write(options["crl"], made.public_bytes(Encoding.PEM).decode("ascii"))
        except DomainError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(_("The file cannot be read or written: %s") % error) from error
        row = root.certificate
        # Beside what may go to a file or a pipe.
        self.stderr.write(f"{_('subject')}: {row.subject}")
        self.stderr.write(f"SHA-256: {row.fingerprint}")
        self.stderr.write(f"{_('valid until')}: {reading.written(row.valid_until)}")

    def _sign(self, charger_id: str, file: str) -> None:
        charger = find_charger(charger_id)
        csr = Path(file).read_text("utf-8", "replace")
        chain = signing.sign(charger.charger_id, csr, timezone.now())
        with transaction.atomic():
            authority.keep(chain[0], CertificateKind.CHARGE_POINT, charger)
        self.stdout.write(reading.as_pem(*chain), ending="")

    def _write(self, file: str, text: str) -> None:
        if file == "-":
            self.stdout.write(text, ending="")
        else:
            Path(file).write_text(text, "ascii")
            self.stderr.write(_("Written to %(file)s.") % {"file": file})
