"""Which app is handling the current request or WebSocket message, and what is logged where.

The active app is kept in a context variable, so that threads and asyncio tasks each have their
own. HTTP requests set it by `ActiveAppMiddleware`, WebSocket connections by `for_websockets`;
other code may use `active_app` or `set_active_app`. The log files of `config.log_files` are
named after it.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern

from config.log_lines import escaped, render_full
from ocpp.speaker import speaker

DEFAULT_APP = "website"
#: Loggers of the requests that `runserver` answers.
SERVER_LOGGERS = frozenset({"django.channels.server", "django.server"})
#: The logger of the frames of charge points (`ocpp.connection.log`).
FRAMES_LOGGER = "ocpp.messages"

_active: ContextVar[str] = ContextVar("active_app", default="")


def get_active_app() -> str:
    """The label of the active app; the website's where no other has been named."""
    return _active.get() or DEFAULT_APP


def set_active_app(label: str) -> None:
    """Name the active app for the rest of this task, or of this thread outside a task."""
    _active.set(label)


@contextmanager
def active_app(label: str) -> Iterator[None]:
    """Name the active app for the duration of a block."""
    token = _active.set(label)
    try:
        yield
    finally:
        _active.reset(token)


def of_record(record: logging.LogRecord, apps: Collection[str]) -> str:
    """The app of `apps` to which a log record belongs, or "".

    Where nothing has named an app (a background thread, a command) the logger's name tells.
    """
    label = _active.get()
    if not label:
        label = record.name.partition(".")[0]
    return label if label in apps else ""


class ActiveAppMiddleware:
    """Makes the app of the resolved view the active one. It stands first.

    The app stays named when the response has gone through, because Django logs failed requests
    after the last middleware; the next request starts from the default again.
    """

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        set_active_app(DEFAULT_APP)
        response: HttpResponseBase | Awaitable[HttpResponseBase] = self.get_response(request)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> None:
        """Called by Django when the URL is resolved."""
        set_active_app(of_view(request, view))


def of_view(request: HttpRequest, view: Callable[..., Any]) -> str:
    """The label of the project's app behind a view: of a page of the admin, its model's app."""
    model_admin = getattr(view, "model_admin", None)
    match = request.resolver_match
    candidates = (
        model_admin.opts.app_label if model_admin is not None else "",
        getattr(view, "__module__", "").partition(".")[0],
        match.route.partition("/")[0] if match is not None else "",
    )
    for label in candidates:
        if label in settings.LOCAL_APPS:
            return label
    return DEFAULT_APP


def logging_settings(
    folder: Path,
    apps: Collection[str],
    *,
    level: str,
    single: str,
    keep_days: int,
    form: str = "text",
) -> dict[str, Any]:
    """The value of Django's setting `LOGGING`.

    Everything from `level` on goes to the files; warnings, and the requests that `runserver`
    answers, also to the console. With `single` there is one file of that name for all apps. Where
    `form` is "json" the console gets a JSON object a line: all that the files get, but for the
    frames of charge points.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "console": {"()": "config.logging.ConsoleFilter"},
            "collected": {"()": "config.logging.CollectedFilter"},
            "clients": {"()": "config.logging.ClientsFilter"},
        },
        "formatters": {
            "console": {"()": "config.logging.ConsoleFormatter"},
            "json": {"()": "config.logging.JsonFormatter", "apps": apps},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "filters": ["collected" if form == "json" else "console"],
                "formatter": "json" if form == "json" else "console",
            },
            "files": {
                "()": "config.log_files.ActiveAppHandler",
                "folder": folder,
                "apps": apps,
                "single": single,
                "keep_days": keep_days,
            },
        },
        "root": {"handlers": ["console", "files"], "level": level},
        # Django's own handlers are taken off, so that nothing is said twice.
        "loggers": {
            "django": {"handlers": [], "level": level},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            "uvicorn.error": {"filters": ["clients"]},
        },
    }


class ConsoleFilter(logging.Filter):
    """What a person at the console wants to see: warnings, and what `runserver` answers."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is shown."""
        return record.levelno >= logging.WARNING or record.name in SERVER_LOGGERS


class CollectedFilter(logging.Filter):
    """What is collected from the console: everything but each frame of each charge point.

    Those are in the log files and in the database; here they would cost as much again.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is shown."""
        return record.levelno >= logging.WARNING or record.name != FRAMES_LOGGER


class ClientsFilter(logging.Filter):
    """What a client has done wrong is told in a line: its traceback is one of the server's own.

    uvicorn adds one for a text frame that is not UTF-8, before it closes with 1007.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Take the traceback off such a record; every record passes."""
        if record.exc_info and isinstance(record.exc_info[1], UnicodeDecodeError):
            record.exc_info = None
        return True


class ConsoleFormatter(logging.Formatter):
    """A line for a terminal that no logged text can disturb: unsafe characters are escaped."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (its name there)
        """The line without the traceback."""
        return escaped(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802  (its name there)
        """The traceback, on lines of its own."""
        return "\n".join(escaped(line) for line in super().formatException(ei).split("\n"))


class JsonFormatter(logging.Formatter):
    """A JSON object in one line, with the app and, where it is known, the charger."""

    def __init__(self, apps: Collection[str]) -> None:
        super().__init__()
        self._apps = frozenset(apps)

    def format(self, record: logging.LogRecord) -> str:
        """The line without its end."""
        app = of_record(record, self._apps) or DEFAULT_APP
        charger = str(getattr(record, "charger", "") or speaker.get())
        return render_full(record, app, charger).decode().rstrip("\n")


Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]


def for_websockets(patterns: list[URLPattern]) -> list[URLPattern]:
    """The same WebSocket patterns; each connection names the app of its consumer."""
    return [
        URLPattern(pattern.pattern, _naming(pattern.callback), pattern.default_args, pattern.name)
        for pattern in patterns
    ]


def _naming(application: Application) -> Application:
    module = getattr(application, "consumer_class", application).__module__
    label = module.partition(".")[0]

    async def named(scope: Scope, receive: Any, send: Any) -> None:
        set_active_app(label)
        await application(scope, receive, send)

    return named
