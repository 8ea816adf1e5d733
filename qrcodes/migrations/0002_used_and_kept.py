"""When a code was last used, and whether it stays whatever happens.

Nobody knows who made the codes that are there already: they stay.
"""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """Two columns."""

    dependencies = [("qrcodes", "0001_initial")]
    operations = [
        migrations.AddField(
            "qrlink",
            "used",
            models.DateTimeField(
                default=django.utils.timezone.now, editable=False, verbose_name="last used"
            ),
        ),
        migrations.AddField(
            "qrlink",
            "kept",
            models.BooleanField(
                default=True,
                help_text="Otherwise it is removed when nobody has used it for long.",
                verbose_name="kept for good",
            ),
        ),
    ]
