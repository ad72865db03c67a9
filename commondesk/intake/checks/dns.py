"""What the name service says, remembered for a while; and that it says nothing, which is no "no".

A name without a record is an answer. A name service that is silent is none: whoever asked must not
take it for the first. Every check has so many seconds in all, however many names it asks for.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import dns.exception
import dns.name
import dns.rdata
import dns.rdatatype
import dns.resolver
from django.conf import settings

from .domains import organisation_of

QUERY_SECONDS = 2.0
ALL_SECONDS = 5.0
SHORTEST_TTL, LONGEST_TTL = 60.0, 3600.0
LONGEST_NEGATIVE_TTL = 300.0
SILENT_TTL = 60.0
"""So long a name whose servers were silent is not asked for again."""
MOST_SILENT = 3
"""With so many names of an organisation silent, the others are taken to be: who owns a domain can
name mails after ever new ones, and each would keep us waiting."""
DOWN_SPAN = 30.0
"""So long nothing is asked after our own name server was silent, so that mail does not pile up."""
MOST_REMEMBERED = 20_000
MOST_RECORDS = 50
LONGEST_RECORD = 8192
"""Whoever owns a domain writes its records, and would have us read much."""


class Silent(Exception):
    """There was no answer: nothing can be said, for or against."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The records of a name and kind, as text; TXT in Latin-1, so that no byte is lost."""

    records: tuple[str, ...] = ()
    ttl: float = LONGEST_NEGATIVE_TTL


Source = Callable[[str, str, float], Answer]
"""Asks for a name and a kind of record, within so many seconds. Raises Silent."""


@dataclass(slots=True)
class Inquiry:
    """The questions of one check, which end when its time is up."""

    ends_at: float = field(default_factory=lambda: time.monotonic() + ALL_SECONDS)
    was_silent: bool = False
    """True once anything was asked that got no answer."""

    def records(self, name: str, kind: str) -> tuple[str, ...]:
        """The records; none where the name has none. Raises Silent."""
        try:
            return _remembered(_plain(name), kind, self.ends_at - time.monotonic()).records
        except Silent:
            self.was_silent = True
            raise


def _plain(name: str) -> str:
    return name.rstrip(".").lower()


# ---- remembering --------------------------------------------------------------------------

_lock = threading.Lock()
_memory: OrderedDict[tuple[str, str], tuple[float, Answer | None]] = OrderedDict()
_silences: OrderedDict[str, list[float]] = OrderedDict()
"""For each organisation, until when its silent names are remembered."""
_down_until = 0.0


def _remembered(name: str, kind: str, seconds: float) -> Answer:
    now = time.monotonic()
    with _lock:
        found = _memory.get((name, kind))
    if found and found[0] > now:
        return _told(found[1], name)
    if seconds <= 0:
        raise Silent("there was no time left to ask")
    if now < _down_until:
        raise Silent("the name service did not answer a moment ago")
    if _is_mute(name, now):
        raise Silent(f"the servers of {name} answered nothing of late")
    try:
        answer: Answer | None = _source(name, kind, min(seconds, QUERY_SECONDS))
    except Silent:
        answer = None
    _remember(name, kind, answer)
    return _told(answer, name)


def _told(answer: Answer | None, name: str) -> Answer:
    if answer is None:
        raise Silent(f"there is no answer about {name}")
    return answer


def _remember(name: str, kind: str, answer: Answer | None) -> None:
    with _lock:
        if answer is None:
            _note_mute(name)
        _memory[(name, kind)] = (time.monotonic() + _span_of(answer), answer)
        _memory.move_to_end((name, kind))
        while len(_memory) > MOST_REMEMBERED:
            _memory.popitem(last=False)


def _is_mute(name: str, now: float) -> bool:
    with _lock:
        ends = _silences.get(organisation_of(name), [])
        return sum(1 for each in ends if each > now) >= MOST_SILENT


def _note_mute(name: str) -> None:
    """Belongs inside the lock."""
    now = time.monotonic()
    ends = _silences.setdefault(organisation_of(name), [])
    ends[:] = [*[each for each in ends if each > now][-MOST_SILENT:], now + SILENT_TTL]
    while len(_silences) > MOST_REMEMBERED:
        _silences.popitem(last=False)


def _span_of(answer: Answer | None) -> float:
    if answer is None:
        return SILENT_TTL
    longest = LONGEST_TTL if answer.records else LONGEST_NEGATIVE_TTL
    return min(max(answer.ttl, SHORTEST_TTL), longest)


def forget() -> None:
    """Remember nothing of what was told so far."""
    global _down_until
    with _lock:
        _memory.clear()
        _silences.clear()
        _down_until = 0.0


# ---- asking -------------------------------------------------------------------------------


def ask_server(name: str, kind: str, seconds: float) -> Answer:
    """Ask the name server of the settings, or else the system's. Raises Silent."""
    resolver = _resolver(str(settings.DNS))
    if resolver is None:
        raise Silent("this machine has no name server")
    try:
        found = resolver.resolve(
            dns.name.from_text(name),
            kind,
            lifetime=seconds,
            search=False,
            raise_on_no_answer=False,
        )
    except dns.resolver.NXDOMAIN:
        return Answer()
    except (dns.name.NameTooLong, dns.name.LabelTooLong, dns.name.EmptyLabel, dns.name.BadEscape):
        return Answer()  # what cannot be a name has no records
    except dns.exception.DNSException as trouble:
        _note_silence(resolver)
        raise Silent(str(trouble)) from None
    except OSError as trouble:
        _note_silence(resolver)
        raise Silent(str(trouble)) from None
    if found.rrset is None:
        return Answer()
    records = tuple(_text(each) for each in list(found.rrset)[:MOST_RECORDS])
    fit = tuple(each for each in records if len(each) <= LONGEST_RECORD)
    return Answer(fit, float(found.rrset.ttl))


def _note_silence(resolver: dns.resolver.Resolver) -> None:
    """Find out whether all is silent, or only the servers of that name.

    Whoever owns a domain can make its servers silent; this must not switch off what protects
    all the others. Any answer about the root will do, a refusal too.
    """
    global _down_until
    try:
        resolver.resolve(".", "NS", lifetime=QUERY_SECONDS / 2, search=False)
    except (dns.resolver.LifetimeTimeout, OSError):
        _down_until = time.monotonic() + DOWN_SPAN
    except dns.resolver.NoNameservers as trouble:
        if not any(len(each) > 4 and each[4] is not None for each in _errors(trouble)):
            _down_until = time.monotonic() + DOWN_SPAN
    except dns.exception.DNSException:
        return


def _errors(trouble: dns.resolver.NoNameservers) -> list[tuple[object, ...]]:
    """What each server said: its answer is the last of five, None where there was none."""
    return list(trouble.kwargs.get("errors", []))


@lru_cache(maxsize=4)
def _resolver(server: str) -> dns.resolver.Resolver | None:
    if not server:
        try:
            return dns.resolver.Resolver()
        except dns.resolver.NoResolverConfiguration:
            return None
    host, _, port = server.rpartition(":")
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [_address(host.strip("[]"))]
    resolver.port = int(port)
    return resolver


def _address(host: str) -> str:
    return "127.0.0.1" if host == "localhost" else host


def _text(record: dns.rdata.Rdata) -> str:
    if record.rdtype == dns.rdatatype.TXT:
        return b"".join(record.strings).decode("latin-1")  # type: ignore[attr-defined]
    return record.to_text()


# ---- for tests ----------------------------------------------------------------------------

_source: Source = ask_server


@contextlib.contextmanager
def asking(source: Source) -> Iterator[None]:
    """Ask this instead of a server until the end of the block."""
    global _source
    before, _source = _source, source
    forget()
    try:
        yield
    finally:
        _source = before
        forget()
