"""Where the program is, and where a node keeps what it writes."""

import os
from pathlib import Path

#: The variable that names the data folder; `config.env` reads it too.
VARIABLE = "ARTHEXIS_DATA"


def program() -> Path:
    """The folder with `manage.py`: inside the installed package, or the checkout."""
    here = Path(__file__).resolve().parent
    installed = here / "_node"
    return installed if installed.is_dir() else here.parent


def data(named: str = "") -> Path:
    """The data folder: the one named, or that of `ARTHEXIS_DATA`, or the user's own.

    The last is `arthexis` in `XDG_DATA_HOME` (`~/.local/share`), wherever the command is run: a
    node must not be another one because somebody stands in another folder.
    """
    chosen = named or os.environ.get(VARIABLE, "")
    if not chosen:
        home = os.environ.get("XDG_DATA_HOME", "") or "~/.local/share"
        chosen = f"{home}/arthexis"
    return Path(chosen).expanduser().absolute()


def version() -> str:
    """The version of the program."""
    return (program() / "VERSION").read_text(encoding="utf-8").strip()
