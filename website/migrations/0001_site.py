"""Gives a new node its site: this machine, until someone enters its public domain.

Without it Django would make `example.com`, and the QR codes of the chargers would lead there.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def make_site(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the site of a new node, or rename the one that Django made and nobody has touched."""
    sites = apps.get_model("sites", "Site").objects
    ours = {"domain": "127.0.0.1:8000", "name": "website"}
    if not sites.exists():
        sites.create(**ours)
    else:
        sites.filter(domain="example.com").update(**ours)


class Migration(migrations.Migration):
    initial = True
    dependencies = [("sites", "0002_alter_domain_unique")]
    operations = [migrations.RunPython(make_site, migrations.RunPython.noop)]
