"""A mail on hold as a person looks at it: read anew each time by the child, nothing of it kept."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from commondesk.intake import envelopes, parse, raw_files
from commondesk.intake.mail.understood import Mailbox, Understood
from commondesk.intake.models import RawMail

LONGEST_TEXT = 20_000
MOST_PEOPLE = 10
MOST_FILES = 50
MOST_NOTES = 10
REMEMBERED = 32


@dataclass(frozen=True, slots=True)
class File:
    """A file of the mail, by name only: it is not handed out from here."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Look:
    """What the mail says, as plain text. All of it was chosen by whoever sent it."""

    sender: str
    sender_name: str
    sender_trouble: str
    subject: str
    text: str
    is_cut: bool
    to: tuple[str, ...]
    copied: tuple[str, ...]
    answers_to: tuple[str, ...]
    files: tuple[File, ...]
    more_files: int
    automatic: str
    notes: tuple[str, ...]


def look_at(mail: RawMail) -> Look | None:
    """What a mail says; None where it cannot be read, or its bytes are gone."""
    # What is remembered goes with the bytes.
    if not mail.path or not raw_files.path_of(mail.path).exists():
        return None
    try:
        return _read(mail.path, envelopes.sender_of(mail))
    except (parse.Unreadable, OSError):
        return None


@lru_cache(maxsize=REMEMBERED)
def _read(place: str, envelope_from: str | None) -> Look:
    with tempfile.TemporaryDirectory(prefix="commondesk-look-") as folder:
        said = parse.parse(raw_files.path_of(place), Path(folder), envelope_from)
    return _look_of(said)


def _look_of(said: Understood) -> Look:
    sender = said.sender or Mailbox("")
    text = said.text.strip("\n")
    files = tuple(File(each.name, each.size) for each in said.attachments[:MOST_FILES])
    return Look(
        sender=sender.address,
        sender_name=sender.name,
        sender_trouble=said.sender_trouble,
        subject=said.subject,
        text=text[:LONGEST_TEXT],
        is_cut=len(text) > LONGEST_TEXT,
        to=_addresses(said.to),
        copied=_addresses(said.cc),
        answers_to=tuple(each for each in _addresses(said.reply_to) if each != sender.address),
        files=files,
        more_files=len(said.attachments) - len(files),
        automatic=said.automatic,
        notes=said.notes[:MOST_NOTES],
    )


def _addresses(people: tuple[Mailbox, ...]) -> tuple[str, ...]:
    return tuple(each.address for each in people[:MOST_PEOPLE])
