"""All mails on hold as they came, in one archive that is made while it is sent."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator

from commondesk.core.record.instant import Instant, datetime_of
from commondesk.intake import raw_files
from commondesk.intake.models import RawMail

BLOCK = 256 * 1024


class _Spout(io.RawIOBase):
    """Takes what is written and hands it on in pieces; nothing can be sought in it."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, block: object) -> int:
        piece = bytes(block)  # type: ignore[call-overload]
        self._pieces.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def archive(mails: Iterable[RawMail]) -> Iterator[bytes]:
    """The pieces of a zip file with one .eml a mail. Mails whose bytes are gone are left out."""
    spout = _Spout()
    with zipfile.ZipFile(spout, "w", zipfile.ZIP_STORED) as packed:
        for mail in mails:
            yield from _packed(packed, spout, mail)
    yield spout.taken()


def _packed(packed: zipfile.ZipFile, spout: _Spout, mail: RawMail) -> Iterator[bytes]:
    try:
        source = raw_files.path_of(mail.path).open("rb")
    except (FileNotFoundError, ValueError):
        return
    entry = zipfile.ZipInfo(name_of(mail), _moment(mail.received_at))
    entry.external_attr = 0o600 << 16
    with source, packed.open(entry, "w", force_zip64=True) as target:
        while block := source.read(BLOCK):
            target.write(block)
            yield spout.taken()


def name_of(mail: RawMail) -> str:
    """What a saved mail is called: nothing in the name comes from its sender."""
    return f"mail-{mail.pk}.eml"


def _moment(at: Instant) -> tuple[int, int, int, int, int, int]:
    moment = datetime_of(at)
    return (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
