"""The directions of imports: kept by the project, and able to be broken."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: A module that breaks each contract, by the contract's number. Packages exist already.
VIOLATIONS = {
    1: ("qrcodes/reaching_up.py", "import website.apps"),
    2: ("ocpp/models/reaching_up.py", "import ocpp.domain.transactions"),
    3: ("ocpp/protocol/errors.py", "import ocpp.protocol.version"),
    4: ("ocpp/protocol/v16/messages/reaching_up.py", "import ocpp.protocol.v16.orders"),
    5: ("ocpp/operations/reaching_down.py", "import ocpp.protocol.frames"),
    6: ("accounts/domain/reaching_out.py", "import channels.layers"),
    7: ("subscriptions/reaching_in.py", "import ocpp.writer.batch"),
    8: ("website/reaching_in.py", "import accounts.views"),
}


def contracts() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return [contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]]


def lint(folder: Path) -> str:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--no-logo"],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


def verdicts(output: str) -> dict[int, str]:
    found = re.findall(r"^(\d)\. .* (KEPT|BROKEN)\b", output, re.MULTILINE)
    return {int(number): verdict for number, verdict in found}


def test_the_project_keeps_every_contract() -> None:
    output = lint(ROOT)
    assert verdicts(output) == dict.fromkeys(range(1, len(contracts()) + 1), "KEPT"), output


def test_every_contract_can_be_broken(tmp_path: Path) -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for package in settings["tool"]["importlinter"]["root_packages"]:
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=lambda folder, names: [
                name for name in names if not (Path(folder, name).is_dir() or name.endswith(".py"))
            ],
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, text in VIOLATIONS.values():
        with (tmp_path / path).open("a") as file:
            file.write(f"\n{text}\n")
    output = lint(tmp_path)
    assert verdicts(output) == dict.fromkeys(range(1, len(contracts()) + 1), "BROKEN"), output


def test_a_new_module_of_ocpp_must_be_given_its_place(tmp_path: Path) -> None:
    """Contracts 2 to 4 are exhaustive; this breaks where somebody takes that away."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    inside = [c for c in settings["tool"]["importlinter"]["contracts"] if "containers" in c]
    assert len(inside) == 3
    assert all(contract["exhaustive"] for contract in inside)
