"""Mail on hold that a person lets through: as a ticket of its own, or as a message of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from commondesk.accounts import directory
from commondesk.accounts.directory import UnfitPerson
from commondesk.accounts.models import Person
from commondesk.core.record.event import Actor
from commondesk.core.record.events import MailDecision
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext, gettext_noop
from commondesk.desk import actions as desk
from commondesk.desk.models import TicketRow
from commondesk.intake import letters, matching, parse
from commondesk.intake.checks import ABSENT
from commondesk.intake.letters import Filed, Letter
from commondesk.intake.mail.understood import Mailbox
from commondesk.intake.models import RawMail
from commondesk.intake.table import Standing

from . import actions, queries, wording
from .actions import AlreadyDecided, NoSuchMail, Unfit

LET_THROUGH = gettext_noop("A person let it through.")
UNREADABLE = gettext_noop("It cannot be read. Save it as a file, and open a ticket yourself.")


@dataclass(frozen=True, slots=True)
class Released:
    """Where a mail ended."""

    ticket: UUID
    number: int


def open_as_ticket(
    company: UUID, pk: int, *, at: Instant, actor: Actor, whom: Mailbox | None = None
) -> Released:
    """Open a ticket with a mail on hold, for its sender or for whom a person names.

    Raises NoSuchMail, AlreadyDecided, NotAllowed and Unfit.
    """
    with _decided_letter(company, pk, at=at, actor=actor) as letter:
        letter, sender = _from(letter, whom)
        filed = letters.deliver_as_ticket(letter, sender, actor=actor, how=LET_THROUGH)
        return _settle(letter, filed, MailDecision.OPENED, actor)


def add_to_ticket(
    company: UUID,
    pk: int,
    number: int,
    *,
    at: Instant,
    actor: Actor,
    whom: Mailbox | None = None,
    is_copied: bool = False,
) -> Released:
    """Make a mail on hold a message of its sender on a ticket, and put them on copy if asked.

    The words count as theirs: they end waits, reopen, and return what was closed. Raises
    NoSuchMail, AlreadyDecided, NotAllowed and Unfit.
    """
    with _decided_letter(company, pk, at=at, actor=actor) as letter:
        letter, sender = _from(letter, whom)
        row = TicketRow.objects.filter(company=company, number=number).first()
        if row is None:
            raise Unfit(gettext("There is no ticket %(number)s.") % {"number": number})
        leg = _leg(letter, sender, row)
        author = _author(letter, sender, actor, is_vendor=bool(leg))
        filed = letters.deliver_to_ticket(
            letter, row.uuid, author=author, actor=actor, how=LET_THROUGH, leg=leg
        )
        if is_copied and not leg and filed.ticket and author.uuid != row.requester:
            desk.add_copy(company, filed.ticket, at=at, actor=actor, person=author.uuid)
        return _settle(letter, filed, MailDecision.ADDED, actor)


def _author(letter: Letter, sender: Mailbox, actor: Actor, *, is_vendor: bool) -> Person:
    """Whoever writes on a vendor's leg and is nobody here yet is somebody of the vendor."""
    company, at = letter.company, letter.at
    if is_vendor and matching.person_of(company, sender.address) is None:
        return desk.introduce_vendor(company, sender.address, sender.name, at=at, actor=actor)
    return directory.person_for_address(company, sender.address, sender.name, at=at, actor=actor)


def _leg(letter: Letter, sender: Mailbox, row: TicketRow) -> str:
    """The vendor's leg that a mail belongs to, whoever sent it: no requester ever reads it.

    That is what its secret says; and whatever a vendor writes on a ticket that it has a part of.
    """
    answered = matching.answered(letter.company, letter.said, letter.mail.envelope_to)
    if answered and answered.leg:
        return answered.leg
    author = matching.person_of(letter.company, sender.address)
    return matching.leg_of_contact(letter.company, row, author) if author else ""


@contextmanager
def _decided_letter(company: UUID, pk: int, *, at: Instant, actor: Actor) -> Iterator[Letter]:
    """The mail read anew, and then a transaction for the decision: reading may take long."""
    mail = queries.held_mail(company, pk)
    if mail is None:
        raise NoSuchMail(f"there is no mail {pk}")
    if not mail.path:
        raise Unfit(gettext(UNREADABLE))
    try:
        with (
            letters.letter_of(mail, at) as letter,
            actions.deciding(company, pk, actor=actor) as it,
        ):
            if it.settled_as not in ("", MailDecision.DISCARDED):
                raise AlreadyDecided
            yield replace(letter, mail=it)
    except (parse.Unreadable, FileNotFoundError):
        raise Unfit(gettext(UNREADABLE)) from None
    except (UnfitPerson, desk.IllegalStep, desk.NoSuchTicket) as refused:
        raise Unfit(str(refused)) from None


def _from(letter: Letter, whom: Mailbox | None) -> tuple[Letter, Mailbox]:
    """Who it shall be from. An address that a person names is believed, but never the desk's."""
    sender = whom or letter.said.sender
    if sender is None or (whom is None and letter.mail.held_as in wording.NEEDS_A_NAME):
        raise Unfit(gettext("Say for whom: the mail itself does not tell it for sure."))
    if matching.standing_of(letter.company, sender.address) == Standing.DESK:
        raise Unfit(gettext("That is an address of this desk itself. Say who it really is from."))
    read = letter.said.sender
    if read is None or read.address.lower() != sender.address.lower():
        # What was found out about the one in From says nothing about the one who was named.
        return replace(letter, finding=ABSENT), sender
    return letter, read


def _settle(letter: Letter, filed: Filed, decision: MailDecision, actor: Actor) -> Released:
    assert filed.ticket is not None
    actions.settle(
        letter.mail,
        decision,
        at=letter.at,
        actor=actor,
        state=RawMail.State.FILED,
        reason=filed.reason,
        ticket=filed.ticket,
        message=filed.message,
        words=filed.raw.id if filed.raw else "",
        acknowledged_at=letter.mail.received_at if filed.is_acknowledged else None,
    )
    row = TicketRow.objects.get(company=letter.company, uuid=filed.ticket)
    return Released(row.uuid, row.number)
