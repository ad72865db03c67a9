"""`commondesk up` starts, looks after and stops the whole tree of processes."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core import checks

from tests.house import running

UP = [sys.executable, "-m", "commondesk.cli", "up"]
HEAVY = (
    *("duckdb", "pyarrow", "sqlglot", "python_calamine", "chdb"),
    *("numpy", "scipy", "numba", "typst", "xlsxwriter"),
)
LOADED = """
import sys
import django
django.setup()
from commondesk.cli import up, worker
up.load()
worker.chores_of_the_desk()
print(*sys.modules)
"""


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_it_opens_and_stops_with_all_its_children(tmp_path: Path, signum: signal.Signals) -> None:
    with running.desk(UP, tmp_path) as desk:
        assert desk.printed[0].startswith("Commondesk is open at http://127.0.0.1:")
        assert "/setup/" in desk.printed[1]
        children = running.descendants(desk.process.pid)
        assert len(children) >= 3
        assert heavy_in([desk.process.pid, *children]) == []
        assert desk.stop(signum) == 0
        assert running.wait_until_gone(children) == []


def test_what_is_large_is_loaded_by_who_needs_it_alone() -> None:
    """No desk pays at its start for the tables of strangers."""
    outcome = subprocess.run(
        [sys.executable, "-c", LOADED],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "commondesk.site.settings"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = set(outcome.stdout.split())
    assert "commondesk.site.urls" in loaded and "commondesk.desk.sweep" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_nothing_is_wrong_with_the_code_that_django_finds() -> None:
    assert [each for each in checks.run_checks() if each.is_serious()] == []


def test_it_starts_again_in_seconds(tmp_path: Path) -> None:
    with running.desk(UP, tmp_path) as desk:
        desk.stop()
    began = time.monotonic()
    with running.desk(UP, tmp_path) as desk:
        assert time.monotonic() - began < 15
        desk.stop()


def test_a_child_that_falls_is_started_again(tmp_path: Path) -> None:
    with running.desk(UP, tmp_path) as desk:
        before = worker_of(desk.process.pid)
        os.kill(before, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while worker_of(desk.process.pid) in (0, before) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert worker_of(desk.process.pid) not in (0, before)
        assert desk.stop() == 0
    assert "worker ended with -9; it starts again in 1 s" in (tmp_path / "stderr").read_text()


def test_no_child_outlives_a_killed_parent(tmp_path: Path) -> None:
    with running.desk(UP, tmp_path) as desk:
        children = running.descendants(desk.process.pid)
        desk.stop(signal.SIGKILL)
        assert running.wait_until_gone(children) == []


@pytest.mark.parametrize("variable", ["COMMONDESK_WEB", "COMMONDESK_RECEIVER"])
def test_a_taken_port_is_told_in_one_line(tmp_path: Path, variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        outcome = up_refused(tmp_path, **{variable: address})
    assert outcome.returncode == 2
    assert outcome.stderr == (
        f"commondesk: {address} cannot be used (address already in use); "
        f"choose another with {variable}\n"
    )


def test_one_data_folder_has_one_desk(tmp_path: Path) -> None:
    with running.desk(UP, tmp_path) as desk:
        outcome = up_refused(tmp_path)
        assert outcome.returncode == 2
        assert "choose another with COMMONDESK_DATA" in outcome.stderr
        assert desk.process.poll() is None


def up_refused(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        UP,
        cwd=folder,
        env=running.surroundings(folder, environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def worker_of(pid: int) -> int:
    for child in running.descendants(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if Path(f"/proc/{child}/comm").read_text() == "commondesk-work\n":
                return child
    return 0


def heavy_in(pids: list[int]) -> list[tuple[int, str]]:
    """Which of those that still run have a large library in their memory."""
    maps: dict[int, str] = {}
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            maps[pid] = Path(f"/proc/{pid}/maps").read_text()
    assert len(maps) >= 4
    return [(pid, name) for pid, text in maps.items() for name in HEAVY if f"/{name}/" in text]
