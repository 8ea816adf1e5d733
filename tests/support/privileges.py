"""What only root may do for a test: small file systems, and networks of its own."""

import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.services import missing, need

COMMAND_LIMIT_S = 30


def need_root(what: str) -> None:
    """Skip the test where it is not run by root, which alone may do `what`; fail it under CI."""
    if os.geteuid() != 0:
        missing(f"only root may {what}: run this test with sudo")


def _do(*command: str) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=COMMAND_LIMIT_S, check=False
    )
    if done.returncode:
        missing(f"{' '.join(command)}: {done.stderr.strip()}")


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[Path]:
    """A file system of so many MiB, mounted at `folder`. Where that cannot be, `missing`."""
    need_root("mount a file system")
    folder.mkdir()
    _do("mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        # Lazily: whoever still has a file open there keeps nobody from going on.
        subprocess.run(["umount", "-l", str(folder)], timeout=COMMAND_LIMIT_S, check=True)


class Network:
    """A network namespace with a cable to this host."""

    def __init__(self) -> None:
        word = uuid.uuid4().hex[:6]
        self.name = f"charge-{word}"
        self._ours, self._theirs = f"cs{word}a", f"cs{word}b"
        # One of 64 times 254 small networks in a range that is for tests of networks (RFC 2544).
        net = f"198.18.{uuid.uuid4().int % 64}.{4 * (uuid.uuid4().int % 63)}"
        base, last = net.rsplit(".", 1)
        self.host = f"{base}.{int(last) + 1}"
        self._peer = f"{base}.{int(last) + 2}"

    @property
    def prefix(self) -> list[str]:
        """What stands before a command that is to run in it."""
        return ["ip", "netns", "exec", self.name]

    def plug(self) -> None:
        """Make it, with a cable between the two."""
        _do("ip", "netns", "add", self.name)
        _do("ip", "link", "add", self._ours, "type", "veth", "peer", "name", self._theirs)
        _do("ip", "link", "set", self._theirs, "netns", self.name)
        _do("ip", "addr", "add", f"{self.host}/30", "dev", self._ours)
        _do("ip", "-n", self.name, "addr", "add", f"{self._peer}/30", "dev", self._theirs)
        _do("ip", "link", "set", self._ours, "up")
        _do("ip", "-n", self.name, "link", "set", self._theirs, "up")

    def cut(self) -> None:
        """Its end of the cable is dead; nobody is told."""
        _do("ip", "-n", self.name, "link", "set", self._theirs, "down")

    def mend(self) -> None:
        """The cable works again."""
        _do("ip", "-n", self.name, "link", "set", self._theirs, "up")

    def remove(self) -> None:
        """Remove it, and the cable with it."""
        for command in (["ip", "link", "del", self._ours], ["ip", "netns", "del", self.name]):
            with suppress(subprocess.SubprocessError):
                subprocess.run(command, capture_output=True, timeout=COMMAND_LIMIT_S, check=False)


@contextmanager
def network() -> Iterator[Network]:
    """A network of the test's own. Where that cannot be, `missing`."""
    need_root("make a network namespace")
    need("iproute2")
    made = Network()
    try:
        made.plug()
        yield made
    finally:
        made.remove()
