"""Which tests are about a message of the standard: found by what the test files name."""

import re
from pathlib import Path

#: Tests that try all messages of a direction by the official schemas, without naming them.
ORACLES = {
    "in": ("tests/test_oracle.py", "tests/test_oracle_answers.py"),
    "out": ("tests/test_oracle_orders.py",),
}
#: Where the tests that name a message are looked for: of each kind the most telling one is shown.
TEST_KINDS = {
    "interop": ("tests/interop",),
    "rule": ("ocpp/tests/domain", "ocpp/tests/operations"),
    "wire": ("ocpp/tests/connection", "ocpp/tests/protocol"),
    "simulator": ("ocpp/tests/simulator",),
}


class Mentions:
    """Which test files name what."""

    def __init__(self, root: Path) -> None:
        self._words: dict[str, dict[Path, list[str]]] = {
            kind: {
                path.relative_to(root): re.findall(r"\w+", path.read_text("utf-8"))
                for folder in folders
                for path in sorted((root / folder).rglob("test_*.py"))
                # It only lists them.
                if path.name != "test_table.py"
            }
            for kind, folders in TEST_KINDS.items()
        }

    def of_kind(self, kind: str, names: set[str]) -> Path | None:
        """The file of a kind that names them most often; None when none does."""
        counts = {
            path: sum(word in names for word in words) for path, words in self._words[kind].items()
        }
        best = max(counts, key=lambda path: (counts[path], str(path)), default=None)
        return best if best is not None and counts[best] else None

    def cell(self, direction: str, message: str, operation: str) -> str:
        """The links of a row; empty when no test names the message."""
        names = {message, operation} - {""}
        named = [path for kind in TEST_KINDS if (path := self.of_kind(kind, names))]
        if not named:
            return ""
        paths = [*map(Path, ORACLES[direction]), *named]
        return ", ".join(f"[{path.stem.removeprefix('test_')}](../{path})" for path in paths)
