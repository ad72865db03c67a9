"""Words that people wrote, and files: kept outside the events, erasable without harm to them.

An event holds the id of words and a digest salted with a random value. Erasing removes words, file
and salt together, so that the digest that stays can no longer be tried against guesses.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.db import connection, transaction

from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Actor, WordsRef
from commondesk.core.record.events import WordsErased
from commondesk.core.record.instant import DAY, Instant

from . import chance, files, memory, store, tables
from .models import Words

SALT_BYTES = 16
BATCH = 500
ORPHAN_SPAN = DAY
"""A file that no words name after this long was left behind by a transaction that failed."""

_WORDS = Words._meta.db_table
Forgetter = Callable[[UUID, tuple[str, ...]], None]

_forgetters: list[Forgetter] = []
# What no database of ours can hold: U+0000, and halves of characters out of broken mails.
_unstorable = re.compile("[\x00\ud800-\udfff]")


class UnknownWords(LookupError):
    """The company has no words of that id."""


class ErasedWords(LookupError):
    """The words were erased."""


@dataclass(frozen=True, slots=True)
class WordsDraft:
    """Words on their way into the table."""

    ref: WordsRef
    row: tables.Values


# ---- keeping ------------------------------------------------------------------------------


def keep(company: UUID, *, stream: str, kind: str, text: str) -> WordsRef:
    """Store words of a stream and return the reference for an event."""
    return keep_many(company, [(stream, kind, text)])[0]


def keep_many(company: UUID, many: Iterable[tuple[str, str, str]]) -> tuple[WordsRef, ...]:
    """Store many (stream, kind, text) at once and return their references, in order."""
    drafts = [drafted(company, *each) for each in many]
    insert([draft.row for draft in drafts])
    return tuple(draft.ref for draft in drafts)


def drafted(company: UUID, stream: str, kind: str, text: str) -> WordsDraft:
    """Words with their reference, not stored yet: they must be before anybody reads the event."""
    row = _row(company, stream, kind, text=storable(text))
    memory.note(("text", row["id"]), (company, row["text"]))
    return WordsDraft(WordsRef(row["id"], digest_of(row["salt"], kind, row["text"])), row)


def insert(rows: Sequence[tables.Values]) -> None:
    """Store drafted words, all at once."""
    tables.insert(Words, rows)


def keep_file(
    company: UUID, *, stream: str, kind: str, content: bytes, same_as: Path | None = None
) -> WordsRef:
    """Store the content of a file and return the reference. It is durable before this returns.

    same_as is a file of ours that holds the same content durably: then it gets a second name.
    """
    row = _row(company, stream, kind, has_file=True)
    if same_as is None or not files.link(row["id"], same_as):
        files.write(row["id"], content)
    tables.insert(Words, [row])
    return WordsRef(row["id"], files.digest_of(start_of(row["salt"], kind), [content]))


def _row(
    company: UUID, stream: str, kind: str, *, text: str | None = None, has_file: bool = False
) -> dict[str, Any]:
    return {
        "id": str(chance.uuid()),
        "company": company,
        "stream": stream,
        "kind": kind,
        "text": text,
        "salt": chance.some(SALT_BYTES),
        "has_file": has_file,
        "erased_at": None,
    }


def storable(text: str) -> str:
    """The text with U+FFFD for each character that cannot be stored."""
    return _unstorable.sub("\ufffd", text)


def salt_of(row: Words) -> bytes:
    """The salt; empty once it is erased."""
    return bytes(row.salt or b"")


def start_of(salt: bytes, kind: str) -> bytes:
    """What is hashed before the words themselves. The zero byte ends the kind."""
    return salt + kind.encode() + b"\0"


def digest_of(salt: bytes, kind: str, text: str) -> str:
    """The salted digest of words, as it stands in events."""
    return hashlib.sha256(start_of(salt, kind) + text.encode()).hexdigest()


# ---- reading ------------------------------------------------------------------------------


def texts(ids: Iterable[str], *, company: UUID | None = None) -> dict[str, str | None]:
    """The text of each id; None where it was erased, is a file or is unknown.

    Given a company, words of any other one count as unknown.
    """
    wanted = dict.fromkeys(ids)
    kept = memory.recalled_each("text", wanted, _kept_texts)
    found: dict[str, str | None] = dict.fromkeys(wanted)
    found.update((key, row[1]) for key, row in kept.items() if company in (None, row[0]))
    return found


def _kept_texts(ids: Iterable[str]) -> dict[str, tuple[UUID, str | None]]:
    found: dict[str, tuple[UUID, str | None]] = {}
    for some in sliced(ids):
        # By id alone: the company beside it would lead the database to another index.
        sql = f"SELECT id, company, text FROM {_WORDS} WHERE id IN ({tables.marks(len(some))})"  # noqa: S608
        for key, owner, text in tables.select(sql, *some):
            found[key] = tables.uuid_of(owner), text
    return found


def texts_of(company: UUID, streams: Iterable[str]) -> dict[str, str | None]:
    """The texts of all words of some streams, by id; None where they were erased or are a file."""
    found: dict[str, str | None] = {}
    for some in sliced(streams):
        rows = Words.objects.filter(company=company, stream__in=some)
        found.update(rows.values_list("id", "text"))
    return found


def text(ref: WordsRef | None) -> str | None:
    """The text of one reference; None where there is none or it was erased."""
    return None if ref is None else texts([ref.id])[ref.id]


def open_file(identity: str, *, company: UUID | None = None) -> BinaryIO:
    """The content of a file, open for reading. Raises UnknownWords, ErasedWords.

    Given a company, a file of any other one counts as unknown.
    """
    row = Words.objects.filter(id=identity).first()
    if row is None or (company is not None and row.company != company):
        raise UnknownWords(f"there is no file {identity}")
    if row.erased_at is not None:
        raise ErasedWords(f"the file {identity} was erased")
    if not row.has_file:
        raise UnknownWords(f"{identity} is no file")
    return files.open_content(identity)


def of_stream(company: UUID, stream: str) -> tuple[str, ...]:
    """The ids of all words of a stream that are not erased."""
    rows = Words.objects.filter(company=company, stream=stream, erased_at__isnull=True)
    return tuple(rows.order_by("id").values_list("id", flat=True))


# ---- erasing ------------------------------------------------------------------------------


def on_erase(forget: Forgetter) -> Forgetter:
    """Register what wipes a room's copies: called with company and ids, in the transaction."""
    if forget not in _forgetters:
        _forgetters.append(forget)
    return forget


def erase(
    company: UUID, ids: Iterable[str], *, ground: str, actor: Actor, at: Instant
) -> tuple[str, ...]:
    """Erase words for good, with every copy of them, and say so in the record.

    Returns the ids that were erased now; those erased earlier are passed over. ground stays in the
    record for good: it names a reason, never a person. Raises UnknownWords.
    """
    if not ground.strip():
        raise ValueError("say on what ground the words are erased")
    with transaction.atomic():
        _leave_no_traces()
        due = unerased(company, ids)
        for some in sliced(due):
            body = WordsErased(words=some, ground=ground)
            store.append(company, [Draft(COMPANY_STREAM, at, actor, body)], learnt_at=at)
            Words.objects.filter(id__in=some).update(text=None, salt=None, erased_at=at)
            memory.forget()
            for forget in _forgetters:
                forget(company, some)
        if due:
            transaction.on_commit(_finish_erasing, robust=True)
    return due


def unerased(company: UUID, ids: Iterable[str]) -> tuple[str, ...]:
    """Those of the company's words that are not erased yet, in order. Raises UnknownWords."""
    wanted = tuple(dict.fromkeys(ids))
    state: dict[str, Instant | None] = {}
    for some in sliced(wanted):
        rows = Words.objects.filter(id__in=some).values_list("id", "company", "erased_at")
        state.update((row[0], row[2]) for row in rows if row[1] == company)
    unknown = [each for each in wanted if each not in state]
    if unknown:
        raise UnknownWords(f"this company has no words {', '.join(unknown[:5])}")
    return tuple(each for each in wanted if state[each] is None)


def _leave_no_traces() -> None:
    # SQLite else leaves what was deleted in the free parts of its file.
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")


def _finish_erasing() -> None:
    remove_erased_files()
    # The write-ahead log of SQLite still holds the pages as they were.
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def remove_erased_files() -> int:
    """Remove the files of erased words; told again later, it goes on where it failed."""
    due = Words.objects.filter(has_file=True, erased_at__isnull=False)
    removed = 0
    for some in sliced(due.values_list("id", flat=True)):
        files.remove(some)
        removed += Words.objects.filter(id__in=some).update(has_file=False)
    return removed


def tidy(at: Instant) -> int:
    """Remove files that nothing names any more: erased, or left by a failed transaction."""
    old = [
        path.name for path in files.stored() if path.stat().st_mtime_ns // 1000 < at - ORPHAN_SPAN
    ]
    removed = remove_erased_files()
    for some in sliced(old):
        named = Words.objects.filter(id__in=some, has_file=True).values_list("id", flat=True)
        orphans = set(some) - set(named)
        files.remove(orphans)
        removed += len(orphans)
    return removed


def sliced(ids: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """The ids in portions that fit into one query."""
    source = iter(tuple(ids))
    while some := tuple(islice(source, BATCH)):
        yield some
