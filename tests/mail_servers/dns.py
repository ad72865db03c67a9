"""A private name service on loopback: UDP, in a thread, with the records it is given."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = Mapping[str, Mapping[str, Sequence[str]]]
"""Names, kinds and values: {"acme.example": {"TXT": ["v=spf1 -all"], "A": ["192.0.2.1"]}}.

A name with the kind SILENT gets no answer at all.
"""
SILENT: Mapping[str, Sequence[str]] = {"SILENT": []}
LONGEST_STRING = 255


@dataclass
class NameServer:
    """The running name service. Its zone may be changed while it runs."""

    zone: dict[str, Mapping[str, Sequence[str]]]
    asked: list[tuple[str, str]] = field(default_factory=list)
    """What it was asked for, in order: names and kinds."""
    port: int = 0

    @property
    def address(self) -> str:
        """What COMMONDESK_DNS wants."""
        return f"127.0.0.1:{self.port}"


@contextmanager
def served(zone: Zone) -> Iterator[NameServer]:
    """A name service with these records, until the end of the block."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(0.1)
        server = NameServer(dict(zone), port=listener.getsockname()[1])
        is_over = threading.Event()
        thread = threading.Thread(target=_serve, args=(server, listener, is_over), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            is_over.set()
            thread.join(5)


def _serve(server: NameServer, listener: socket.socket, is_over: threading.Event) -> None:
    while not is_over.is_set():
        try:
            wire, sender = listener.recvfrom(4096)
            answer = _answer(server, dns.message.from_wire(wire))
            if answer is not None:
                listener.sendto(answer.to_wire(max_size=65535), sender)
        except (TimeoutError, dns.exception.DNSException, ConnectionError):
            continue


def _answer(server: NameServer, query: dns.message.Message) -> dns.message.Message | None:
    question = query.question[0]
    name = question.name.to_text(omit_final_dot=True).lower()
    kind = dns.rdatatype.to_text(question.rdtype)
    server.asked.append((name, kind))
    records = server.zone.get(name)
    if records is not None and "SILENT" in records:
        return None
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.RA
    if records is None:
        answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer
    values = [_written(kind, value) for value in records.get(kind, ())]
    if values:
        answer.answer.append(dns.rrset.from_text(question.name, 300, "IN", kind, *values))
    return answer


def _written(kind: str, value: str) -> str:
    """A value as zone files have it: TXT in strings of 255 characters, MX with a final dot."""
    if kind == "TXT":
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        pieces = [
            quoted[place : place + LONGEST_STRING]
            for place in range(0, len(quoted), LONGEST_STRING)
        ]
        return " ".join(f'"{piece}"' for piece in pieces or [""])
    return f"{value.rstrip('.')}." if kind in ("MX", "PTR", "CNAME") else value
