"""What hatchling asks while it builds the package: its requirements, and what lies in it.

Only the build imports this file, with hatchling; the node never does.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

#: Where the program lies in the package: nothing with a general name gets into an environment.
INSIDE = "arthexis/_node"
#: Beside the apps, which are the folders with an `apps.py`.
FOLDERS = ("docs", "locale")
FILES = (
    *("manage.py", "VERSION", "LICENSE", "requirements.txt"),
    *("README.base.md", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"),
)
#: Of the development, or made by running it.
LEFT_OUT = ("tests", "__pycache__")


class Requirements(MetadataHookInterface):
    """`dependencies` are the lines of `requirements.txt`, so that they are written down once."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Called while `pyproject.toml` is read."""
        text = (Path(self.root) / "requirements.txt").read_text(encoding="utf-8")
        lines = (line.split("#")[0].strip() for line in text.splitlines())
        metadata["dependencies"] = [line for line in lines if line]


class Program(BuildHookInterface[Any]):
    """Puts the program into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the wheel is written."""
        root = Path(self.root)
        for path in program(root):
            build_data["force_include"][str(path)] = f"{INSIDE}/{path.relative_to(root).as_posix()}"


def program(root: Path) -> Iterator[Path]:
    """Every file that an installed node needs, in order."""
    yield from (root / name for name in FILES)
    apps = [path.parent for path in root.glob("*/apps.py")]
    for folder in sorted([*apps, *(root / name for name in FOLDERS)]):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not set(path.relative_to(root).parts) & set(LEFT_OUT):
                yield path
