"""What becomes of one mail: the table says it, and here it is carried out."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from commondesk.core.record.events import HeldReason, MailDecision
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext_noop

from . import letters, matching, reasons, table
from .held import actions as held
from .letters import INTAKE, Filed, Letter
from .matching import Answered
from .models import RawMail
from .reading import Read
from .table import Becomes, Facts, Row

SHARED = "shared:"
"""What the scope of a mail to a shared address begins with."""


@dataclass(frozen=True, slots=True)
class Held:
    """A person must decide, or has decided beforehand: why, and about which ticket."""

    reason: str
    ticket: UUID | None = None


def settle(done: Read, at: Instant) -> Held | Filed:
    """Do with a mail that was read what the table says. Belongs into a transaction."""
    mail, said = done.mail, done.said
    assert said is not None
    if mail.company is None:
        return _hold_unclaimed(done, at)
    if _is_twin(mail):
        return Filed(gettext_noop("It came to an address of the company's own as well."))
    facts, answered = matching.facts_of(mail.company, mail, said, done.finding)
    letter = Letter(mail, mail.company, said, done.folder, at, done.finding)
    return _carry_out(table.row_for(facts), letter, facts, answered)


def _hold_unclaimed(done: Read, at: Instant) -> Held:
    held.hold(done.mail, done.said, HeldReason.WHOSE, at=at, ticket=None, finding=done.finding)
    listed = ", ".join(done.mail.envelope_to[:5])
    return Held(reasons.WHOSE % {"addresses": listed})


def _carry_out(row: Row, letter: Letter, facts: Facts, answered: Answered | None) -> Held | Filed:
    match row.becomes:
        case Becomes.HELD:
            return _hold(row, letter, answered)
        case Becomes.DISCARDED:
            held.discard_of_blocked(letter.mail, at=letter.at)
            return Held(row.reason)
        case Becomes.BOUNCE:
            filed = letters.deliver_report(letter)
        case Becomes.NOTHING:
            filed = Filed(row.reason, answered.ticket.uuid if answered else None)
        case Becomes.ALERT | Becomes.TICKET:
            return _open(row, letter, facts)
        case _:
            return _add(row, letter, facts, answered)
    _note(letter, filed, MailDecision.DISCARDED)
    return filed


def _hold(row: Row, letter: Letter, answered: Answered | None) -> Held:
    ticket = answered.ticket.uuid if answered else None
    reason = row.held_as or HeldReason.UNVERIFIED
    held.hold(letter.mail, letter.said, reason, at=letter.at, ticket=ticket, finding=letter.finding)
    return Held(row.reason, ticket)


def _open(row: Row, letter: Letter, facts: Facts) -> Filed:
    assert letter.said.sender is not None
    filed = letters.deliver_as_ticket(letter, letter.said.sender, facts=facts, how=row.reason)
    _note(letter, filed, MailDecision.OPENED)
    return filed


def _add(row: Row, letter: Letter, facts: Facts, answered: Answered | None) -> Held | Filed:
    assert answered is not None and answered.person is not None
    if row.becomes is Becomes.AGENT_REPLY:
        if not letter.said.visible.strip() and not letter.said.attachments:
            nothing = Row(
                row.becomes,
                gettext_noop("An agent's answer without a word."),
                HeldReason.UNREADABLE,
            )
            return _hold(nothing, letter, answered)
        filed = letters.deliver_as_reply(letter, answered.ticket.uuid, answered.person, row.reason)
    else:
        filed = letters.deliver_to_ticket(
            letter,
            answered.ticket.uuid,
            author=answered.person,
            actor=INTAKE,
            how=row.reason,
            is_still=row.becomes is Becomes.STILL_MESSAGE,
            leg=answered.leg,
        )
    _note(letter, filed, MailDecision.ADDED)
    return filed


def _note(letter: Letter, filed: Filed, decision: MailDecision) -> None:
    held.note_filed(letter.mail, decision, at=letter.at, ticket=filed.ticket, message=filed.message)


# ---- mail to an address that serves many companies ----------------------------------------


def adopt(done: Read) -> None:
    """Say whose a mail is that came to a shared address, if its sender shows that."""
    mail, said = done.mail, done.said
    if mail.company is None and said is not None and mail.scope.startswith(SHARED):
        mail.company = matching.company_of_sender(mail.envelope_to, said)


def _is_twin(mail: RawMail) -> bool:
    """True for a mail to a shared address that came to the company's own one as well."""
    if not mail.scope.startswith(SHARED):
        return False
    return RawMail.objects.filter(sha256=mail.sha256, scope=str(mail.company)).exists()
