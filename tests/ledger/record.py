"""A small record for the tests, and the ways to tamper with it behind the store's back."""

from collections.abc import Iterable
from uuid import UUID, uuid4

from django.db import connection, models, transaction

from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Actor, Body, Side
from commondesk.core.record.events import (
    Attachment,
    Channel,
    CompanyFounded,
    Kind,
    MessageReceived,
    MessageWritten,
    PersonIntroduced,
    TicketOpened,
    TicketResolved,
    TicketTaken,
    Tier,
)
from commondesk.core.record.instant import MINUTE, Instant, parse_instant
from commondesk.ledger import chain, guard, store, verify, words
from commondesk.ledger.models import ChainHead, Entry, Words

MONDAY = parse_instant("2025-03-10T09:00:00Z")
ANNA = "11111111-1111-4111-8111-111111111111"
BEN = "22222222-2222-4222-8222-222222222222"
REQUESTER = Actor(ANNA, Side.REQUESTER)
AGENT = Actor(BEN, Side.PROVIDER)
MACHINE = Actor("rule", Side.MACHINE)


def add(
    company: UUID, stream: str, *bodies: Body, actor: Actor = AGENT, at: Instant = MONDAY
) -> tuple[store.Recorded, ...]:
    drafts = [Draft(stream, at, actor, body) for body in bodies]
    with transaction.atomic():
        return store.append(company, drafts, learnt_at=at)


def found(company: UUID, prefix: str = "ACME") -> None:
    """Two entries: the company, and Anna with her name and address."""
    title = words.keep(company, stream=COMPANY_STREAM, kind="name", text="Acme & Sons")
    name = words.keep(company, stream=COMPANY_STREAM, kind="name", text="Anna Miller")
    address = words.keep(company, stream=COMPANY_STREAM, kind="address", text="anna@acme.example")
    add(
        company,
        COMPANY_STREAM,
        CompanyFounded(str(company), title, prefix, "Europe/Berlin"),
        PersonIntroduced(ANNA, name, address, Side.REQUESTER),
    )


def ticket(company: UUID, number: int = 1, at: Instant = MONDAY) -> str:
    """Five entries: opened and received from Anna with a file, taken, answered, resolved by Ben."""
    stream = str(uuid4())
    keep = words.keep
    subject = keep(company, stream=stream, kind="subject", text=f"Printer {number} is on fire")
    text = keep(company, stream=stream, kind="message", text=f"Please bring water, {number}x.")
    answer = keep(company, stream=stream, kind="message", text=f"Water is on its way, {number}.")
    opened = TicketOpened(number, ANNA, Channel.MAIL, Kind.INCIDENT, subject)
    photo = attachment(company, stream, f"photo {number}".encode())
    received = MessageReceived(str(uuid4()), ANNA, Channel.MAIL, text, attachments=(photo,))
    written = MessageWritten(str(uuid4()), (ANNA,), answer)
    add(company, stream, opened, received, actor=REQUESTER, at=at)
    add(company, stream, TicketTaken(BEN, "first", Tier.L1), written, at=at + MINUTE)
    add(company, stream, TicketResolved(), at=at + 2 * MINUTE)
    return stream


def attachment(company: UUID, stream: str, content: bytes) -> Attachment:
    file = words.keep_file(company, stream=stream, kind="file", content=content)
    name = words.keep(company, stream=stream, kind="file_name", text="photo.png")
    return Attachment(file, name, "image/png", len(content))


def record(company: UUID, tickets: int = 4) -> list[str]:
    """Two entries of the company and five a ticket: with four tickets, 22."""
    found(company)
    return [ticket(company, number, MONDAY + number * MINUTE) for number in range(1, tickets + 1)]


def interleaved(company: UUID, count: int = 20) -> list[str]:
    """The same length over two streams that take turns, so that neighbours differ in stream."""
    streams = [str(uuid4()), str(uuid4())]
    for index in range(count):
        add(company, streams[index % 2], TicketResolved(), at=MONDAY + index)
    return streams


# ---- tampering ----------------------------------------------------------------------------


def entries(company: UUID) -> "models.QuerySet[Entry]":
    """The entries as somebody with the database in hand can reach them."""
    guard.lift(connection)
    return models.QuerySet(Entry).filter(company=company)


def change(company: UUID, sequence: int, **fields: object) -> None:
    entries(company).filter(sequence=sequence).update(**fields)


def remove(company: UUID, sequences: Iterable[int]) -> None:
    entries(company).filter(sequence__in=tuple(sequences)).delete()


def renumber(company: UUID, start: int, by: int) -> None:
    """Move the sequence numbers from start on; in two steps, as no two may be the same."""
    rows = entries(company).filter(sequence__gte=start)
    moved = list(rows.values_list("id", "sequence"))
    for identity, sequence in moved:
        entries(company).filter(id=identity).update(sequence=-sequence - 1_000_000)
    for identity, sequence in moved:
        entries(company).filter(id=identity).update(sequence=sequence + by)


def exchange(company: UUID, one: int, other: int, *fields: str) -> None:
    """Exchange fields of two entries; without any, the entries whole."""
    first, second = entries(company).get(sequence=one), entries(company).get(sequence=other)
    if not fields:
        entries(company).filter(id=first.id).update(sequence=-1)
        entries(company).filter(id=second.id).update(sequence=one)
        entries(company).filter(id=first.id).update(sequence=other)
        return
    values = {name: getattr(first, name) for name in fields}
    entries(company).filter(id=first.id).update(position=-1)
    mine = {name: getattr(second, name) for name in fields}
    mine.setdefault("position", first.position)
    entries(company).filter(id=second.id).update(position=-2)
    entries(company).filter(id=first.id).update(**mine)
    values.setdefault("position", second.position)
    entries(company).filter(id=second.id).update(**values)


def insert(company: UUID, sequence: int, digest: str = "f" * 64) -> None:
    """Put a foreign entry of a stream of its own at that place, which must be free."""
    entries(company).bulk_create(
        [
            Entry(
                company=company,
                sequence=sequence,
                stream=str(uuid4()),
                position=1,
                name=TicketResolved.NAME,
                version=1,
                happened_at=MONDAY,
                learnt_at=MONDAY,
                certainty="observed",
                actor='["provider","x"]',
                body="{}",
                digest=digest,
            )
        ]
    )


def cut(company: UUID, last: int, *, is_head_adjusted: bool) -> None:
    """Remove what comes after last; perhaps make the head row say so too."""
    entries(company).filter(sequence__gt=last).delete()
    if is_head_adjusted:
        digest = entries(company).get(sequence=last).digest
        ChainHead.objects.filter(company=company).update(sequence=last, digest=digest)


def rewrite(company: UUID, start: int) -> None:
    """Make the chain anew from an entry on, as somebody would who knows the code."""
    previous = entries(company).get(sequence=start - 1).digest if start > 1 else chain.GENESIS
    for row in list(
        entries(company).filter(sequence__gte=start).order_by("sequence").values_list(*chain.FIELDS)
    ):
        previous = chain.digest_of(previous, chain.envelope_of(str(company), row, row[0]))
        change(company, row[0], digest=previous)
    ChainHead.objects.filter(company=company).update(digest=previous)


def keep_instead(identity: str, text: str) -> None:
    Words.objects.filter(id=identity).update(text=text)


# ---- looking ------------------------------------------------------------------------------


def faults(company: UUID, *, is_quick: bool = False) -> list[tuple[str, str]]:
    report = verify.verify(company, is_quick=is_quick)
    return [(each.place, each.what) for each in report.faults]


def places(company: UUID, *, is_quick: bool = True) -> list[str]:
    return [place for place, _ in faults(company, is_quick=is_quick)]
