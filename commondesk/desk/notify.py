"""Composes the mails that go out, in the transaction of the message they carry."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterable, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.html import format_html, format_html_join

from commondesk.accounts.models import Company, Person
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.events import Attachment, MessageWritten
from commondesk.core.record.instant import Instant, datetime_of
from commondesk.desk import wording
from commondesk.desk.models import MailRef, OutgoingMail, TicketRow
from commondesk.ledger import words
from commondesk.ledger.store import Recorded

ACKNOWLEDGEMENT = Actor("acknowledgement", Side.MACHINE)

MOST_REFERENCES = 50
LONGEST_SUBJECT = 250
SIGNATURE_BYTES = 12  # 96 bits
LONGEST_LOCAL_PART = 64
# Message-IDs must never be folded or encoded, and Python does so with words beyond this length.
_POLICY = SMTP.clone(max_line_length=900)
_UNFIT_FOR_A_HEADER = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_PLAIN = r"[^\s<>()\[\]\\,;:@\"\x00-\x1f\x7f]+"
_PLAIN_ADDRESS = re.compile(f"{_PLAIN}@{_PLAIN}")
_REPLY_TAG = re.compile(r"\+t-([a-z0-9-]+)-([0-9]{1,9})\.([a-z2-7]{20})@", re.IGNORECASE)


def after(company: UUID, row: TicketRow, recorded: Sequence[Recorded], at: Instant) -> None:
    """Queue a mail for each public message among these events. Belongs into their transaction."""
    for each in recorded:
        if isinstance(each.event.body, MessageWritten):
            queue_message(company, row, each.event.body, each.event.actor, at=at)


def queue_message(
    company: UUID, row: TicketRow, body: MessageWritten, actor: Actor, *, at: Instant
) -> OutgoingMail | None:
    """Queue the mail of a message; None where nobody it is for has an address."""
    people = recipients_of(company, row, body)
    if not people:
        return None
    home = Company.objects.get(uuid=company)
    message_id = new_message_id(home)
    mail = _composed(home, row, body, actor, people, at)
    mail["Message-ID"] = message_id
    _add_thread(mail, row)
    MailRef.objects.create(
        company=company,
        message_id=message_id,
        ticket=row.uuid,
        message=body.message,
        emitted=True,
    )
    return OutgoingMail.objects.create(
        company=company,
        ticket=row.uuid,
        message=body.message,
        mail_from=desk_address(home),
        envelope_to=[person.address for person in people],
        message_id=message_id,
        content=_bytes_of(mail),
        next_attempt_at=at,
        created_at=at,
    )


class UnsafeMail(ValueError):
    """A header would have become two. one_line prevents it; this is the second lock."""


def _bytes_of(mail: EmailMessage) -> bytes:
    content = mail.as_bytes()
    head = content.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    if names != [name.encode() for name in mail]:
        raise UnsafeMail("a header of this mail would have become two")
    return content


def recipients_of(company: UUID, row: TicketRow, body: MessageWritten) -> list[Person]:
    """The people a message is for that have an address; the requester if it names nobody."""
    wanted = [UUID(each) for each in body.to] or [row.requester]
    members = Person.objects.filter(
        uuid__in=wanted, memberships__company_id=company, memberships__is_active=True
    )
    found = {person.uuid: person for person in members if _can_be_mailed(person)}
    return [found[each] for each in dict.fromkeys(wanted) if each in found]


def _can_be_mailed(person: Person) -> bool:
    return person.is_active and is_plain_address(person.address or "")


def acknowledgement_text(row: TicketRow) -> str:
    """What the first automatic answer says. It repeats nothing that the sender wrote.

    Whoever forges a sender could else make the desk carry his words to that address.
    """
    home = Company.objects.get(uuid=row.company)
    return (
        f"Thank you. We have your request; it is {home.prefix}-{row.number}.\n\n"
        f"What happens next: {_promise(row, ZoneInfo(home.zone))}\n\n"
        "If you want to add something, just answer this mail."
    )


def _promise(row: TicketRow, zone: ZoneInfo) -> str:
    if row.due_at is None or row.due_clock not in ("response", "resolution"):
        return "a person reads it and answers you."
    by_when = f"{wording.full_words(row.due_at, zone)} ({zone.key})"
    if row.due_clock == "response":
        return f"a person reads it and answers you, by {by_when} at the latest."
    return f"a person takes care of it and has it solved by {by_when} at the latest."


# ---- addresses and ids --------------------------------------------------------------------


def desk_address(home: Company) -> str:
    """The address that a company's desk writes from."""
    if home.desk_address:
        return home.desk_address
    host = urlsplit(str(settings.ORIGIN)).hostname or ""
    is_name = re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]+", host)
    return f"support@{host if is_name else 'localhost'}"


def new_message_id(home: Company) -> str:
    """An id that nobody can guess: 128 random bits."""
    return f"<{secrets.token_hex(16)}@{_ascii(desk_address(home)).rpartition('@')[2]}>"


def reply_address(home: Company, row: TicketRow) -> str:
    """The desk's address with a signed tag that says which ticket an answer belongs to."""
    local, _, domain = desk_address(home).rpartition("@")
    tag = f"{home.prefix.lower()}-{row.number}.{_signature(home.uuid, row.uuid)}"
    tagged = f"{local}+t-{tag}"
    return f"{tagged if len(tagged) <= LONGEST_LOCAL_PART else local}@{domain}"


def ticket_of_reply_address(address: str) -> TicketRow | None:
    """The ticket that an address of ours was made for; None unless we signed it."""
    found = _REPLY_TAG.search(address)
    home = Company.objects.filter(prefix__iexact=found[1]).first() if found else None
    if found is None or home is None:
        return None
    row = TicketRow.objects.filter(company=home.uuid, number=int(found[2])).first()
    if row and constant_time_compare(found[3].lower(), _signature(home.uuid, row.uuid)):
        return row
    return None


def _signature(company: UUID, ticket: UUID) -> str:
    signed = salted_hmac("commondesk.reply_address", f"{company}:{ticket}", algorithm="sha256")
    return base64.b32encode(signed.digest()[:SIGNATURE_BYTES]).decode().rstrip("=").lower()


# ---- the mail itself ----------------------------------------------------------------------


def _composed(
    home: Company,
    row: TicketRow,
    body: MessageWritten,
    actor: Actor,
    people: Sequence[Person],
    at: Instant,
) -> EmailMessage:
    is_international = not all(str(person.address).isascii() for person in people)
    mail = EmailMessage(policy=_POLICY.clone(utf8=True) if is_international else _POLICY)
    mail["From"] = _mailbox(desk_address(home), f"{home.title} desk")
    mail["To"] = [_mailbox(str(person.address), person.title) for person in people]
    mail["Reply-To"] = _mailbox(reply_address(home, row), f"{home.title} desk")
    mail["Subject"] = _subject(home, row, actor)
    mail["Date"] = format_datetime(datetime_of(at))
    if not actor.is_person:
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
    _add_text(mail, words.text(body.text) or "", _closing(home, row, actor))
    for attachment in body.attachments:
        _attach(mail, home.uuid, attachment)
    return mail


def test_mail(mail_from: str, to: str) -> bytes:
    """A mail that says only that mail goes out. Raises ValueError for an address that is none."""
    addresses_in_wire_form([to])
    mail = EmailMessage(policy=_POLICY)
    mail["From"], mail["To"] = _mailbox(mail_from, "Commondesk"), _mailbox(to, "")
    mail["Subject"] = "A test of your desk"
    mail["Message-ID"] = f"<{secrets.token_hex(16)}@{_ascii(mail_from).rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("If you read this, your desk can send mail.\n")
    return _bytes_of(mail)


def _subject(home: Company, row: TicketRow, actor: Actor) -> str:
    tag = f"[{home.prefix}-{row.number}]"
    if not actor.is_person:
        return f"{tag} We have your request"
    subject = re.sub(rf"^(?:\s*re\s*:|\s*{re.escape(tag)})+\s*", "", row.subject, flags=re.I)
    return one_line(f"Re: {tag} {subject}")[:LONGEST_SUBJECT]


def _closing(home: Company, row: TicketRow, actor: Actor) -> str:
    writer = Person.objects.filter(uuid=UUID(actor.id)).first() if actor.is_person else None
    names = [writer.title] if writer else []
    return " · ".join([*names, f"{home.title} desk", f"{home.prefix}-{row.number}"])


def _add_text(mail: EmailMessage, text: str, closing: str) -> None:
    plain = words.storable(text).replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    mail.set_content(f"{plain}\n\n-- \n{one_line(closing)}\n")
    mail.add_alternative(_html(plain, closing), subtype="html")


def _html(text: str, closing: str) -> str:
    """The same text with its lines and indents kept; markup in it stays text."""
    paragraphs = format_html_join(
        "\n",
        '<p style="white-space: pre-wrap; margin: 0 0 1em">{}</p>',
        ([part.strip("\n")] for part in re.split(r"\n{2,}", text)),
    )
    return format_html(
        '<!doctype html>\n<html><body style="font-family: sans-serif">\n{}\n'
        '<p style="color: #666">{}</p>\n</body></html>\n',
        paragraphs,
        closing,
    )


def _attach(mail: EmailMessage, company: UUID, attachment: Attachment) -> None:
    try:
        with words.open_file(attachment.id, company=company) as file:
            content = file.read()
    except (words.ErasedWords, words.UnknownWords, FileNotFoundError):
        return
    main, _, sub = one_line(attachment.media_type).partition("/")
    is_opaque = not re.fullmatch(r"[a-z0-9.+-]+/[a-z0-9.+-]+", attachment.media_type) or main in (
        "multipart",
        "message",
    )
    mail.add_attachment(
        content,
        maintype="application" if is_opaque else main,
        subtype="octet-stream" if is_opaque else sub,
        filename=one_line(words.text(attachment.name) or "file"),
    )


def _add_thread(mail: EmailMessage, row: TicketRow) -> None:
    """In-Reply-To names the last mail that came in, References every mail up to that one."""
    refs = list(
        MailRef.objects.filter(ticket=row.uuid).order_by("id").values_list("message_id", "emitted")
    )
    if not refs:
        return
    came = [place for place, (_, is_ours) in enumerate(refs) if not is_ours]
    until = came[-1] if came else len(refs) - 1
    chain = [message_id for message_id, _ in refs[: until + 1]]
    mail["In-Reply-To"] = chain[-1]
    mail["References"] = " ".join(_shortened(chain))


def _shortened(chain: list[str]) -> list[str]:
    """The first, which names the thread, and the latest."""
    return chain if len(chain) <= MOST_REFERENCES else chain[:1] + chain[1 - MOST_REFERENCES :]


def _mailbox(address: str, title: str) -> Address:
    local, _, domain = _ascii(address).rpartition("@")
    return Address(display_name=one_line(title), username=local, domain=domain)


def _ascii(address: str) -> str:
    """The address with its domain as it travels."""
    local, _, domain = one_line(address).rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{local}@{domain}"


def one_line(text: str) -> str:
    """Text that can stand in a header: without line ends and controls it cannot add another.

    Python decodes encoded words in what it is given, line ends in them too: there are none here.
    """
    return " ".join(_UNFIT_FOR_A_HEADER.sub(" ", text).replace("=?", "= ?").split())


def is_plain_address(address: str) -> bool:
    """True for what nobody can read as another address; Python's smtplib picks out odd ones."""
    return _PLAIN_ADDRESS.fullmatch(address) is not None


def addresses_in_wire_form(addresses: Iterable[str]) -> list[str]:
    """Envelope addresses as SMTP wants them. Raises ValueError for one that is not plain."""
    written = [_ascii(address) for address in addresses]
    if odd := [address for address in written if not is_plain_address(address)]:
        raise ValueError(f"{odd[0]!r} is no mail address")
    return written
