"""An environment to install into within a second, and a package to install without a network."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

VERSION = "1.0"


def environment(folder: Path) -> Path:
    """A virtual environment with the pip of this one; returns its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "of_the_tests.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin" / "python"


def wheel(folder: Path, name: str) -> Path:
    """A tiny package with a module of its name."""
    path = folder / f"{name}-{VERSION}-py3-none-any.whl"
    info = f"{name}-{VERSION}.dist-info"
    metadata = ("Metadata-Version: 2.1", f"Name: {name}", f"Version: {VERSION}", "")
    tags = ("Wheel-Version: 1.0", "Root-Is-Purelib: true", "Tag: py3-none-any", "")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(f"{name}.py", "installed = True\n")
        file.writestr(f"{info}/METADATA", "\n".join(metadata))
        file.writestr(f"{info}/WHEEL", "\n".join(tags))
        file.writestr(f"{info}/RECORD", "")
    return path
