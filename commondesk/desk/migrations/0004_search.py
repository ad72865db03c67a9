"""Finding tickets by words, stretches of index for the queue's views, and a mark on the rows."""

from django.db import migrations, models

SEARCHABLE = """
CREATE VIEW desk_searchable AS
SELECT e.id AS id,
       r.number || ' ' || r.subject || ' ' || r.requester_title || ' '
           || COALESCE(SUBSTR(m.text, 1, 50000), '') || ' ' || COALESCE({names}, '') AS words,
       'c' || {company} || CASE COALESCE(m.audience, 'everyone')
           WHEN 'everyone' THEN 'e'
           WHEN 'both_teams' THEN 'b'
           ELSE 'o' || m.side || REPLACE(m.provider, '-', '') END
           || ' r' || {requester} AS scope
FROM desk_searchentry e
JOIN desk_searchticket s ON s.id = e.id >> 24
JOIN desk_ticketrow r ON r.uuid = s.ticket
LEFT JOIN desk_messagerow m ON m.id = e.message
"""
SQLITE = {
    "company": "r.company",
    "requester": "r.requester",
    # One by one: FTS5 cannot check itself against a view with a table-valued function in it.
    "names": "CASE COALESCE(m.attachments, '[]') WHEN '[]' THEN '' ELSE "
    + " || ' ' || ".join(
        f"COALESCE(JSON_EXTRACT(m.attachments, '$[{each}].name'), '')" for each in range(20)
    )
    + " END",
}
POSTGRESQL = {
    "company": "REPLACE(r.company::text, '-', '')",
    "requester": "REPLACE(r.requester::text, '-', '')",
    "names": (
        "(SELECT STRING_AGG(f ->> 'name', ' ') FROM JSONB_ARRAY_ELEMENTS(m.attachments) AS f)"
    ),
}


def make_index(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(SEARCHABLE.format(**SQLITE))
        schema_editor.execute(
            "CREATE VIRTUAL TABLE desk_words USING fts5(words, scope, content='desk_searchable',"
            " content_rowid='id', columnsize=0, tokenize='unicode61 remove_diacritics 2')"
        )
    else:
        schema_editor.execute("ALTER TABLE desk_searchentry ADD COLUMN words tsvector")
        schema_editor.execute(
            "CREATE INDEX desk_search_words ON desk_searchentry USING gin (words)"
        )
        schema_editor.execute(SEARCHABLE.format(**POSTGRESQL))


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE desk_words")
    schema_editor.execute("DROP VIEW desk_searchable")


def on_shelf(fields, name, **more):
    condition = models.Q(shelf__isnull=False, **more)
    return migrations.AddIndex(
        "ticketrow", models.Index(fields=fields, name=name, condition=condition)
    )


SHELF = ["shelf", "shelf_at", "number"]


class Migration(migrations.Migration):
    dependencies = [("desk", "0003_two_sides")]
    operations = [
        migrations.CreateModel(
            name="SearchTicket",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("ticket", models.UUIDField(unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("message", models.CharField(max_length=64, blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="RowsMade",
            fields=[
                ("company", models.UUIDField(primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField()),
            ],
        ),
        on_shelf(["company", "offered_to", *SHELF], "desk_offered_shelf"),
        on_shelf(["company", *SHELF], "desk_vendor_shelf", vendor_since__isnull=False),
        on_shelf(["company", *SHELF], "desk_waiting_shelf", status="waiting"),
        migrations.AddIndex(
            "ticketrow",
            models.Index(
                fields=["company", "resolved_at", "number"],
                name="desk_solved",
                condition=models.Q(resolved_at__isnull=False),
            ),
        ),
        migrations.RunPython(make_index, drop_index),
    ]
