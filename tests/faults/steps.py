"""The named steps of a mail's way, each as the function of the product that it lies beside."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

import commondesk
from commondesk.core.record.instant import SECOND
from commondesk.desk import outbox, search
from commondesk.desk.mail.line import Line
from commondesk.intake import arrivals, caps, filing, parse, raw_files, receiver
from commondesk.intake.imap import rounds
from commondesk.intake.smtp.server import Connection
from commondesk.ledger import files
from tests.faults.fellable import FALL, after, before, replaced

_filing = threading.local()


def prepare_worker() -> None:
    """What the harness needs of a worker whatever its step."""
    # The caps protect strangers from a bomb of acknowledgements; here they would dry out the
    # outbox, and no kill would hit the steps of sending.
    replaced(caps, "_has_room_for_stranger", lambda *_: True)
    # A mail that was claimed by a killed worker is sent again after this span; ten minutes each
    # would be a long run. It is still far longer than a mail takes.
    replaced(outbox, "CLAIM_SPAN", 10 * SECOND)
    _watch_sending()


def poison_child() -> None:
    """Mails are read by a child with a fault; what fails is tried again sooner than usual."""
    replaced(parse, "_started", _poisoned_child)
    replaced(filing, "FIRST_WAIT", SECOND // 2)


def _poisoned_child() -> subprocess.Popen[bytes]:
    surroundings = {name: os.environ[name] for name in parse.KEPT_SETTINGS if name in os.environ}
    surroundings["PYTHONPATH"] = str(Path(commondesk.__file__).resolve().parent.parent)
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "tests.faults.poisoned_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=surroundings,
        cwd="/",
    )


def _watch_sending() -> None:
    """So that a kill at any step can tell whether a mail was just being sent."""
    send, note = Line.send, outbox._note

    def watched_send(*args: Any, **kwargs: Any) -> Any:
        FALL.is_sending = True
        return send(*args, **kwargs)

    def watched_note(*args: Any, **kwargs: Any) -> Any:
        noted = note(*args, **kwargs)
        FALL.is_sending = False
        return noted

    replaced(Line, "send", watched_send)
    replaced(outbox, "_note", watched_note)


def _around_the_commit(put: Callable[..., None]) -> None:
    """Fall at the commit of a filing, not at that of a claim."""
    together = filing._file_together

    def filed_together(*args: Any, **kwargs: Any) -> Any:
        _filing.is_on = True
        try:
            return together(*args, **kwargs)
        finally:
            _filing.is_on = False

    replaced(filing, "_file_together", filed_together)
    put(BaseDatabaseWrapper, "commit", lambda *_: getattr(_filing, "is_on", False))


def _mid_attachment_write() -> None:
    write = files.write

    def half_written(identity: str, content: bytes) -> None:
        if FALL.is_next:
            write(identity, content[: len(content) // 2])
        FALL()
        write(identity, content)

    replaced(files, "write", half_written)


def _mid_parse() -> None:
    """While the child reads a mail; its first answer, that it is there, is none of a mail."""
    before(parse.Reader, "_answer", lambda _self, _child, span: span == parse.LONGEST_SPAN)


STEPS: dict[str, Callable[[], None]] = {
    # the process that receives
    "after_connect": lambda: after(Connection, "connection_made"),
    "after_data_read": lambda: before(receiver.Keeper, "keep_arrived"),
    "before_fsync": lambda: before(raw_files.Draft, "sync"),
    "after_fsync": lambda: after(raw_files, "keep_all"),
    "after_raw_insert": lambda: after(arrivals, "_insert"),
    "before_250": lambda: after(receiver, "kept"),
    "after_250": lambda: after(Connection, "_answer"),
    # the same process, where it fetches
    "after_fetch": lambda: after(rounds, "fetch", lambda _mailbox, some: bool(some)),
    "after_keep": lambda: after(raw_files, "keep_all"),
    "after_commit": lambda: after(rounds, "store"),
    "after_flag": lambda: after(rounds, "mark"),
    # the worker
    "mid_parse": _mid_parse,
    "mid_attachment_write": _mid_attachment_write,
    "before_commit": lambda: _around_the_commit(before),
    "after_commit_before_outbox": lambda: _around_the_commit(after),
    "before_words": lambda: before(search, "_take_in", bool),
    "after_words_before_commit": lambda: after(search, "_take_in", bool),
    "after_outbox_before_send": lambda: before(Line, "send"),
    "after_send_before_note": lambda: after(Line, "send"),
}
