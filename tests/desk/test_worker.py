"""The worker: chores in turn, one that fails keeps no other, and a clean stop."""

from __future__ import annotations

import threading

import pytest

from commondesk.cli import worker
from commondesk.cli.worker import Chore


@pytest.mark.django_db(transaction=True)
def test_a_chore_that_fails_is_told_and_keeps_no_other(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []
    stop = threading.Event()

    def fails() -> None:
        done.append("failed")
        raise RuntimeError("away")

    def works() -> None:
        done.append("worked")
        if len(done) >= 6:
            stop.set()

    worker.do_chores([Chore("failing", fails, 0.0), Chore("working", works, 0.0)], stop)
    assert done == ["failed", "worked"] * 3
    assert "failing failed" in caplog.text


def test_a_chore_waits_for_its_time() -> None:
    done: list[int] = []
    chore = Chore("rare", lambda: done.append(1), 3600.0)
    chore.do_if_due()
    chore.do_if_due()
    assert done == [1]


def test_a_stop_is_heard_while_waiting() -> None:
    stop = threading.Event()
    chore = Chore("rare", stop.set, 3600.0)
    runner = threading.Thread(target=worker.do_chores, args=([chore], stop))
    runner.start()
    runner.join(5)
    assert not runner.is_alive()


@pytest.mark.django_db(transaction=True)
def test_the_desks_chores_run_on_an_empty_desk() -> None:
    chores = worker.chores_of_the_desk()
    assert [chore.name for chore in chores] == [
        "the sample",
        "the sweep",
        "keeping figures up to date",
        "anchoring the record",
        "tidying files",
        "letting lists go that nobody imported",
        "clearing up after long work",
        "letting exports go that were handed over",
        "letting held mail go",
        "letting idle mail go",
    ]
    for chore in chores:
        chore.do()
