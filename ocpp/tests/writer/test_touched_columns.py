"""What is set with each message stands in no index: PostgreSQL would write all of the table's."""

import pytest

from ocpp.domain.metering import LAST_METER_VALUES
from ocpp.domain.running import ENERGY
from ocpp.writer.tables import Touch


@pytest.mark.parametrize("touch", [LAST_METER_VALUES, ENERGY], ids=lambda touch: touch.table)
def test_no_index_names_a_column_that_is_touched_with_each_message(touch: Touch) -> None:
    named: set[str] = set()
    for field in touch.model._meta.concrete_fields:
        if getattr(field, "db_index", False) or field.unique:
            named.add(field.attname)
    for index in touch.model._meta.indexes:
        named.update(name.lstrip("-") for name in index.fields)
        if index.condition is not None:
            named.update(index.condition.referenced_base_fields)
    for constraint in touch.model._meta.constraints:
        named.update(getattr(constraint, "fields", ()))
    assert named.isdisjoint(touch.attributes)
    assert "id" in named  # it has been looked at something
