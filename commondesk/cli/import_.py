"""`commondesk import`: read another desk's export into a company's record.

The files are read twice: first to check all of them, then to write, a batch of tickets at a time,
each batch in one transaction. An export that cannot be used leaves nothing behind. After an
interruption the same command goes on: tickets that are in the record already are passed over.
"""

import argparse
import zoneinfo
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from commondesk.cli.user_error import UserError
from commondesk.core.record import codec
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Side
from commondesk.core.record.events import PersonIntroduced, RowImported
from commondesk.core.record.instant import Instant
from commondesk.readers import export, known, packed
from commondesk.readers.export import (
    Asked,
    ExportedTicket,
    Problem,
    Quality,
    Source,
    UnusableExport,
)
from commondesk.readers.known import Guess

NAME = "import"
HELP = "read another desk's export into a company's record"
NEEDS_DATABASE = True

BATCH = 500
"""How many tickets are written in one transaction."""

Tell = Callable[[str], None]
Strangers = dict[str, tuple[str, Side]]
"""Name and side by the person's uuid."""
T = TypeVar("T")


@dataclass(slots=True)
class Outcome:
    """What an import did."""

    quality: Quality
    tickets: int = 0
    events: int = 0
    people: int = 0
    passed_over: int = 0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", type=Path, nargs="+")
    parser.add_argument("--company", metavar="PREFIX", help="it must exist")
    parser.add_argument("--as", metavar="FORMAT", dest="format", default="", help=known.names())
    parser.add_argument("--mapping", metavar="FILE", type=Path, help="what columns and words mean")
    parser.add_argument("--zone", default="", help="where its clock stood, as Europe/London")
    parser.add_argument(
        "--propose", action="store_true", help="print a mapping to correct, and import nothing"
    )


def run(args: argparse.Namespace) -> int:
    zone = zone_of(args.zone) if args.zone else None
    mapping = text_of(args.mapping) if args.mapping else ""
    with opened(args.files) as sources:
        if args.propose:
            largest = known.largest(sources)
            print(spoken_errors(sources, lambda: known.proposed(largest, args.format)), end="")
            return 0
        if args.company is None:
            raise UserError("say with --company whose record it goes into, by the prefix")
        asked = Asked(company_of(args.company), zone, mapping)
        guess = spoken_errors(sources, lambda: known.reader_of(sources, args.format))
        print(f"read as {guess.reader.TITLE}: {guess.fit.why}")
        return imported(sources, guess, asked)


def imported(sources: Sequence[Source], guess: Guess, asked: Asked) -> int:
    """Import, and print what the files were like."""
    from commondesk.desk import projections
    from commondesk.ledger.now import instant_now

    outcome = spoken_errors(
        sources, lambda: import_export(sources, guess, asked, at=instant_now(), tell=print)
    )
    projections.rebuild(asked.company)
    print("\n".join([*export.told(outcome.quality), *told(outcome)]))
    return 0


@contextmanager
def opened(paths: Sequence[Path]) -> Iterator[list[Source]]:
    """The files, open, those of a ZIP each by itself. Raises UserError."""
    with ExitStack() as stack:
        try:
            files = [Source(path.name, stack.enter_context(path.open("rb"))) for path in paths]
            yield stack.enter_context(packed.spread(files))
        except UnusableExport as problem:
            raise UserError(str(problem)) from None
        except OSError as problem:
            name = problem.filename or paths[0]
            raise UserError(f"{name}: {problem.strerror or problem}") from None


def spoken_errors(sources: Sequence[Source], work: Callable[[], T]) -> T:
    """Do the work; what the files make impossible is told with their names."""
    try:
        return work()
    except UnusableExport as problem:
        names = ", ".join(source.name for source in sources)
        raise UserError(f"{names}: nothing was imported.\n{problem}") from None


def text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as problem:
        raise UserError(f"{path}: {problem.strerror or problem}") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: this is not text in UTF-8") from None


def company_of(prefix: str) -> UUID:
    from commondesk.accounts import queries

    company = queries.company_of(prefix)
    if company is None:
        raise UserError(f"no company has the prefix {prefix!r}; found it first")
    return company.uuid


def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise UserError(f"there is no zone {name!r}; one is Europe/London") from None


def told(outcome: Outcome) -> list[str]:
    return [
        f"imported: tickets {outcome.tickets:,}, events {outcome.events:,}, "
        f"people {outcome.people:,}",
        f"passed over, in the record already: tickets {outcome.passed_over:,}",
    ]


# ---- the import -----------------------------------------------------------------------------


def import_export(
    sources: Sequence[Source], guess: Guess, asked: Asked, *, at: Instant, tell: Tell
) -> Outcome:
    """Check all of an export, then write it into the record.

    Raises UnusableExport before anything is written.
    """
    quality = checked(sources, guess, asked)
    tell(f"{quality.rows:,} rows of {quality.tickets:,} tickets can be read; writing them")
    return written(sources, guess, asked, at=at, tell=tell)


def checked(sources: Sequence[Source], guess: Guess, asked: Asked) -> Quality:
    """Read all of the export and compare it with the record. Raises UnusableExport."""
    quality = Quality()
    for batch in batches(sources, guess, asked, quality):
        for conflict in conflicts(batch, rows_before(asked.company, batch)):
            quality.refuse(conflict)
    quality.require_sound()
    return quality


def written(
    sources: Sequence[Source], guess: Guess, asked: Asked, *, at: Instant, tell: Tell
) -> Outcome:
    """Write the export, a batch of tickets in one transaction. Raises UnusableExport."""
    outcome = Outcome(Quality())
    people = People(asked.company, guess.reader.SOURCE, at)
    for batch in batches(sources, guess, asked, outcome.quality):
        outcome.quality.require_sound()
        write(asked.company, batch, people, outcome, at)
        tell(f"{outcome.tickets + outcome.passed_over:,} tickets are in the record")
    return outcome


def batches(
    sources: Sequence[Source], guess: Guess, asked: Asked, quality: Quality
) -> Iterator[list[ExportedTicket]]:
    """The tickets of the export in batches, counted into quality. Raises UnusableExport."""
    found = known.tickets_of(guess, sources, asked, quality)
    return iter(lambda: list(islice(found, BATCH)), [])


def write(
    company: UUID, batch: Sequence[ExportedTicket], people: "People", outcome: Outcome, at: Instant
) -> None:
    """Write those of a batch that are not in the record yet. Raises UnusableExport."""
    from django.db import transaction

    from commondesk.accounts import directory
    from commondesk.ledger import store

    with transaction.atomic():
        directory.hold_record(company)
        before = rows_before(company, batch)
        if problems := conflicts(batch, before):
            raise UnusableExport(problems)
        fresh = [ticket for ticket in batch if ticket.stream not in before]
        drafts = [*people.introductions(fresh), *drafts_of(company, fresh)]
        expected = {ticket.stream: 0 for ticket in fresh}
        store.append(company, drafts, learnt_at=at, expected=expected)
    outcome.tickets += len(fresh)
    outcome.passed_over += len(batch) - len(fresh)
    outcome.events += len(drafts)
    outcome.people = people.introduced


def rows_before(company: UUID, batch: Sequence[ExportedTicket]) -> dict[str, tuple[str, ...]]:
    """The digests of the rows that the record has of these tickets, by stream."""
    from commondesk.ledger.models import Entry

    entries = Entry.objects.filter(
        company=company,
        stream__in=[ticket.stream for ticket in batch],
        name=RowImported.NAME,
    ).order_by("stream", "position")
    found = entries.values_list("stream", "version", "body")
    return {
        stream: tuple(sha256_of(version, body) for _, version, body in some)
        for stream, some in groupby(found, key=lambda entry: entry[0])
    }


def sha256_of(version: int, text: str) -> str:
    body = codec.body_of(RowImported.NAME, version, text)
    assert isinstance(body, RowImported)
    return body.sha256


def conflicts(batch: Sequence[ExportedTicket], before: dict[str, tuple[str, ...]]) -> list[Problem]:
    """The tickets that the record has with other rows than the file."""
    return [
        Problem(
            ticket.row,
            "number",
            f"{ticket.number} is in the record already, with {len(before[ticket.stream])} "
            f"rows that are not these {len(ticket.rows)}; a grown log cannot be added yet",
        )
        for ticket in batch
        if before.get(ticket.stream, ticket.rows) != ticket.rows
    ]


def drafts_of(company: UUID, fresh: Sequence[ExportedTicket]) -> Iterator[Draft]:
    """The events of new tickets, with their numbers and the words that people wrote."""
    from commondesk.ledger import words

    texts = [{**ticket.words, "subject": ticket.subject} for ticket in fresh]
    kept = iter(
        words.keep_many(
            company,
            [
                (ticket.stream, key.partition(":")[0], text)
                for ticket, some in zip(fresh, texts, strict=True)
                for key, text in some.items()
            ],
        )
    )
    numbers = numbers_for(company, len(fresh))
    for ticket, number, some in zip(fresh, numbers, texts, strict=True):
        yield from ticket.drafts_with(number, {key: next(kept) for key in some})


def numbers_for(company: UUID, count: int) -> range:
    """The company's next ticket numbers."""
    from commondesk.desk.actions import NUMBER_BEFORE_FIRST
    from commondesk.desk.models import NumberCounter

    counter, _ = NumberCounter.objects.select_for_update().get_or_create(
        company=company, defaults={"last": NUMBER_BEFORE_FIRST}
    )
    counter.last += count
    counter.save(update_fields=["last"])
    return range(counter.last - count + 1, counter.last + 1)


class People:
    """Makes everybody known whom an export names, once each."""

    def __init__(self, company: UUID, source: str, at: Instant) -> None:
        self.introduced = 0
        self._company = company
        self._source = source
        self._at = at
        self._known: set[str] = set()
        self._read_to = 0

    def introductions(self, fresh: Sequence[ExportedTicket]) -> list[Draft]:
        """The events that introduce those of these tickets whom the record does not know."""
        from commondesk.ledger import words

        self._read_on()
        strangers = self._strangers(fresh)
        titles = words.keep_many(
            self._company, [(COMPANY_STREAM, "person", name) for name, _ in strangers.values()]
        )
        make_known(self._company, strangers)
        self._known |= strangers.keys()
        self.introduced += len(strangers)
        bodies = [
            PersonIntroduced(person=person, title=title, address=None, side=str(side))
            for (person, (_, side)), title in zip(strangers.items(), titles, strict=True)
        ]
        reader = export.reader_of(self._source)
        return [Draft(COMPANY_STREAM, self._at, reader, body) for body in bodies]

    def _read_on(self) -> None:
        """Learn whom the record introduced since it was last looked at."""
        from commondesk.ledger.models import Entry

        entries = Entry.objects.filter(
            company=self._company,
            stream=COMPANY_STREAM,
            name=PersonIntroduced.NAME,
            position__gt=self._read_to,
        ).order_by("position")
        for self._read_to, version, text in entries.values_list("position", "version", "body"):
            body = codec.body_of(PersonIntroduced.NAME, version, text)
            assert isinstance(body, PersonIntroduced)
            self._known.add(body.person)

    def _strangers(self, fresh: Sequence[ExportedTicket]) -> Strangers:
        found: Strangers = {}
        for ticket in fresh:
            for name, side in ticket.people.items():
                person = export.person_id(self._company, self._source, name)
                if person not in self._known:
                    found.setdefault(person, (name, side))
        return found


def make_known(company: UUID, strangers: Strangers) -> None:
    """Make people of the company who have no roles and cannot sign in, many at once."""
    from django.contrib.auth.hashers import make_password

    from commondesk.accounts.models import Membership, Person

    people = [
        Person(uuid=UUID(person), title=name, password=make_password(None))
        for person, (name, _) in strangers.items()
    ]
    Person.objects.bulk_create(people, ignore_conflicts=True)
    keys = dict(
        Person.objects.filter(uuid__in=[person.uuid for person in people]).values_list("uuid", "pk")
    )
    members = [
        Membership(company_id=company, person_id=keys[UUID(person)], side=str(side), roles=[])
        for person, (_, side) in strangers.items()
    ]
    Membership.objects.bulk_create(members, ignore_conflicts=True)
