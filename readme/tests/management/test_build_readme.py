"""`build_readme`, and that the README of the repository is fresh."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("build_readme", *arguments, stdout=out)
    return out.getvalue()


def test_the_readme_of_the_repository_is_fresh() -> None:
    assert run("--check") == "README.md is fresh.\n"


def test_every_app_has_a_readme_with_a_title() -> None:
    for app in settings.LOCAL_APPS:
        text = (settings.BASE_DIR / app / "README.md").read_text()
        assert text.startswith("# "), app


@pytest.fixture
def project(settings: Any, tmp_path: Path) -> Path:
    """A project with one app."""
    settings.BASE_DIR = tmp_path
    settings.LOCAL_APPS = ["app"]
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "README.md").write_text("# App\n")
    (tmp_path / "README.base.md").write_text("# Base\n")
    return tmp_path


def test_writes_and_then_has_nothing_to_do(project: Path) -> None:
    assert run() == "README.md was written.\n"
    text = (project / "README.md").read_text()
    assert text.endswith("# Base\n\n## App\n")
    assert run() == "README.md is fresh.\n"
    assert (project / "README.md").read_text() == text


def test_check_notices_a_stale_one_and_writes_nothing(project: Path) -> None:
    with pytest.raises(CommandError, match="stale"):
        run("--check")
    assert not (project / "README.md").exists()
    run()
    (project / "app" / "README.md").write_text("# App, changed\n")
    with pytest.raises(CommandError, match="build_readme"):
        run("--check")


def test_a_missing_overview_is_named(project: Path) -> None:
    (project / "README.base.md").unlink()
    with pytest.raises(CommandError, match=r"README\.base\.md is missing"):
        run()
