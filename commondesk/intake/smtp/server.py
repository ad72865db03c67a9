"""Carries dialogues over TCP or a unix socket, with limits on who may hold how much how long."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import stat
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path

from .dialogue import CLOSING, Dialogue, Draft, Letter, Rules, Wish

LONGEST_IDLE_SPAN = 120.0
LONGEST_SPAN = 3600.0
SLOWEST_BYTES_PER_S = 1024
HANDSHAKE_SPAN = 30.0
GOODBYE_SPAN = 5.0
MOST_CONNECTIONS = 250
MOST_OF_ONE_PEER = 25
MOST_WAITING = 64 * 1024

CROWDED = "421 4.3.2 Too many connections; please try again later"
TOO_SLOW = "421 4.4.2 Too slow; please try again later"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A whole mail that waits for its answer, and who brought it."""

    letter: Letter
    peer: str
    helo: str
    is_lmtp: bool


Answer = Callable[[str], None]
Keep = Callable[[Arrived, Answer], None]
"""Take care of the mail, and call back, from any thread, once it may be answered."""


@dataclass(frozen=True, slots=True)
class Limits:
    idle_span: float = LONGEST_IDLE_SPAN
    whole_span: float = LONGEST_SPAN
    slowest_bytes_per_s: int = SLOWEST_BYTES_PER_S
    most_connections: int = MOST_CONNECTIONS
    most_of_one_peer: int = MOST_OF_ONE_PEER


@dataclass
class Doors:
    """Where one kind of dialogue is held, and by which rules."""

    address: str
    rules: Rules
    port: int = 0


@dataclass
class Server:
    """Runs on a thread of its own between `start` and `stop`."""

    doors: Sequence[Doors]
    keep: Keep
    new_draft: Callable[[], Draft]
    tls: ssl.SSLContext | None = None
    limits: Limits = field(default_factory=Limits)
    trusted: Sequence[IPv4Network | IPv6Network] = ()
    connections: set[Connection] = field(default_factory=set)
    peers: Counter[str] = field(default_factory=Counter)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None
    _listeners: list[asyncio.Server] = field(default_factory=list)

    def start(self) -> None:
        """Raises OSError where an address cannot be had."""
        try:
            for doors in self.doors:
                self._loop.run_until_complete(self._open(doors))
        except OSError:
            self._close_loop()
            raise
        self._thread = threading.Thread(target=self._run, name="mail-server", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take nobody more, finish what was wholly received, and tell the others to come again."""
        if self._thread:
            asyncio.run_coroutine_threadsafe(self._say_goodbye(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._close_loop()

    async def _open(self, doors: Doors) -> None:
        def connection() -> Connection:
            return Connection(self, Dialogue(doors.rules, self.new_draft))

        if doors.address.startswith("unix:"):
            path = Path(doors.address.removeprefix("unix:"))
            with contextlib.suppress(FileNotFoundError):
                if stat.S_ISSOCK(path.stat().st_mode):
                    path.unlink()
            listener = await self._loop.create_unix_server(connection, path)
        else:
            host, _, port = doors.address.rpartition(":")
            listener = await self._loop.create_server(
                connection, host.strip("[]"), int(port), backlog=512
            )
            doors.port = listener.sockets[0].getsockname()[1]
        self._listeners.append(listener)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.call_later(1.0, self._look_at_clocks)
        self._loop.run_forever()

    def _look_at_clocks(self) -> None:
        now = self._loop.time()
        for connection in tuple(self.connections):
            connection.close_if_slow(now)
        self._loop.call_later(min(1.0, self.limits.idle_span / 4), self._look_at_clocks)

    async def _say_goodbye(self) -> None:
        for listener in self._listeners:
            listener.close()
        end = self._loop.time() + GOODBYE_SPAN
        while self.connections and self._loop.time() < end:
            for connection in tuple(self.connections):
                connection.close_unless_waiting()
            await asyncio.sleep(0.01)
        for connection in tuple(self.connections):
            connection.abort()
        await asyncio.sleep(0)

    def _close_loop(self) -> None:
        for listener in self._listeners:
            listener.close()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    # ---- for the connections -----------------------------------------------------------------

    def time(self) -> float:
        return self._loop.time()

    def call_soon(self, call: Callable[[], None]) -> None:
        """From another thread; nothing to do once the loop is gone."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call)

    def start_tls(self, connection: Connection, transport: asyncio.Transport) -> None:
        assert self.tls is not None
        # The loop keeps only weak references to tasks; the connection keeps this one.
        connection.handshake = self._loop.create_task(connection.secure(transport, self.tls))

    def admits(self, peer: str) -> bool:
        if len(self.connections) >= self.limits.most_connections:
            return False
        return self.is_trusted(peer) or self.peers[peer] < self.limits.most_of_one_peer

    def is_trusted(self, peer: str) -> bool:
        """Ourselves and relays of our own bring the mail of many."""
        if not peer:
            return True
        address = ip_address(peer)
        return address.is_loopback or any(address in each for each in self.trusted)


class Connection(asyncio.Protocol):
    def __init__(self, server: Server, dialogue: Dialogue) -> None:
        self.handshake: asyncio.Task[None] | None = None
        self._server = server
        self._dialogue = dialogue
        self._transport: asyncio.Transport | None = None
        self._peer = self._counted_as = ""
        self._is_choked = self._has_ended = False
        self._began_at = self._heard_at = self._obeyed_at = server.time()

    # ---- what asyncio tells ------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._peer = _address_of(transport.get_extra_info("peername"))
        if not self._server.admits(_house_of(self._peer)):
            transport.write(f"{CROWDED}\r\n".encode())
            transport.close()
            return
        self._counted_as = _house_of(self._peer)
        self._server.connections.add(self)
        self._server.peers[self._counted_as] += 1
        transport.write(self._dialogue.greeting())

    def data_received(self, data: bytes) -> None:
        if self not in self._server.connections:
            return
        self._heard_at = self._server.time()
        self._go_on(self._dialogue.take(data))

    def eof_received(self) -> bool:
        """Whoever has sent all may still read its answer."""
        self._has_ended = self._dialogue.wish is Wish.KEEP and self.handshake is None
        return self._has_ended

    def connection_lost(self, _error: Exception | None) -> None:
        if self in self._server.connections:
            self._server.connections.discard(self)
            self._server.peers[self._counted_as] -= 1
            if not self._server.peers[self._counted_as]:
                del self._server.peers[self._counted_as]
        if self._dialogue.wish is not Wish.KEEP:
            self._dialogue.end()
        self._transport = None

    def pause_writing(self) -> None:
        """Who does not listen is not listened to."""
        self._is_choked = True
        self._balance()

    def resume_writing(self) -> None:
        self._is_choked = False
        self._balance()

    # ---- what follows ------------------------------------------------------------------------

    def _go_on(self, said: bytes) -> None:
        transport = self._transport
        if transport is None:
            return
        if said:
            self._obeyed_at = self._server.time()
            transport.write(said)
        if self._dialogue.wish is Wish.KEEP:
            self._keep()
        elif self._dialogue.wish is Wish.CLOSE:
            transport.close()
        elif self._dialogue.wish is Wish.START_TLS:
            # Nothing more is read until the handshake has begun.
            transport.pause_reading()
            self._server.start_tls(self, transport)
            return
        self._balance()

    def _keep(self) -> None:
        letter = self._dialogue.letter
        assert letter is not None
        arrived = Arrived(letter, self._peer, self._dialogue.helo, self._dialogue.rules.is_lmtp)

        def answer(said: str) -> None:
            self._server.call_soon(lambda: self._answer(said))

        self._server.keep(arrived, answer)

    def _answer(self, said: str) -> None:
        if self._transport:
            self._go_on(self._dialogue.kept(said))
        if self._transport and self._has_ended and self._dialogue.wish is None:
            self._transport.close()

    def _balance(self) -> None:
        """Read on only while there is room for what comes."""
        transport = self._transport
        if transport is None or transport.is_closing() or self._dialogue.wish is Wish.START_TLS:
            return
        is_full = self._dialogue.waiting_size > MOST_WAITING and self._dialogue.wish is not None
        if self._is_choked or is_full:
            transport.pause_reading()
        else:
            transport.resume_reading()

    async def secure(self, transport: asyncio.Transport, context: ssl.SSLContext) -> None:
        loop = asyncio.get_running_loop()
        self._dialogue.secured()
        try:
            secured = await loop.start_tls(
                transport,
                self,
                context,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE_SPAN,
            )
        except (OSError, ssl.SSLError, ConnectionError):
            transport.abort()
            return
        self._transport = secured
        self._obeyed_at = self._heard_at = self._server.time()

    # ---- the end -----------------------------------------------------------------------------

    def close_if_slow(self, now: float) -> None:
        limits = self._server.limits
        if self._dialogue.wish is Wish.KEEP:
            return
        is_idle = now - self._heard_at > limits.idle_span
        letter = self._dialogue.letter if self._dialogue.is_within_mail else None
        # A mail may take its time as long as it comes at a pace; a command may not be dripped.
        paid_for = letter.size / limits.slowest_bytes_per_s if letter else 0.0
        is_dripping = now - self._obeyed_at > limits.idle_span + paid_for
        if is_idle or is_dripping or now - self._began_at > limits.whole_span:
            self._close(TOO_SLOW)

    def close_unless_waiting(self) -> None:
        if self._dialogue.wish is not Wish.KEEP:
            self._close(CLOSING)

    def abort(self) -> None:
        if self._transport:
            self._transport.abort()

    def _close(self, said: str) -> None:
        if self._transport and not self._transport.is_closing():
            if self.handshake is None or self.handshake.done():
                self._transport.write(f"{said}\r\n".encode())
            self._dialogue.end()
            self._transport.close()


def _address_of(peer: object) -> str:
    """The IP address; empty over a unix socket. IPv4 within IPv6 is IPv4."""
    if not isinstance(peer, tuple) or not peer:
        return ""
    address = ip_address(str(peer[0]).partition("%")[0])
    within = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(within or address)


def _house_of(peer: str) -> str:
    """Who counts as one: an address, of version 6 the network of one house."""
    if ":" not in peer:
        return peer
    return str(IPv6Network((peer, 64), strict=False).network_address)
