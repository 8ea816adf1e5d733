"""Tests here work with the writer's thread."""

from ocpp.tests.committed import transactional_db

__all__ = ["transactional_db"]
