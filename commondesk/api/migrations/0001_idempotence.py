"""Keep what a program was told, for a day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="IdempotentAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("company", models.UUIDField()),
                ("person", models.UUIDField()),
                ("key", models.CharField(max_length=200)),
                ("request", models.CharField(max_length=64)),
                ("answer", models.TextField()),
                ("expires_at", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["expires_at"], name="api_answer_over")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company", "person", "key"), name="api_one_answer_a_key"
                    )
                ],
            },
        ),
    ]
