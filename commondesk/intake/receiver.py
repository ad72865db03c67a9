"""The built-in SMTP receiver. Its 250 is a promise: bytes and row are on disk before it."""

from __future__ import annotations

import asyncio
import logging
import queue
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import UUID

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import DatabaseError, connections, transaction

from commondesk.core.record.instant import Instant
from commondesk.ledger.now import instant_now

from . import mailboxes, raw_files
from .filer import Filer
from .models import RawMail

LARGEST = int(25 * 1024 * 1024 * 1.37)
MOST_RECIPIENTS = 100
LONGEST_LINE = 1024 * 1024
MOST_AT_ONCE = 64
LONGEST_IDLE_SPAN = 120.0
MOST_CALLS = 200
NAME = "Commondesk"

KEPT = "250 2.0.0 Kept. We take care of it from here"
TOO_MANY = "452 4.5.3 Too many recipients for one mail; send the rest in another one"
NOT_AN_ADDRESS = "553 5.1.3 That is no mail address"
NO_DESK = "451 4.3.2 This desk is not set up yet; please try again later"
FULL = "452 4.3.1 We cannot store mail at the moment; please try again later"
TROUBLE = "451 4.3.0 Something went wrong on our side; please try again later"

log = logging.getLogger(__name__)
# The library tells every command, with the addresses of everybody who writes.
logging.getLogger("mail.log").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail whose bytes are on disk, and what the sending server said about it."""

    sha256: str
    size: int
    received_at: Instant
    envelope_from: str
    envelope_to: tuple[str, ...]
    peer: str
    helo: str


@dataclass
class Receiver:
    """The running receiver. `stop` ends it once what it holds is answered."""

    controller: Controller
    keeper: Keeper
    handler: Handler
    filer: Filer | None

    @property
    def port(self) -> int:
        return int(self.controller.port)

    def stop(self) -> None:
        self.controller.stop()
        self.keeper.stop()
        self.handler.writers.shutdown()
        if self.filer:
            self.filer.stop()


def start(address: str | None = None, *, is_filing: bool = True) -> Receiver:
    """Listen at host:port, by default where the settings say, and file what comes at once."""
    host, _, port = (address or str(settings.RECEIVER)).rpartition(":")
    filer = Filer() if is_filing else None
    keeper = Keeper(filer.wake if filer else None)
    handler = Handler(keeper)
    controller = _Controller(
        handler,
        hostname=host.strip("[]"),
        port=int(port),
        # Else the library asks the name service who we are, at each connection anew.
        server_hostname=socket.gethostname(),
        ready_timeout=20.0,
        data_size_limit=LARGEST,
        enable_SMTPUTF8=True,
        ident=NAME,
        timeout=LONGEST_IDLE_SPAN,
        auth_exclude_mechanism=["LOGIN", "PLAIN"],
        command_call_limit={"*": MOST_CALLS, "RCPT": MOST_RECIPIENTS * 2},
    )
    keeper.start()
    controller.start()
    if filer:
        filer.start()
    return Receiver(controller, keeper, handler, filer)


class Server(SMTP):
    """SMTP that takes the long lines which real mails have. Only CRLF . CRLF ends a mail."""

    line_length_limit = LONGEST_LINE


class _Controller(Controller):
    def factory(self) -> Server:
        return Server(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        """The base class connects once to see that it listens; of port 0 it learns the real one."""
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class Handler:
    """What the server asks us at each step."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self.writers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="mail-writer")

    async def handle_RCPT(  # noqa: N802 - the names are aiosmtpd's
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return TOO_MANY
        if not is_plain(address):
            return NOT_AN_ADDRESS
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        try:
            return await self._kept(session, envelope)
        except OSError as error:
            log.error("a mail could not be stored: %s", error)
            return FULL
        except Exception:
            log.exception("a mail could not be accepted")
            return TROUBLE

    async def _kept(self, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        at = instant_now()
        loop = asyncio.get_running_loop()
        sha256 = await loop.run_in_executor(self.writers, raw_files.keep, content)
        arrival = Arrival(
            sha256=sha256,
            size=len(content),
            received_at=at,
            envelope_from=_storable(envelope.mail_from or ""),
            envelope_to=tuple(map(_storable, envelope.rcpt_tos)),
            peer=_peer_of(session),
            helo=_storable(session.host_name or "")[:255],
        )
        return await asyncio.wrap_future(self.keeper.keep(arrival))


@dataclass
class Keeper:
    """Writes the rows: those that came meanwhile share one commit."""

    on_arrival: Callable[[], None] | None = None
    _arrivals: queue.SimpleQueue[tuple[Arrival, Future[str]] | None] = field(
        default_factory=queue.SimpleQueue
    )
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="mail-keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._arrivals.put(None)
        if self._thread:
            self._thread.join(30)

    def keep(self, arrival: Arrival) -> Future[str]:
        """The answer to give, once the row is committed."""
        answer: Future[str] = Future()
        self._arrivals.put((arrival, answer))
        return answer

    def _run(self) -> None:
        try:
            while some := self._next():
                _answer(some)
                if self.on_arrival:
                    self.on_arrival()
        finally:
            connections.close_all()

    def _next(self) -> list[tuple[Arrival, Future[str]]]:
        """What waits, at least one; empty when asked to stop."""
        first = self._arrivals.get()
        some = [first] if first else []
        while some and len(some) < MOST_AT_ONCE:
            try:
                another = self._arrivals.get_nowait()
            except queue.Empty:
                break
            if another is None:
                self._arrivals.put(None)
                break
            some.append(another)
        return some


def _answer(some: Sequence[tuple[Arrival, Future[str]]]) -> None:
    try:
        said = record([arrival for arrival, _ in some])
    except Exception as error:
        log.error("mails could not be recorded: %s", error)
        # A dead connection would else stay dead for every mail to come.
        connections.close_all()
        said = FULL if isinstance(error, DatabaseError | OSError) else TROUBLE
    for _, answer in some:
        answer.set_result(said)


def record(arrivals: Sequence[Arrival]) -> str:
    """Commit the rows of these mails; the same bytes for the same company are one mail."""
    with transaction.atomic():
        if not mailboxes.has_companies():
            return NO_DESK
        scopes = {each: mailboxes.scopes_of(each) for each in {a.envelope_to for a in arrivals}}
        rows = [row for each in arrivals for row in rows_of(each, scopes[each.envelope_to])]
        RawMail.objects.bulk_create(rows, ignore_conflicts=True)
        _name_files_again(rows)
    return KEPT


def _name_files_again(rows: Sequence[RawMail]) -> None:
    """Bytes that came again lie on disk again: their old row names them, to be tidied."""
    filed = RawMail.objects.filter(sha256__in={row.sha256 for row in rows}, path="")
    for sha256 in set(filed.values_list("sha256", flat=True)):
        RawMail.objects.filter(sha256=sha256, path="").update(path=raw_files.place_of(sha256))


def rows_of(arrival: Arrival, scopes: Mapping[str, UUID | None]) -> list[RawMail]:
    """One row for each company that it is for."""
    return [
        RawMail(
            sha256=arrival.sha256,
            scope=scope,
            company=company,
            received_at=arrival.received_at,
            path=raw_files.place_of(arrival.sha256),
            size=arrival.size,
            envelope_from=arrival.envelope_from,
            envelope_to=list(arrival.envelope_to),
            peer=arrival.peer,
            helo=arrival.helo,
            next_attempt_at=arrival.received_at,
        )
        for scope, company in scopes.items()
    ]


def is_plain(address: str) -> bool:
    """A recipient we can keep: one @, no control characters, no spaces."""
    local, _, domain = address.rpartition("@")
    return bool(local and domain) and address.isprintable() and " " not in address


def _storable(text: str) -> str:
    """Raw bytes come as surrogates, which no database stores."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "")


def _peer_of(session: Session) -> str:
    peer: object = session.peer
    return str(peer[0])[:64] if isinstance(peer, tuple) and peer else ""
