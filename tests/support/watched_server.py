"""Runs a server as its command line says, and writes down what its sessions hear and say.

    python -m tests.support.watched_server FILE -m uvicorn config.asgi:application …
    python -m tests.support.watched_server FILE manage.py runserver …

The server is the same in every other way: this process becomes it. Each event goes to FILE as a
line, before the frame goes out, so that a process that is killed has told all that it sent.
"""

import json
import os
import runpy
import sys

import django

from config.env import load_env_files
from tests.support.frame_watch import Event, watch


def main(path: str, *command: str) -> None:
    """Watch, and become the server of `command`."""
    load_env_files()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from ocpp.connection.session import Session
    from ocpp.connection.short_way import ShortWay

    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    process = os.getpid()

    def note(event: Event) -> None:
        kind, connection, *rest = event
        os.write(file, json.dumps([kind, f"{process}.{connection}", *rest]).encode() + b"\n")

    watch(Session, ShortWay, note)
    if command[0] == "-m":
        sys.argv = list(command[1:])
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(command)
        runpy.run_path(command[0], run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
