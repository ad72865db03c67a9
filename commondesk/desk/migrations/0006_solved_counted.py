"""What was solved lately is counted along its index alone, without a look at the tickets."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("desk", "0005_search_waiting")]
    operations = [
        migrations.RemoveIndex(model_name="ticketrow", name="desk_solved"),
        migrations.AddIndex(
            model_name="ticketrow",
            index=models.Index(
                fields=["company", "resolved_at", "number", "status"],
                condition=models.Q(resolved_at__isnull=False),
                name="desk_solved",
            ),
        ),
    ]
