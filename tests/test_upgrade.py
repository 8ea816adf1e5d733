"""`upgrade.sh` with the real project and a migration that fails: the data is as before."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fixtures import ServerMaker
from tests.support.server import ROOT
from tests.support.services import need
from tests.test_backups import MAKE_ROWS, content
from tests.test_house_upgrade import ENVIRONMENT, git

#: The first is committed before the second fails in the middle: only a restore takes it back.
MIGRATION = """
from django.db import migrations


def change(apps, schema_editor):
    schema_editor.execute({sql!r})
    {then}


class Migration(migrations.Migration):
    dependencies = [("nodes", {after!r})]
    operations = [migrations.RunPython(change)]
"""


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of its own with this project as it is now."""
    need("git")
    if not (ROOT / ".git").exists():
        pytest.skip("this copy of the project is no git repository")
    folder = tmp_path_factory.mktemp("origin")
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in listed.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    git(folder, "init", "-q", "--initial-branch=main")
    git(folder, "add", "--force", ".")
    git(folder, "commit", "-qm", "The version that is served")
    return folder


def test_a_failing_migration_leaves_all_as_it_was(
    make_server: ServerMaker, origin: Path, tmp_path: Path
) -> None:
    node = make_server()
    node.shell(MAKE_ROWS)
    before = content(node.database)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--local", str(origin), str(clone))
    (clone / "VERSION").write_text("0.0.1+mine\n")
    head = git(clone, "rev-parse", "HEAD")
    migrations = origin / "nodes" / "migrations"
    last = sorted(path.stem for path in migrations.glob("0*.py"))[-1]
    for name, after, sql, then in [
        ("9998_changes", last, "UPDATE ocpp_charger SET name = 'changed'", "pass"),
        ("9999_breaks", "9998_changes", "DELETE FROM ocpp_connector", "raise ValueError('broken')"),
    ]:
        text = MIGRATION.format(sql=sql, then=then, after=after)
        (migrations / f"{name}.py").write_text(text)
    git(origin, "add", "--force", ".")
    git(origin, "commit", "-qm", "A version that breaks")
    try:
        done = subprocess.run(
            ["./upgrade.sh"],
            cwd=clone,
            env={
                **ENVIRONMENT,
                **node.environment,
                "PYTHON": sys.executable,
                "SYSTEMD_UNITS": str(tmp_path),
                "BACKUPS_ROOT": str(tmp_path / "backups"),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    finally:
        git(origin, "reset", "-q", "--hard", "HEAD~1")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "nodes.9998_changes... OK" in done.stdout
    assert "A migration failed." in done.stderr
    assert content(node.database) == before
    assert git(clone, "rev-parse", "HEAD") == head
    assert (clone / "VERSION").read_text() == "0.0.1+mine\n"
    assert git(clone, "stash", "list") == ""
