"""`LOG_FORMAT=json`: what the console of a server says, for who collects it."""

import json
import logging
import logging.config
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from config.logging import CollectedFilter, JsonFormatter, active_app, logging_settings
from ocpp.speaker import speaker
from tests.support.server import ROOT


@pytest.fixture
def console() -> Iterator[StringIO]:
    """What a logger with the formatter and its filter has written."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter(["ocpp", "accounts"]))
    handler.addFilter(CollectedFilter())
    loggers = [logging.getLogger(name) for name in ("ocpp.test_json", "ocpp.messages")]
    for logger in loggers:
        logger.addHandler(handler)
    yield stream
    for logger in loggers:
        logger.removeHandler(handler)


def test_a_line_knows_the_app_and_the_charger_of_its_task(console: StringIO) -> None:
    token = speaker.set("CP1")
    with active_app("ocpp"):
        logging.getLogger("ocpp.test_json").info("connected from %s", "10.0.0.1\x1b[2J")
    speaker.reset(token)
    logging.getLogger("ocpp.test_json").warning("said", extra={"charger": "CP2"})
    logging.getLogger("ocpp.test_json").info("nobody's")
    assert "\x1b" not in console.getvalue()
    first, second, third = (json.loads(line) for line in console.getvalue().splitlines())
    assert first["message"] == "connected from 10.0.0.1\x1b[2J"
    assert (first["level"], first["app"], first["charger"]) == ("INFO", "ocpp", "CP1")
    assert (second["app"], second["charger"]) == ("ocpp", "CP2")
    assert "charger" not in third


def test_frames_stay_in_the_files(console: StringIO) -> None:
    logging.getLogger("ocpp.messages").info('{"charger": "CP1"}')
    logging.getLogger("ocpp.messages").warning("cannot be written")
    assert len(console.getvalue().splitlines()) == 1


@pytest.mark.parametrize(("form", "formatter"), [("text", "console"), ("json", "json")])
def test_text_is_the_default(tmp_path: Path, form: str, formatter: str) -> None:
    options = {} if form == "text" else {"form": form}
    made = logging_settings(tmp_path, ["ocpp"], level="INFO", single="", keep_days=0, **options)
    assert made["handlers"]["console"]["formatter"] == formatter


def test_a_process_speaks_json_when_it_is_told_to(tmp_path: Path) -> None:
    code = "import logging; logging.getLogger('ocpp.x').info('one\\ntwo')"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "LOG_FORMAT": "json",
            "LOGS_DIR": str(tmp_path),
            "SQLITE_PATH": str(tmp_path / "db.sqlite3"),
            "SECRET_KEY": "only-for-tests",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert {"level": "INFO", "app": "ocpp", "logger": "ocpp.x", "message": "one\ntwo"}.items() <= (
        lines[-1].items()
    )
