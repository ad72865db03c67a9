"""`commondesk backup`: everything there is, in one file, while the desk goes on."""

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commondesk.cli.user_error import UserError

if TYPE_CHECKING:
    from commondesk.core.record.instant import Instant
    from commondesk.ledger.archive import Writer
    from commondesk.ledger.snapshot import Snapshot

NAME = "backup"
HELP = "write everything to one file that `commondesk restore` brings back, while the desk runs"
NEEDS_DATABASE = True
TRIES = 5
TOLD_EVERY = 2.0


class ErasedMeanwhile(Exception):
    """Words were erased after the snapshot was taken: it must not hold them."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("to", metavar="FILE|FOLDER", type=Path, help="what to write, or where")
    parser.add_argument(
        "--with-keys",
        action="store_true",
        help="include the private keys too: whoever has the file can then sign as this desk",
    )
    parser.add_argument(
        "--keep",
        metavar="DAYS",
        type=int,
        default=30,
        help="when the file is to be deleted (30); the file and `commondesk erase` say so",
    )


def run(args: argparse.Namespace) -> int:
    from commondesk.core.record.instant import DAY, datetime_of
    from commondesk.ledger import snapshot
    from commondesk.ledger.now import instant_now

    if snapshot.is_empty():
        raise UserError("there is no desk here: name its folder with COMMONDESK_DATA")
    if not 0 < args.keep <= 36_500:
        raise UserError("--keep takes a number of days, such as 30")
    at = instant_now()
    name = f"commondesk-{datetime_of(at):%Y%m%dT%H%M%SZ}.tar.gz"
    path = (args.to / name if args.to.is_dir() else args.to).absolute()
    if path.exists():
        raise UserError(f"{path} exists already: name another file, or a folder")
    try:
        made = backed_up(path, at=at, delete_at=at + args.keep * DAY, with_keys=args.with_keys)
    except OSError as problem:
        raise UserError(f"{path}: {problem.strerror or problem}; nothing was written") from None
    print("\n".join(made.told(path)))
    return 1 if made.missing else 0


@dataclass
class Made:
    """What was put into a backup."""

    at: "Instant"
    delete_at: "Instant"
    with_keys: bool
    snapshot: "Snapshot"
    files: int = 0
    same: dict[str, str] = field(default_factory=dict)
    """Mails whose bytes are in the archive under another name already."""
    gone: list[str] = field(default_factory=list)
    """Mails that were tidied away since: the record holds them, or nobody needs them."""
    missing: list[str] = field(default_factory=list)
    """Files that the database names and the disk does not have."""
    size: int = 0

    def manifest(self) -> dict[str, Any]:
        from commondesk import __version__
        from commondesk.core.record.instant import iso_of

        return {
            "commondesk": __version__,
            "taken_at": iso_of(self.at),
            "delete_at": iso_of(self.delete_at),
            "words": "Words erased after taken_at are still in this file: delete it at delete_at.",
            "kind": self.snapshot.kind,
            "migrations": self.snapshot.migrations,
            "columns": self.snapshot.columns,
            "counts": self.snapshot.counts,
            "heads": self.snapshot.heads,
            "with_keys": self.with_keys,
            "same": self.same,
            "gone": self.gone,
            "missing": self.missing,
        }

    def told(self, path: Path) -> Iterator[str]:
        from commondesk.core.record.instant import iso_of

        counts = self.snapshot.counts
        yield f"{path}: {self.size:,} bytes, read through and right"
        yield f"  {counts.get('ledger_entry', 0)} entries, {self.files} files, {self.snapshot.kind}"
        for company, (sequence, digest) in self.snapshot.heads.items():
            yield f"  head of {company}: entry {sequence} {digest}"
        if self.with_keys:
            yield "It holds the private keys: whoever has it can sign as this desk. Keep it locked."
        else:
            yield "It holds no private keys: keep those apart, or make it --with-keys."
        yield f"It holds all words of people. Delete it at {iso_of(self.delete_at)}."
        for each in self.missing:
            yield f"MISSING on this disk, and so in the backup: {each}"


# ---- writing ------------------------------------------------------------------------------


def backed_up(path: Path, *, at: "Instant", delete_at: "Instant", with_keys: bool) -> Made:
    """Write the file whole, or nothing. Raises OSError and UserError."""
    from commondesk.ledger import backups, files

    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        draft = Path(folder) / "archive"
        made = written(draft, Path(folder), at=at, delete_at=delete_at, with_keys=with_keys)
        read_through(draft, len(made.snapshot.members) + made.files)
        made.size = draft.stat().st_size
        try:
            # A link appears whole or not at all, and never replaces a file made meanwhile.
            path.hardlink_to(draft)
        except FileExistsError:
            raise UserError(f"{path} was made meanwhile: it was left as it is") from None
    files.sync_folder(path.parent)
    backups.note(backups.Backup(path, at, delete_at))
    return made


def written(
    draft: Path, folder: Path, *, at: "Instant", delete_at: "Instant", with_keys: bool
) -> Made:
    for _ in range(TRIES):
        room = folder / "snapshot"
        room.mkdir(mode=0o700)
        try:
            return _written(draft, room, at=at, delete_at=delete_at, with_keys=with_keys)
        except ErasedMeanwhile:
            say("words were erased meanwhile: beginning anew, without them")
            draft.unlink()
        finally:
            shutil.rmtree(room)
    raise UserError("words are being erased all the time: wait until that is over")


def _written(
    draft: Path, room: Path, *, at: "Instant", delete_at: "Instant", with_keys: bool
) -> Made:
    from commondesk.ledger import anchors, archive, snapshot, store

    for company in store.companies():
        anchors.write(company, at=at)
    # Before the database: an anchor must not tell of more than the record holds.
    anchored = {company: anchors.path_of(company).read_bytes() for company in anchors.companies()}
    say("the database")
    taken = snapshot.take(room, asked())
    made = Made(at, delete_at, with_keys, taken)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        writer = archive.Writer(out)
        for name in taken.members:
            writer.add_file(name, room / name)
            (room / name).unlink()
        add_files(writer, made)
        for company, lines in anchored.items():
            # What follows the last line feed is being written this moment.
            writer.add(f"anchors/{company}.jsonl", lines[: lines.rfind(b"\n") + 1])
        add_keys(writer, with_keys=with_keys)
        writer.finish(made.manifest())
        out.flush()
        os.fsync(out.fileno())
    return made


def asked() -> dict[str, str]:
    """The files that the database names."""
    from commondesk.intake.models import RawMail
    from commondesk.ledger.models import Words

    words, mails = Words._meta.db_table, RawMail._meta.db_table
    return {
        "files": f"SELECT id FROM {words} WHERE has_file AND erased_at IS NULL ORDER BY id",  # noqa: S608
        "mails": f"SELECT DISTINCT path FROM {mails} WHERE path <> '' ORDER BY path",  # noqa: S608
    }


# ---- files --------------------------------------------------------------------------------


def add_files(writer: "Writer", made: Made) -> None:
    """Add what the database named. A file added later does no harm; one removed since is told."""
    from commondesk.intake import raw_files
    from commondesk.ledger import files

    names = {
        **{f"files/{each[:2]}/{each}": files.path_of(each) for each in _answers(made, "files")},
        **{each: raw_files.path_of(each) for each in _answers(made, "mails")},
    }
    known: dict[tuple[int, int], str] = {}
    progress = Progress("files", len(names))
    for name, path in names.items():
        try:
            status = path.stat()
            first = known.setdefault((status.st_dev, status.st_ino), name)
            if first != name:
                made.same[name] = first
            else:
                writer.add_file(name, path)
                made.files += 1
        except FileNotFoundError:
            _note_absent(name, made)
        progress.step()


def _answers(made: Made, name: str) -> list[str]:
    return [str(row[0]) for row in made.snapshot.answers[name]]


def _note_absent(name: str, made: Made) -> None:
    """A file went since the snapshot was taken, or was missing before. Raises ErasedMeanwhile."""
    from commondesk.intake.models import RawMail
    from commondesk.ledger.models import Words

    kind, _, identity = name.rpartition("/")
    if kind.startswith("files/"):
        if Words.objects.filter(id=identity, erased_at__isnull=False).exists():
            raise ErasedMeanwhile
        made.missing.append(name)
    elif RawMail.objects.filter(path=name).exclude(state=RawMail.State.FILED).exists():
        made.missing.append(name)
    else:
        made.gone.append(name)


def add_keys(writer: "Writer", *, with_keys: bool) -> None:
    """The public keys, that anchors can be believed; the private ones if asked for."""
    from django.conf import settings

    data = Path(settings.DATA)
    for path in sorted((data / "keys").glob("*.pub")):
        writer.add(f"keys/{path.name}", path.read_bytes())
    if with_keys:
        writer.add("keys/anchor.key", (data / "keys" / "anchor.key").read_bytes())
        with contextlib.suppress(FileNotFoundError):
            writer.add("secret-key", (data / "secret-key").read_bytes())


# ---- what is told -------------------------------------------------------------------------


def read_through(path: Path, members: int) -> None:
    """Raises UserError where the disk did not keep what was written."""
    from commondesk.ledger import archive

    progress = Progress("members read through", members)
    try:
        archive.checked(path, told=lambda _: progress.step())
    except archive.Damaged as problem:
        raise UserError(f"what was written cannot be read again ({problem}): try again") from None


class Progress:
    """Says on stderr how far it is, now and then."""

    def __init__(self, what: str, count: int) -> None:
        self.what, self.count = what, count
        self.done, self.told_at = 0, time.monotonic()

    def step(self) -> None:
        self.done += 1
        if time.monotonic() - self.told_at >= TOLD_EVERY:
            self.told_at = time.monotonic()
            say(f"{self.done:,} of {max(self.count, self.done):,} {self.what}")


def say(text: str) -> None:
    print(f"{text} …", file=sys.stderr, flush=True)
