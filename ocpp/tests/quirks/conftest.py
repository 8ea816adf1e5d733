"""Each test here plays a charge point over the wire, with the real writer behind it."""

from ocpp.tests.committed import transactional_db
from ocpp.tests.connection.conftest import nothing_is_left_behind

__all__ = ["nothing_is_left_behind", "transactional_db"]
