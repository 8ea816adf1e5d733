"""All figures of `docs/performance.md` in one run.

    benchmarks/run [--quick] [--only PART …]

Each part is a program of its own, which can be run alone with options of its own
(`python -m benchmarks.PART --help`). It is ended when it takes too long, and one that fails does
not keep the others from running. Ctrl-C, or SIGTERM, ends the part that runs and removes what it
has made. The tables are printed together at the end.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import count

from benchmarks import fresh, machine
from benchmarks.machine import ROOT

#: How long a part may take to clean up when it is ended (s).
CLEAN_UP_S = 40


@dataclass(frozen=True)
class Part:
    """A program, and how long it may take (s), in all and in short."""

    title: str
    module: str
    arguments: tuple[str, ...]
    quick: tuple[str, ...]
    limit_s: int


PARTS = {
    "messages": Part(
        "MeterValues, answered when stored",
        "compare",
        ("--seconds", "8", "--warm-up", "2"),
        ("--seconds", "2", "--warm-up", "1"),
        360,
    ),
    "connections": Part(
        "The same with more and fewer connections",
        "compare",
        ("--only", "sqlite", "--connections", "10,100,1000", "--seconds", "5", "--warm-up", "2"),
        ("--only", "sqlite", "--connections", "10", "--seconds", "2", "--warm-up", "1"),
        150,
    ),
    "commands": Part(
        "Commands across two processes", "commands", ("--count", "200"), ("--count", "30"), 120
    ),
    "scale": Part(
        "Connections at rest, under load, after SIGKILL and a flood", "scale", (), ("--quick",), 600
    ),
    "dashboard": Part("Dashboard", "dashboard", (), ("--quick", "--rounds", "10"), 150),
    "admin": Part("Pages of the admin", "admin", (), ("--sessions", "10000"), 180),
    "authorization": Part("Authorisation", "authorization", (), ("--quick",), 180),
}


def run(name: str, part: Part, templates: dict[str, str], *, quick: bool) -> tuple[bool, str]:
    """Run a part; whether it succeeded, and what it printed."""
    arguments = part.quick if quick else part.arguments
    # A session of its own: it is ended by this process, whoever was told to end.
    process = subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.{part.module}", *arguments],
        cwd=ROOT,
        env=os.environ | templates,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    ended = ""
    try:
        text, _ = process.communicate(timeout=part.limit_s)
    except subprocess.TimeoutExpired:
        text, ended = _end(process), f"ended after {part.limit_s} s"
    except KeyboardInterrupt:
        _end(process)
        raise
    if process.returncode and not ended:
        ended = f"failed with {process.returncode}"
    return not ended, text + (f"\n**{name}: {ended}**, see above.\n" if ended else "")


def _end(process: "subprocess.Popen[str]") -> str:
    """End a part as by Ctrl-C, and by force when that takes too long; what it had printed."""
    process.terminate()
    try:
        text, _ = process.communicate(timeout=CLEAN_UP_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        text, _ = process.communicate()
    return text or ""


def _without_conditions(text: str, seen: set[str]) -> str:
    """Leave out what an earlier part has said of the machine and its versions."""
    lines = []
    for line in text.splitlines():
        if line not in seen:
            lines.append(line)
        if line.startswith("- "):
            seen.add(line)
    return "\n".join(lines)


def main() -> None:
    """Run the parts of the command line and print their tables."""
    parser = argparse.ArgumentParser(
        prog="benchmarks/run", description="All figures of docs/performance.md in one run."
    )
    parser.add_argument("--quick", action="store_true", help="less of everything: about 3 minutes")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument("--list", action="store_true", help="tell the parts and end")
    options = parser.parse_args()
    if options.list:
        for name, part in PARTS.items():
            print(f"{name:15}{part.title}")
        return
    machine.end_cleanly()
    machine.need_two_cores()
    begun, numbers = time.monotonic(), count(1)
    seen: set[str] = set()
    results, failed = [], []
    try:
        machine.progress("migrating a database of each kind …")
        with fresh.templates(fresh.KINDS) as templates:
            for name in options.only:
                passed = f"{time.monotonic() - begun:.0f} s"
                machine.progress(
                    f"=== {next(numbers)} of {len(options.only)}: {name} (after {passed})"
                )
                good, text = run(name, PARTS[name], templates, quick=options.quick)
                results.append(f"## {PARTS[name].title}\n\n{_without_conditions(text, seen)}")
                if not good:
                    failed.append(name)
    except KeyboardInterrupt:
        machine.progress("ended; what was made is removed")
        failed.append("interrupted")
    print(*results, sep="\n\n")
    machine.progress(f"done after {time.monotonic() - begun:.0f} s")
    if failed:
        sys.exit(f"not complete: {', '.join(failed)}")


if __name__ == "__main__":
    main()
