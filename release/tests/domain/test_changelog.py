"""What is unreleased gets the version and the date."""

from datetime import date

import pytest

from release.domain.changelog import released
from release.domain.errors import ReleaseError
from release.domain.packages import DEFAULT_PACKAGE

DAY = date(2026, 5, 4)


@pytest.mark.parametrize("heading", ["Unreleased", "[Unreleased]", "0.2.0 (not released yet)"])
def test_the_open_section_is_released_and_a_new_one_opened(heading: str) -> None:
    before = f"# Changes\n\nThe newest first.\n\n## {heading}\n\n- One.\n\n## 0.1.0 (2026-01-01)\n"
    assert released(before, "0.2.0", DAY) == (
        "# Changes\n\nThe newest first.\n\n## Unreleased\n\n## 0.2.0 (2026-05-04)\n\n- One.\n"
        "\n## 0.1.0 (2026-01-01)\n"
    )


def test_an_empty_section_is_not_released() -> None:
    with pytest.raises(ReleaseError, match="“Unreleased” is empty: write down what is new"):
        released("# C\n\n## Unreleased\n\n## 0.1.0 (2026-01-01)\n\n- One.\n", "0.2.0", DAY)


def test_a_changelog_without_an_open_section_is_not_guessed_at() -> None:
    with pytest.raises(ReleaseError, match="no section “## Unreleased”"):
        released("# C\n\n## 0.1.0 (2026-01-01)\n\n- One.\n", "0.2.0", DAY)


def test_a_version_has_one_section() -> None:
    text = "## Unreleased\n\n- Two.\n\n## 0.2.0 (2026-01-01)\n\n- One.\n"
    with pytest.raises(ReleaseError, match=r"a section for version 0\.2\.0 already"):
        released(text, "0.2.0", DAY)
    assert "## 0.2 " not in released(text, "0.2.1", DAY)


def test_the_projects_own_changelog_can_be_released() -> None:
    text = (DEFAULT_PACKAGE.folder / DEFAULT_PACKAGE.changelog).read_text()
    assert "## 99.0.0 (2026-05-04)" in released(text, "99.0.0", DAY)
