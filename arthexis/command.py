"""The command line: `arthexis run` serves a node, `arthexis manage` is its `manage.py`."""

import argparse
import gettext
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from arthexis import environment, folders

DEFAULT_ADDRESS = "127.0.0.1:8000"
_ADDRESS = re.compile(r"(?:(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:]+):)?(?P<port>\d{1,5})")
#: Says from which program the static files were collected.
STAMP = "collected-from.txt"

# As Django would: the reader's language, where there is a catalogue of it.
_ = gettext.translation("django", folders.program() / "locale", fallback=True).gettext


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Do what the command line says. Ends the process."""
    parser = _parser()
    options, rest = parser.parse_known_args(words)
    if rest and options.deed != "run":
        parser.error(_("unknown: %s") % " ".join(rest))
    data = _data_folder(options.data)
    if options.deed == "manage":
        _become(environment.complete(data), options.words)
    _run(data, options.address, rest)


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--data",
        default="",
        metavar="FOLDER",
        help="Where the node keeps all that it writes. Default: ARTHEXIS_DATA, "
        "else ~/.local/share/arthexis",
    )
    parser = argparse.ArgumentParser(
        prog="arthexis", description="An electric-vehicle charging network: OCPP 1.6J."
    )
    parser.add_argument("--version", action="version", version=folders.version())
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="run | manage")
    run = deeds.add_parser(
        "run",
        parents=[shared],
        help="Make the node where there is none, bring it up to date, and serve.",
        description="Makes the data folder, the database (or brings it up to date) and the first "
        "administrator, whose password is printed once, and serves with the production server. "
        "Further options go to “serve”: see arthexis manage serve --help.",
    )
    run.add_argument(
        "address",
        nargs="?",
        default=DEFAULT_ADDRESS,
        metavar="ADDRESS:PORT",
        help="Default: %(default)s, which only this machine can reach",
    )
    manage = deeds.add_parser(
        "manage",
        parents=[shared],
        help="The node's manage.py: “arthexis manage help” lists what it can do.",
    )
    manage.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND …")
    return parser


def _data_folder(named: str) -> Path:
    folder = folders.data(named)
    try:
        # The key that signs sessions and the database are the node's alone.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "staticfiles").mkdir(exist_ok=True)
    except OSError as error:
        _fail(
            _("The data folder %(folder)s cannot be made (%(error)s): name another with --data.")
            % {"folder": folder, "error": error.strerror}
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        _fail(
            _("The data folder %(folder)s cannot be written: name another with --data.")
            % {"folder": folder}
        )
    return folder


def _run(data: Path, address: str, rest: Sequence[str]) -> NoReturn:
    host, port = _address(address)
    environ = environment.complete(data, host, rest)
    _say(_("The data is in %(folder)s") % {"folder": data})
    if not environment.loopback(host):
        _say(_("Others can reach %(address)s") % {"address": address})
    _say(_("Bringing the database up to date"))
    _do(environ, "migrate", "--noinput", "--verbosity", "0")
    _say(_("Looking for an administrator"))
    _do(environ, "ensure_admin", may_fail=True)
    _collect(data, environ)
    _say(_("Starting the server"))
    _become(environ, ["serve", "--host", host, "--port", port, *rest])


def _address(text: str) -> tuple[str, str]:
    """Host and port of `host:port`, of a port or of a host alone."""
    found = _ADDRESS.fullmatch(text)
    if found is None and re.fullmatch(r"[A-Za-z][\w.-]*|\d+(\.\d+){3}|\[[0-9A-Fa-f:.]+\]", text):
        return text.strip("[]"), "8000"
    if found is None or int(found["port"]) > 65535:
        _fail(
            _("%(text)s is no address to serve on: write one such as 0.0.0.0:8000.")
            % {"text": text}
        )
    return (found["host"] or "127.0.0.1").strip("[]"), found["port"]


def _collect(data: Path, environ: dict[str, str]) -> None:
    """Static files with a digest in their names, once for each version."""
    stamp = data / "staticfiles" / STAMP
    program = f"{folders.version()} {folders.program()}\n"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == program:
        return
    _say(_("Collecting static files"))
    _do(environ, "collectstatic", "--noinput", "--verbosity", "0")
    stamp.write_text(program, encoding="utf-8")


def _program(words: Sequence[str]) -> list[str]:
    # As a script: its folder, and not the one where somebody stands, comes first on the path.
    return [sys.executable, str(folders.program() / "manage.py"), *words]


def _do(environ: dict[str, str], *words: str, may_fail: bool = False) -> None:
    code = subprocess.run(_program(words), env=environ, check=False).returncode  # noqa: S603
    if code and not may_fail:
        _fail(_("“%(command)s” failed: nothing is served.") % {"command": " ".join(words)})


def _become(environ: dict[str, str], words: Sequence[str]) -> NoReturn:
    command = _program(words)
    sys.stdout.flush()
    os.execve(command[0], command, environ)  # noqa: S606  # nosec B606  (our own Python, no shell)


def _say(text: str) -> None:
    print(f"==> {text}", flush=True)


def _fail(text: str) -> NoReturn:
    print(text, file=sys.stderr)
    raise SystemExit(1)
