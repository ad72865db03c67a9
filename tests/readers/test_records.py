"""The records of JSON exports, read a piece at a time."""

import io
import json
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commondesk.core.record.codec import Json
from commondesk.readers import records
from commondesk.readers.export import Quality, Source, UnusableExport
from commondesk.readers.records import Shelf, pieces
from tests.readers.exports import sources, zipped

LISTS = frozenset({"tickets", "users"})


def found(*contents: bytes) -> list[tuple[int, str, Json]]:
    return [(row, name, value) for row, name, value in pieces(sources(*contents), LISTS, Quality())]


def refused(*contents: bytes) -> str:
    with pytest.raises(UnusableExport) as wrong:
        found(*contents)
    return str(wrong.value)


def test_lists_documents_and_lines_give_their_records() -> None:
    assert found(b'[1, {"a": 2}]') == [(1, "", 1), (2, "", {"a": 2})]
    assert found(b'{"id": 5, "tickets": []}') == [(1, "", {"id": 5, "tickets": []})]
    assert found(b'{"count": 2, "tickets": [1, 2], "users": {"3": 4}}') == [
        (1, "tickets", 1),
        (2, "tickets", 2),
        (3, "users", {"3": 4}),
    ]
    assert found(b'\xef\xbb\xbf{"id": 1}\n\n{"id": 2}\n', b'{"id": 3}') == [
        (1, "", {"id": 1}),
        (2, "", {"id": 2}),
        (3, "", {"id": 3}),
    ]
    assert found(b"", b" \n") == []


def test_pages_in_an_archive_come_by_their_names() -> None:
    assert found(zipped(b=b"[2]", a=b"[1]")) == [(1, "", 1), (2, "", 2)]


values: st.SearchStrategy[Json] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=5,
)


@settings(deadline=None)
@given(
    st.lists(values),
    st.lists(values),
    st.integers(1, 40),
    st.sampled_from((None, 1)),
    st.booleans(),
)
def test_small_pieces_give_the_same_as_the_whole(
    tickets: list[Json], users: list[Json], size: int, indent: int | None, is_ascii: bool
) -> None:
    document: Json = {"next": "é", "tickets": tickets, "users": users, "count": 12}
    text = json.dumps(document, indent=indent, ensure_ascii=is_ascii)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "WHOLE", size)
        try:
            content = text.encode()
        except UnicodeEncodeError:
            return
        given = [(name, value) for _, name, value in found(content)]
    assert given == [
        *(("tickets", value) for value in tickets),
        *(("users", value) for value in users),
    ]


@pytest.mark.parametrize("size", [1, 7, records.WHOLE])
@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"tickets": [', "the file ends in the middle of a record"),
        ('{"tickets": [{"id": 1, "sub', "row "),
        ('{"tickets": [1 2]}', "row "),
        ('{"tickets": [1, ]}', "row "),
        ('{"tickets": 1, }', "row "),
        ("{1: 2}", "row "),
        ("nonsense", "row 1: "),
        ('"text"', "row 1: "),
        ('{"id": 1}\n{"id": 2 3}', "row 2: "),
        ('{"id": 1}]', "row 2: no JSON from here on"),
        ('[{"a": 1, "a": 2}]', "two members named 'a'"),
        ("[Infinity]", "Infinity is no number"),
    ],
)
def test_broken_documents_are_told_with_the_record(
    monkeypatch: pytest.MonkeyPatch, size: int, text: str, what: str
) -> None:
    monkeypatch.setattr(records, "WHOLE", size)
    assert what in refused(text.encode())


@pytest.mark.parametrize("size", [1, 7, records.WHOLE])
@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('{"tickets": [{"id": 1}, {"id": 2}, {"id"', 3),
        ('{"tickets": [{"id": 1}, {"id": 2}, {"id": 3, "subject": "Prin', 3),
        ('{"tickets": [{"id": 1}, {"id": 2}]', 3),
        ('{"id": 1}\n{"id": 2}\n{"id": 3', 3),
    ],
)
def test_what_stands_before_a_break_is_read_and_the_break_told(
    monkeypatch: pytest.MonkeyPatch, size: int, text: str, row: int
) -> None:
    monkeypatch.setattr(records, "WHOLE", size)
    quality = Quality()
    given = [value for _, _, value in pieces(sources(text.encode()), LISTS, quality)]
    assert given == [{"id": 1}, {"id": 2}]
    assert quality.findings["broken_off"].examples == [f"row {row}"]


def test_a_record_may_not_be_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "WHOLE", 100)
    monkeypatch.setattr(records, "LONGEST", 5000)
    assert refused(b'["' + b"x" * 100_000 + b'"]') == (
        "row 1: no record may be longer than 5,000 characters"
    )


def test_an_archive_that_swells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "SMALL", 1000)
    assert "swells to many times its packed size" in refused(zipped(page=b" " * 1_000_000))


class _Endless(io.RawIOBase):
    """A list of so many records, made as it is read."""

    def __init__(self, count: int) -> None:
        self._left = self._chunks(count)
        self._rest = b""

    def _chunks(self, count: int) -> Iterator[bytes]:
        yield b'{"tickets": [0'
        for place in range(count):
            yield b',{"id": %d, "text": "%s"}' % (place, b"x" * 1000)
        yield b"]}"

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def read(self, size: int = -1) -> bytes:
        if size == 4 or size == 2:
            return b"{}"[:size]
        if not self._rest:
            self._rest = b"".join(chunk for _, chunk in zip(range(50), self._left, strict=False))
        found, self._rest = self._rest[:size], self._rest[size:]
        return found


def test_memory_does_not_grow_with_one_large_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "WHOLE", 64 * 1024)

    def peak(count: int) -> int:
        source = Source("large", _Endless(count))  # type: ignore[arg-type]
        tracemalloc.start()
        total = sum(1 for _ in pieces([source], LISTS, Quality()))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert total == count + 1
        return most

    assert peak(8000) < 1.5 * peak(2000)


def test_a_shelf_gives_back_what_belongs_together_in_order() -> None:
    with Shelf() as shelf:
        shelf.lay("b", 1, "ticket", {"z": 1, "a": "é\ud800"})
        shelf.lay("a", 2, "ticket", [])
        shelf.lay("b", 3, "audit", None)
        shelf.lay("b", 3, "audit", 4)
        given = [(key, [each[0:2] + each[3:] for each in kept]) for key, kept in shelf.tickets()]
    assert given == [
        ("b", [(1, "ticket", {"z": 1, "a": "é\ud800"}), (3, "audit", None), (3, "audit", 4)]),
        ("a", [(2, "ticket", [])]),
    ]
