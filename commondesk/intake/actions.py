"""What becomes of a mail that was kept: each ends in one transaction, filed or held with a reason.

The table of what a mail becomes is in docs/mail.md, and `_become` is that table.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, QuerySet

from commondesk.accounts import directory
from commondesk.accounts.models import Person
from commondesk.core.record.event import Actor, Side, WordsRef
from commondesk.core.record.events import Attachment, Channel, Kind, Relation
from commondesk.core.record.instant import HOUR, MINUTE, SECOND, Instant, Span
from commondesk.desk import actions as desk
from commondesk.desk import notify
from commondesk.desk.models import MailRef, TicketRow
from commondesk.ledger import words

from . import mailboxes, matching, parse, raw_files
from .mail.understood import Mailbox, Understood
from .matching import Answered, Standing
from .models import RawMail

INTAKE = Actor("intake", Side.MACHINE)
BATCH = 100
CLAIM_SPAN: Span = 2 * MINUTE
"""After this long a mail that was claimed and never told of again is taken up anew."""
FIRST_WAIT: Span = 5 * SECOND
LONGEST_WAIT: Span = 10 * MINUTE
MOST_ATTEMPTS = 5
MOST_ACKNOWLEDGEMENTS = 3
ACKNOWLEDGEMENT_SPAN: Span = HOUR
KEPT_SPAN: Span = HOUR
"""How long the bytes of a filed mail stay beside the record, which has them too."""
LONGEST_REASON = 500
LONGEST_SUBJECT = 80

State = RawMail.State
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Held:
    """A person must decide: why, and about which ticket."""

    reason: str
    ticket: UUID | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """It has found its place: on which ticket, as which message, if any."""

    reason: str
    ticket: UUID | None = None
    message: str = ""
    raw: WordsRef | None = None
    is_acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that was understood, on its way into a company's desk."""

    mail: RawMail
    company: UUID
    said: Understood
    folder: Path
    at: Instant

    @property
    def is_from_nobody(self) -> bool:
        return not self.mail.envelope_from


class Overtaken(Exception):
    """Somebody else took this mail up meanwhile; what was done here is undone."""


# ---- taking up ----------------------------------------------------------------------------


def file_waiting(at: Instant) -> int:
    """File what waits, the oldest first; tells how many mails were settled."""
    return sum(1 for mail in _claimed(at) if file(mail, at))


def _claimed(at: Instant) -> Iterator[RawMail]:
    """The mails that are due and that nobody else took meanwhile, one by one."""
    due = _waiting(at).order_by("id").values_list("pk", "attempts")
    for pk, attempts in list(due[:BATCH]):
        is_mine = (
            _waiting(at)
            .filter(pk=pk, attempts=attempts)
            .update(attempts=F("attempts") + 1, next_attempt_at=at + CLAIM_SPAN)
        )
        if is_mine:
            yield RawMail.objects.get(pk=pk)


def _waiting(at: Instant) -> QuerySet[RawMail]:
    return RawMail.objects.filter(next_attempt_at__lte=at)


def file(mail: RawMail, at: Instant) -> bool:
    """Settle one mail that we claimed; False if it must be tried again or waits for a person."""
    try:
        with tempfile.TemporaryDirectory(prefix="commondesk-mail-") as folder:
            said = _understood(mail, Path(folder))
            with transaction.atomic():
                outcome = settle(mail, said, Path(folder), at)
                _note_outcome(mail, said, outcome)
    except Overtaken:
        return False
    except Exception as error:
        _note_failure(mail, error, at)
        return False
    return True


def _understood(mail: RawMail, folder: Path) -> Understood:
    said = parse.parse(raw_files.path_of(mail.path), folder, mail.envelope_from)
    for note in said.notes:
        log.info("mail %s: %s", mail.sha256[:12], note)
    return said


def _note_outcome(mail: RawMail, said: Understood, outcome: Held | Filed) -> None:
    is_filed = isinstance(outcome, Filed)
    is_mine = RawMail.objects.filter(pk=mail.pk, attempts=mail.attempts).update(
        company=mail.company,
        state=State.FILED if is_filed else State.HELD,
        reason=outcome.reason[:LONGEST_REASON],
        next_attempt_at=None,
        sender=said.sender.address.lower() if said.sender else "",
        automatic=said.automatic,
        ticket=outcome.ticket,
        message=outcome.message if isinstance(outcome, Filed) else "",
        words=outcome.raw.id if isinstance(outcome, Filed) and outcome.raw else "",
        acknowledged_at=mail.received_at
        if isinstance(outcome, Filed) and outcome.is_acknowledged
        else None,
    )
    if not is_mine:
        raise Overtaken


def _note_failure(mail: RawMail, error: Exception, at: Instant) -> None:
    """Try again, each time later; then wait for a person. The bytes stay in any case."""
    is_parked = mail.attempts >= MOST_ATTEMPTS
    log.exception("mail %s could not be filed (attempt %d)", mail.sha256[:12], mail.attempts)
    RawMail.objects.filter(pk=mail.pk, attempts=mail.attempts).update(
        state=State.FAILED,
        reason=f"{type(error).__name__}: {error}".replace("\0", "")[:LONGEST_REASON],
        next_attempt_at=None if is_parked else at + wait_after(mail.attempts),
    )


def wait_after(attempts: int) -> Span:
    """Four times as long each time."""
    return min(FIRST_WAIT << min(2 * max(attempts - 1, 0), 20), LONGEST_WAIT)


def try_again(mail: RawMail, *, at: Instant) -> None:
    """Take up anew what failed or was held."""
    RawMail.objects.filter(pk=mail.pk).exclude(state=State.FILED).update(
        state=State.RECEIVED, reason="", attempts=0, next_attempt_at=at
    )


# ---- the table ----------------------------------------------------------------------------


def settle(mail: RawMail, said: Understood, folder: Path, at: Instant) -> Held | Filed:
    """What the mail becomes. Belongs into a transaction."""
    if mail.company is None:
        listed = ", ".join(mail.envelope_to[:5])
        return Held(f"Whose is this? Nobody has told us whose address {listed} is.")
    return _become(Letter(mail, mail.company, said, folder, at))


def _become(letter: Letter) -> Held | Filed:
    """The table, from the top: the first row that fits is what the mail becomes."""
    said = letter.said
    answered = matching.answered(letter.company, said, letter.mail.envelope_to)
    if said.report is not None:
        return _file_report(letter, said.report.message_id)
    if said.is_automatic and not said.is_alert:
        return _file_automatic(letter, answered)
    if said.sender is None:
        return Held(f"It cannot be said who sent it: {said.sender_trouble}.")
    standing = matching.standing_of(letter.company, said.sender.address)
    if standing is Standing.DESK:
        return Held("It claims to come from this desk itself, and nothing proves it.")
    if standing is Standing.TECHNICAL:
        return Held(
            f"It claims to come from {said.sender.address}, who works tickets, and nothing"
            " proves it.",
            answered.ticket.uuid if answered else None,
        )
    return _file_letter(letter, said.sender, answered)


def _file_letter(letter: Letter, sender: Mailbox, answered: Answered | None) -> Held | Filed:
    if answered is None:
        return _open(letter, sender)
    person = matching.person_of(letter.company, sender.address)
    if person and matching.is_on_ticket(answered.ticket, person):
        return _add(letter, answered, person)
    return Held(
        f"Unverified: {sender.address} answered with {answered.proof}, but is not on the ticket.",
        answered.ticket.uuid,
    )


# ---- machines -----------------------------------------------------------------------------


def _file_report(letter: Letter, returned_id: str) -> Filed:
    """A delivery report: our own message bounced, or it is news about nothing of ours."""
    ids = (returned_id, *letter.said.answered_ids)
    ref = matching.message_of_ids(letter.company, [each for each in ids if each])
    report = letter.said.report
    if ref is None or report is None:
        return Filed("A delivery report about no mail of ours.")
    for address in report.failed:
        person = matching.person_of(letter.company, address)
        desk.mark_bounced(
            letter.company,
            ref.ticket,
            at=letter.at,
            actor=INTAKE,
            message=ref.message,
            person=person.uuid if person else None,
            reason=report.reason or "the mail server of the receiver refused it",
        )
    told = "did not arrive" if report.failed else "is on its way, but late"
    return Filed(f"A delivery report: a message of ours {told}.", ref.ticket)


def _file_automatic(letter: Letter, answered: Answered | None) -> Filed:
    """Stored on the ticket if its sender is on it; it changes no state and opens nothing."""
    said = letter.said
    person = matching.person_of(letter.company, said.sender.address) if said.sender else None
    if answered and person and matching.is_on_ticket(answered.ticket, person):
        return _add(letter, answered, person)
    return Filed(
        f"Sent by a machine ({said.automatic}); it opens nothing.",
        answered.ticket.uuid if answered else None,
    )


# ---- messages and tickets -----------------------------------------------------------------


def _add(letter: Letter, answered: Answered, person: Person) -> Filed:
    said, ticket = letter.said, answered.ticket.uuid
    message, raw = str(uuid4()), _raw(letter, ticket)
    ended = desk.receive_message(
        letter.company,
        ticket,
        at=letter.at,
        actor=Actor(str(person.uuid), Side.REQUESTER),
        text=said.folded or _no_text(said),
        html=said.html,
        attachments=_kept_files(letter, ticket),
        channel=Channel.MAIL,
        is_automatic=said.is_automatic,
        happened_at=letter.mail.received_at,
        raw=raw,
        message=message,
    )
    _remember_id(letter, ended, message)
    kind = "An automatic answer" if said.is_automatic else "An answer"
    return Filed(f"{kind}, known by {answered.proof}.", ended, message, raw)


def _open(letter: Letter, sender: Mailbox) -> Filed:
    said, ticket = letter.said, uuid4()
    person = directory.person_for_address(
        letter.company, sender.address, sender.name, at=letter.at, actor=INTAKE
    )
    message, raw = str(uuid4()), _raw(letter, ticket)
    desk.open_ticket(
        company=letter.company,
        at=letter.at,
        actor=INTAKE,
        requester=person.uuid,
        channel=Channel.MAIL,
        subject=_subject(said),
        text=said.text or _no_text(said),
        html=said.html,
        attachments=_kept_files(letter, ticket),
        kind=Kind.ALERT if said.is_alert else Kind.INCIDENT,
        service=mailboxes.service_of(letter.company, letter.mail.envelope_to),
        happened_at=letter.mail.received_at,
        is_automatic=said.is_automatic,
        raw=raw,
        ticket=ticket,
        message=message,
    )
    _remember_id(letter, ticket, message)
    _link_hint(letter, ticket)
    reason = "An alert of a machine." if said.is_alert else "A new matter."
    return Filed(reason, ticket, message, raw, _acknowledge(letter, ticket, person))


def _link_hint(letter: Letter, ticket: UUID) -> None:
    """A number or a foreign id proves nothing, but an agent may want to know of it."""
    other = matching.hinted(letter.company, letter.said)
    if other and other.uuid != ticket and other.status != "merged":
        desk.link(
            letter.company,
            ticket,
            at=letter.at,
            actor=INTAKE,
            other=other.uuid,
            relation=Relation.RELATED,
        )


def _acknowledge(letter: Letter, ticket: UUID, person: Person) -> bool:
    """Tell a person that we have it, unless that could feed a loop or a flood."""
    said = letter.said
    if said.is_automatic or said.is_answer_unwanted or letter.is_from_nobody:
        return False
    if _acknowledged_lately(letter, str(person.address)) >= MOST_ACKNOWLEDGEMENTS:
        return False
    desk.reply(
        letter.company,
        ticket,
        at=letter.at,
        actor=notify.ACKNOWLEDGEMENT,
        text=notify.acknowledgement_text(TicketRow.objects.get(uuid=ticket)),
        is_templated=True,
        to=[person.uuid],
    )
    return True


def _acknowledged_lately(letter: Letter, address: str) -> int:
    """Counted over all companies: it is one letter box that they would fill."""
    since = letter.mail.received_at - ACKNOWLEDGEMENT_SPAN
    return RawMail.objects.filter(sender=address, acknowledged_at__gt=since).count()


def _remember_id(letter: Letter, ticket: UUID, message: str) -> None:
    """So that later mails are put into its thread. The first to use an id keeps it."""
    if letter.said.message_id:
        MailRef.objects.get_or_create(
            company=letter.company,
            message_id=letter.said.message_id,
            defaults={"ticket": ticket, "message": message, "emitted": False},
        )


def _raw(letter: Letter, ticket: UUID) -> WordsRef:
    content = raw_files.path_of(letter.mail.path).read_bytes()
    return words.keep_file(letter.company, stream=str(ticket), kind="raw_mail", content=content)


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


def _subject(said: Understood) -> str:
    if said.subject:
        return said.subject
    first = next((line.strip() for line in said.text.split("\n") if line.strip()), "")
    return first[:LONGEST_SUBJECT] or "(no subject)"


def _no_text(said: Understood) -> str:
    return "(no text, see the attachments)" if said.attachments else "(no text)"


# ---- tidying ------------------------------------------------------------------------------


def tidy(at: Instant) -> int:
    """Remove the bytes of filed mails that the record holds by now; tells how many."""
    old = at - KEPT_SPAN
    filed = RawMail.objects.filter(state=State.FILED, received_at__lt=old)
    removed = 0
    for mail in filed.exclude(path="").exclude(words="")[:BATCH]:
        others = RawMail.objects.filter(sha256=mail.sha256).exclude(path="").exclude(pk=mail.pk)
        if others.exclude(state=State.FILED, words__gt="").exists():
            continue
        if raw_files.remove_if_older(mail.path, old):
            RawMail.objects.filter(pk=mail.pk).update(path="")
            removed += 1
    return removed


def forget(company: UUID, ids: tuple[str, ...]) -> None:
    """Wipe what we know of mails whose raw words were erased."""
    gone = RawMail.objects.filter(company=company, words__in=ids)
    for mail in gone:
        if mail.path:
            transaction.on_commit(_remover_of(mail.path))
    gone.update(
        path="", sender="", envelope_from="", envelope_to=[], peer="", helo="", reason="erased"
    )


def _remover_of(place: str) -> Callable[[], None]:
    return lambda: raw_files.remove(place)
