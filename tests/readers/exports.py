"""Reading samples of exports, and damaging them."""

import gzip
import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import strategies as st

from commondesk.core.record import events as e
from commondesk.core.record.codec import Json
from commondesk.core.record.event import Event, Side, WordsRef
from commondesk.core.record.instant import iso_of, parse_instant
from commondesk.core.record.ticket import Ticket, ticket_of
from commondesk.readers import known
from commondesk.readers.export import (
    Asked,
    ExportedTicket,
    Quality,
    Reader,
    Source,
    UnusableExport,
)

SAMPLES = Path(__file__).parent / "samples"
ACME = UUID("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa")
NOW = parse_instant("2026-01-05T08:00Z")


def sources(*contents: bytes) -> list[Source]:
    """Files with these contents."""
    return [
        Source(f"export-{place}", io.BytesIO(content)) for place, content in enumerate(contents)
    ]


def read(
    reader: Reader, *contents: bytes, zone: ZoneInfo | None = None, mapping: str = ""
) -> tuple[list[ExportedTicket], Quality]:
    """The tickets of an export. Raises UnusableExport if any problem was noted."""
    quality = Quality()
    found = list(reader.tickets(sources(*contents), Asked(ACME, zone, mapping), quality))
    quality.require_sound()
    assert quality.tickets == len(found)
    return found, quality


def refusal(reader: Reader, *contents: bytes, mapping: str = "") -> str:
    """The text that refuses an export."""
    with pytest.raises(UnusableExport) as refused:
        read(reader, *contents, mapping=mapping)
    return str(refused.value)


def guessed(*contents: bytes) -> str:
    """The name of the reader that these files are given to."""
    return known.reader_of(sources(*contents)).reader.NAME


def told(ticket: ExportedTicket) -> list[str]:
    """What happened, without the traces of records: when, who, and what."""
    return [
        f"{iso_of(draft.happened_at)[5:16]} {draft.actor.side} {draft.body.NAME}"
        for draft in ticket.drafts
        if not isinstance(draft.body, e.RowImported)
    ]


def bodies(ticket: ExportedTicket, kind: type) -> list[object]:
    """What events of a kind say."""
    return [draft.body for draft in ticket.drafts if isinstance(draft.body, kind)]


def words_from(ticket: ExportedTicket, side: Side, kind: type) -> list[str]:
    """The words of messages or notes that a side wrote."""
    return [
        ticket.words[draft.body.text.id]  # type: ignore[attr-defined]
        for draft in ticket.drafts
        if isinstance(draft.body, kind) and draft.actor.side is side
    ]


def folded(ticket: ExportedTicket) -> Ticket:
    """What its events add up to."""
    words = {key: WordsRef(key, "digest") for key in (*ticket.words, "subject")}
    found = ticket_of(
        Event(
            draft.stream, position, draft.happened_at, NOW, draft.certainty, draft.actor, draft.body
        )
        for position, draft in enumerate(ticket.drafts_with(7, words), 1)
    )
    assert found is not None
    return found


def assert_orderly(tickets: Iterable[ExportedTicket], source: str) -> None:
    """Events stand in order of time, traces say what follows them, words are kept for each."""
    for ticket in tickets:
        told_at = [
            draft.happened_at
            for draft in ticket.drafts
            if not isinstance(draft.body, e.RowImported)
        ]
        assert told_at == sorted(told_at)
        left = [draft.body for draft in ticket.drafts]
        assert isinstance(left.pop(0), e.TicketOpened)
        rows = []
        while left:
            trace = left.pop(0)
            assert isinstance(trace, e.RowImported)
            assert trace.source == source
            rows.append(trace.sha256)
            own = [left.pop(0) for _ in range(trace.changes)]
            assert not any(isinstance(body, e.RowImported) for body in own)
        assert tuple(rows) == ticket.rows
        folded(ticket)


def as_json(value: Json) -> bytes:
    """A document."""
    return json.dumps(value).encode()


def as_lines(values: Iterable[Json]) -> bytes:
    """A document a line."""
    return "".join(f"{json.dumps(value)}\n" for value in values).encode()


def zipped(**pages: bytes) -> bytes:
    """Pages in an archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in pages.items():
            archive.writestr(f"{name}.json", content)
    return out.getvalue()


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """A file with some bytes changed, cut out or put in; perhaps packed, perhaps cut off."""
    found = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(found)))
        found[place : place + draw(st.integers(0, 9))] = draw(st.binary(max_size=9))
    if draw(st.booleans()):
        del found[draw(st.integers(0, len(found))) :]
    match draw(st.sampled_from(("plain", "plain", "gzip", "zip"))):
        case "gzip":
            return gzip.compress(bytes(found))
        case "zip":
            packed = bytearray(zipped(page=bytes(found)))
            if draw(st.booleans()):
                packed[draw(st.integers(0, len(packed) - 1))] ^= 0xFF
            return bytes(packed)
        case _:
            return bytes(found)


_odd: st.SearchStrategy[Json] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ("", "\0", "\ud800", "x" * 400, "-1", "2025-03-10T09:00:00", "2025-13-40T99:00Z")
    ),
    st.just([]),
    st.just({}),
    st.just([[]]),
    st.just([{}]),
)


@st.composite
def bent(draw: st.DrawFn, document: Json) -> bytes:
    """A document in which some values are of another type, missing, or there twice."""
    found: Json = json.loads(json.dumps(document))
    for _ in range(draw(st.integers(1, 3))):
        _bend(draw, found)
    return as_json(found)


def _bend(draw: st.DrawFn, value: Json) -> None:
    while True:
        if isinstance(value, dict) and value:
            name: str = draw(st.sampled_from(sorted(value)))
            if isinstance(value[name], (dict, list)) and draw(st.integers(0, 9)):
                value = value[name]
                continue
            if draw(st.booleans()):
                value[name] = draw(_odd)
            else:
                del value[name]
        elif isinstance(value, list) and value:
            place = draw(st.integers(0, len(value) - 1))
            if isinstance(value[place], (dict, list)) and draw(st.integers(0, 9)):
                value = value[place]
                continue
            value.insert(place, draw(st.one_of(_odd, st.just(value[place]))))
        return
