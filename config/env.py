"""Reads the environment: `envs/*.env` files first loaded into it, then typed readers over it.

A variable that is already in the environment always wins over a file.
"""

import os
import secrets
from pathlib import Path

from dotenv import load_dotenv

BASE_DIR = Path(__file__).resolve().parent.parent
ENVS_DIR = BASE_DIR / "envs"

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
    """The variable as text."""
    return os.environ.get(name, default)


def flag(name: str, default: bool = False) -> bool:
    """The variable as a truth value: 1/true/yes/on or 0/false/no/off, in any case."""
    raw = os.environ.get(name)
    if raw is None:
        return default
    word = raw.strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise BadEnvironmentVariable(f"{name} is {raw!r}: write 1 or 0")


def number(name: str, default: int) -> int:
    """The variable as a whole number."""
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    try:
        return int(raw)
    except ValueError:
        raise BadEnvironmentVariable(f"{name} is {raw!r}: write a whole number") from None


def words(name: str, default: str = "") -> list[str]:
    """The variable as a list: parts between commas, without blanks."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def secret_key(folder: Path = ENVS_DIR) -> str:
    """`SECRET_KEY`, generated once into `folder/secret.env` (mode 0600) when it is missing.

    Two processes that start at once agree: the file is created exclusively, and the one
    that comes second reads what the first has written.
    """
    key = os.environ.get("SECRET_KEY", "")
    if key:
        return key
    path = folder / "secret.env"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        load_dotenv(path, override=False)
        return os.environ["SECRET_KEY"]
    key = secrets.token_urlsafe(50)
    with os.fdopen(handle, "w") as file:
        file.write(f"SECRET_KEY={key}\n")
    os.environ["SECRET_KEY"] = key
    return key
