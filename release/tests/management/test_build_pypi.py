"""The door to a release."""

from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command, load_command_class
from django.utils import translation

FLAGS = ("bump", "dist", "twine", "git", "tag", "all", "dry-run", "test-index")


def test_help_explains_each_step() -> None:
    text = load_command_class("release", "build_pypi").create_parser("", "build_pypi").format_help()
    for flag in FLAGS:
        assert f"--{flag}" in text
    assert "PYPI_API_TOKEN" in text


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Nothing to do: name steps, or --all. See --help."),
        ("es", "No hay nada que hacer: indique pasos, o --all. Consulte --help."),
    ],
)
def test_what_is_wrong_is_one_sentence(language: str, sentence: str) -> None:
    assert language in dict(settings.LANGUAGES)
    out = StringIO()
    with translation.override(language), pytest.raises(CommandError) as caught:
        call_command("build_pypi", stdout=out)
    assert str(caught.value) == sentence
    assert out.getvalue() == ""
