"""Text, HTML and files of a mail, gathered from its parts."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass, field
from pathlib import Path

from commondesk.core.texts import gettext_noop

from . import asymmetry, calendar_part, encoded_words, parts, remarks, safe_html, sensitive
from .headers import Headers, first
from .parts import Part
from .reports import Outcome
from .safe_html import SafeHtml
from .understood import Attached, Notes

LONGEST_TEXT = 500_000
STATUSES = ("message/delivery-status", "message/global-delivery-status")
PROTECTIONS = {
    **dict.fromkeys(("application/pkcs7-mime", "application/x-pkcs7-mime"), "smime"),
    **dict.fromkeys(("application/pkcs7-signature", "application/x-pkcs7-signature"), "smime"),
    **dict.fromkeys(("application/pgp-encrypted", "application/pgp-signature"), "pgp"),
}
RETURNED_MAIL = ("message/rfc822", "text/rfc822-headers", "message/global")


@dataclass(slots=True)
class Body:
    """What the parts amount to, while they are gathered."""

    folder: Path
    notes: Notes
    texts: list[str] = field(default_factory=list)
    pages: list[SafeHtml] = field(default_factory=list)
    bare_texts: list[str] = field(default_factory=list)
    files: list[Attached] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)
    enclosed: list[Headers] = field(default_factory=list)
    """The headers of the mails inside this one."""
    calendar: str = ""
    protection: str = ""
    has_remote_pictures: bool = False
    hides_words: bool = False
    is_alternative: bool = False
    """Text and HTML are two versions of one letter."""

    def take(self, part: Part) -> None:
        """Sort a part to where it belongs."""
        if _is_shown(part) and part.media_type == "text/plain":
            self._take_text(part)
        elif _is_shown(part) and part.media_type == "text/html":
            self._take_html(part)
        elif not part.media_type.startswith("multipart/") or part.body.strip(b"\r\n\t -"):
            content = part.content
            self._read(part, content)
            self._attach(content, self._name_of(part), part)

    @property
    def text(self) -> str:
        return "\n\n".join(text.strip("\n") for text in self.texts if text.strip())

    @property
    def bare_text(self) -> str:
        """What is left to read of HTML that is not shown."""
        return "\n\n".join(" ".join(text.split()) for text in self.bare_texts)

    @property
    def html(self) -> str:
        return "\n<hr>\n".join(page.html for page in self.pages if page.html.strip())

    @property
    def marked_html(self) -> str:
        """The HTML with the marks that its quotes bear."""
        return "\n<hr>\n".join(page.marked for page in self.pages if page.marked.strip())

    def _take_text(self, part: Part) -> None:
        text = part.text
        if len(text) > LONGEST_TEXT:
            self.notes.add(
                gettext_noop("its text is longer than we show; the whole of it is attached")
            )
            self._attach(part.content, "text.txt", part)
        if "-----BEGIN PGP " in text:
            self.protection = self.protection or "pgp"
        self.texts.append(text[:LONGEST_TEXT])
        self.is_alternative = "alternative" in part.inside

    def _take_html(self, part: Part) -> None:
        source = part.text
        if len(source) > safe_html.LARGEST or safe_html.is_too_deep(source):
            self.notes.add(
                gettext_noop("its HTML is larger or deeper than we show; it is attached")
            )
            self._attach(part.content, "mail.html", part)
            self.bare_texts.append(safe_html.bare_text_of(source[:LONGEST_TEXT]))
            return
        safe = safe_html.safe_html(source)
        self.pages.append(safe)
        if hidden := asymmetry.hidden_words(source):
            self.hides_words = True
            self.notes.add(remarks.HIDES_WORDS % {"words": hidden[:200]})
        if safe.has_remote_pictures:
            self.has_remote_pictures = True
            self.notes.add(
                gettext_noop("it names pictures that lie elsewhere; they are not fetched unasked")
            )

    def _read(self, part: Part, content: bytes) -> None:
        """What a part tells besides being a file."""
        kind = part.media_type
        if kind in STATUSES:
            self.outcome.read_status(content)
        elif kind == "message/disposition-notification":
            self.outcome.read_returned(content)
        elif kind in RETURNED_MAIL:
            self.outcome.read_returned(content)
            self.enclosed.append(_headers_inside(content))
        elif kind in ("text/calendar", "application/ics") and not self.calendar:
            self.calendar = calendar_part.line_of(part.text)
        self.protection = self.protection or PROTECTIONS.get(kind, "")

    def _name_of(self, part: Part) -> str:
        if part.file_name:
            return part.file_name
        if part.media_type == "message/rfc822":
            return f"{_subject_in(self.enclosed[-1]) or 'message'}.eml"
        ending = ".bin" if part.media_type.startswith("multipart/") else None
        return f"part{ending or mimetypes.guess_extension(part.media_type) or '.bin'}"

    def _attach(self, content: bytes, name: str, part: Part) -> None:
        place = f"{len(self.files):04}"
        self.folder.mkdir(mode=0o700, exist_ok=True)
        (self.folder / place).write_bytes(content)
        kind = sensitive.kind_of(name, part.media_type, content)
        self.files.append(
            Attached(
                place=place,
                name=name,
                media_type=part.media_type,
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                is_inline=part.disposition == "inline" or "related" in part.inside[-1:],
                content_id=first(part.headers, "content-id").strip().strip("<>")[:200],
                is_sensitive=kind,
            )
        )
        if kind:
            self.notes.add(remarks.FOR_FEW_EYES % {"name": name, "kind": kind})


def _is_shown(part: Part) -> bool:
    """True for what is part of the letter itself, not a file sent with it."""
    return part.disposition != "attachment" and not part.file_name


def _headers_inside(content: bytes) -> Headers:
    most = parts.MOST_PART_HEADER_BYTES
    return parts.headers_and_body(content, 0, len(content), most, Notes())[0]


def _subject_in(headers: Headers) -> str:
    subject = next(iter(headers.values("subject")), "")
    return parts.safe_name(encoded_words.decoded(subject[:1000]))[:100]
