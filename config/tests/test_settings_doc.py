"""`docs/settings.md` lists every variable that the project reads, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
READERS = (
    *("settings.py", "charging_settings.py", "people_settings.py", "reaching_settings.py"),
    "databases.py",
    "management/commands/runserver.py",
)
CALL = re.compile(r"env\.(?:text|flag|number|words|choice)\(\s*\"([A-Z0-9_]+)\"(?:, (\d+)\b)?")
ROW = re.compile(r"^\| `([A-Z0-9_]+)` \| (.*?) \|", re.MULTILINE)


def read_by_code() -> dict[str, str]:
    text = "".join((ROOT / "config" / name).read_text() for name in READERS)
    return {
        "SECRET_KEY": "",
        "STORED_SECRETS_KEY": "",
        # Read before the settings are: where the data are, and by `build_pypi` alone.
        "ARTHEXIS_DATA": "",
        "PYPI_API_TOKEN": "",
        "TWINE_REPOSITORY_URL": "",
        **dict(CALL.findall(text.replace("'", '"'))),
    }


def documented() -> dict[str, str]:
    return dict(ROW.findall((ROOT / "docs" / "settings.md").read_text()))


def test_every_variable_is_documented_and_no_other() -> None:
    assert documented().keys() == read_by_code().keys()


def test_documented_numbers_are_the_defaults() -> None:
    table = documented()
    written = {name: default for name, default in read_by_code().items() if default}
    for name, default in written.items():
        if name != "HSTS_SECONDS":  # a year, computed
            assert table[name] == f"`{default}`", name
