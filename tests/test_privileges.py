"""What only root can do for a test is missing on a laptop and must not be missing under CI."""

import os

import pytest

from tests.support.privileges import need_root


def test_without_root_a_test_is_skipped_on_a_laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="only root may fly"):
        need_root("fly")


def test_without_root_a_test_fails_under_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="only root may fly"):
        need_root("fly")


def test_root_is_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    need_root("fly")
