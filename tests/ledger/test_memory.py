"""What a transaction remembers ends with it, and with every savepoint that is undone."""

from __future__ import annotations

import contextlib
from pathlib import Path
from uuid import UUID

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from commondesk.core.record.events import TicketResolved
from commondesk.ledger import files, memory, store, tables, words
from commondesk.ledger.models import Words
from tests.ledger import record

COMPANY = UUID(int=5)


class Source:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def one(self) -> int:
        self.asked.append([])
        return len(self.asked)

    def many(self, keys: object) -> dict[str, str]:
        wanted = sorted(keys)  # type: ignore[call-overload]
        self.asked.append(wanted)
        return {key: key.upper() for key in wanted if key != "unknown"}


def test_outside_nothing_is_remembered() -> None:
    source = Source()
    assert [memory.recalled("a", source.one) for _ in range(2)] == [1, 2]
    memory.note("a", 7)
    assert memory.known("a") is None


def test_within_each_thing_is_read_once_and_blocks_share() -> None:
    source = Source()
    with memory.remembering():
        first = memory.recalled("a", source.one)
        with memory.remembering():
            assert memory.recalled("a", source.one) == first
        assert memory.recalled("a", source.one) == first
    assert memory.recalled("a", source.one) == 2


def test_of_many_only_the_missing_are_read() -> None:
    source = Source()
    with memory.remembering():
        assert memory.recalled_each("k", ["a", "unknown"], source.many) == {"a": "A"}
        assert memory.recalled_each("k", ["a", "b", "unknown"], source.many) == {"a": "A", "b": "B"}
    assert source.asked == [["a", "unknown"], ["b"]]


def test_what_fails_is_forgotten() -> None:
    source = Source()
    with memory.remembering():
        memory.recalled("a", source.one)
        with pytest.raises(ZeroDivisionError), memory.remembering():
            raise ZeroDivisionError
        assert memory.recalled("a", source.one) == 2


def test_a_savepoint_that_is_undone_leaves_the_chain_sound(db: None) -> None:
    streams = record.interleaved(COMPANY, 3)
    before = store.head_of(COMPANY)
    with transaction.atomic(), memory.remembering():
        store.hold(COMPANY)
        with pytest.raises(ZeroDivisionError), transaction.atomic(), memory.remembering():
            record.add(COMPANY, streams[0], TicketResolved())
            raise ZeroDivisionError
        record.add(COMPANY, streams[0], TicketResolved())
    after = store.head_of(COMPANY)
    assert after.sequence == before.sequence + 1
    assert len(list(store.read_on(COMPANY, after=before.sequence, limit=9))) == 1


def test_a_head_that_was_not_forgotten_is_no_way_to_break_the_chain(db: None) -> None:
    streams = record.interleaved(COMPANY, 3)
    with pytest.raises(store.BrokenHold), transaction.atomic(), memory.remembering():
        store.hold(COMPANY)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            record.add(COMPANY, streams[0], TicketResolved())
            raise ZeroDivisionError
        record.add(COMPANY, streams[0], TicketResolved())
    assert store.head_of(COMPANY).sequence == 3


def test_an_insert_gives_defaults_to_what_a_row_leaves_out(db: None) -> None:
    row = {"id": "x", "company": COMPANY, "stream": "s", "kind": "k", "salt": b"1"}
    tables.insert(Words, [row, row | {"id": "y", "has_file": True}])
    assert [each.has_file for each in Words.objects.order_by("id")] == [False, True]
    assert tables.uuid_of(tables.select("SELECT company FROM ledger_words")[0][0]) == COMPANY


def test_a_file_with_a_second_name_is_young_and_outlives_the_first(
    db: None, tmp_path: Path
) -> None:
    import os

    first = tmp_path / "mail"
    first.write_bytes(b"bytes")
    os.utime(first, ns=(0, 0))
    with files.durable_together():
        ref = words.keep_file(COMPANY, stream="s", kind="raw", content=b"bytes", same_as=first)
    first.unlink()
    with words.open_file(ref.id) as file:
        assert file.read() == b"bytes"
    assert files.path_of(ref.id).stat().st_mtime_ns > 0


def test_what_cannot_be_linked_is_written(db: None, tmp_path: Path) -> None:
    ref = words.keep_file(
        COMPANY, stream="s", kind="raw", content=b"bytes", same_as=tmp_path / "gone"
    )
    with words.open_file(ref.id) as file:
        assert file.read() == b"bytes"


@pytest.mark.django_db
def test_what_is_whole_is_undone_as_one() -> None:
    with transaction.atomic(), memory.remembering():
        store.append(COMPANY, [], learnt_at=1)
        memory.note("before", 1)
        with pytest.raises(RuntimeError), memory.whole():
            with memory.atomic():
                words.keep(COMPANY, stream="a", kind="note", text="gone with the rest")
            raise RuntimeError
        assert memory.known("before") is None
        assert not Words.objects.exists()
        with memory.whole(), memory.atomic():
            words.keep(COMPANY, stream="a", kind="note", text="stays")
    assert Words.objects.count() == 1


@pytest.mark.django_db
def test_nobody_goes_on_after_a_failure_inside_of_a_whole() -> None:
    with pytest.raises(TransactionManagementError), memory.whole():
        words.keep(COMPANY, stream="a", kind="note", text="goes with the rest")
        with contextlib.suppress(RuntimeError), memory.atomic():
            raise RuntimeError
        words.keep(COMPANY, stream="a", kind="note", text="never gets there")
    assert not Words.objects.exists()


@pytest.mark.django_db
def test_outside_of_a_whole_a_part_is_undone_by_itself() -> None:
    with transaction.atomic():
        words.keep(COMPANY, stream="a", kind="note", text="stays")
        with pytest.raises(RuntimeError), memory.atomic():
            words.keep(COMPANY, stream="a", kind="note", text="goes")
            raise RuntimeError
    assert [row.text for row in Words.objects.all()] == ["stays"]


def test_what_was_changed_is_read_anew() -> None:
    source = Source()
    with memory.remembering():
        assert [memory.recalled("key", source.one) for _ in range(2)] == [1, 1]
        memory.drop("key")
        assert memory.recalled("key", source.one) == 2
    memory.drop("key")
