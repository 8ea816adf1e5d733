"""Reads the environment: `envs/*.env` files first loaded into it, then typed readers over it.

A variable that is already in the environment always wins over a file.
"""

import os
import secrets
import tempfile
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from dotenv import dotenv_values, load_dotenv

#: The program.
BASE_DIR = Path(__file__).resolve().parent.parent
#: What this node writes. In a checkout both are one folder, unless somebody names another one.
DATA_DIR = Path(os.environ.get("ARTHEXIS_DATA") or BASE_DIR).expanduser().absolute()
ENVS_DIR = DATA_DIR / "envs"

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off", ""})


class BadEnvironmentVariable(ValueError):
    """A variable of the environment has a value that cannot be read as its type."""


def load_env_files(folder: Path = ENVS_DIR) -> list[Path]:
    """Load every `*.env` file of `folder` in name order; the real environment wins.

    Between two files that set the same variable, the first in name order wins.
    """
    files = sorted(folder.glob("*.env"))
    for file in files:
        load_dotenv(file, override=False)
    return files


def text(name: str, default: str = "") -> str:
    """The variable as text; an empty one counts as missing."""
    return os.environ.get(name, "") or default


def flag(name: str, default: bool = False) -> bool:
    """The variable as a truth value: 1/true/yes/on or 0/false/no/off/nothing, in any case."""
    raw = os.environ.get(name)
    if raw is None:
        return default
    word = raw.strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise BadEnvironmentVariable(f"{name} is {raw!r}: write 1 or 0")


#: The default of each number that was read.
DEFAULTS: dict[str, int] = {}


def number(name: str, default: int, *, least: int | None = None, most: int | None = None) -> int:
    """The variable as a whole number, from `least` to `most`."""
    DEFAULTS[name] = default
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError:
        raise BadEnvironmentVariable(f"{name} is {raw!r}: write a whole number") from None
    if least is not None and value < least:
        raise BadEnvironmentVariable(f"{name} is {value}: write {least} or more")
    if most is not None and value > most:
        raise BadEnvironmentVariable(f"{name} is {value}: write {most} or less")
    return value


def words(name: str, default: str = "") -> list[str]:
    """The variable as a list: parts between commas, without blanks."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def choice(name: str, default: str, allowed: Collection[str]) -> str:
    """The variable as one of a few words."""
    word = os.environ.get(name, "").strip() or default
    if word not in allowed:
        raise BadEnvironmentVariable(f"{name} is {word!r}: write one of {', '.join(allowed)}")
    return word


def secret_key(folder: Path = ENVS_DIR, name: str = "SECRET_KEY", file: str = "secret.env") -> str:
    """The key `name`, generated once into `folder/file` (mode 0600) when it is missing.

    Processes that start at once agree: each writes a key to a file of its own, the first one
    to give its file the name has won, and all read what has that name.
    """
    key = os.environ.get(name, "")
    if key:
        return key
    path = folder / file
    if not path.exists():
        try:
            _write_new_key(path, name)
        except OSError as error:
            raise BadEnvironmentVariable(
                f"{name} is missing and {path} cannot be written ({error}): set {name}"
            ) from None
    key = dotenv_values(path).get(name) or ""
    if not key:
        raise BadEnvironmentVariable(
            f"{name} is not in {path}: add it, or delete the file to have one generated"
        )
    return key


def _write_new_key(path: Path, name: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, own = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # mode 0600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(f"{name}={secrets.token_urlsafe(50)}\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(own, path)
    finally:
        Path(own).unlink()
