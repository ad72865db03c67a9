"""Puts letters that are about no ticket into the outbox, in the transaction of what they tell."""

from __future__ import annotations

from email.utils import format_datetime

from commondesk.accounts.letters import Letter
from commondesk.accounts.models import Company
from commondesk.core.record.instant import datetime_of
from commondesk.desk import silence
from commondesk.desk.mail import headers, written
from commondesk.desk.mail.addresses import desk_address, new_message_id
from commondesk.desk.mail.bodies import Content, html_of, text_of
from commondesk.desk.models import NOTHING, OutgoingMail

LONGEST_SUBJECT = 250


def carry(letter: Letter) -> None:
    """Queue a letter; nothing is queued for an address that is none."""
    if silence.is_kept() or not headers.is_plain_address(letter.address):
        return
    home = _home_of(letter)
    message_id = new_message_id(home)
    OutgoingMail.objects.create(
        company=letter.company or NOTHING,
        ticket=NOTHING,
        kind=OutgoingMail.Kind.LETTER,
        mail_from=desk_address(home),
        envelope_to=[letter.address],
        message_id=message_id,
        content=_mail(letter, home, message_id),
        next_attempt_at=letter.at,
        created_at=letter.at,
    )


def _home_of(letter: Letter) -> Company:
    """Whose desk writes: the letter's company, else the first; nobody's before there is one."""
    companies = Company.objects.order_by("is_sample", "prefix")
    found = companies.filter(uuid=letter.company) if letter.company else companies
    return found.first() or Company(title="Commondesk")


def _mail(letter: Letter, home: Company, message_id: str) -> bytes:
    subject = headers.one_line(letter.subject)[:LONGEST_SUBJECT]
    content = Content(
        language=letter.language,
        title=subject,
        above=letter.desk,
        words=letter.text,
        below=letter.below,
        link=letter.link,
    )
    fields = [
        ("From", headers.mailbox(desk_address(home), letter.desk)),
        ("To", headers.mailbox(letter.address, "")),
        ("Subject", headers.text(subject)),
        ("Date", format_datetime(datetime_of(letter.at))),
        ("Message-ID", message_id),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
    ]
    return written.mail_bytes(fields, text_of(content), html_of(content))
