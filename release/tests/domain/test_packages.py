"""The names that others import, and credentials that never show."""

import os
import subprocess
import sys
import tomllib

import pytest

from release import DEFAULT_PACKAGE, Credentials
from release.domain.errors import ReleaseError


def test_the_names_can_be_imported_without_django_being_set_up() -> None:
    script = (
        "from release import Package, Credentials, DEFAULT_PACKAGE as p\n"
        "from release.utils import build\n"
        "from release.domain.errors import ReleaseError\n"
        "try: build(p)\n"
        "except ReleaseError as error: print(p.name, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=DEFAULT_PACKAGE.folder,
        env={n: v for n, v in os.environ.items() if n != "DJANGO_SETTINGS_MODULE"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "arthexis Nothing to do: name steps, or --all. See --help.\n", done.stderr


def test_the_package_is_the_one_that_is_built() -> None:
    project = tomllib.loads((DEFAULT_PACKAGE.folder / "pyproject.toml").read_text())["project"]
    assert (DEFAULT_PACKAGE.name, DEFAULT_PACKAGE.description) == (
        project["name"],
        project["description"],
    )


@pytest.mark.parametrize(
    ("variables", "user", "secret"),
    [
        ({"PYPI_API_TOKEN": "pypi-t"}, "__token__", "pypi-t"),
        ({"TWINE_PASSWORD": "pypi-t"}, "__token__", "pypi-t"),
        ({"TWINE_USERNAME": "ana", "TWINE_PASSWORD": "p"}, "ana", "p"),
        ({"TWINE_USERNAME": "__token__", "TWINE_PASSWORD": "pypi-t"}, "__token__", "pypi-t"),
    ],
)
def test_credentials_come_from_the_environment(
    variables: dict[str, str], user: str, secret: str
) -> None:
    found = Credentials.from_environment(variables)
    assert found is not None
    assert (found.user, found.secret) == (user, secret)
    assert secret not in repr(found).replace("username", "")


def test_a_user_name_alone_is_nobody() -> None:
    assert Credentials.from_environment({"TWINE_USERNAME": "ana"}) is None


@pytest.mark.parametrize(
    "half",
    [{}, {"username": "ana"}, {"password": "p"}, {"token": "t", "password": "p"}],
)
def test_half_of_them_are_refused(half: dict[str, str]) -> None:
    with pytest.raises(ReleaseError, match="a token, or a user name and a password"):
        Credentials(**half)
