"""Tests here run the real server, and `manage.py work` on its database."""

from tests.support.fixtures import make_server, migrated_database, server

__all__ = ["make_server", "migrated_database", "server"]
