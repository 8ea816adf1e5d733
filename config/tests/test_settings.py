"""The settings of a laptop and of a node in production, each in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
#: The production variables of docs/settings.md.
PRODUCTION = {
    "DEBUG": "0",
    "ALLOWED_HOSTS": "charge.example.com",
    "HTTPS": "1",
    "SECRET_KEY": "a key of a test, long enough and of many characters 0123456789",
}
READ = """
import json, sys
from django.conf import settings
print(json.dumps({name: getattr(settings, name, None) for name in sys.argv[1:]}, default=str))
"""


def process(arguments: list[str], variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "PYTEST_VERSION"}}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**clean, "DJANGO_SETTINGS_MODULE": "config.settings", **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def settings_of(variables: dict[str, str], *names: str) -> dict[str, Any]:
    done = process(["-c", READ, *names], variables)
    assert done.returncode == 0, done.stderr
    values: dict[str, Any] = json.loads(done.stdout)
    return values


def test_the_production_settings_are_clean(tmp_path: Path) -> None:
    done = process(
        ["manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        {**PRODUCTION, "SQLITE_PATH": str(tmp_path / "x.sqlite3")},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues" in done.stdout + done.stderr


def test_the_documented_variables_are_the_tested_ones() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    block = text.split("```sh production")[1].split("```")[0]
    written = dict(line.split("=", 1) for line in block.strip().splitlines())
    assert written.keys() <= PRODUCTION.keys()
    for name, value in written.items():
        assert PRODUCTION[name] == value


def test_the_settings_of_a_node_in_production_are_clean() -> None:
    """Those of docs/production.md, as they stand there. No database is asked."""
    text = (ROOT / "docs" / "production.md").read_text()
    block = text.split("```sh production")[1].split("```")[0]
    variables = dict(line.split("=", 1) for line in block.strip().splitlines())
    assert {"TRUSTED_PROXIES", "POSTGRES_DB"} <= variables.keys()
    variables |= {"SECRET_KEY": PRODUCTION["SECRET_KEY"], "POSTGRES_PORT": "1"}
    done = process(["manage.py", "check", "--deploy", "--fail-level", "WARNING"], variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues" in done.stdout + done.stderr


def test_a_laptop_works_at_once() -> None:
    values = settings_of(
        {}, "DEBUG", "ALLOWED_HOSTS", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE"
    )
    assert values == {
        "DEBUG": True,
        "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"],
        "SECURE_SSL_REDIRECT": False,
        "SESSION_COOKIE_SECURE": False,
    }


def test_https_turns_on_what_belongs_to_it() -> None:
    names = (
        *("SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS"),
        *("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_PROXY_SSL_HEADER"),
    )
    assert list(settings_of(PRODUCTION, *names).values()) == [
        *(True, 31_536_000, True),
        *(True, True, None),
    ]


def test_without_debug_cookies_are_secure_unless_the_node_says_otherwise() -> None:
    names = ("SESSION_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS")
    plain = {**PRODUCTION, "HTTPS": "0"}
    assert list(settings_of(plain, *names).values()) == [True, False, 0]
    closed_network = {**plain, "SECURE_COOKIES": "0"}
    assert list(settings_of(closed_network, *names).values()) == [False, False, 0]


def test_a_proxy_is_believed_only_when_configured() -> None:
    values = settings_of({**PRODUCTION, "TRUSTED_PROXIES": "10.0.0.5"}, "SECURE_PROXY_SSL_HEADER")
    assert values["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


def test_a_bad_variable_is_named() -> None:
    done = process(["manage.py", "check"], {"DEBUG": "perhaps"})
    assert done.returncode != 0
    assert "DEBUG is 'perhaps': write 1 or 0" in done.stderr


COLLECT = """
import sys
from pathlib import Path
import config.env
config.env.DATA_DIR = Path(sys.argv.pop(1))
import config.settings
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
PAGE = """
import sys
from pathlib import Path
import config.env
config.env.DATA_DIR = Path(sys.argv[1])
import django
django.setup()
from django.templatetags.static import static
from django.test import Client
url = static("admin/css/base.css")
response = Client(headers={"host": "charge.example.com"}).get(url, secure=True)
print(url, response.status_code, "immutable" in response.headers["Cache-Control"])
"""


def test_collected_files_are_served_by_name_with_digest(tmp_path: Path) -> None:
    (tmp_path / "staticfiles").mkdir()
    before = process(["-c", PAGE, str(tmp_path)], PRODUCTION)
    assert before.stdout.split() == ["/static/admin/css/base.css", "200", "False"], before.stderr
    collected = process(["-c", COLLECT, str(tmp_path), "collectstatic", "--noinput"], PRODUCTION)
    assert collected.returncode == 0, collected.stderr
    after = process(["-c", PAGE, str(tmp_path)], PRODUCTION)
    url, status, immutable = after.stdout.split()
    assert url.startswith("/static/admin/css/base.")
    assert len(url) > len("/static/admin/css/base.css")
    assert (status, immutable) == ("200", "True")
