"""The next version."""

import pytest

from release.domain.errors import ReleaseError
from release.domain.versions import following


@pytest.mark.parametrize(
    ("old", "bump", "new"),
    [
        ("0.1.9", "patch", "0.1.10"),
        ("0.1.9", "minor", "0.2.0"),
        ("0.1.9", "major", "1.0.0"),
        ("0.1.9", "2.3.4", "2.3.4"),
        ("0.1.0", "0.1.0", "0.1.0"),
    ],
)
def test_a_part_or_a_version_is_followed(old: str, bump: str, new: str) -> None:
    assert following(old, bump) == new


@pytest.mark.parametrize("text", ["1.2", "v1.2.3", "1.2.3rc1", "01.2.3", "big"])
def test_what_is_no_version_is_named(text: str) -> None:
    with pytest.raises(ReleaseError, match=f"{text} is no version: write three numbers"):
        following("0.1.0", text)


def test_a_version_never_goes_back() -> None:
    with pytest.raises(ReleaseError, match=r"Version 0\.9\.9 is older than 0\.10\.0\."):
        following("0.10.0", "0.9.9")
