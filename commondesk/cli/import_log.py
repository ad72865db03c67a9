"""`commondesk import-log`: read another desk's incident log into a company's record.

The file is read twice: first to check all of it, then to write it, a batch of tickets at a time,
each batch in one transaction. A log that cannot be used leaves nothing behind. After an
interruption the same command goes on: tickets that are in the record already are passed over.
"""

import argparse
import zoneinfo
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

from commondesk.cli.user_error import UserError
from commondesk.core.record import codec
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Side
from commondesk.core.record.events import PersonIntroduced, RowImported
from commondesk.core.record.instant import Instant
from commondesk.readers import servicenow_log
from commondesk.readers.servicenow_log import Incident, Problem, Quality, UnusableExport

NAME = "import-log"
HELP = "read a ServiceNow incident log (CSV, also packed by gzip) into a company's record"
NEEDS_DATABASE = True

BATCH = 500
"""How many tickets are written in one transaction."""

Tell = Callable[[str], None]
Strangers = dict[str, tuple[str, Side]]
"""Name and side by the person's uuid."""


@dataclass(slots=True)
class Outcome:
    """What an import did."""

    quality: Quality
    tickets: int = 0
    events: int = 0
    people: int = 0
    passed_over: int = 0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--company", metavar="PREFIX", required=True, help="it must exist")
    parser.add_argument("--zone", default="UTC", help="where its clock stood, as Europe/London")


def run(args: argparse.Namespace) -> int:
    from commondesk.desk import projections
    from commondesk.ledger.now import instant_now

    company, zone = company_of(args.company), zone_of(args.zone)
    try:
        with args.file.open("rb") as file:
            outcome = import_log(company, file, zone=zone, at=instant_now(), tell=print)
    except OSError as problem:
        raise UserError(f"{args.file}: {problem.strerror or problem}") from None
    except UnusableExport as problem:
        raise UserError(f"{args.file}: nothing was imported.\n{problem}") from None
    projections.rebuild(company)
    print("\n".join([*servicenow_log.told(outcome.quality), *told(outcome)]))
    return 0


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


def import_log(
    company: UUID, file: BinaryIO, *, zone: ZoneInfo, at: Instant, tell: Tell
) -> Outcome:
    """Check the whole log, then write it into the record.

    Raises UnusableExport before anything is written.
    """
    quality = checked(company, file, zone=zone)
    tell(f"{quality.rows:,} rows of {quality.tickets:,} tickets can be read; writing them")
    return written(company, file, zone=zone, at=at, tell=tell)


def checked(company: UUID, file: BinaryIO, *, zone: ZoneInfo) -> Quality:
    """Read the whole log and compare it with the record. Raises UnusableExport."""
    with reading(company, file, zone) as (quality, batches):
        for batch in batches:
            for conflict in conflicts(batch, rows_before(company, batch)):
                quality.refuse(conflict)
    quality.require_sound()
    return quality


def written(company: UUID, file: BinaryIO, *, zone: ZoneInfo, at: Instant, tell: Tell) -> Outcome:
    """Write the log, a batch of tickets in one transaction. Raises UnusableExport."""
    with reading(company, file, zone) as (quality, batches):
        outcome = Outcome(quality)
        people = People(company, at)
        for batch in batches:
            quality.require_sound()
            write(company, batch, people, outcome, at)
            tell(f"{outcome.tickets + outcome.passed_over:,} tickets are in the record")
    return outcome


@contextmanager
def reading(
    company: UUID, file: BinaryIO, zone: ZoneInfo
) -> Iterator[tuple[Quality, Iterator[list[Incident]]]]:
    """The incidents of the file in batches, and the quality that is counted meanwhile."""
    quality = Quality()
    with servicenow_log.text_of(file) as lines:
        found = servicenow_log.incidents(lines, company=company, zone=zone, quality=quality)
        yield quality, iter(lambda: list(islice(found, BATCH)), [])


def write(
    company: UUID, batch: Sequence[Incident], people: "People", outcome: Outcome, at: Instant
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
        fresh = [incident for incident in batch if incident.stream not in before]
        drafts = [*people.introductions(fresh), *drafts_of(company, fresh)]
        expected = {incident.stream: 0 for incident in fresh}
        store.append(company, drafts, learnt_at=at, expected=expected)
    outcome.tickets += len(fresh)
    outcome.passed_over += len(batch) - len(fresh)
    outcome.events += len(drafts)
    outcome.people = people.introduced


def rows_before(company: UUID, batch: Sequence[Incident]) -> dict[str, tuple[str, ...]]:
    """The digests of the rows that the record has of these incidents, by stream."""
    from commondesk.ledger.models import Entry

    entries = Entry.objects.filter(
        company=company,
        stream__in=[incident.stream for incident in batch],
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


def conflicts(batch: Sequence[Incident], before: dict[str, tuple[str, ...]]) -> list[Problem]:
    """The incidents that the record has with other rows than the file."""
    return [
        Problem(
            incident.row,
            "number",
            f"{incident.number} is in the record already, with {len(before[incident.stream])} "
            f"rows that are not these {len(incident.rows)}; a grown log cannot be added yet",
        )
        for incident in batch
        if before.get(incident.stream, incident.rows) != incident.rows
    ]


def drafts_of(company: UUID, fresh: Sequence[Incident]) -> Iterator[Draft]:
    """The events of new tickets, with their numbers and subjects."""
    from commondesk.ledger import words

    subjects = words.keep_many(
        company, [(incident.stream, "subject", incident.subject) for incident in fresh]
    )
    numbers = numbers_for(company, len(fresh))
    for incident, number, subject in zip(fresh, numbers, subjects, strict=True):
        yield from incident.drafts_with(number, subject)


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
    """Makes everybody known whom a log names, once each."""

    def __init__(self, company: UUID, at: Instant) -> None:
        self.introduced = 0
        self._company = company
        self._at = at
        self._known: set[str] = set()
        self._read_to = 0

    def introductions(self, fresh: Sequence[Incident]) -> list[Draft]:
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
        return [Draft(COMPANY_STREAM, self._at, servicenow_log.READER, body) for body in bodies]

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

    def _strangers(self, fresh: Sequence[Incident]) -> Strangers:
        found: Strangers = {}
        for incident in fresh:
            for name, side in incident.people.items():
                person = servicenow_log.person_id(self._company, name)
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
