"""What the tests across apps share."""

from tests.support.fixtures import (
    axe_script,
    make_server,
    migrated_database,
    node_library,
    python_library,
    schema_folder,
    server,
)

__all__ = [
    "axe_script",
    "make_server",
    "migrated_database",
    "node_library",
    "python_library",
    "schema_folder",
    "server",
]
