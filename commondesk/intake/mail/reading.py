"""A mail understood as far as it can be; what cannot is said, and nothing is lost."""

import hashlib
import re
from email.message import Message
from pathlib import Path

from . import addresses, automatic, charsets, encoded_words, parts, safe_html
from .body import Body
from .understood import Attached, Mailbox, Notes, Report, Understood
from .visible_reply import visible_reply

LONGEST_SUBJECT = 500
LONGEST_ID = 250
MOST_IDS = 100
MOST_ADDRESS_BYTES = 64 * 1024
_ID = re.compile(r"<[!-;=?-~]+>")
_BLANK_START = re.compile(r"\A(?:[^\S\n]*\n)+")
_BARE_ID = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")


def understand(raw: bytes, folder: Path, envelope_from: str | None = None) -> Understood:
    """What the mail says. Its files go to the folder. envelope_from is "" for SMTP's `<>`."""
    notes = Notes()
    start = parts.start_of_mail(raw)
    headers, body = parts.headers_and_body(raw, start, len(raw), parts.MOST_HEADER_BYTES, notes)
    sender, trouble = _sender(headers)
    rule = automatic.rule_for(headers, sender, envelope_from)
    gathered = _gathered(raw, headers, body, folder, notes)
    text = _text(gathered, notes)
    return Understood(
        sender=sender,
        sender_trouble=trouble,
        to=_mailboxes(headers, "to"),
        cc=_mailboxes(headers, "cc"),
        reply_to=_mailboxes(headers, "reply-to"),
        subject=_subject(headers),
        text=text,
        visible=visible_reply(text),
        html=gathered.html,
        attachments=tuple(gathered.files),
        message_id=next(iter(_ids(headers, "message-id")), ""),
        in_reply_to=_ids(headers, "in-reply-to"),
        references=_ids(headers, "references"),
        automatic=rule,
        is_alert=automatic.is_alert(headers, rule),
        is_answer_unwanted=automatic.is_answer_unwanted(headers, sender),
        report=_report(headers, gathered),
        notes=tuple(notes.said),
    )


def understand_little(raw: bytes, folder: Path, envelope_from: str | None = None) -> Understood:
    """Headers and beginning alone, for a mail that broke the full reading; it is attached whole."""
    notes = Notes(["it could not be taken apart; it is attached as it came"])
    start = parts.start_of_mail(raw)
    headers, body = parts.headers_and_body(raw, start, len(raw), parts.MOST_HEADER_BYTES, notes)
    sender, trouble = _sender(headers)
    text = charsets.guessed(raw[body : body + 20_000])
    (folder / "0000").write_bytes(raw)
    whole = Attached(
        "0000", "mail.eml", "message/rfc822", len(raw), hashlib.sha256(raw).hexdigest()
    )
    return Understood(
        sender=sender,
        sender_trouble=trouble,
        subject=_subject(headers),
        text=text,
        visible=text,
        attachments=(whole,),
        message_id=next(iter(_ids(headers, "message-id")), ""),
        in_reply_to=_ids(headers, "in-reply-to"),
        references=_ids(headers, "references"),
        automatic=automatic.rule_for(headers, sender, envelope_from),
        is_answer_unwanted=True,
        notes=tuple(notes.said),
    )


def _gathered(raw: bytes, headers: Message, start: int, folder: Path, notes: Notes) -> Body:
    body = Body(folder, notes)
    for part in parts.leaves(raw, headers, start, notes):
        body.take(part)
    return body


def _text(body: Body, notes: Notes) -> str:
    """The text as written, or else that of the HTML."""
    found = body.text or _text_of_html(body.html, notes) or body.bare_text
    return _BLANK_START.sub("", found).rstrip("\n")


def _text_of_html(html: str, notes: Notes) -> str:
    try:
        return safe_html.text_of(html)
    except (RecursionError, ValueError, AssertionError):
        notes.add("its HTML could not be turned into text")
        return ""


def _sender(headers: Message) -> tuple[Mailbox | None, str]:
    try:
        return addresses.sole_mailbox(
            [value[:MOST_ADDRESS_BYTES] for value in map(_one_line, parts.values(headers, "from"))]
        ), ""
    except addresses.Ambiguous as doubt:
        return None, str(doubt)


def _mailboxes(headers: Message, name: str) -> tuple[Mailbox, ...]:
    lines = map(_one_line, parts.values(headers, name))
    return addresses.mailboxes([line[:MOST_ADDRESS_BYTES] for line in lines])


def _one_line(value: str) -> str:
    """Unfolded, read as UTF-8; other raw bytes stay surrogates, which no address may hold."""
    raw = re.sub(r"\r?\n(?=[ \t])", "", value).encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "surrogateescape")


def _subject(headers: Message) -> str:
    value = next((each for each in parts.values(headers, "subject") if each.strip()), "")
    return encoded_words.decoded(value[: 20 * LONGEST_SUBJECT])[:LONGEST_SUBJECT].strip()


def _ids(headers: Message, name: str) -> tuple[str, ...]:
    """The ids of a line such as References, each once; beyond the limit the first and the last."""
    text = " ".join(parts.values(headers, name))[:MOST_ADDRESS_BYTES]
    found = _ID.findall(text) or [f"<{bare}>" for bare in _BARE_ID.findall(text)]
    ids = list(dict.fromkeys(each for each in found if len(each) <= LONGEST_ID))
    return tuple(ids if len(ids) <= MOST_IDS else ids[:1] + ids[1 - MOST_IDS :])


def _report(headers: Message, body: Body) -> Report | None:
    """Only a report tells of failed deliveries; a forwarded one is a file like others."""
    return body.report if parts.media_type_of(headers) == "multipart/report" else None
