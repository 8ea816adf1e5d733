"""The foreign libraries, each as a charge point."""

from pathlib import Path

import pytest


@pytest.fixture(params=["ocpp", "ocpp-rpc"])
def library(request: pytest.FixtureRequest) -> str:
    """The name of a library whose charge point completes the story; it is installed."""
    name: str = request.param
    folder: Path = request.getfixturevalue("python_library" if name == "ocpp" else "node_library")
    assert folder.exists()
    return name
