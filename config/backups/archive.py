"""The file of a backup: a ZIP with the database, files when wanted, and last a manifest.

The directory of a ZIP stands at its end, so one that was broken off is never taken for whole.
"""

import json
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path, PurePosixPath
from typing import IO, Final
from uuid import uuid4

from django.utils.translation import gettext as _

#: The way such files are laid out; another number is not understood.
FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
DATABASE: Final = "database"
#: Bytes that are read at a time.
PIECE: Final = 1 << 20
#: A manifest is not longer than this (bytes).
MANIFEST_LIMIT: Final = 4 << 20

#: What reading a ZIP raises that is broken, or none.
NOT_WHOLE: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError),
    *(KeyError, ValueError, TypeError, RuntimeError, NotImplementedError),
)

#: Tells how much is done of how much.
Tell = Callable[[int, int], None]


class BackupError(Exception):
    """Why a backup cannot be made or restored, and what to do; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    #: `sqlite` or `postgresql`, and the version of that.
    vendor: str
    database_version: str
    #: The program's version, and the migrations that its database had (`app.name`).
    version: str
    migrations: list[str]
    #: When it was made: ISO 8601, UTC.
    made: str
    #: Names of the folders that it holds beside the database.
    folders: list[str]
    #: Tells one `SECRET_KEY` from another, and nothing else.
    key_mark: str
    format: int = FORMAT


class Writer:
    """A backup that is being written."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file

    @contextmanager
    def database(self, *, compressed: bool) -> Iterator[IO[bytes]]:
        """Where the database is to be written; `compressed` when it is so already."""
        entry = zipfile.ZipInfo(DATABASE)
        entry.compress_type = zipfile.ZIP_STORED if compressed else zipfile.ZIP_DEFLATED
        with self._file.open(entry, "w", force_zip64=True) as out:
            yield out

    def folder(self, name: str, folder: Path) -> None:
        """Add the files of a folder. One that disappears meanwhile is left out."""
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not path.is_file():
                continue
            with suppress(FileNotFoundError):
                self._file.write(path, f"{name}/{path.relative_to(folder).as_posix()}")

    def manifest(self, manifest: Manifest) -> None:
        """What makes it whole."""
        self._file.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """A new backup at `path`, which only its owner may read; it has its name when it is whole.

    Raises BackupError when there is a file of that name, or it cannot be written.
    """
    if path.exists():
        raise BackupError(_("There is a file %(path)s already: name another.") % {"path": path})
    part = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w+b") as raw:
            with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as file:
                yield Writer(file)
            raw.flush()
            os.fsync(raw.fileno())
        _name(part, path)
    except OSError as error:
        raise BackupError(
            _("The backup %(path)s cannot be written: %(reason)s.")
            % {"path": path, "reason": error.strerror or error}
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _name(part: Path, path: Path) -> None:
    """Give a file its name, unless another one has got it meanwhile."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links, such as a USB stick
        if path.exists():
            raise FileExistsError(17, _("it exists"), str(path)) from None
        part.rename(path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Reader:
    """A whole backup."""

    def __init__(self, path: Path) -> None:
        """Reads all of it once. Raises BackupError when it is not whole, or not one of ours."""
        self.path = path
        try:
            with zipfile.ZipFile(path) as file:
                broken = file.testzip()
                if broken is not None:
                    raise zipfile.BadZipFile(broken)
                if file.getinfo(MANIFEST).file_size > MANIFEST_LIMIT:
                    raise ValueError(MANIFEST)
                self.manifest = _manifest(file.read(MANIFEST))
                file.getinfo(DATABASE)
        except OSError as error:
            raise BackupError(
                _("The backup %(path)s cannot be read: %(reason)s.")
                % {"path": path, "reason": error.strerror or error}
            ) from error
        except NOT_WHOLE as bad:
            raise BackupError(
                _("%(path)s is no whole backup of this program (%(reason)s): use another one.")
                % {"path": path, "reason": bad}
            ) from bad

    @property
    def size(self) -> int:
        """How many bytes the database has in it."""
        with zipfile.ZipFile(self.path) as file:
            return file.getinfo(DATABASE).file_size

    def copy_database(self, out: IO[bytes], tell: Tell) -> None:
        """Write the database to `out`."""
        done, size = 0, self.size
        with zipfile.ZipFile(self.path) as file, file.open(DATABASE) as source:
            while piece := source.read(PIECE):
                out.write(piece)
                done += len(piece)
                tell(done, size)

    def restore_folder(self, name: str, folder: Path) -> int:
        """Put the files of a folder where they were, and leave others there; returns how many.

        Each is whole or as before.
        """
        count = 0
        with zipfile.ZipFile(self.path) as file:
            for entry in file.infolist():
                parts = PurePosixPath(entry.filename).parts
                if len(parts) < 2 or parts[0] != name or entry.is_dir():
                    continue
                if any(part in {"..", "/"} for part in parts):
                    raise BackupError(
                        _("%(path)s names a file outside of its folder: %(name)s.")
                        % {"path": self.path, "name": entry.filename}
                    )
                target = folder.joinpath(*parts[1:])
                target.parent.mkdir(parents=True, exist_ok=True)
                part = target.with_name(f".{uuid4().hex}.part")
                try:
                    with file.open(entry) as source, part.open("wb") as out:
                        shutil.copyfileobj(source, out, PIECE)
                    part.replace(target)
                finally:
                    part.unlink(missing_ok=True)
                count += 1
        return count


def _manifest(raw: bytes) -> Manifest:
    told = json.loads(raw)
    if told["format"] != FORMAT:
        raise ValueError(f"format {told['format']}")
    known = {field.name for field in fields(Manifest)}
    manifest = Manifest(**{name: value for name, value in told.items() if name in known})
    if not all(re.fullmatch(r"\w+\.\w+", name) for name in manifest.migrations):
        raise ValueError("migrations")
    return manifest
