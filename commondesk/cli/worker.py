"""`commondesk worker`: what happens without anybody asking."""

import argparse
import logging
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

NAME = "worker"
HELP = "file mail, send mail and watch the deadlines until told to stop"
NEEDS_DATABASE = True

LISTEN_SECONDS = 2.0
MAIL_SECONDS = 1.0
WORDS_SECONDS = 1.0
SWEEP_SECONDS = 5.0
SAMPLE_SECONDS = 1.0
WORKS_SECONDS = 1.0
FIGURES_SECONDS = 2.0
ANCHOR_SECONDS = 60.0
TIDY_SECONDS = 3600.0
LONGEST_GOODBYE = 20.0
log = logging.getLogger(__name__)


def arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(args: argparse.Namespace) -> int:
    from commondesk.ledger import store

    store.companies()  # Without tables every chore would fail, again and again.
    stop = threading.Event()

    def ask(_signum: int, _frame: FrameType | None) -> None:
        stop.set()

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, ask)
    work(stop)
    return 0


def work(stop: threading.Event) -> None:
    """File and send mail on threads of their own, and do the chores in turn until stopped."""
    from django.db import connections

    from commondesk.intake.filer import Filer
    from commondesk.ledger.collecting import collect_seldom

    filer = Filer()
    collect_seldom()
    filer.start()
    ear = threading.Thread(target=listen, args=(filer.wake, stop), name="mail-ear", daemon=True)
    ear.start()
    # The next mail server may take minutes to answer; deadlines do not wait for it.
    sender = threading.Thread(target=send, args=(stop,), name="mail-sender", daemon=True)
    sender.start()
    # Some chores take long; people look for what was just written.
    indexer = threading.Thread(target=index, args=(stop,), name="word-indexer", daemon=True)
    indexer.start()
    # Whoever asked for something long watches it; deadlines do not wait for it either.
    toiler = threading.Thread(target=toil, args=(stop,), name="long-work", daemon=True)
    toiler.start()
    try:
        do_chores(chores_of_the_desk(), stop)
    finally:
        stop.set()
        filer.stop()
        sender.join(LONGEST_GOODBYE)
        indexer.join(LONGEST_GOODBYE)
        toiler.join(LONGEST_GOODBYE)
        connections.close_all()


def listen(wake_up: Callable[[], object], stop: threading.Event) -> None:
    """Pass on what the process that receives mail tells us."""
    from commondesk.intake.wake import Listener

    listener = Listener()
    try:
        while not stop.is_set():
            listener.wait(LISTEN_SECONDS)
            wake_up()
    finally:
        listener.close()


def send(stop: threading.Event) -> None:
    """Hand over the mail that is due, again and again."""
    from django.db import connections

    from commondesk.desk import outbox
    from commondesk.ledger.now import instant_now

    try:
        chore = Chore("sending mail", lambda: outbox.send_due(instant_now()), MAIL_SECONDS)
        do_chores([chore], stop)
    finally:
        connections.close_all()


def index(stop: threading.Event) -> None:
    """Make new words findable, again and again."""
    from django.db import connections

    from commondesk.desk import search

    try:
        do_chores([Chore("making words findable", search.catch_up, WORDS_SECONDS)], stop)
    finally:
        connections.close_all()


def toil(stop: threading.Event) -> None:
    """Do the long work that somebody asked for, again and again."""
    from django.db import connections

    try:
        do_chores([Chore("doing long work", lambda: do_work(stop), WORKS_SECONDS)], stop)
    finally:
        connections.close_all()


def do_work(stop: threading.Event) -> None:
    """Do all that waits, one after the other."""
    from commondesk.accounts.works import doing
    from commondesk.ledger.now import instant_now

    while not stop.is_set() and doing.do_due(instant_now, stop.is_set):
        pass


@dataclass
class Chore:
    """Something done again and again."""

    name: str
    do: Callable[[], object]
    seconds: float
    due_at: float = 0.0

    def do_if_due(self) -> None:
        """A chore that fails is told and comes again; it does not keep the others."""
        if time.monotonic() < self.due_at:
            return
        try:
            self.do()
        except Exception:
            log.exception("%s failed", self.name)
        self.due_at = time.monotonic() + self.seconds


def do_chores(chores: list[Chore], stop: threading.Event) -> None:
    from django.db import close_old_connections

    while not stop.is_set():
        close_old_connections()
        for chore in chores:
            if not stop.is_set():
                chore.do_if_due()
        stop.wait(max(0.0, min(chore.due_at for chore in chores) - time.monotonic()))


def chores_of_the_desk() -> list[Chore]:
    from commondesk.accounts.importing import kept
    from commondesk.accounts.works import asking
    from commondesk.desk import handed_exports, sweep
    from commondesk.intake import tidying
    from commondesk.intake.held import actions as held
    from commondesk.ledger import anchors, words
    from commondesk.ledger.now import instant_now
    from commondesk.sample import jobs as sample

    return [
        Chore("the sample", lambda: sample.begin_due(instant_now()), SAMPLE_SECONDS),
        Chore("the sweep", lambda: sweep.sweep(instant_now()), SWEEP_SECONDS),
        Chore("keeping figures up to date", figures_up_to_date, FIGURES_SECONDS),
        Chore("anchoring the record", lambda: anchors.write_due(instant_now()), ANCHOR_SECONDS),
        Chore("tidying files", lambda: words.tidy(instant_now()), TIDY_SECONDS),
        Chore(
            "letting lists go that nobody imported", lambda: kept.tidy(instant_now()), TIDY_SECONDS
        ),
        Chore("clearing up after long work", asking.tidy, TIDY_SECONDS),
        Chore(
            "letting exports go that were handed over",
            lambda: handed_exports.tidy(instant_now()),
            TIDY_SECONDS,
        ),
        Chore("letting held mail go", lambda: held.expire(instant_now()), TIDY_SECONDS),
        Chore("letting idle mail go", lambda: tidying.let_go(instant_now()), TIDY_SECONDS),
    ]


def figures_up_to_date() -> None:
    """Take in what is new, for no longer than the other chores can wait."""
    from commondesk.ledger.now import instant_now
    from commondesk.review import refresh
    from commondesk.review.causes import shelf

    began = time.monotonic()

    def may_go_on() -> bool:
        return time.monotonic() - began < FIGURES_SECONDS

    refresh.catch_up(instant_now(), may_go_on=may_go_on)
    shelf.catch_up(instant_now(), may_go_on=may_go_on)
