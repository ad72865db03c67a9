"""A mail understood as far as it can be; what cannot is said, and nothing is lost."""

import hashlib
import re
from pathlib import Path

from commondesk.core.texts import gettext_noop

from . import (
    addresses,
    asymmetry,
    automatic,
    charsets,
    encoded_words,
    html_text,
    likeness,
    parts,
    reports,
    wordings,
)
from .body import Body
from .headers import Headers, media_type_of, parameter
from .html_text import HtmlText
from .letter.folds import Letter, letter_of
from .understood import Attached, Mailbox, Notes, Report, Understood

LONGEST_SUBJECT = 500
LONGEST_ID = 250
MOST_IDS = 100
MOST_TRACES = 20
LONGEST_TRACE = 4096
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
    subject = _subject(headers)
    rule = automatic.rule_for(headers, sender, envelope_from, subject)
    gathered = _gathered(raw, headers, body, folder, notes)
    answered, earlier = _ids(headers, "in-reply-to"), _ids(headers, "references")
    letter, differs = _letter(gathered, subject, bool(answered or earlier), notes)
    return Understood(
        sender=sender,
        sender_trouble=trouble,
        to=_mailboxes(headers, "to"),
        cc=_mailboxes(headers, "cc"),
        reply_to=_mailboxes(headers, "reply-to"),
        subject=subject,
        text=letter.text,
        visible=letter.visible,
        folds=letter.folds,
        html=gathered.html,
        has_remote_pictures=gathered.has_remote_pictures,
        attachments=tuple(gathered.files),
        message_id=next(iter(_ids(headers, "message-id")), ""),
        in_reply_to=answered,
        references=earlier,
        automatic=rule,
        is_alert=automatic.is_alert(headers, rule),
        is_answer_unwanted=automatic.is_answer_unwanted(headers, sender),
        report=_report(headers, gathered, subject, letter.text, rule),
        authentication_results=_traces(headers, "authentication-results"),
        received=_traces(headers, "received"),
        is_asymmetric=differs or gathered.hides_words,
        is_secret_code=wordings.is_secret_code(sender, subject, letter.text, bool(rule)),
        forwarded_from=letter.forwarded_from or _writer_inside(gathered, rule),
        language=letter.language,
        protection=_protection(headers, gathered, notes),
        calendar=gathered.calendar,
        wording=wordings.wording_of(subject),
        likeness=likeness.of(subject, letter.text),
        notes=tuple(notes.said),
    )


def understand_little(raw: bytes, folder: Path, envelope_from: str | None = None) -> Understood:
    """Headers and beginning alone, for a mail that broke the full reading; it is attached whole."""
    notes = Notes([gettext_noop("it could not be taken apart; it is attached as it came")])
    start = parts.start_of_mail(raw)
    headers, body = parts.headers_and_body(raw, start, len(raw), parts.MOST_HEADER_BYTES, notes)
    sender, trouble = _sender(headers)
    subject, text = _subject(headers), charsets.guessed(raw[body : body + 20_000])
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "0000").write_bytes(raw)
    whole = Attached(
        "0000", "mail.eml", "message/rfc822", len(raw), hashlib.sha256(raw).hexdigest()
    )
    return Understood(
        sender=sender,
        sender_trouble=trouble,
        subject=subject,
        text=text,
        visible=text,
        attachments=(whole,),
        message_id=next(iter(_ids(headers, "message-id")), ""),
        in_reply_to=_ids(headers, "in-reply-to"),
        references=_ids(headers, "references"),
        automatic=automatic.rule_for(headers, sender, envelope_from, subject),
        is_answer_unwanted=True,
        authentication_results=_traces(headers, "authentication-results"),
        received=_traces(headers, "received"),
        likeness=likeness.of(subject, text),
        notes=tuple(notes.said),
    )


def _gathered(raw: bytes, headers: Headers, start: int, folder: Path, notes: Notes) -> Body:
    body = Body(folder, notes)
    for part in parts.leaves(raw, headers, start, notes):
        body.take(part)
    return body


def _letter(body: Body, subject: str, is_answer: bool, notes: Notes) -> tuple[Letter, bool]:
    """The text as written, or else that of the HTML; and whether the two differ."""
    plain = _BLANK_START.sub("", body.text).rstrip("\n")
    page = html_text.text_of(body.marked_html) if body.pages else HtmlText()
    if not plain:
        text = page.text or body.bare_text
        return letter_of(text, subject=subject, is_answer=is_answer, quoted=page.quoted), False
    can_differ = body.is_alternative and bool(page.text)
    differs = can_differ and asymmetry.differ(plain, page.text, body.html)
    if differs:
        notes.add(
            gettext_noop(
                "its text and its HTML say different things; the text is what the desk shows"
            )
        )
    return letter_of(plain, subject=subject, is_answer=is_answer), differs


def _sender(headers: Headers) -> tuple[Mailbox | None, str]:
    try:
        return addresses.sole_mailbox(
            [value[:MOST_ADDRESS_BYTES] for value in map(_one_line, headers.values("from"))]
        ), ""
    except addresses.Ambiguous as doubt:
        return None, str(doubt)


def _mailboxes(headers: Headers, name: str) -> tuple[Mailbox, ...]:
    lines = map(_one_line, headers.values(name))
    return addresses.mailboxes([line[:MOST_ADDRESS_BYTES] for line in lines])


def _one_line(value: str) -> str:
    """Unfolded, read as UTF-8; other raw bytes stay surrogates, which no address may hold."""
    raw = re.sub(r"\r?\n(?=[ \t])", "", value).encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "surrogateescape")


def _subject(headers: Headers) -> str:
    value = next((each for each in headers.values("subject") if each.strip()), "")
    return encoded_words.decoded(value[: 20 * LONGEST_SUBJECT])[:LONGEST_SUBJECT].strip()


def _traces(headers: Headers, name: str) -> tuple[str, ...]:
    """What servers on the way wrote, each in one line, the last server first."""
    lines = headers.values(name)[:MOST_TRACES]
    return tuple(
        " ".join(charsets.clean(encoded_words.raw_text(each[:LONGEST_TRACE])).split())
        for each in lines
    )


def _ids(headers: Headers, name: str) -> tuple[str, ...]:
    """The ids of a line such as References, each once; beyond the limit the first and the last."""
    text = " ".join(headers.values(name))[:MOST_ADDRESS_BYTES]
    found = _ID.findall(text) or [f"<{bare}>" for bare in _BARE_ID.findall(text)]
    ids = list(dict.fromkeys(each for each in found if len(each) <= LONGEST_ID))
    return tuple(ids if len(ids) <= MOST_IDS else ids[:1] + ids[1 - MOST_IDS :])


def _writer_inside(body: Body, rule: str) -> Mailbox | None:
    """Who wrote the mail that is attached, where it is one and a person sent it on."""
    if rule or len(body.enclosed) != 1:
        return None
    return _sender(body.enclosed[0])[0]


def _protection(headers: Headers, body: Body, notes: Notes) -> str:
    """What it is encrypted or signed with. Signatures are not checked, nothing is decrypted."""
    kind = media_type_of(headers)
    protocol = parameter(headers, "content-type", "protocol").lower()
    is_encrypted = (
        kind == "multipart/encrypted"
        or "enveloped" in parameter(headers, "content-type", "smime-type").lower()
        or "-----BEGIN PGP MESSAGE-----" in body.text
    )
    if is_encrypted:
        notes.add(gettext_noop("it is encrypted: the desk cannot read it and keeps it as it came"))
    return body.protection or next(
        (name for word, name in (("pgp", "pgp"), ("pkcs7", "smime")) if word in protocol), ""
    )


def _report(headers: Headers, body: Body, subject: str, text: str, rule: str) -> Report | None:
    """Only a report tells of deliveries; one that a person forwards is a file like others."""
    if media_type_of(headers) == "multipart/report":
        return body.outcome.report()
    if not rule:
        return None
    named = ",".join(headers.values("x-failed-recipients"))[:MOST_ADDRESS_BYTES].split(",")
    if not any(named) and not automatic.is_of_a_server(rule):
        return None
    return reports.report_in_words(subject, text, named, body.outcome.returned_id)
