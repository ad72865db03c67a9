"""A mail that was understood, and its delivery into a company's desk."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import unquote
from uuid import UUID

from commondesk.accounts import directory, policy
from commondesk.accounts.models import Person, address_of
from commondesk.accounts.policy import Right
from commondesk.core.record.event import Actor, Side, WordsRef
from commondesk.core.record.events import (
    Attachment,
    Channel,
    Fold,
    FoldKind,
    Kind,
    Proof,
    SenderCheck,
)
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext_noop
from commondesk.desk import actions as desk
from commondesk.desk import notify, suppression, writing
from commondesk.desk.models import MailRef, OutgoingMail
from commondesk.ledger import chance, memory, tables, words

from . import caps, envelopes, mailboxes, matching, parse, raw_files
from .checks import ABSENT, Finding
from .mail.understood import Mailbox, Understood
from .models import RawMail
from .table import Facts

INTAKE = Actor("intake", Side.MACHINE)
LONGEST_SUBJECT = 80
_NOTE_ID = (
    f"INSERT INTO {MailRef._meta.db_table} (company, message_id, ticket, message, emitted)"  # noqa: S608
    " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)

# As the sanitiser writes it: no text can look like it, there < is escaped.
_OWN_PICTURE = re.compile(r'(<img(?: [a-z-]+="[^"]*")*? src=")cid:([^"]*)(?=")', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that was understood, on its way into a company's desk."""

    mail: RawMail
    company: UUID
    said: Understood
    folder: Path
    at: Instant
    finding: Finding = ABSENT


@dataclass(frozen=True, slots=True)
class Filed:
    """It has found its place: on which ticket, as which message, if any."""

    reason: str
    ticket: UUID | None = None
    message: str = ""
    raw: WordsRef | None = None
    is_acknowledged: bool = False


@contextmanager
def letter_of(mail: RawMail, at: Instant) -> Iterator[Letter]:
    """A kept mail of a company, read anew; its files lie in a folder until the end of the block.

    Raises parse.Unreadable.
    """
    if mail.company is None:
        raise ValueError("nobody has said yet whose mail this is")
    with tempfile.TemporaryDirectory(prefix="commondesk-mail-") as folder:
        said = parse.parse(raw_files.path_of(mail.path), Path(folder), envelopes.sender_of(mail))
        check = SenderCheck(mail.check_result or SenderCheck.ABSENT)
        finding = Finding(check, mail.check_finding)
        yield Letter(mail, mail.company, said, Path(folder), at, finding)


# ---- a ticket of its own ------------------------------------------------------------------


def deliver_as_ticket(
    letter: Letter,
    sender: Mailbox,
    *,
    actor: Actor | None = None,
    facts: Facts | None = None,
    how: str = gettext_noop("A new matter."),
) -> Filed:
    """Open a ticket for whoever sent it. actor is the person who decided that, if one did.

    Raises NotAllowed and UnfitPerson.
    """
    _require_right(letter, actor)
    said, ticket, message = letter.said, chance.uuid(), str(chance.uuid())
    facts = facts or Facts(said, letter.finding.result, letter.finding.text)
    person = directory.person_for_address(
        letter.company, sender.address, sender.name, at=letter.at, actor=INTAKE
    )
    _prove(letter, person, sender)
    raw, files = _raw(letter, ticket), _kept_files(letter, ticket)
    if _remember_id(letter, ticket, message):  # first of all: what we send refers to it
        notify.begin_thread(ticket, said.message_id)
    is_acknowledged = facts.check is not SenderCheck.FAILED and caps.may_acknowledge(
        letter.company, letter.mail, facts
    )
    desk.open_ticket(
        company=letter.company,
        at=letter.at,
        actor=actor or INTAKE,
        requester=person.uuid,
        channel=Channel.MAIL,
        subject=_subject(said),
        text=said.text or _no_text(said),
        html=_with_own_pictures(said, files),
        attachments=files,
        kind=Kind.ALERT if said.is_alert else Kind.INCIDENT,
        service=_service(letter),
        happened_at=letter.mail.received_at,
        is_automatic=said.is_automatic,
        raw=raw,
        ticket=ticket,
        message=message,
        folds=_folds(said),
        copied=_copied(letter, sender),
        check=letter.finding.result,
        related=_related(letter),
        acknowledged=person if is_acknowledged else None,
    )
    return Filed(how, ticket, message, raw, is_acknowledged)


def _require_right(letter: Letter, actor: Actor | None) -> None:
    if actor is None or not actor.is_person:
        return
    if not policy.may(writing.viewer_of(letter.company, actor), Right.WORK_TICKETS):
        raise writing.NotAllowed(f"{actor.id} may not {Right.WORK_TICKETS}")


def _service(letter: Letter) -> str:
    company, recipients = letter.company, tuple(letter.mail.envelope_to)
    return memory.recalled(
        ("service", company, recipients), lambda: mailboxes.service_of(company, recipients)
    )


def _related(letter: Letter) -> UUID | None:
    """A number or a foreign id proves nothing, but an agent may want to know of it."""
    other = matching.hinted(letter.company, letter.said)
    return other.uuid if other and other.status != "merged" else None


# ---- a message on a ticket ----------------------------------------------------------------


def deliver_to_ticket(
    letter: Letter,
    ticket: UUID,
    *,
    author: Person,
    actor: Actor,
    how: str = gettext_noop("An answer."),
    is_still: bool = False,
    leg: str = "",
) -> Filed:
    """Add it to a ticket as a message of its author. actor is who decided that: us, or a person.

    leg: it is a vendor's, on that leg: for the technical teams alone, and no state changes.
    is_still: it is stored and changes nothing, as the mail of a machine. Raises NotAllowed,
    NoSuchTicket and IllegalStep.
    """
    _require_right(letter, actor)
    said = letter.said
    message, raw, files = str(chance.uuid()), _raw(letter, ticket), _kept_files(letter, ticket)
    _prove(letter, author, said.sender)
    ended = desk.receive_message(
        letter.company,
        ticket,
        at=letter.at,
        # Whoever decided, the words are the author's: they end waits, and reopen.
        actor=Actor(str(author.uuid), Side.VENDOR if leg else Side.REQUESTER),
        text=said.text or _no_text(said),
        html=_with_own_pictures(said, files),
        attachments=files,
        channel=Channel.MAIL,
        is_automatic=said.is_automatic or is_still,
        happened_at=letter.mail.received_at,
        raw=raw,
        message=message,
        folds=_folds(said),
        copied=_copied(letter, said.sender),
        check=letter.finding.result,
        leg=leg,
    )
    _remember_id(letter, ended, message)
    return Filed(how, ended, message, raw)


def deliver_as_reply(letter: Letter, ticket: UUID, agent: Person, how: str) -> Filed:
    """Send what somebody who works the ticket wrote by mail: what they had to say, no quotes.

    Only for a sender whose check passed. Raises NotAllowed, NoSuchTicket and IllegalStep.
    """
    viewer = policy.viewer_of(agent, letter.company)
    if viewer is None:
        raise writing.NotAllowed(f"{agent.uuid} is nobody here")
    raw = _raw(letter, ticket)
    _prove(letter, agent, letter.said.sender)
    message = desk.reply(
        letter.company,
        ticket,
        at=letter.at,
        actor=viewer.actor,
        text=letter.said.visible,
        attachments=_kept_files(letter, ticket),
        raw=raw,
    )
    _remember_id(letter, ticket, message)
    return Filed(how, ticket, message, raw)


# ---- delivery reports ---------------------------------------------------------------------


def deliver_report(letter: Letter) -> Filed:
    """A delivery report: our own message bounced, or it is news about nothing of ours."""
    report = letter.said.report
    ids = (report.message_id if report else "", *letter.said.answered_ids)
    ref = matching.message_of_ids(letter.company, [each for each in ids if each])
    if ref is None or report is None:
        return Filed(gettext_noop("A delivery report about no mail of ours."))
    for address in report.failed:
        _mark_bounced(letter, ref, address, report.reason)
    if report.failed:
        return Filed(
            gettext_noop("A delivery report: a message of ours did not arrive."), ref.ticket
        )
    return Filed(
        gettext_noop("A delivery report: a message of ours is on its way, but late."), ref.ticket
    )


def _mark_bounced(letter: Letter, ref: MailRef, address: str, reason: str) -> None:
    person = matching.person_of(letter.company, address)
    whom = person.uuid if person else None
    if ref.message:  # a notice is no message of its ticket
        desk.mark_bounced(
            letter.company,
            ref.ticket,
            at=letter.at,
            actor=INTAKE,
            message=ref.message,
            person=whom,
            reason=reason or gettext_noop("the mail server of the receiver refused it"),
        )
    if _went_to(letter, ref, address):
        suppression.note_bounce(letter.company, address, reason, at=letter.at, person=whom)


def _went_to(letter: Letter, ref: MailRef, address: str) -> bool:
    """Anybody can write a report: it counts against the address that our mail went to."""
    sent = OutgoingMail.objects.filter(
        company=letter.company, ticket=ref.ticket, message_id=ref.message_id
    )
    told = [each for whom in sent.values_list("envelope_to", flat=True) for each in whom]
    return address_of(address) in map(address_of, told)


# ---- what was brought along ---------------------------------------------------------------


def _remember_id(letter: Letter, ticket: UUID, message: str) -> bool:
    """So that later mails are put into its thread. The first to use an id keeps it."""
    message_id = letter.said.message_id
    if not message_id:
        return False
    return bool(tables.execute(_NOTE_ID, letter.company, message_id, ticket, message, False))


def _raw(letter: Letter, ticket: UUID) -> WordsRef:
    path = raw_files.path_of(letter.mail.path)
    return words.keep_file(
        letter.company,
        stream=str(ticket),
        kind="raw_mail",
        content=path.read_bytes(),
        same_as=path,
    )


def _kept_files(letter: Letter, ticket: UUID) -> list[Attachment]:
    return [
        desk.keep_attachment(
            letter.company,
            ticket,
            name=each.name,
            media_type=each.media_type,
            content=(letter.folder / each.place).read_bytes(),
        )
        for each in letter.said.attachments
    ]


def _with_own_pictures(said: Understood, files: Sequence[Attachment]) -> str:
    """The HTML with our id of each picture that came with the mail in place of the mail's."""
    ours: dict[str, str] = {}
    for each, file in zip(said.attachments, files, strict=True):
        if each.content_id:
            ours.setdefault(each.content_id.casefold(), file.content.id)

    def renamed(found: re.Match[str]) -> str:
        wanted = unquote(unescape(found[2])).strip().casefold()
        return f"{found[1]}cid:{ours[wanted]}" if wanted in ours else found[0]

    return _OWN_PICTURE.sub(renamed, said.html) if ours else said.html


def _prove(letter: Letter, person: Person, sender: Mailbox | None) -> None:
    """The first mail whose check passed shows that somebody has the address they write from."""
    is_theirs = (
        sender is not None
        and letter.said.sender == sender
        and person.address == sender.address.lower()
    )
    if letter.finding.result is SenderCheck.PASSED and is_theirs:
        directory.prove(
            letter.company, person, Proof.MAIL, at=letter.at, happened_at=letter.mail.received_at
        )


def _folds(said: Understood) -> tuple[Fold, ...]:
    return tuple(Fold(FoldKind(each.kind), each.start, each.end) for each in said.folds)


def _copied(letter: Letter, sender: Mailbox | None) -> str:
    """The other addresses that it went to, one a line, without those of desks."""
    own = {mailboxes.without_tag(each) for each in letter.mail.envelope_to}
    others = {
        each.address: None
        for each in (*letter.said.to, *letter.said.cc)
        if each != sender and mailboxes.without_tag(each.address) not in own
    }
    if not others:
        return ""
    book = mailboxes.book_for(others)
    ours = {*book.companies, *book.shared}
    return "\n".join(each for each in others if mailboxes.without_tag(each) not in ours)


def _subject(said: Understood) -> str:
    if said.subject:
        return said.subject
    first = next((line.strip() for line in said.text.split("\n") if line.strip()), "")
    return first[:LONGEST_SUBJECT] or "(no subject)"


def _no_text(said: Understood) -> str:
    return "(no text, see the attachments)" if said.attachments else "(no text)"
