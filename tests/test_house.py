"""What a person who clones the project finds at its top."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from tests.support.services import need

ROOT = Path(__file__).resolve().parent.parent
APPS = (
    *(
        "accounts",
        "ocpp",
        "nodes",
        "subscriptions",
        "chat",
        "qrcodes",
        "awg",
        "odoo",
        "mailer",
        "audit",
    ),
    *("release", "readme", "website"),
)


@pytest.mark.parametrize("app", APPS)
def test_every_app_is_a_folder_registered_and_explained(app: str) -> None:
    assert Path(apps.get_app_config(app).path) == ROOT / app
    assert app in settings.LOCAL_APPS
    assert (ROOT / app / "README.md").read_text().startswith("# ")
    assert f"[{app}](../{app}/README.md)" in (ROOT / "docs" / "map.md").read_text()


@pytest.mark.parametrize(
    "path",
    [
        *("VERSION", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.base.md", "README.md"),
        *("docs/map.md", "docs/glossary.md", "docs/settings.md", "docs/decisions", "envs", "logs"),
        *(
            ".gitignore",
            ".ci/run",
            "install.sh",
            "upgrade.sh",
            "requirements.txt",
            "requirements-dev.txt",
        ),
    ],
)
def test_the_top_is_complete(path: str) -> None:
    assert (ROOT / path).exists()


def test_links_between_documents_lead_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *ROOT.glob("*/README.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in documents
        for target in re.findall(r"\]\((?![a-z]+:|#)([^)#\s]+)", path.read_text())
        if not (path.parent / target).exists()
    ]
    assert broken == []


def test_vs_code_runs_and_debugs_the_server() -> None:
    configurations = {
        entry["name"]: entry
        for entry in json.loads((ROOT / ".vscode" / "launch.json").read_text())["configurations"]
    }
    assert configurations["Run Django Server"]["noDebug"] is True
    assert "noDebug" not in configurations["Debug Django Server"]
    for entry in configurations.values():
        assert entry["args"][0] == "runserver"


def test_every_requirement_is_pinned() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text().splitlines():
            if line and not line.startswith(("#", "-r ")):
                assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,-]+\])?==[\w.]+(;|$)", line), line


def test_nothing_of_a_node_is_committed() -> None:
    need("git")
    if not (ROOT / ".git").exists():
        pytest.skip("this copy of the project is no git repository")
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()
    for path in listed:
        assert not re.search(r"\.env$|\.sqlite3|\.log\b|\.py[co]$|^\.venv/|^staticfiles/[^.]", path)
    assert "envs/.gitkeep" in listed


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
@pytest.mark.parametrize("script", ["install.sh", "upgrade.sh", ".ci/run", "benchmarks/run"])
def test_shell_scripts_are_clean(script: str) -> None:
    done = subprocess.run(
        ["shellcheck", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout
