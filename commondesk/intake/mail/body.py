"""Text, HTML and files of a mail, gathered from its parts."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from dataclasses import dataclass, field
from pathlib import Path

from . import encoded_words, parts, safe_html
from .parts import Part
from .understood import Attached, Notes, Report

LONGEST_TEXT = 500_000
RETURNED_MAIL = ("message/rfc822", "text/rfc822-headers")
_FAILED = re.compile(rb"^action[ \t]*:[ \t]*failed", re.IGNORECASE | re.MULTILINE)
_RECIPIENT = re.compile(
    rb"^(?:final|original)-recipient[ \t]*:[ \t]*[a-z0-9-]+[ \t]*;[ \t]*<?([^\s<>]+)>?",
    re.IGNORECASE | re.MULTILINE,
)
_DIAGNOSES = tuple(
    re.compile(
        rb"^" + name + rb"[ \t]*:[ \t]*([^\r\n]+(?:\r?\n[ \t]+[^\r\n]+)*)", re.IGNORECASE | re.M
    )
    for name in (rb"diagnostic-code", rb"status")
)
_RETURNED_ID = re.compile(rb"^message-id[ \t]*:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]+>)", re.I | re.M)


@dataclass(slots=True)
class Body:
    """What the parts amount to, while they are gathered."""

    folder: Path
    notes: Notes
    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    bare_texts: list[str] = field(default_factory=list)
    files: list[Attached] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    returned_id: str = ""
    reason: str = ""

    def take(self, part: Part) -> None:
        """Sort a part to where it belongs."""
        if _is_shown(part) and part.media_type == "text/plain":
            self._take_text(part)
        elif _is_shown(part) and part.media_type == "text/html":
            self._take_html(part)
        elif not part.media_type.startswith("multipart/") or part.body.strip(b"\r\n\t -"):
            self._read_report(part)
            self._attach(part.content, _name_of(part), part)

    @property
    def text(self) -> str:
        return "\n\n".join(text.strip("\n") for text in self.texts if text.strip())

    @property
    def bare_text(self) -> str:
        """What is left to read of HTML that is not shown."""
        return "\n\n".join(" ".join(text.split()) for text in self.bare_texts)

    @property
    def html(self) -> str:
        return "\n<hr>\n".join(html for html in self.htmls if html.strip())

    @property
    def report(self) -> Report | None:
        if not (self.failed or self.returned_id or self.reason):
            return None
        return Report(tuple(dict.fromkeys(self.failed)), self.returned_id, self.reason)

    def _take_text(self, part: Part) -> None:
        text = part.text
        if len(text) > LONGEST_TEXT:
            self.notes.add("its text is longer than we show; the whole of it is attached")
            self._attach(part.content, "text.txt", part)
        self.texts.append(text[:LONGEST_TEXT])

    def _take_html(self, part: Part) -> None:
        source = part.text
        if len(source) > safe_html.LARGEST or safe_html.is_too_deep(source):
            self.notes.add("its HTML is larger or deeper than we show; it is attached")
            self._attach(part.content, "mail.html", part)
            self.bare_texts.append(safe_html.bare_text_of(source[:LONGEST_TEXT]))
            return
        safe = safe_html.safe_html(source)
        self.htmls.append(safe.html)
        if safe.has_remote_pictures:
            self.notes.add("pictures that lie elsewhere were left out")

    def _read_report(self, part: Part) -> None:
        if part.media_type == "message/delivery-status":
            self._read_status(part.content)
        elif "report" in part.inside and part.media_type in RETURNED_MAIL:
            self.returned_id = self.returned_id or _id_in(part.content[: parts.MOST_HEADER_BYTES])

    def _read_status(self, content: bytes) -> None:
        for block in re.split(rb"\r?\n[ \t]*\r?\n", content[: parts.MOST_HEADER_BYTES]):
            recipient = _RECIPIENT.search(block)
            if recipient and _FAILED.search(block):
                self.failed.append(recipient[1].decode("ascii", "replace").lower())
                self.reason = self.reason or _diagnosis_in(block)

    def _attach(self, content: bytes, name: str, part: Part) -> None:
        place = f"{len(self.files):04}"
        (self.folder / place).write_bytes(content)
        self.files.append(
            Attached(
                place=place,
                name=name,
                media_type=part.media_type,
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                is_inline=part.disposition == "inline" or "related" in part.inside[-1:],
                content_id=parts.first(part.headers, "content-id").strip().strip("<>")[:200],
            )
        )


def _id_in(headers: bytes) -> str:
    found = _RETURNED_ID.search(headers)
    return found[1].decode("ascii", "replace") if found else ""


def _diagnosis_in(block: bytes) -> str:
    """What the server said, or else its bare number."""
    found = next((hit for pattern in _DIAGNOSES if (hit := pattern.search(block))), None)
    return " ".join(found[1].decode("ascii", "replace").split())[:300] if found else ""


def _is_shown(part: Part) -> bool:
    """True for what is part of the letter itself, not a file sent with it."""
    return part.disposition != "attachment" and not part.file_name


def _name_of(part: Part) -> str:
    if part.file_name:
        return part.file_name
    if part.media_type == "message/rfc822":
        return f"{_subject_inside(part) or 'message'}.eml"
    ending = ".bin" if part.media_type.startswith("multipart/") else None
    return f"part{ending or mimetypes.guess_extension(part.media_type) or '.bin'}"


def _subject_inside(part: Part) -> str:
    content = part.content
    headers, _ = parts.headers_and_body(
        content, 0, len(content), parts.MOST_PART_HEADER_BYTES, Notes()
    )
    subject = next(iter(parts.values(headers, "subject")), "")
    return parts.safe_name(encoded_words.decoded(subject[:1000]))[:100]
