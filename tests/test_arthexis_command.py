"""The command `arthexis` in a checkout: folders, addresses, and what it decides for a node."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from arthexis import environment, folders
from arthexis.command import main
from tests.support.server import ROOT

#: What the environment of these tests says of another node.
OF_ANOTHER_NODE = ("SQLITE_PATH", "POSTGRES_DB", "SECRET_KEY", "STORED_SECRETS_KEY")

ALL = "0.0.0.0"  # noqa: S104  (nothing is bound)


def test_the_data_folder_is_named_or_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ARTHEXIS_DATA", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/ana")
    assert folders.data() == Path("/home/ana/.local/share/arthexis")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert folders.data() == Path("/data/arthexis")
    monkeypatch.setenv("ARTHEXIS_DATA", "~/node")
    assert folders.data() == Path("/home/ana/node")
    assert folders.data("/srv/node") == Path("/srv/node")


def test_the_program_is_the_checkout() -> None:
    assert folders.program() == ROOT
    assert folders.version() == (ROOT / "VERSION").read_text().strip()


@pytest.fixture
def undecided(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A data folder, and nothing decided."""
    for name in ("DEBUG", "HTTPS", "SECURE_COOKIES", "ALLOWED_HOSTS", "MANAGE_COMMAND"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "envs").mkdir()
    return tmp_path


def test_an_installed_node_shows_no_details_of_errors(undecided: Path) -> None:
    found = environment.complete(undecided)
    assert (found["DEBUG"], found["SECURE_COOKIES"]) == ("0", "0")
    assert found["ARTHEXIS_DATA"] == str(undecided)
    assert "ALLOWED_HOSTS" not in found


def test_messages_name_the_command_that_is_there(
    undecided: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = undecided / "a b"
    named = environment.complete(folder)["MANAGE_COMMAND"]
    assert named == f"arthexis manage --data '{folder}'"
    monkeypatch.setenv("ARTHEXIS_DATA", str(folder))
    assert environment.complete(folder)["MANAGE_COMMAND"] == "arthexis manage"


def test_with_tls_cookies_are_secure(undecided: Path) -> None:
    assert "SECURE_COOKIES" not in environment.complete(undecided, options=["--tls-cert=x.pem"])
    (undecided / "envs" / "node.env").write_text("HTTPS=1\n")
    assert "SECURE_COOKIES" not in environment.complete(undecided)


def test_on_a_network_it_answers_to_its_own_names(undecided: Path) -> None:
    names = environment.complete(undecided, "192.0.2.7")["ALLOWED_HOSTS"].split(",")
    assert {"localhost", "127.0.0.1", "192.0.2.7"} <= set(names)
    assert ALL not in environment.complete(undecided, ALL)["ALLOWED_HOSTS"].split(",")


def test_what_somebody_has_decided_stays(undecided: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (undecided / "envs" / "node.env").write_text("DEBUG=1\nALLOWED_HOSTS=x\n")
    monkeypatch.setenv("SECURE_COOKIES", "1")
    found = environment.complete(undecided, ALL)
    assert found["SECURE_COOKIES"] == "1"
    assert not {"DEBUG", "ALLOWED_HOSTS"} & (found.keys() - os.environ.keys())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run", "127.0.0.1:99999"], "127.0.0.1:99999 is no address to serve on"),
        (["run", "a b"], "a b is no address to serve on"),
        (["run", "--data", "/dev/null/x"], "The data folder /dev/null/x cannot be made"),
        (["walk"], "invalid choice: 'walk'"),
        ([], "required: run | manage"),
    ],
)
def test_what_cannot_be_is_said(
    words: list[str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("ARTHEXIS_DATA", str(tmp_path / "data"))
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code
    assert sentence in capsys.readouterr().err


def test_manage_is_the_nodes_own_command_line(tmp_path: Path) -> None:
    script = "from django.conf import settings as s; print(s.MEDIA_ROOT, s.LOGS_DIR, s.STATIC_ROOT)"
    kept = {n: v for n, v in os.environ.items() if n not in OF_ANOTHER_NODE}
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "arthexis", "manage", "--data", str(tmp_path / "node")),
            *("shell", "--verbosity", "0", "-c", script),
        ],
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    names = ("media", "logs", "staticfiles")
    assert ended.stdout.split() == [str(tmp_path / "node" / name) for name in names]
    assert (tmp_path / "node" / "envs" / "secret.env").exists()
    assert (tmp_path / "node").stat().st_mode & 0o077 == 0
