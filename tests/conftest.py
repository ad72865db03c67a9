"""What holds for every test: markers by use, real data only when given, quick passwords."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import hypothesis
import pytest
from django.db import transaction
from django.db.backends.base.operations import BaseDatabaseOperations

HERE = Path(__file__).parent
REAL_DATA_TESTS = HERE / "real_data"
REAL_DATA = os.environ.get("COMMONDESK_REAL_DATA")
OF_ROOT_ALONE = HERE / "journeys" / "test_mail_servers.py"
"""Postfix is started by root and by nobody else."""
IS_ROOT = os.geteuid() == 0
LONG_FILES = frozenset(
    {
        OF_ROOT_ALONE,
        REAL_DATA_TESTS / "test_uci_log.py",
        *(HERE / "house" / f"test_{name}.py" for name in ("backup", "up", "wheel")),
    }
)
DATABASE_FIXTURES = frozenset({"db", "transactional_db", "live_server", "django_db_setup"})


def pytest_configure(config: pytest.Config) -> None:
    if REAL_DATA and not Path(REAL_DATA).is_dir():
        raise pytest.UsageError(f"COMMONDESK_REAL_DATA names no folder: {REAL_DATA}")
    make_passwords_quick()
    # Tests are not timed: a busy machine is no failure.
    hypothesis.settings.register_profile("untimed", hypothesis.settings.default, deadline=None)
    hypothesis.settings.load_profile("untimed")


def make_passwords_quick() -> None:
    from django.conf import settings

    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    if not REAL_DATA and collection_path.is_relative_to(REAL_DATA_TESTS):
        return True
    if not IS_ROOT and collection_path == OF_ROOT_ALONE:
        return True
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not REAL_DATA:
        files = len(list(REAL_DATA_TESTS.rglob("test_*.py")))
        terminalreporter.write_line(f"real data: not given, {files} files of tests not collected")
    if not IS_ROOT:
        terminalreporter.write_line("real mail servers: not root, 1 file of tests not collected")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Packed bytes hold the time at which they were packed; each process must name a test alike."""
    return argname if isinstance(val, bytes) and not val.isascii() else None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    for item in items:
        if is_database_test(item):
            item.add_marker(pytest.mark.database)
    yield
    items[:] = spread(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def spread(items: list[pytest.Item], processes: int) -> list[pytest.Item]:
    """Each process begins with its share of what takes long: at the end none waits for another.

    Each is given as many tests as the others, one after the other as they stand here. Tests of a
    file that takes long stay together, as they share what they set up.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in filter(takes_long, items):
        files.setdefault(item.path, []).append(item)
    shares: list[list[pytest.Item]] = [[] for _ in range(processes)]
    for place, tests in enumerate(files.values()):
        shares[place % processes] += tests
    others = [item for item in items if not takes_long(item)]
    ordered: list[pytest.Item] = []
    for place, share in enumerate(shares):
        size = (len(items) - len(ordered)) // (processes - place)
        count = max(0, size - len(share))
        ordered += share + others[:count]
        del others[:count]
    return ordered + others


def takes_long(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None or item.path in LONG_FILES


def is_database_test(item: pytest.Item) -> bool:
    """Whether it may use the database: whatever asks for none is kept from it.

    A test whose own processes use one is marked by hand. What a browser shows is looked at once.
    """
    if item.get_closest_marker("browser") is not None:
        return False
    return item.get_closest_marker("django_db") is not None or not DATABASE_FIXTURES.isdisjoint(
        getattr(item, "fixturenames", ())
    )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Let the emptying of tables after a test pass the guard that refuses it otherwise."""
    from commondesk.ledger import guard

    empty = BaseDatabaseOperations.execute_sql_flush

    def empty_the_record_too(self: BaseDatabaseOperations, statements: Iterable[str]) -> None:
        with transaction.atomic(using=self.connection.alias):
            guard.lift(self.connection)
            empty(self, statements)
            if self.connection.vendor == "sqlite":
                # The index of words has no rows of its own that could be emptied.
                with self.connection.cursor() as cursor:
                    cursor.execute("INSERT INTO desk_words (desk_words) VALUES ('delete-all')")
            guard.set_up(self.connection)

    BaseDatabaseOperations.execute_sql_flush = empty_the_record_too  # type: ignore[assignment,method-assign]
