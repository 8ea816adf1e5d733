"""An index that PostgreSQL need not write with each value of a running session.

Its condition named `energy_wh`. A row whose new version differs in a column that an index names is
no heap-only tuple: all the table's indexes were written with each message. And room on each page
for a new version of every row that it has: within one statement none of the old ones can go yet.
"""

from django.db import migrations, models
from django.db.models import F


def make_due(apps, schema_editor):
    """What was due by its energy is due by the new condition."""
    sessions = apps.get_model("ocpp", "Transaction").objects
    sessions.exclude(rolled_wh=None).exclude(rolled_wh=F("energy_wh")).update(rolled_wh=None)


def leave_room(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE ocpp_transaction SET (fillfactor = 50)")


def leave_less(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE ocpp_transaction SET (fillfactor = 70)")


class Migration(migrations.Migration):
    dependencies = [("ocpp", "0010_room_for_new_versions")]

    operations = [
        migrations.RemoveIndex(model_name="transaction", name="transaction_to_roll_up"),
        migrations.RunPython(make_due, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                fields=["id"],
                name="transaction_to_roll_up",
                condition=models.Q(stop_time__isnull=False, rolled_wh__isnull=True),
            ),
        ),
        migrations.RunPython(leave_room, leave_less),
    ]
