"""What documents say of the house: the map names what there is, and decisions exist."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
MAP = (ROOT / "docs" / "map.md").read_text()
DECISIONS = ROOT / "docs" / "decisions"
#: What the map says once of all apps, and what needs no word.
FACE = {
    *("models", "domain", "views", "api", "admin", "management", "urls", "tests"),
    *("forms", "middleware", "checks", "receivers", "routing", "templatetags"),
    *("templates", "static", "migrations", "apps", "__init__", "__main__"),
}


def modules(folder: Path) -> set[str]:
    """What stands at the top of a package: files without their ending, and folders."""
    folders = {one.name for one in folder.iterdir() if one.is_dir() and any(one.glob("*.py"))}
    return folders | {one.stem for one in folder.glob("*.py")}


def row(name: str) -> set[str]:
    """The modules in a row of the tables with `name` in front."""
    found = re.findall(rf"^\| `?{name}/?`? \| (.*) \|$", MAP, re.MULTILINE)
    named = re.findall(r"`([a-z_]+)(?:\.py|/)`", " ".join(found))
    return set(named)


@pytest.mark.parametrize("app", sorted({*settings.LOCAL_APPS} - {"ocpp"}))
def test_the_map_names_the_modules_of_each_app(app: str) -> None:
    assert row(app) == modules(ROOT / app) - FACE


@pytest.mark.parametrize("package", ["config", "arthexis"])
def test_and_those_beside_the_apps(package: str) -> None:
    known = row(package)
    there = modules(ROOT / package) - {"__init__", "__main__", "apps", "tests", "management"}
    assert known - {"_node"} == there


def test_and_what_is_inside_ocpp() -> None:
    inside = MAP.split("## Inside `ocpp`", 1)[1].split("```")[1]
    left = {word for line in inside.splitlines() for word in line[:61].split("  ")[0].split()}
    named = left - {"|"}
    there = modules(ROOT / "ocpp") - {"__init__", "tests", "migrations"}
    assert named == there


def test_every_path_of_the_map_is_there() -> None:
    paths = set(re.findall(r"`([a-z_]+(?:/[a-z_0-9]+)+(?:\.py)?)`", MAP))
    assert "accounts/prepared.py" in paths
    missing = [
        path
        for path in sorted(paths)
        if not any(
            (base / (path + ending)).exists()
            for base in (ROOT, ROOT / "ocpp")
            for ending in ("", ".py")
        )
    ]
    assert missing == ["arthexis/_node"]  # in the wheel only


def test_every_decision_that_a_text_names_was_taken() -> None:
    taken = {path.name[:4] for path in DECISIONS.glob("*.md")}
    texts = [
        path
        for ending in ("md", "py", "html", "sh", "toml")
        for path in ROOT.rglob(f"*.{ending}")
        if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    ]
    named = {
        number.zfill(4): str(path.relative_to(ROOT))
        for path in texts
        for number in re.findall(r"decisions?[\s/]+(\d{1,4})\b", path.read_text())
    }
    assert "0020" in named
    assert {number: path for number, path in named.items() if number not in taken} == {}
