"""How the node is: its database, Redis, its disks. Looked at with a limit, and never waited for.

A database that is frozen answers nobody, and each who asks would wait for its timeouts. So one
thread at a time looks, however many ask, and who asks waits for a second at most.
"""

import os
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ocpp.choices import CommandState
from ocpp.models import Command

#: How long the database and Redis may take to answer (s).
LIMIT_S = 1.0
#: How long what was found is good for (s): several ask for it at once, for several numbers.
FRESH_S = 0.5

Found = TypeVar("Found")


class Look(Generic[Found]):
    """Something that is looked at by one thread at a time."""

    def __init__(self, look: Callable[[], Found], failed: Callable[[str], Found]) -> None:
        """`failed` makes what is found when `look` raises, or takes too long, of the reason."""
        self._look = look
        self._failed = failed
        self._lock = threading.Lock()
        self._future: Future[Found] | None = None
        self._ended = 0.0

    def __call__(self) -> Found:
        """What is found, within `LIMIT_S`."""
        with self._lock:
            future = self._future
            stale = time.monotonic() - self._ended > FRESH_S
            if future is None or (future.done() and stale):
                future = self._future = Future()
                threading.Thread(
                    target=self._work, args=[future], name="checkup", daemon=True
                ).start()
        try:
            return future.result(LIMIT_S)
        except TimeoutError:
            return self._failed(_("no answer within %(limit)g s") % {"limit": LIMIT_S})

    def forget(self) -> None:
        """Look again the next time, however fresh what was found is."""
        with self._lock:
            self._future = None

    def _work(self, future: "Future[Found]") -> None:
        try:
            found = self._look()
        except Exception as error:
            found = self._failed(str(error).strip() or type(error).__name__)
        finally:
            connection.close()
        self._ended = time.monotonic()
        future.set_result(found)


@dataclass(frozen=True, slots=True)
class Database:
    """The database, as it answered."""

    ok: bool
    reason: str = ""
    version: str = ""
    #: Bytes.
    size: int | None = None
    #: Commands that wait to be sent.
    queued: int | None = None
    #: How long it took to answer (s).
    took_s: float = 0.0


def vendor() -> str:
    """`sqlite` or `postgresql`."""
    return str(connection.vendor)


def _ask_database() -> Database:
    begun = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        took_s = time.monotonic() - begun
        if connection.vendor == "postgresql":
            cursor.execute("SHOW server_version")
            version = f"PostgreSQL {cursor.fetchone()[0]}"
            cursor.execute("SELECT pg_database_size(current_database())")
            size = cursor.fetchone()[0]
        else:
            cursor.execute("SELECT sqlite_version()")
            version = f"SQLite {cursor.fetchone()[0]}"
            name = str(connection.settings_dict["NAME"])
            files = (Path(name), Path(f"{name}-wal"))
            size = sum(one.stat().st_size for one in files if one.exists())
    try:
        queued = Command.objects.filter(state=CommandState.QUEUED).count()
    except Exception:  # no tables yet: `migrations` says so
        queued = None
    return Database(True, version=version, size=size, queued=queued, took_s=took_s)


database = Look(_ask_database, lambda reason: Database(False, reason))


@dataclass(frozen=True, slots=True)
class Check:
    """Whether something is as it should be, and why not."""

    ok: bool
    reason: str = ""


_all_applied = threading.Event()


def _ask_migrations() -> Check:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        missing = ", ".join(f"{one.app_label}.{one.name}" for one, _backwards in plan[:5])
        more = "…" if len(plan) > 5 else ""
        return Check(
            False,
            _("%(count)d migrations are not applied: %(names)s. Run %(manage)s migrate.")
            % {
                "count": len(plan),
                "names": missing + more,
                "manage": settings.MANAGE_COMMAND,
            },
        )
    _all_applied.set()
    return Check(True)


_look_at_migrations = Look(_ask_migrations, lambda reason: Check(False, reason))


def migrations() -> Check:
    """Whether the database is as this version needs it. Once it is, it stays so for a process."""
    return Check(True) if _all_applied.is_set() else _look_at_migrations()


def _ask_redis() -> Check:
    # Imported late: a node without Redis needs it not.
    import redis as client

    asked: Any = client.Redis.from_url(
        settings.REDIS_URL, socket_timeout=LIMIT_S, socket_connect_timeout=LIMIT_S
    )
    try:
        asked.ping()
    finally:
        asked.close()
    return Check(True)


_look_at_redis = Look(_ask_redis, lambda reason: Check(False, reason))


def redis() -> Check | None:
    """Whether Redis answers; None where none is named."""
    return _look_at_redis() if settings.REDIS_URL else None


_KEPT = {
    "database": gettext_lazy("database"),
    "logs": gettext_lazy("log files"),
    "uploads": gettext_lazy("uploads"),
    "media": gettext_lazy("media"),
}


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk that the node writes to."""

    #: What is kept there: `database`, `logs`, `uploads`, `media`.
    names: tuple[str, ...]
    free: int
    size: int

    @property
    def shown(self) -> str:
        """What is kept there, for people."""
        return ", ".join(str(_KEPT[name]) for name in self.names)

    @property
    def ok(self) -> bool:
        """Whether there is room."""
        return self.free >= settings.HEALTH_DISK_FREE_MB * 1_000_000


def disks() -> list[Disk]:
    """The disks of the folders that the node writes to, each once."""
    folders: dict[str, str | Path] = {
        "logs": settings.LOGS_DIR,
        "uploads": settings.UPLOADS_ROOT,
        "media": settings.MEDIA_ROOT,
    }
    if connection.vendor == "sqlite":
        folders = {"database": Path(str(connection.settings_dict["NAME"])).parent, **folders}
    found: dict[int, tuple[list[str], Path]] = {}
    for name, folder in folders.items():
        there = _existing(Path(folder))
        found.setdefault(os.stat(there).st_dev, ([], there))[0].append(name)
    disks = []
    for names, there in found.values():
        usage = shutil.disk_usage(there)
        disks.append(Disk(tuple(names), usage.free, usage.total))
    return disks


def _existing(folder: Path) -> Path:
    """The folder itself, or the one in which it would be made."""
    return next((one for one in (folder, *folder.parents) if one.exists()), Path("/"))
