#!/usr/bin/env python
"""Command line of the project: `python manage.py help` lists what it can do."""

import os
import sys

from audit.actor import acting, command
from config.development import restarts
from config.env import BASE_DIR, load_env_files

SERVERS = ("serve", "runserver", "work")


def main() -> None:
    """Load `envs/*.env`, then run the command named on the command line."""
    load_env_files()
    if restarts.wanted(os.environ, sys.argv):
        restarts.Restart(BASE_DIR).steps()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    name = sys.argv[1] if len(sys.argv) > 1 else ""
    # What a server does, it does for those who ask it, or by itself.
    actor = None if name in SERVERS else command(name)
    with acting(actor):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
