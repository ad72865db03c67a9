"""Triggers that refuse to change or remove an entry, so that no SQL does it by accident.

They guard against accidents; against intent there is the chain, and against a chain made anew
there are the anchors.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

REFUSAL = "an entry of the record is never changed or removed"

SQLITE_SET = [
    f"""CREATE TRIGGER IF NOT EXISTS ledger_entry_no_{verb.lower()} BEFORE {verb} ON ledger_entry
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"""
    for verb in ("UPDATE", "DELETE")
]
SQLITE_LIFT = [f"DROP TRIGGER IF EXISTS ledger_entry_no_{verb}" for verb in ("update", "delete")]
POSTGRESQL_SET = [
    f"""CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$""",
    """CREATE OR REPLACE TRIGGER ledger_entry_no_change BEFORE UPDATE OR DELETE ON ledger_entry
        FOR EACH ROW EXECUTE FUNCTION ledger_refuse()""",
    """CREATE OR REPLACE TRIGGER ledger_entry_no_emptying BEFORE TRUNCATE ON ledger_entry
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()""",
]
POSTGRESQL_LIFT = [
    "DROP TRIGGER IF EXISTS ledger_entry_no_change ON ledger_entry",
    "DROP TRIGGER IF EXISTS ledger_entry_no_emptying ON ledger_entry",
]


def set_up(connection: BaseDatabaseWrapper) -> None:
    """Refuse from now on."""
    _run(connection, {"sqlite": SQLITE_SET, "postgresql": POSTGRESQL_SET})


def lift(connection: BaseDatabaseWrapper) -> None:
    """Stop refusing; for tests that tamper with the record, and for those that empty tables."""
    _run(connection, {"sqlite": SQLITE_LIFT, "postgresql": POSTGRESQL_LIFT})


def _run(connection: BaseDatabaseWrapper, statements: dict[str, list[str]]) -> None:
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)
