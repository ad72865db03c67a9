"""Tickets whose words are taken into the index a moment after the step that brought them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("desk", "0004_search")]
    operations = [
        migrations.CreateModel(
            name="SearchWaiting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("company", models.UUIDField()),
                ("ticket", models.UUIDField()),
            ],
        ),
    ]
