"""The built-in receiver of SMTP and LMTP. Its 250 is a promise: bytes and row are on disk first."""

from __future__ import annotations

import logging
import queue
import ssl
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, connections

from commondesk.core.record.instant import Instant
from commondesk.ledger.now import instant_now

from . import raw_files, wake
from .arrivals import KEPT, Arrival, record
from .filer import Filer
from .models import RawMail
from .smtp.dialogue import FULL, Rules
from .smtp.server import Answer, Arrived, Doors, Limits, Server

LARGEST = int(25 * 1024 * 1024 * 1.37)
MOST_RECIPIENTS = 100
MOST_AT_ONCE = 64

__all__ = ["KEPT", "Arrival", "record", "start"]

TROUBLE = "451 4.3.0 Something went wrong on our side; please try again later"

log = logging.getLogger(__name__)


@dataclass
class Receiver:
    """The running receiver. `stop` ends it once what it holds is answered."""

    server: Server
    keeper: Keeper
    filer: Filer | None

    @property
    def port(self) -> int:
        return self.server.doors[0].port

    @property
    def lmtp_port(self) -> int:
        return self.server.doors[1].port

    def stop(self) -> None:
        self.server.stop()
        self.keeper.stop()
        if self.filer:
            self.filer.stop()


def start(
    address: str | None = None,
    *,
    lmtp: str | None = None,
    is_filing: bool = True,
    limits: Limits | None = None,
    largest: int = LARGEST,
) -> Receiver:
    """Listen where the settings say, or at these addresses. Raises OSError, ssl.SSLError.

    With `is_filing` what comes is filed here too; else whoever listens to `wake` is told.
    """
    filer = Filer() if is_filing else None
    keeper = Keeper(filer.wake if filer else wake.tell)
    server = Server(
        doors=doors(address or settings.RECEIVER, settings.LMTP if lmtp is None else lmtp, largest),
        keep=keeper.keep_arrived,
        new_draft=raw_files.Draft,
        tls=certificate(),
        limits=limits or Limits(),
        trusted=settings.TRUSTED_RELAYS,
    )
    # First the places where mails are kept, then the door that they come by.
    keeper.start()
    try:
        server.start()
    except OSError:
        keeper.stop()
        raise
    if filer:
        filer.start()
    return Receiver(server, keeper, filer)


def doors(smtp: str, lmtp: str, largest: int) -> list[Doors]:
    def rules(*, is_lmtp: bool) -> Rules:
        has_tls = bool(settings.RECEIVER_CERTIFICATE)
        return Rules(settings.RECEIVER_NAME, largest, MOST_RECIPIENTS, is_lmtp, has_tls)

    opened = [Doors(smtp, rules(is_lmtp=False))]
    return [*opened, Doors(lmtp, rules(is_lmtp=True))] if lmtp else opened


def certificate() -> ssl.SSLContext | None:
    if not settings.RECEIVER_CERTIFICATE:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.RECEIVER_CERTIFICATE, settings.RECEIVER_KEY)
    return context


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail that is not answered yet."""

    draft: raw_files.Draft
    arrival: Callable[[], Arrival]
    answer: Answer


@dataclass
class Keeper:
    """Makes mails durable and writes their rows: those that came meanwhile share one commit."""

    on_arrival: Callable[[], object] | None = None
    _waiting: queue.SimpleQueue[Waiting | None] = field(default_factory=queue.SimpleQueue)
    _thread: threading.Thread | None = None
    _writers: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(2, thread_name_prefix="mail-writer")
    )

    def start(self) -> None:
        raw_files.make_places()
        raw_files.remove_left_behind()
        self._thread = threading.Thread(target=self._run, name="mail-keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._writers.shutdown()
        self._waiting.put(None)
        if self._thread:
            self._thread.join(30)

    def keep_arrived(self, arrived: Arrived, answer: Answer) -> None:
        """Answer once the row is committed."""
        draft = arrived.letter.draft
        assert isinstance(draft, raw_files.Draft)
        at = instant_now()
        waiting = Waiting(draft, lambda: arrival_of(arrived, draft, at), answer)
        if draft.is_on_disk:
            # The others need not wait until a large one is on disk.
            self._writers.submit(self._sync, waiting)
        else:
            self._waiting.put(waiting)

    def _sync(self, waiting: Waiting) -> None:
        try:
            waiting.draft.sync()
        except OSError as error:
            log.error("a mail could not be stored: %s", error)
            waiting.draft.discard()
            waiting.answer(FULL)
        else:
            self._waiting.put(waiting)

    def _run(self) -> None:
        try:
            while some := self._next():
                answer_all(some)
                if self.on_arrival:
                    self.on_arrival()
        finally:
            connections.close_all()

    def _next(self) -> list[Waiting]:
        """What waits, at least one; empty when asked to stop."""
        first = self._waiting.get()
        some = [first] if first else []
        while some and len(some) < MOST_AT_ONCE:
            try:
                another = self._waiting.get_nowait()
            except queue.Empty:
                break
            if another is None:
                self._waiting.put(None)
                break
            some.append(another)
        return some


def answer_all(some: Sequence[Waiting]) -> None:
    """Keep these mails and say so; or say why not."""
    said = kept(some)
    for each in some:
        each.draft.discard()
        each.answer(said)


def kept(some: Sequence[Waiting]) -> str:
    try:
        raw_files.keep_all([each.draft for each in some])
        return record([each.arrival() for each in some])
    except OSError as error:
        log.error("mails could not be stored: %s", error)
        return FULL
    except DatabaseError as error:
        log.error("mails could not be recorded: %s", error)
        # A dead connection would else stay dead for every mail to come.
        connections.close_all()
        return FULL
    except Exception:
        log.exception("mails could not be accepted")
        connections.close_all()
        return TROUBLE


def arrival_of(arrived: Arrived, draft: raw_files.Draft, at: Instant) -> Arrival:
    letter = arrived.letter
    return Arrival(
        sha256=draft.sha256,
        size=draft.size,
        received_at=at,
        envelope_from=_storable(letter.sender),
        envelope_to=tuple(map(_storable, letter.recipients)),
        peer=arrived.peer,
        helo=_storable(arrived.helo),
        source=RawMail.Source.LMTP if arrived.is_lmtp else RawMail.Source.SMTP,
    )


def _storable(text: str) -> str:
    """Raw bytes come as surrogates, which no database stores."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "")
