"""Take a company's record elsewhere: as JSON lines, and back into the very same record.

First comes a header, then entries, each batch of them followed by the words that it names, then
the anchors and an end line. The reader checks every line against those before it.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TextIO, cast
from uuid import UUID

from django.db import DatabaseError, transaction

from commondesk.core.record import codec
from commondesk.core.record.codec import Json
from commondesk.core.record.event import Body
from commondesk.core.record.events import WordsErased
from commondesk.core.record.instant import Instant

from . import anchors, chain, files, keys, store, words
from .claims import Claim, claims_of
from .models import ChainHead, Entry, Words
from .verify import verify
from .words_check import problem_of

FORMAT = "commondesk record"
VERSION = 1
BATCH = 500


class ErasedMeanwhile(RuntimeError):
    """Words were erased while the export ran: what was written so far may hold them."""


class UnusableLine(ValueError):
    """A line of an export that cannot be taken in; nothing was."""

    def __init__(self, number: int, what: str) -> None:
        super().__init__(f"line {number}: {what}")
        self.number = number


@dataclass(frozen=True, slots=True)
class Moved:
    """What was exported or imported. keys are those of other installations, newly believed."""

    company: UUID
    head: store.Head
    words: int
    keys: tuple[str, ...] = ()


# ---- out ----------------------------------------------------------------------------------


def export(company: UUID, out: TextIO, *, at: Instant) -> Moved:
    """Anchor the head and write the record up to it. Raises ErasedMeanwhile."""
    head = anchors.write(company, at=at)
    _put(out, _header(company, head.sequence, head.digest))
    count = 0
    for batch in store.batches(company, limit=head.sequence, size=BATCH):
        for row in batch:
            _put(out, {"entry": cast(Json, dict(zip(chain.FIELDS, row, strict=True)))})
        for line in _words_of(company, batch):
            _put(out, {"words": line})
            count += 1
    for text in anchors.path_of(company).read_text().splitlines():
        _put(out, {"anchor": json.loads(text)})
    _put(out, {"end": {"entries": head.sequence, "words": count}})
    _refuse_erased(company, head.sequence)
    return Moved(company, store.Head(head.sequence, head.digest), count)


def _header(company: UUID, sequence: int, digest: str) -> Json:
    return {
        "format": FORMAT,
        "version": VERSION,
        "company": str(company),
        "sequence": sequence,
        "digest": digest,
    }


def _put(out: TextIO, data: Json) -> None:
    out.write(codec.canonical(data) + "\n")


def _words_of(company: UUID, batch: Sequence[chain.Row]) -> Iterator[Json]:
    named = (claim.id for row in batch for claim in claims_of(_body_of(row)))
    for some in words.sliced(dict.fromkeys(named)):
        for row in Words.objects.filter(id__in=some).order_by("id"):
            if row.company == company:
                yield _line_of(row)


def _body_of(row: chain.Row) -> Body:
    return codec.body_of(row[3], row[4], row[9])


def _line_of(row: Words) -> Json:
    line: dict[str, Json] = {"id": row.id, "stream": row.stream, "kind": row.kind}
    if row.erased_at is not None:
        return line | {"erased_at": row.erased_at}
    line["salt"] = words.salt_of(row).hex()
    if row.has_file:
        content = b"".join(files.blocks(row.id))
        return line | {"content": base64.b64encode(content).decode()}
    return line | {"text": row.text}


def _refuse_erased(company: UUID, after: int) -> None:
    later = Entry.objects.filter(company=company, sequence__gt=after, name=WordsErased.NAME)
    if later.exists():
        raise ErasedMeanwhile("words were erased meanwhile: discard this export and make another")


# ---- in -----------------------------------------------------------------------------------


def import_(lines: Iterable[str]) -> Moved:
    """Rebuild the exported record, all of it or nothing. Raises UnusableLine.

    A company that has a record here already is refused.
    """
    reading = _Reading()
    try:
        with transaction.atomic():
            for number, line in enumerate(lines, 1):
                reading.take(number, line)
            moved = reading.finish()
            transaction.on_commit(reading.keep_anchors)
    except BaseException:
        files.remove(reading.written)
        raise
    return moved


@dataclass(slots=True)
class _Reading:
    """What was read so far, and what the next lines must fit."""

    number: int = 0
    company: UUID = field(default_factory=lambda: UUID(int=0))
    target: store.Head = field(default_factory=lambda: store.Head(0, chain.GENESIS))
    sequence: int = 0
    digest: str = chain.GENESIS
    positions: dict[str, int] = field(default_factory=dict)
    claims: dict[str, tuple[int, Claim]] = field(default_factory=dict)
    rows: list[chain.Row] = field(default_factory=list)
    kept: dict[str, Words] = field(default_factory=dict)
    word_count: int = 0
    written: list[str] = field(default_factory=list)
    signed: list[str] = field(default_factory=list)
    has_ended: bool = False

    def take(self, number: int, line: str) -> None:
        self.number = number
        data = self._object(line)
        if number == 1:
            self._header(data)
        elif self.has_ended:
            raise self._unusable("nothing may follow the end line")
        else:
            self._content(data)

    def finish(self) -> Moved:
        if not self.has_ended:
            raise self._unusable("the file ends here without its end line: fetch it whole")
        self._flush()
        lines = self._anchor_lines()
        report = verify(self.company, lines=lines)
        if report.faults:
            first = report.faults[0]
            raise self._unusable(f"the record does not verify: {first.place} {first.what}")
        return Moved(self.company, self.target, self.word_count, tuple(sorted(self._new_keys())))

    def keep_anchors(self) -> None:
        """Once the record is in: believe its keys and keep its anchors."""
        for public in self._new_keys():
            keys.trust(public, self.company)
        path = anchors.path_of(self.company)
        present = set(path.read_text().splitlines()) if path.exists() else set()
        anchors.append(self.company, [each for each in self.signed if each not in present])

    # ---- lines ----------------------------------------------------------------------------

    def _unusable(self, what: str) -> UnusableLine:
        return UnusableLine(self.number, what)

    def _object(self, line: str) -> dict[str, Json]:
        try:
            data = json.loads(line)
        except ValueError:
            data = None
        if not isinstance(data, dict):
            raise self._unusable("this is no JSON object: the file was cut or changed")
        return data

    def _header(self, data: dict[str, Json]) -> None:
        if data.get("format") != FORMAT or data.get("version") != VERSION:
            raise self._unusable(f"this is no {FORMAT} of version {VERSION}: export it again")
        try:
            self.company = UUID(str(data["company"]))
            self.target = store.Head(int(str(data["sequence"])), str(data["digest"]))
        except (KeyError, ValueError):
            raise self._unusable("the header is incomplete: export it again") from None
        if ChainHead.objects.filter(company=self.company).exists():
            raise self._unusable(f"company {self.company} has a record here already")
        ChainHead.objects.create(
            company=self.company, sequence=self.target.sequence, digest=self.target.digest
        )

    def _content(self, data: dict[str, Json]) -> None:
        readers: dict[str, Callable[[dict[str, Json]], None]] = {
            "entry": self._entry,
            "words": self._words,
            "anchor": self._anchor,
            "end": self._end,
        }
        (name, inner), *rest = data.items() or [("", None)]
        if rest or name not in readers or not isinstance(inner, dict):
            raise self._unusable(f"an object with one of {', '.join(readers)} is wanted")
        readers[name](inner)

    # ---- entries --------------------------------------------------------------------------

    def _entry(self, data: dict[str, Json]) -> None:
        row = self._row(data)
        sequence, stream, position = row[:3]
        if sequence != self.sequence + 1:
            raise self._unusable(f"entry {self.sequence + 1} is wanted here, not {sequence}")
        if not chain.follows(str(self.company), row, self.digest):
            raise self._unusable(f"entry {sequence} does not follow: it was changed")
        if position != self.positions.get(stream, 0) + 1:
            raise self._unusable(f"entry {sequence}: position {position} of {stream} is not next")
        self._claim(row)
        self.sequence, self.digest = sequence, row[10]
        self.positions[stream] = position
        self.rows.append(row)
        if len(self.rows) >= store.BATCH:
            self._flush()

    def _row(self, data: dict[str, Json]) -> chain.Row:
        values = tuple(data.get(name) for name in chain.FIELDS)
        kinds = tuple(type(value) for value in values)
        if kinds != _KINDS or len(data) != len(values):
            raise self._unusable("the entry lacks a field, or one is of the wrong type")
        return cast(chain.Row, values)

    def _claim(self, row: chain.Row) -> None:
        try:
            body = store.recorded_of(row).event.body
        except codec.UnreadableEvent as problem:
            raise self._unusable(f"entry {row[0]} cannot be read: {problem}") from None
        for claim in claims_of(body):
            self.claims.setdefault(claim.id, (row[0], claim))

    # ---- words ----------------------------------------------------------------------------

    def _words(self, data: dict[str, Json]) -> None:
        row, content = self._kept(data)
        sequence, claim = self.claims.pop(row.id, (0, None))
        if claim is None:
            raise self._unusable(f"no entry before this line names words {row.id}")
        self.word_count += 1
        if row.id in self.kept or Words.objects.filter(id=row.id).exists():
            return
        if content is not None:
            self._write(row.id, content)
        if row.erased_at is None:
            stored = (row.kind, row.text, words.salt_of(row), row.has_file, None)
            if problem := problem_of(claim, stored):
                raise self._unusable(f"words {row.id} of entry {sequence}: {problem}")
        self.kept[row.id] = row
        if len(self.kept) >= words.BATCH:
            self._flush()

    def _kept(self, data: dict[str, Json]) -> tuple[Words, bytes | None]:
        try:
            row = Words(
                id=str(UUID(str(data["id"]))),
                company=self.company,
                stream=str(data["stream"]),
                kind=str(data["kind"]),
            )
            if "erased_at" in data:
                row.erased_at = int(str(data["erased_at"]))
                return row, None
            row.salt = bytes.fromhex(str(data["salt"]))
            if "content" in data:
                row.has_file = True
                return row, base64.b64decode(str(data["content"]), validate=True)
            row.text = str(data["text"])
        except (KeyError, ValueError):
            raise self._unusable("the words lack a field, or one does not fit") from None
        return row, None

    def _write(self, identity: str, content: bytes) -> None:
        try:
            files.write(identity, content)
        except FileExistsError:
            raise self._unusable(f"a file {identity} lies in the data folder already") from None
        self.written.append(identity)

    # ---- the end --------------------------------------------------------------------------

    def _anchor(self, data: dict[str, Json]) -> None:
        self.signed.append(codec.canonical(data))

    def _end(self, data: dict[str, Json]) -> None:
        if (self.sequence, self.digest) != (self.target.sequence, self.target.digest):
            raise self._unusable("the head differs from the header: entries are missing")
        if (data.get("entries"), data.get("words")) != (self.sequence, self.word_count):
            raise self._unusable("the end line counts other lines than there are")
        if self.claims:
            identity, (sequence, _) = next(iter(self.claims.items()))
            raise self._unusable(f"words {identity}, named by entry {sequence}, are missing")
        self.has_ended = True

    def _flush(self) -> None:
        try:
            store.insert(self.company, self.rows)
            Words.objects.bulk_create(self.kept.values(), batch_size=words.BATCH)
        except (DatabaseError, OverflowError, ValueError) as problem:
            raise self._unusable(f"the lines up to here cannot be stored: {problem}") from None
        self.rows.clear()
        self.kept.clear()

    def _new_keys(self) -> set[str]:
        named = {str(json.loads(each).get("key")) for each in self.signed}
        return named - keys.trusted(self.company)

    def _anchor_lines(self) -> list[anchors.Line]:
        trusted = keys.trusted(self.company) | self._new_keys()
        own = anchors.of_company(self.company)
        return [*anchors.read(self.signed, self.company, trusted), *own]


_KINDS = (int, str, int, str, int, int, int, str, str, str, str)
