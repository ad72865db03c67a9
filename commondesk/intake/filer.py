"""Files mails as soon as they are kept, and looks again for those that wait for another try."""

from __future__ import annotations

import logging
import threading

from django.db import connections

from commondesk.core.record.instant import HOUR, SECOND, Instant, Span
from commondesk.ledger.now import instant_now

from . import filing, reading, tidying
from .reading import Ahead

LOOK_SECONDS = 5.0
READ_AHEAD = 2 * filing.TOGETHER
PLANNED = 500
PLAN_SPAN: Span = SECOND
"""The order in which mails are taken up is made anew after this long."""
TIDY_SPAN: Span = HOUR

log = logging.getLogger(__name__)


class Filer:
    """A thread beside the receiver. `wake` tells it that a mail was kept."""

    def __init__(self) -> None:
        self._has_work = threading.Event()
        self._is_ending = False
        self._tidied_at: Instant = 0
        self._thread = threading.Thread(target=self._run, name="mail-filer", daemon=True)

    def start(self) -> None:
        self._has_work.set()
        self._thread.start()

    def wake(self) -> None:
        self._has_work.set()

    def stop(self) -> None:
        """End after the mails at hand; what waits is filed after the next start."""
        self._is_ending = True
        self._has_work.set()
        self._thread.join(30)

    def _run(self) -> None:
        line = Line()
        try:
            while not self._is_ending:
                self._has_work.wait(LOOK_SECONDS)
                self._has_work.clear()
                line = self._look(line)
        finally:
            line.stop()
            connections.close_all()

    def _look(self, line: Line) -> Line:
        """File what waits; the line to go on with."""
        try:
            while not self._is_ending and line.move():
                pass
            self._tidy(instant_now())
        except Exception:
            # Mails wait safely; a database that is away comes back.
            log.exception("the filer stumbled and goes on")
            line.stop()
            connections.close_all()
            return Line()
        return line

    def _tidy(self, at: Instant) -> None:
        if at - self._tidied_at >= TIDY_SPAN:
            tidying.tidy(at)
            reading.remove_left()
            self._tidied_at = at


class Line:
    """Mails on their way: taken up, read ahead on other threads, filed together as they are done.

    A mail whose check or reading takes long stays on its way while others pass it.
    """

    def __init__(self) -> None:
        self._ahead = Ahead()
        self._plan: list[int] = []
        self._planned_at: Instant = 0
        self._claimed_at: Instant = 0

    def move(self) -> bool:
        """Take up what there is room for and file what is read; False once nothing is left."""
        self._take_up(instant_now())
        if not self._ahead.waiting:
            return False
        filing.file_all(self._ahead.take(filing.TOGETHER, LOOK_SECONDS), instant_now())
        return True

    def _take_up(self, at: Instant) -> None:
        room = READ_AHEAD - len(self._ahead.waiting)
        if room < filing.TOGETHER:
            return
        self._keep_claims(at)
        if not self._plan or at - self._planned_at >= PLAN_SPAN:
            self._plan, self._planned_at = filing.waiting(at, PLANNED), at
        next_ones, self._plan = self._plan[:room], self._plan[room:]
        # If a process ends, only a mail that was alone at work pays with more than its first try.
        is_trying_again = any(mail.attempts > 1 for mail in self._ahead.waiting.values())
        self._ahead.begin(filing.claim(next_ones, at, most_again=0 if is_trying_again else 1))

    def _keep_claims(self, at: Instant) -> None:
        if self._ahead.waiting and at - self._claimed_at >= filing.CLAIM_SPAN // 4:
            filing.keep_claimed(list(self._ahead.waiting), at)
            self._claimed_at = at

    def stop(self) -> None:
        """Leave what is not filed to whoever comes next."""
        try:
            filing.give_back(self._ahead.stop(), instant_now())
        except Exception:
            log.exception("mails on their way are taken up again later")
