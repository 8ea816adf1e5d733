"""Reading the environment and its files."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config import env

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test loads, and what is remembered of it, is gone after it."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    for name in ("ONE", "TWO"):
        # Set first, so that what a test adds is taken away again.
        monkeypatch.setitem(env.DEFAULTS, name, None)
    for name in ("ONE", "TWO", "SECRET_KEY"):
        os.environ.pop(name, None)


def test_files_are_loaded_in_name_order_and_the_first_wins(tmp_path: Path) -> None:
    (tmp_path / "b.env").write_text("ONE=from b\nTWO=from b\n")
    (tmp_path / "a.env").write_text("ONE=from a\n")
    (tmp_path / "c.txt").write_text("ONE=no env file\n")
    assert [file.name for file in env.load_env_files(tmp_path)] == ["a.env", "b.env"]
    assert (os.environ["ONE"], os.environ["TWO"]) == ("from a", "from b")


def test_the_real_environment_wins_even_when_it_is_empty(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("ONE=file\nTWO=file\n")
    os.environ.update(ONE="real", TWO="")
    env.load_env_files(tmp_path)
    assert (os.environ["ONE"], os.environ["TWO"]) == ("real", "")


@pytest.mark.parametrize(
    ("written", "value"),
    [("1", True), ("true", True), ("YES", True), (" on ", True), ("0", False), ("off", False)],
)
def test_a_flag(written: str, value: bool) -> None:
    os.environ["ONE"] = written
    assert env.flag("ONE", default=not value) is value


def test_a_missing_or_empty_variable_has_its_default_but_an_empty_flag_is_off() -> None:
    os.environ["ONE"] = ""
    assert env.flag("ONE", default=True) is False
    assert env.flag("TWO", default=True) is True
    for name in ("ONE", "TWO"):
        assert env.number(name, 7) == 7
        assert env.text(name, "x") == "x"
        assert env.choice(name, "a", ("a", "b")) == "a"


def test_numbers_words_and_choices() -> None:
    os.environ["ONE"] = " 12 "
    assert env.number("ONE", 0) == 12
    os.environ["ONE"] = "a, b,,c "
    assert env.words("ONE") == ["a", "b", "c"]
    os.environ["ONE"] = "b"
    assert env.choice("ONE", "a", ("a", "b")) == "b"


@pytest.mark.parametrize(("text", "said"), [("2", "write 3 or more"), ("10", "write 9 or less")])
def test_a_number_out_of_bounds_is_named_with_them(text: str, said: str) -> None:
    os.environ["ONE"] = text
    with pytest.raises(env.BadEnvironmentVariable, match=f"ONE is {text}: {said}"):
        env.number("ONE", 5, least=3, most=9)
    assert env.number("ONE", 5, least=2, most=10) == int(text)


def test_defaults_are_remembered() -> None:
    os.environ["ONE"] = "7"
    env.number("ONE", 5)
    assert env.DEFAULTS["ONE"] == 5
    assert env.DEFAULTS["OCPP_REST_S"] == 300


@pytest.mark.parametrize("read", ["flag", "number", "choice"])
def test_what_cannot_be_read_is_named_with_its_value(read: str) -> None:
    os.environ["ONE"] = "perhaps"
    with pytest.raises(env.BadEnvironmentVariable, match=r"ONE is 'perhaps': write"):
        {
            "flag": lambda: env.flag("ONE"),
            "number": lambda: env.number("ONE", 1),
            "choice": lambda: env.choice("ONE", "a", ("a", "b")),
        }[read]()


def test_a_missing_key_is_generated_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "envs"
    key = env.secret_key(folder)
    assert len(key) >= 50
    assert env.secret_key(folder) == key
    assert stat.S_IMODE((folder / "secret.env").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["secret.env"]


def test_each_key_has_a_file_of_its_own(tmp_path: Path) -> None:
    key = env.secret_key(tmp_path, "OTHER_KEY", "other.env")
    assert (tmp_path / "other.env").read_text() == f"OTHER_KEY={key}\n"
    assert env.secret_key(tmp_path) != key


def test_a_key_in_the_environment_is_used_and_none_written(tmp_path: Path) -> None:
    os.environ["SECRET_KEY"] = "given"
    assert env.secret_key(tmp_path) == "given"
    assert not list(tmp_path.iterdir())


def test_a_key_file_without_a_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret.env").write_text("SECRET_KEY=\n")
    with pytest.raises(env.BadEnvironmentVariable, match=r"not in .*secret\.env"):
        env.secret_key(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "envs").write_text("a file, no folder")
    with pytest.raises(env.BadEnvironmentVariable, match="set SECRET_KEY"):
        env.secret_key(tmp_path / "envs")


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from config import env; sys.stdin.readline();"
        "print(env.secret_key(Path(sys.argv[1])))"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            cwd=ROOT,
            env=os.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    keys = {process.communicate(timeout=30)[0].strip() for process in running}
    assert len(keys) == 1
    assert len(keys.pop()) >= 50


@pytest.mark.parametrize("entry", ["manage", "config.asgi", "config.wsgi"])
def test_every_entry_point_loads_the_files_first(entry: str, tmp_path: Path) -> None:
    """Each is run in a copy of nothing but its own file and those that it needs before settings."""
    (tmp_path / "config" / "development").mkdir(parents=True)
    (tmp_path / "audit").mkdir()
    (tmp_path / "envs").mkdir()
    (tmp_path / "envs" / "x.env").write_text("ONE=loaded\n")
    for name in (
        "config/env.py",
        "config/asgi.py",
        "config/wsgi.py",
        "manage.py",
        "audit/actor.py",
        "config/development/restarts.py",
    ):
        (tmp_path / name).write_text((ROOT / name).read_text())
    (tmp_path / "config" / "settings.py").write_text(
        "import os\nprint('ONE is', os.environ.get('ONE'))\nraise SystemExit\n"
    )
    call = "manage.main()" if entry == "manage" else "pass"
    done = subprocess.run(
        [sys.executable, "-c", f"import {entry} as entry; import manage; {call}", "check"],
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if not k.startswith("DJANGO_")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "ONE is loaded" in done.stdout, done.stderr
