"""What the tests across apps share."""

from tests.support.fixtures import (
    make_server,
    migrated_database,
    node_library,
    python_library,
    schema_folder,
    server,
)

__all__ = [
    "make_server",
    "migrated_database",
    "node_library",
    "python_library",
    "schema_folder",
    "server",
]
