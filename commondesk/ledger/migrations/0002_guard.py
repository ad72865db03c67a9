from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from commondesk.ledger import guard


def set_up(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    guard.set_up(editor.connection)


def lift(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    guard.lift(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_record")]
    operations = [migrations.RunPython(set_up, lift)]
