"""How a node talks to its database: a SQLite file, or PostgreSQL when `POSTGRES_DB` is set."""

import os
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from config import env
from config.env import DATA_DIR

#: Under ASGI every HTTP request runs in a thread of its own, so a connection that it kept would
#: serve nobody and stay open until some garbage collection: they would add up. The writer's
#: thread, which handles no requests, keeps its connection all the same.
CONN_MAX_AGE = 0


def from_environment() -> dict[str, Any]:
    """The value of Django's `DATABASES["default"]`."""
    return postgresql() if env.text("POSTGRES_DB") else sqlite()


def sqlite() -> dict[str, Any]:
    """A SQLite file in write-ahead mode. A commit is on the disk when it returns.

    Transactions take the write lock when they begin: one that first reads and then writes
    cannot fail because another has written in between.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": env.text("SQLITE_PATH", str(DATA_DIR / "db.sqlite3")),
        # Tests use a file too, one for each run: threads cannot share a database in memory.
        "TEST": {"NAME": str(Path(gettempdir()) / f"constellation-test-{os.getpid()}.sqlite3")},
        "CONN_MAX_AGE": CONN_MAX_AGE,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 5,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                "PRAGMA foreign_keys=ON; PRAGMA cache_size=-32000; "
                # A page that changes with each commit goes from the log to the file once in 16 MB
                # instead of in 4: an eighth fewer syncs of a busy disk or card.
                "PRAGMA wal_autocheckpoint=4000;"
            ),
        },
    }


def postgresql() -> dict[str, Any]:
    """A PostgreSQL server; nothing waits for it without a limit."""
    statement = env.number("POSTGRES_STATEMENT_TIMEOUT_MS", 5000)
    lock = env.number("POSTGRES_LOCK_TIMEOUT_MS", 2000)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": env.text("POSTGRES_DB"),
        "USER": env.text("POSTGRES_USER"),
        "PASSWORD": env.text("POSTGRES_PASSWORD"),
        "HOST": env.text("POSTGRES_HOST"),
        "PORT": env.text("POSTGRES_PORT"),
        "CONN_MAX_AGE": CONN_MAX_AGE,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 3,
            "options": f"-c statement_timeout={statement} -c lock_timeout={lock}",
            # A server that is gone without a word is noticed within 8 s.
            "tcp_user_timeout": 8000,
            "keepalives_idle": 3,
            "keepalives_interval": 2,
            "keepalives_count": 2,
        },
    }
