"""Composes the mails that go out, in the transaction of what they tell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from commondesk.accounts.models import Company, Person
from commondesk.accounts.queries import Addressee
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.events import Attachment, MessageWritten, VendorWritten
from commondesk.core.record.instant import Instant, datetime_of
from commondesk.desk import own_words, silence, wordings
from commondesk.desk.mail import headers, people, written
from commondesk.desk.mail.addresses import (
    desk_address,
    leg_of_vendor_address,
    new_message_id,
    reply_address,
    thread_id,
    ticket_of_reply_address,
    vendor_address,
)
from commondesk.desk.mail.bodies import Content, html_of, text_of
from commondesk.desk.mail.headers import (
    UnsafeMail,
    addresses_in_wire_form,
    is_plain_address,
    one_line,
)
from commondesk.desk.mail.people import Letterhead, letterhead_of
from commondesk.desk.mail.written import File, Header
from commondesk.desk.models import MailRef, MessageRow, OutgoingMail, TicketRow
from commondesk.desk.rows import HTML_BODY
from commondesk.desk.wordings import Language
from commondesk.desk.wordings.shipped import ACKNOWLEDGEMENT as ACKNOWLEDGEMENT_TEMPLATE
from commondesk.desk.wordings.shipped import MESSAGE, PLACEHOLDERS
from commondesk.ledger import memory, tables, words
from commondesk.ledger.store import Recorded

__all__ = [
    "ACKNOWLEDGEMENT",
    "UnsafeMail",
    "acknowledgement_text",
    "addresses_in_wire_form",
    "after",
    "begin_thread",
    "desk_address",
    "is_plain_address",
    "leg_of_vendor_address",
    "new_message_id",
    "one_line",
    "queue_message",
    "queue_notice",
    "queue_vendor_mail",
    "reply_address",
    "test_mail",
    "ticket_of_reply_address",
    "vendor_address",
]

ACKNOWLEDGEMENT = Actor(own_words.ACKNOWLEDGEMENT, Side.MACHINE)

MOST_REFERENCES = 50
LONGEST_SUBJECT = 250
LONGEST_VALUE = 300

_REFS = (
    f"SELECT message_id, emitted, message FROM {MailRef._meta.db_table}"  # noqa: S608
    " WHERE ticket = %s AND message NOT IN"
    f" (SELECT id FROM {MessageRow._meta.db_table} WHERE ticket_id = %s AND leg <> '')"
    " ORDER BY id"
)
"""Mail to and from a vendor is a thread of its own: neither side learns the ids of the other."""
_REFS_OF_LEG = (
    f"SELECT r.message_id, r.emitted, r.message FROM {MailRef._meta.db_table} r"  # noqa: S608
    f" JOIN {MessageRow._meta.db_table} m ON m.id = r.message"
    " WHERE r.ticket = %s AND m.ticket_id = %s AND m.leg = %s ORDER BY r.id"
)

_Values = Mapping[str, str]
_Ref = Sequence[Any]
"""A mail's id, whether we made it, and the message that it carried."""


def after(company: UUID, row: TicketRow, recorded: Sequence[Recorded], at: Instant) -> None:
    """Queue a mail for each public message among these events. Belongs into their transaction."""
    if silence.is_kept():
        return
    for each in recorded:
        if isinstance(each.event.body, MessageWritten):
            queue_message(company, row, each.event.body, each.event.actor, at=at)
        elif isinstance(each.event.body, VendorWritten):
            queue_vendor_mail(company, row, each.event.body, each.event.actor, at=at)


# ---- a message of the ticket --------------------------------------------------------------


def queue_message(
    company: UUID, row: TicketRow, body: MessageWritten, actor: Actor, *, at: Instant
) -> None:
    """Queue the one mail that takes a message to everybody it is for.

    Where mail reaches none of them, an empty one is queued: the outbox tells so on the ticket.
    """
    head = letterhead_of(company)
    to, copies = people.addressees_of(company, row, body)
    message_id = new_message_id(head.home)
    content = _message(head, row, body, actor, to, copies, message_id, at) if to or copies else b""
    _remember(company, row, message_id, body.message)
    tables.insert(
        OutgoingMail,
        [
            {
                "company": company,
                "ticket": row.uuid,
                "message": body.message,
                "mail_from": head.address,
                "envelope_to": [each.address for each in (*to, *copies)],
                "message_id": message_id,
                "content": content,
                "next_attempt_at": at,
                "created_at": at,
            }
        ],
    )


def _remember(company: UUID, row: TicketRow, message_id: str, message: str) -> None:
    """So that an answer to it is known: nobody else can have the id."""
    tables.insert(
        MailRef,
        [
            {
                "company": company,
                "message_id": message_id,
                "ticket": row.uuid,
                "message": message,
                "emitted": True,
            }
        ],
    )


def _message(
    head: Letterhead,
    row: TicketRow,
    body: MessageWritten,
    actor: Actor,
    to: Sequence[Addressee],
    copies: Sequence[Addressee],
    message_id: str,
    at: Instant,
) -> bytes:
    language = head.language((*to, *copies)[0].language)
    subject = _subject(head, row, actor, language)
    fields = _fields(head, language, row, to, copies, subject, message_id, at)
    fields += _thread(_refs_of_ticket(row))
    if not actor.is_person:
        fields += _automatic("auto-replied")
    content = Content(
        language=language.code,
        title=one_line(subject),
        above=f"{head.number(row)} · {head.desk(language)}",
        words=words.storable(words.text(body.text) or ""),
        below=_below_message(head, row, actor, language),
    )
    files = [file for each in body.attachments for file in _files(head.home.uuid, each)]
    return written.mail_bytes(fields, text_of(content), html_of(content), files)


def _subject(head: Letterhead, row: TicketRow, actor: Actor, language: Language) -> str:
    tag = f"[{head.number(row)}]"
    if not actor.is_person:
        wording = head.wording(ACKNOWLEDGEMENT_TEMPLATE, language)
        return f"{tag} {wordings.filled_line(wording.subject, _ticket(head, row, language))}"
    subject = re.sub(rf"^(?:\s*re\s*:|\s*{re.escape(tag)})+\s*", "", row.subject, flags=re.I)
    return f"Re: {tag} {subject}"


def _below_message(head: Letterhead, row: TicketRow, actor: Actor, language: Language) -> str:
    values = _ticket(head, row, language)
    if not actor.is_person:
        return wordings.filled(language.below[ACKNOWLEDGEMENT_TEMPLATE], values)
    name = Person.objects.filter(uuid=UUID(actor.id)).values_list("title", flat=True).first()
    values["person"] = one_line(name or "")
    # Somebody without a name leaves no dot behind.
    return wordings.filled(head.wording(MESSAGE, language).text, values).removeprefix(" · ")


def _refs_of_ticket(row: TicketRow) -> list[_Ref]:
    """Every mail of a ticket but notices and a vendor's: they went to others."""
    refs = memory.known(("thread", row.uuid)) or tables.select(_REFS, row.uuid, row.uuid)
    return [each for each in refs if each[2] or not each[1]]


def _thread(refs: Sequence[_Ref]) -> list[Header]:
    """In-Reply-To names the last mail that came in, References every mail up to that one."""
    if not refs:
        return []
    came = [place for place, (_, is_ours, _) in enumerate(refs) if not is_ours]
    until = came[-1] if came else len(refs) - 1
    chain = headers.message_ids(_shortened([each[0] for each in refs[: until + 1]]))
    return [("In-Reply-To", chain.split()[-1]), ("References", chain)] if chain else []


def begin_thread(ticket: UUID, message_id: str) -> None:
    """Tell what a ticket that is being opened answers: then nobody need look, until it is open."""
    memory.note(("thread", ticket), [(message_id, False, "")])


def _shortened(chain: list[str]) -> list[str]:
    """The first, which names the thread, and the latest."""
    return chain if len(chain) <= MOST_REFERENCES else chain[:1] + chain[1 - MOST_REFERENCES :]


def _files(company: UUID, attachment: Attachment) -> list[File]:
    if attachment.media_type == HTML_BODY:
        return []
    try:
        with words.open_file(attachment.id, company=company) as file:
            content = file.read()
    except (words.ErasedWords, words.UnknownWords, FileNotFoundError):
        return []
    return [File(words.text(attachment.name) or "", attachment.media_type, content)]


# ---- words to a vendor --------------------------------------------------------------------


def queue_vendor_mail(
    company: UUID, row: TicketRow, body: VendorWritten, actor: Actor, *, at: Instant
) -> None:
    """Queue the mail that takes words to the contact of a vendor's leg.

    It says what was written and nothing else of the ticket: neither its subject nor its people.
    Answers come back to an address of that leg. Where mail reaches no contact, an empty mail is
    queued: the outbox tells so on the ticket.
    """
    head = letterhead_of(company)
    leg, contact = people.vendor_of(company, row, body.leg)
    message_id = new_message_id(head.home)
    content = b""
    if contact is not None:
        content = _vendor_message(head, row, body, actor, contact, leg.reference, message_id, at)
    _remember(company, row, message_id, body.message)
    tables.insert(
        OutgoingMail,
        [
            {
                "company": company,
                "ticket": row.uuid,
                "message": body.message,
                "mail_from": head.address,
                "envelope_to": [contact.address] if contact else [],
                "message_id": message_id,
                "content": content,
                "next_attempt_at": at,
                "created_at": at,
            }
        ],
    )


def _vendor_message(
    head: Letterhead,
    row: TicketRow,
    body: VendorWritten,
    actor: Actor,
    contact: Addressee,
    reference: str,
    message_id: str,
    at: Instant,
) -> bytes:
    language = head.language(contact.language)
    theirs = f" · {one_line(reference)}" if reference else ""
    subject = f"[{head.number(row)}] {one_line(head.home.title)}{theirs}"
    address = vendor_address(head.home, row, body.leg)
    fields = _fields(head, language, row, [contact], [], subject, message_id, at, address)
    fields += _thread(tables.select(_REFS_OF_LEG, row.uuid, row.uuid, body.leg))
    content = Content(
        language=language.code,
        title=one_line(subject),
        above=f"{head.number(row)} · {head.desk(language)}",
        words=words.storable(words.text(body.text) or ""),
        below=_below_message(head, row, actor, language),
    )
    files = [file for each in body.attachments for file in _files(head.home.uuid, each)]
    return written.mail_bytes(fields, text_of(content), html_of(content), files)


# ---- the acknowledgement ------------------------------------------------------------------


def acknowledgement_text(row: TicketRow, person: Person | None = None) -> str:
    """What the first automatic answer says. It repeats nothing that the sender wrote.

    Whoever forges a sender could else make the desk carry his words to that address. person is
    the requester, where the caller has them at hand.
    """
    head = letterhead_of(row.company)
    known = person.language if person else people.language_of(row.company, row.requester)
    language = head.language(known)
    values = _ticket(head, row, language) | {"next": _promise(head, row, language)}
    return wordings.filled(head.wording(ACKNOWLEDGEMENT_TEMPLATE, language).text, values)


def _promise(head: Letterhead, row: TicketRow, language: Language) -> str:
    if row.due_at is None or row.due_clock not in language.next:
        return language.next["reading"]
    due = language.instant_words(row.due_at, head.zone)
    return wordings.filled_line(language.next[row.due_clock], {"due": due})


# ---- a notice -----------------------------------------------------------------------------


def queue_notice(
    company: UUID,
    row: TicketRow,
    person: Person,
    template: str,
    *,
    at: Instant,
    not_before: Instant | None = None,
    values: Mapping[str, str] | None = None,
    absent: str = "",
) -> OutgoingMail | None:
    """Queue a notice about a ticket to one person; None where no mail reaches them.

    absent is the name of whoever is away, where the person stands in.

    It is no message of the ticket and leaves no event. They can answer it. values add to what the
    row tells: person (whose step it was), team, share, clock (the name of one), due (an instant
    in digits, or words) and words. Raises UnknownTemplate.
    """
    if not (person.is_active and is_plain_address(person.address or "")):
        return None
    head = letterhead_of(company)
    language = head.language(person.language)
    told = _notice_values(head, row, template, language, values or {})
    message_id = new_message_id(head.home)
    below = _below_notice(language, template, told, absent)
    content = _notice(head, row, person, template, language, told, message_id, at, below)
    _remember(company, row, message_id, "")
    return OutgoingMail.objects.create(
        company=company,
        ticket=row.uuid,
        kind=OutgoingMail.Kind.NOTICE,
        mail_from=head.address,
        envelope_to=[person.address],
        message_id=message_id,
        content=content,
        next_attempt_at=at if not_before is None else not_before,
        created_at=at,
    )


def _notice(
    head: Letterhead,
    row: TicketRow,
    person: Person,
    template: str,
    language: Language,
    told: _Values,
    message_id: str,
    at: Instant,
    below: str,
) -> bytes:
    wording = head.wording(template, language)
    subject = f"[{head.number(row)}] {wordings.filled_line(wording.subject, told)}"
    reader = Addressee(person.uuid, person.address or "", person.title, person.language)
    fields = _fields(head, language, row, [reader], [], subject, message_id, at)
    fields.append(("References", thread_id(head.home, row.uuid)))
    fields += _automatic("auto-generated")
    content = Content(
        language=language.code,
        title=one_line(subject),
        above=f"{head.number(row)} · {head.desk(language)}",
        words=words.storable(wordings.filled(wording.text, told)),
        below=below,
        link=told.get("link", ""),
    )
    return written.mail_bytes(fields, text_of(content), html_of(content))


def _below_notice(language: Language, template: str, told: _Values, absent: str) -> str:
    below = language.below[template if template in language.below else "notice"]
    for_whom = wordings.filled_line(language.below["deputy"], {"absent": one_line(absent)})
    return "\n".join(([for_whom] if absent else []) + [wordings.filled(below, told)])


def _notice_values(
    head: Letterhead, row: TicketRow, template: str, language: Language, given: _Values
) -> dict[str, str]:
    """What the row tells, and what the caller adds. Each is one line; markup in it stays text."""
    known = PLACEHOLDERS.get(template, frozenset())
    if template in (MESSAGE, ACKNOWLEDGEMENT_TEMPLATE) or not known:
        raise wordings.UnknownTemplate(f"there is no notice {template!r}")
    clock = given.get("clock", "")
    # What the row tells is due next may be due by another clock.
    due = given.get("due") or (str(row.due_at or "") if clock in ("", row.due_clock) else "")
    told: dict[str, str] = {
        **_ticket(head, row, language),
        "subject": row.subject,
        "requester": row.requester_title,
        "person": row.last_word_by if template == "answered" else "",
        "words": row.last_word,
        "link": f"{settings.ORIGIN}/c/{head.home.prefix}/tickets/{row.number}/",
        **given,
        "due": language.instant_words(int(due), head.zone) if due.isdecimal() else due,
        "clock": language.clocks.get(clock, clock),
    }
    return {name: one_line(value)[:LONGEST_VALUE] for name, value in told.items() if name in known}


# ---- what all mails have ------------------------------------------------------------------


def _ticket(head: Letterhead, row: TicketRow, language: Language) -> dict[str, str]:
    return {
        "number": head.number(row),
        "company": one_line(head.home.title),
        "desk": head.desk(language),
    }


def _fields(
    head: Letterhead,
    language: Language,
    row: TicketRow,
    to: Sequence[Addressee],
    copies: Sequence[Addressee],
    subject: str,
    message_id: str,
    at: Instant,
    answers_to: str = "",
) -> list[Header]:
    desk = head.desk(language)
    fields = [
        ("From", headers.mailbox(head.address, desk)),
        ("To", headers.mailboxes([(each.address, each.title) for each in to])),
        ("Cc", headers.mailboxes([(each.address, each.title) for each in copies])),
        ("Reply-To", headers.mailbox(answers_to or reply_address(head.home, row), desk)),
        ("Subject", headers.text(one_line(subject)[:LONGEST_SUBJECT])),
        ("Date", format_datetime(datetime_of(at))),
        ("Message-ID", message_id),
    ]
    return [(name, value) for name, value in fields if value]


def _automatic(how: str) -> list[Header]:
    return [("Auto-Submitted", how), ("X-Auto-Response-Suppress", "All")]


def test_mail(mail_from: str, to: str) -> bytes:
    """A mail that says only that mail goes out. Raises ValueError for an address that is none."""
    home = Company(title="Commondesk", desk_address=mail_from)
    content = Content(
        language="en",
        title="A test of your desk",  # not for readers
        above="Commondesk",
        words="If you read this, your desk can send mail.",  # not for readers
        below="Nobody needs to answer this.",  # not for readers
    )
    fields = [
        ("From", headers.mailbox(mail_from, "Commondesk")),
        ("To", headers.mailbox(to, "")),
        ("Subject", content.title),
        ("Message-ID", new_message_id(home)),
        ("Auto-Submitted", "auto-generated"),
    ]
    return written.mail_bytes(fields, text_of(content), html_of(content))
