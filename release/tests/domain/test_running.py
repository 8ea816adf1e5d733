"""Other programs: their limits, and what they are not told."""

import sys
from pathlib import Path

import pytest

from release.domain import tools
from release.domain.errors import ReleaseError
from release.domain.running import SECRETS, run


def test_a_program_is_not_told_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "x")
    script = f"import os; print([n for n in {SECRETS!r} if n in os.environ])"
    assert run([sys.executable, "-c", script], tmp_path).output == "[]\n"
    told = run([sys.executable, "-c", script], tmp_path, environ={"TWINE_PASSWORD": "x"})
    assert told.output == "['TWINE_PASSWORD']\n"


def test_what_it_says_is_shown_without_them(tmp_path: Path) -> None:
    script = "import os, sys; sys.exit('it was ' + os.environ['TWINE_PASSWORD'])"
    done = run(
        [sys.executable, "-c", script],
        tmp_path,
        environ={"TWINE_PASSWORD": "swordfish"},
        secrets=["swordfish", ""],
    )
    assert (done.code, done.told) == (1, "it was ********")


def test_a_program_that_is_missing_or_slow_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="no-such-program is not installed"):
        run(["no-such-program"], tmp_path)
    with pytest.raises(ReleaseError, match="did not end within 0 s"):
        run([sys.executable, "-c", "import signal; signal.pause()"], tmp_path, limit_s=0.3)


def test_missing_tools_are_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "NEEDED", ("twine", "no_such_tool"))
    with pytest.raises(ReleaseError, match=r"Not installed: no_such_tool\. Run pip install"):
        tools.check()
