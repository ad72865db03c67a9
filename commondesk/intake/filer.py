"""Files mails as soon as they are kept, and looks again for those that wait for another try."""

from __future__ import annotations

import logging
import threading

from django.db import connections

from commondesk.core.record.instant import HOUR, Instant, Span
from commondesk.ledger.now import instant_now

from . import actions, parse

LOOK_SECONDS = 5.0
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
        """End after the mail at hand; what waits is filed after the next start."""
        self._is_ending = True
        self._has_work.set()
        self._thread.join(30)
        parse.stop()

    def _run(self) -> None:
        try:
            while not self._is_ending:
                self._has_work.wait(LOOK_SECONDS)
                self._has_work.clear()
                self._look()
        finally:
            connections.close_all()

    def _look(self) -> None:
        try:
            while not self._is_ending and actions.file_waiting(instant_now()):
                pass
            self._tidy(instant_now())
        except Exception:
            # Mails wait safely; a database that is away comes back.
            log.exception("the filer stumbled and goes on")
            connections.close_all()

    def _tidy(self, at: Instant) -> None:
        if at - self._tidied_at >= TIDY_SPAN:
            actions.tidy(at)
            self._tidied_at = at
