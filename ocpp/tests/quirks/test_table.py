"""The table of quirks in the documentation names all tests here, and no others."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "quirks.md"


def names_of(path: Path) -> set[str]:
    """The names of the tests in a file."""
    found = ast.walk(ast.parse(path.read_text()))
    functions = (n for n in found if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return {function.name for function in functions if function.name.startswith("test_")}


def test_every_test_of_a_quirk_is_in_the_table_and_exists() -> None:
    sections = re.split(r"^## .*`(test_\w+\.py)`.*$", PAGE.read_text(), flags=re.MULTILINE)
    files = dict(zip(sections[1::2], sections[2::2], strict=True))
    folder = Path(__file__).parent
    assert set(files) == {path.name for path in folder.glob("test_*.py")} - {"test_table.py"}
    for name, text in files.items():
        named = re.findall(r"\| `(\S+)` \|$", text, flags=re.MULTILINE)
        assert len(named) == text.count("\n| ") - 2  # all rows but the head and the rule
        assert len(named) == len(set(named))
        assert {one for one in named if "::" not in one} == names_of(folder / name)
        for path, test in (one.split("::") for one in named if "::" in one):
            assert test in names_of(ROOT / path)
