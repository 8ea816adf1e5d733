"""Other programs: without a shell, with a limit, and with no secret in their arguments."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from release.domain.errors import ReleaseError
from release.domain.words import gettext as _

#: Variables that hold secrets of an index: they go to the program that uploads, and to no other.
SECRETS = ("PYPI_API_TOKEN", "TWINE_PASSWORD", "TWINE_USERNAME")


@dataclass(frozen=True)
class Done:
    """How a program has ended."""

    code: int
    output: str

    @property
    def told(self) -> str:
        """The last lines of what it said."""
        return "\n".join(self.output.strip().splitlines()[-12:])


def run(
    command: Sequence[str],
    folder: Path,
    *,
    limit_s: float = 120,
    environ: Mapping[str, str] | None = None,
    secrets: Sequence[str] = (),
    text: str | None = None,
) -> Done:
    """Run a program and return when it has ended. `environ` adds to this process's variables.

    `secrets` are taken out of what it says. Raises ReleaseError when it is missing or too slow.
    """
    clean = {name: value for name, value in os.environ.items() if name not in SECRETS}
    try:
        done = subprocess.run(  # noqa: S603  (a list of words, no shell)
            list(command),
            cwd=folder,
            env={**clean, **(environ or {})},
            input=text if text is not None else "",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=limit_s,
            check=False,
        )
    except FileNotFoundError:
        raise ReleaseError(
            _("%(program)s is not installed.") % {"program": Path(command[0]).name}
        ) from None
    except subprocess.TimeoutExpired:
        raise ReleaseError(
            _("%(program)s did not end within %(limit)d s.")
            % {"program": Path(command[0]).name, "limit": limit_s}
        ) from None
    return Done(done.returncode, scrub(done.stdout, secrets))


def scrub(text: str, secrets: Sequence[str]) -> str:
    """The text with stars in place of secrets."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "********")
    return text
