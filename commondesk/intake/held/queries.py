"""What screens and commands show of the mail that waits for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from commondesk.accounts.models import Company, Membership, Person, address_of
from commondesk.accounts.policy import Right, rights_of
from commondesk.accounts.queries import titles, uuid_of
from commondesk.core.record.event import MAIL_STREAM, Actor, Event
from commondesk.core.record.events import HeldReason, MailDecision, MailSettled
from commondesk.core.record.instant import Instant
from commondesk.desk.models import TicketRow
from commondesk.intake.models import BlockedSender, RawMail
from commondesk.ledger import chain, store
from commondesk.ledger.models import Entry

from . import wording

MOST_SHOWN = 30
MOST_BLOCKED = 200
MOST_MACHINES = 3
State = RawMail.State
_KEPT = (State.HELD, State.FAILED)
_MACHINES = (str(HeldReason.LOOP), str(HeldReason.STORM))


class Shelf(StrEnum):
    """The parts of the page."""

    WAITING = "waiting"
    WHOSE = "whose"
    DISCARDED = "discarded"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as a line about a mail names it."""

    number: int
    subject: str


@dataclass(frozen=True, slots=True)
class HeldMail:
    """A mail that is kept and shown, and does nothing until a person decides."""

    id: int
    received_at: Instant
    sender: str
    subject: str
    title: str
    mark: str
    why: str
    finding: str
    check: str
    reason: str
    is_alarming: bool
    claims_desk: bool
    size: int
    is_failed: bool
    is_discarded: bool
    retry_at: Instant | None
    has_content: bool
    ticket: Ticket | None
    asks_for_whom: bool
    """Its sender is unclear, or claims to be of the desk: a person must say whose it is."""
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Machine:
    """An address whose mails are held because they seem to answer ours, or come in a flood."""

    address: str
    count: int
    is_loop: bool


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many mails wait for one reason."""

    key: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class HeldPage:
    """A portion of the mails on one shelf, the newest first."""

    mails: tuple[HeldMail, ...]
    count: int
    reasons: tuple[ReasonCount, ...]
    machines: tuple[Machine, ...]
    after: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about a mail, by whom and when."""

    at: Instant
    by: str
    words: str
    sender: str
    subject: str
    ticket: Ticket | None


@dataclass(frozen=True, slots=True)
class DecidedPage:
    """A portion of the decisions, the latest first."""

    decisions: tuple[Decision, ...]
    after: str


# ---- what is held -------------------------------------------------------------------------


def waiting(company: UUID | None) -> QuerySet[RawMail]:
    """The mails of a company, or of nobody, that wait for a decision."""
    return RawMail.objects.filter(company=company, state__in=_KEPT, settled_as="")


def discarded(company: UUID) -> QuerySet[RawMail]:
    """The mails of a company that were discarded and can still be taken back."""
    return RawMail.objects.filter(
        company=company, state__in=_KEPT, settled_as=str(MailDecision.DISCARDED)
    )


def held_count(company: UUID) -> int:
    """How many mails of a company wait for a person."""
    return waiting(company).count()


def held_mail(company: UUID, pk: int) -> RawMail | None:
    """One that waits or was discarded."""
    return RawMail.objects.filter(company=company, pk=pk, state__in=_KEPT).first()


def is_decided(company: UUID, pk: int) -> bool:
    """True for a mail of the company that was held and has found its end."""
    found = RawMail.objects.filter(company=company, pk=pk).exclude(state__in=_KEPT)
    return found.exclude(settled_as="").exists()


def ownerless_mail(pk: int) -> RawMail | None:
    """One that waits and that no company owns."""
    return waiting(None).filter(pk=pk).first()


def is_blocked(company: UUID, address: str) -> bool:
    """True for an address whose mail is discarded at once."""
    return BlockedSender.objects.filter(company=company, address=address_of(address)).exists()


def blocked(company: UUID) -> tuple[str, ...]:
    """The addresses whose mail is discarded, by name."""
    rows = BlockedSender.objects.filter(company=company).order_by("address")
    return tuple(rows.values_list("address", flat=True)[:MOST_BLOCKED])


# ---- whose is this? -----------------------------------------------------------------------


def steers_every_company(person: Person | None) -> bool:
    """True for who may edit the charter of every company here: mail that is nobody's yet may be
    any company's, so nobody else sees it.
    """
    if person is None or not person.is_active:
        return False
    members = Membership.objects.filter(person=person, is_active=True)
    steered = {
        member.company_id
        for member in members
        if Right.EDIT_CHARTER in rights_of(member.roles, member.side)
    }
    real = Company.objects.filter(is_sample=False)
    return steered.issuperset(real.values_list("uuid", flat=True))


def person_of(actor: Actor) -> Person | None:
    """The person who acts, if one does."""
    uuid = uuid_of(actor.id) if actor.is_person else None
    return Person.objects.filter(uuid=uuid).first() if uuid else None


# ---- pages --------------------------------------------------------------------------------


def held_page(
    company: UUID, shelf: Shelf, *, reason: str = "", after: str = "", most: int = MOST_SHOWN
) -> HeldPage:
    """The mails on a shelf, newest first, `most` at a time."""
    found = _on_shelf(company, shelf)
    reasons = _reasons(found) if shelf is Shelf.WAITING else ()
    if reason:
        found = found.filter(held_as=reason)
    rows = list(_after(found, after).order_by("-received_at", "-pk")[: most + 1])
    shown = rows[:most]
    return HeldPage(
        mails=shown_mails(company, shown),
        count=found.count(),
        reasons=reasons,
        machines=_machines(company) if shelf is Shelf.WAITING else (),
        after=f"{shown[-1].received_at}-{shown[-1].pk}" if len(rows) > most else "",
    )


def _on_shelf(company: UUID, shelf: Shelf) -> QuerySet[RawMail]:
    if shelf is Shelf.WHOSE:
        return waiting(None)
    return discarded(company) if shelf is Shelf.DISCARDED else waiting(company)


def _after(found: QuerySet[RawMail], after: str) -> QuerySet[RawMail]:
    received, _, pk = after.partition("-")
    if not (is_number(received) and is_number(pk)):
        return found
    earlier = Q(received_at__lt=int(received))
    return found.filter(earlier | Q(received_at=int(received), pk__lt=int(pk)))


def is_number(text: str) -> bool:
    """True for digits that fit into a column."""
    return text.isascii() and text.isdigit() and len(text) < 19


def _reasons(found: QuerySet[RawMail]) -> tuple[ReasonCount, ...]:
    counted = found.values_list("held_as").annotate(count=Count("pk")).order_by("-count", "held_as")
    return tuple(
        ReasonCount(key, wording.reason_title(key), count) for key, count in counted if key
    )


def _machines(company: UUID) -> tuple[Machine, ...]:
    found = waiting(company).filter(held_as__in=_MACHINES).exclude(sender="")
    counted = found.values_list("sender", "held_as").annotate(count=Count("pk"))
    return tuple(
        Machine(sender, count, held_as == HeldReason.LOOP)
        for sender, held_as, count in counted.order_by("-count", "sender")[:MOST_MACHINES]
    )


def shown_mails(company: UUID | None, mails: Iterable[RawMail]) -> tuple[HeldMail, ...]:
    """The mails as a screen shows them."""
    rows = list(mails)
    tickets = _tickets(company, {mail.ticket for mail in rows if mail.ticket})
    return tuple(_shown(mail, tickets) for mail in rows)


def _tickets(company: UUID | None, wanted: Iterable[UUID]) -> dict[UUID, Ticket]:
    if company is None:
        return {}
    found = TicketRow.objects.filter(company=company, uuid__in=list(wanted))
    return {
        uuid: Ticket(number, subject)
        for uuid, number, subject in found.values_list("uuid", "number", "subject")
    }


def _shown(mail: RawMail, tickets: Mapping[UUID, Ticket]) -> HeldMail:
    is_failed = mail.state == State.FAILED
    reason = str(HeldReason.UNREADABLE) if is_failed else mail.held_as
    return HeldMail(
        id=mail.pk,
        received_at=mail.received_at,
        sender=mail.sender,
        subject=wording.subject_of(mail.subject, mail.held_as),
        title=wording.reason_title(reason),
        mark=wording.mark_of(reason),
        why=wording.why(mail, reason),
        finding=wording.finding_words(mail),
        check=mail.check_finding,
        reason=reason,
        is_alarming=reason in wording.ALARMING,
        claims_desk=reason in (HeldReason.CLAIMS_AGENT, HeldReason.CLAIMS_DESK),
        size=mail.size,
        is_failed=is_failed,
        is_discarded=mail.settled_as == MailDecision.DISCARDED,
        retry_at=mail.next_attempt_at if is_failed else None,
        has_content=bool(mail.path),
        ticket=tickets.get(mail.ticket) if mail.ticket else None,
        asks_for_whom=not mail.sender or mail.held_as in wording.NEEDS_A_NAME or is_failed,
        recipients=tuple(str(each) for each in mail.envelope_to[:5]),
    )


def decided_page(company: UUID, *, after: str = "", most: int = MOST_SHOWN) -> DecidedPage:
    """What was decided about mails of a company, as its record tells it, the latest first."""
    found = Entry.objects.filter(company=company, stream=MAIL_STREAM, name=MailSettled.NAME)
    if is_number(after):
        found = found.filter(position__lt=int(after))
    rows = found.order_by("-position").values_list(*chain.FIELDS)[: most + 1]
    events = [store.recorded_of(row).event for row in rows]
    shown = events[:most]
    more = str(shown[-1].position) if len(events) > most else ""
    return DecidedPage(_decisions(company, shown), more)


def _decisions(company: UUID, events: list[Event]) -> tuple[Decision, ...]:
    pairs = [(event, event.body) for event in events if isinstance(event.body, MailSettled)]
    mails = _mails(company, [body.mail for _, body in pairs])
    people = titles(event.actor.id for event, _ in pairs)
    wanted = [uuid_of(body.ticket) for _, body in pairs]
    tickets = _tickets(company, [each for each in wanted if each])
    return tuple(
        Decision(
            at=event.happened_at,
            by=people.get(event.actor.id, wording.machine_words(event.actor)),
            words=wording.decision_words(body.decision),
            sender=sender,
            subject=subject,
            ticket=tickets.get(UUID(body.ticket)) if uuid_of(body.ticket) else None,
        )
        for event, body in pairs
        for sender, subject in [mails.get(body.mail, ("", ""))]
    )


def _mails(company: UUID, wanted: list[str]) -> dict[str, tuple[str, str]]:
    found = RawMail.objects.filter(company=company, uuid__in=wanted)
    rows = found.values_list("uuid", "sender", "subject", "held_as")
    return {
        str(uuid): (sender, wording.subject_of(subject, held_as))
        for uuid, sender, subject, held_as in rows
    }


# ---- for keeping no longer ----------------------------------------------------------------


def undecided_since(before: Instant, most: int) -> list[int]:
    """Mails that came before then and still wait for a person."""
    found = RawMail.objects.filter(state__in=_KEPT, settled_as="", received_at__lt=before)
    parked = found.filter(next_attempt_at=None).order_by("received_at")
    return list(parked.values_list("pk", flat=True)[:most])


def discarded_since(before: Instant, most: int) -> list[int]:
    """Mails that were discarded before then, as the record tells it; those of nobody by the
    instant they came.
    """
    found = RawMail.objects.filter(
        state__in=_KEPT, settled_as=str(MailDecision.DISCARDED), received_at__lt=before
    ).order_by("received_at")
    candidates = list(found.values_list("pk", "company", "uuid"))
    latest = {
        company: _latest_decisions(company)
        for company in {company for _, company, _ in candidates if company}
    }
    due = [
        pk
        for pk, company, uuid in candidates
        if company is None or latest[company].get(str(uuid), 0) < before
    ]
    return due[:most]


def _latest_decisions(company: UUID) -> dict[str, Instant]:
    rows = Entry.objects.filter(company=company, stream=MAIL_STREAM, name=MailSettled.NAME)
    events = (store.recorded_of(row).event for row in rows.values_list(*chain.FIELDS))
    return {
        event.body.mail: event.happened_at
        for event in sorted(events, key=lambda event: event.position)
        if isinstance(event.body, MailSettled)
    }


def is_needed_by_others(mail: RawMail) -> bool:
    """True where another row stands on the same bytes: the mail of another company."""
    others = RawMail.objects.filter(sha256=mail.sha256).exclude(pk=mail.pk)
    return others.exclude(path="").exists()
