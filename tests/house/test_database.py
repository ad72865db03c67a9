"""The database keeps the promises that the settings make, on SQLite and on PostgreSQL."""

import threading

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

pytestmark = pytest.mark.django_db

PROMISES = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_sqlite_survives_a_power_cut() -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for pragma, promised in PROMISES.items():
                cursor.execute(f"PRAGMA {pragma}")
                assert cursor.fetchone()[0] == promised, pragma


@pytest.mark.django_db(transaction=True)
def test_writers_wait_for_each_other() -> None:
    """Two who read and then write in one transaction both succeed."""
    failures: list[Exception] = []

    def write(name: str) -> None:
        try:
            for number in range(20):
                with transaction.atomic():
                    ContentType.objects.count()
                    ContentType.objects.create(app_label="house", model=f"{name}{number}")
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(name,)) for name in ("a", "b", "c")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    assert ContentType.objects.filter(app_label="house").count() == 60


def test_models_and_migrations_agree() -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_a_person_is_ours() -> None:
    assert get_user_model()._meta.label == settings.AUTH_USER_MODEL
