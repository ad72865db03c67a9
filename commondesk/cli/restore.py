"""`commondesk restore`: bring a backup back, into an empty place alone, and check what came."""

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from commondesk.cli import replay
from commondesk.cli.backup import Progress, say
from commondesk.cli.user_error import UserError
from commondesk.cli.verify import told as verified

if TYPE_CHECKING:
    from commondesk.ledger.archive import Checked

NAME = "restore"
HELP = "bring a backup back into an empty place, and verify all that came"
NEEDS_DATABASE = True
FOLDERS = ("files", "mail", "anchors", "keys")
_FORGET_MAIL = "UPDATE intake_rawmail SET path = '' WHERE path = %s"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="what `commondesk backup` wrote")


def run(args: argparse.Namespace) -> int:
    from commondesk.ledger import archive, snapshot

    try:
        read = Progress("members read through", 0)
        found = archive.checked(args.file, told=lambda _: read.step())
        refuse_unfit_place(found.manifest)
        brought_back(args.file, found)
    except archive.Damaged as problem:
        raise UserError(f"{args.file} is damaged: {problem}. Nothing was restored.") from None
    except snapshot.NotLoaded as problem:
        raise UserError(f"{args.file}: {problem}. Nothing was restored.") from None
    except OSError as problem:
        where = problem.filename or args.file
        raise UserError(f"{where}: {problem.strerror or problem}. Nothing was restored.") from None
    bring_up_to_date()
    return 0 if is_well(found.manifest) else 1


def refuse_unfit_place(manifest: dict[str, Any]) -> None:
    """Raises UserError. What is here already is never touched."""
    from django.conf import settings

    from commondesk.ledger import snapshot

    here, data = snapshot.kind_here(), Path(settings.DATA)
    if manifest["kind"] != here:
        ways = {
            snapshot.SQLITE: "leave COMMONDESK_DATABASE_URL out",
            snapshot.POSTGRESQL: "let COMMONDESK_DATABASE_URL name an empty PostgreSQL database",
        }
        way = ways.get(manifest["kind"], "use the Commondesk it came of")
        raise UserError(f"this backup is of {manifest['kind']} and the place is of {here}: {way}")
    if not snapshot.is_empty():
        raise UserError(
            "there is a desk here already, and it was left as it is: name an empty folder with"
            " COMMONDESK_DATA (and an empty database with COMMONDESK_DATABASE_URL)"
        )
    for name in FOLDERS:
        if any(each.is_file() for each in (data / name).rglob("*")):
            raise UserError(f"{data / name} holds files, which were left: name an empty folder")


# ---- bringing it back ---------------------------------------------------------------------


def brought_back(path: Path, found: "Checked") -> None:
    """Put all of it in its place, or nothing. Raises Damaged, NotLoaded and OSError."""
    from django.conf import settings

    from commondesk.ledger import archive, snapshot

    data, manifest = Path(settings.DATA), found.manifest
    migrations = [(app, name) for app, name in manifest["migrations"]]
    snapshot.refuse_newer(migrations)
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=data) as folder:
        room = Path(folder)
        progress = Progress("members unpacked", len(found.members))
        archive.unpack(path, found, room, told=lambda _: progress.step())
        for name, first in manifest["same"].items():
            (room / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            (room / name).hardlink_to(room / first)
        say("the database")
        gone = [[name] for name in manifest["gone"]]
        if manifest["kind"] == snapshot.SQLITE:
            put_sqlite(room, data, manifest, gone)
        else:
            put_postgresql(room, data, manifest, migrations, gone)


def put_sqlite(room: Path, data: Path, manifest: dict[str, Any], gone: list[list[str]]) -> None:
    """The database last: until it is there, nothing is."""
    from commondesk.ledger import files, snapshot

    draft, place = room / snapshot.DATABASE, snapshot.sqlite_path()
    snapshot.check_sqlite(draft, manifest["counts"])
    if gone:
        snapshot.change_sqlite(draft, _FORGET_MAIL, gone)
    files.sync(draft)
    with put_files(room, data):
        for suffix in ("-wal", "-shm"):
            place.with_name(place.name + suffix).unlink(missing_ok=True)
        draft.replace(place)
        files.sync_folder(place.parent)


def put_postgresql(
    room: Path,
    data: Path,
    manifest: dict[str, Any],
    migrations: list[tuple[str, str]],
    gone: list[list[str]],
) -> None:
    from commondesk.ledger import snapshot, tables

    columns = manifest["columns"]
    with put_files(room, data), snapshot.loaded(room, migrations, columns, manifest["counts"]):
        for name in gone:
            tables.execute(_FORGET_MAIL, *name)


@contextmanager
def put_files(room: Path, data: Path) -> Iterator[None]:
    """Files are in their place, durable, while the block runs; if it fails they are gone again."""
    put: list[Path] = []
    try:
        for name in FOLDERS:
            if (room / name).exists():
                shutil.rmtree(data / name, ignore_errors=True)  # it has no file in it
                put.append(data / name)
                (room / name).replace(data / name)
                _sync_all(data / name)
        yield
    except BaseException:
        for each in put:
            shutil.rmtree(each, ignore_errors=True)
        raise
    if (room / "secret-key").exists():
        (room / "secret-key").replace(data / "secret-key")
    _sync_all(data / "keys")


def _sync_all(folder: Path) -> None:
    from commondesk.ledger import files

    for each in (*folder.rglob("*"), folder, folder.parent):
        if each.exists():
            files.sync(each)


def bring_up_to_date() -> None:
    """Let the database and its rows follow to this version, and believe the anchors of before."""
    from django.core.management import call_command

    from commondesk.desk import projections
    from commondesk.ledger import keys, store

    call_command("migrate", verbosity=0, skip_checks=True)
    projections.catch_up()
    public = keys.folder() / "anchor.pub"
    if public.exists() and not (keys.folder() / "anchor.key").exists():
        # Without its private half it is a key of before: this place gets one of its own.
        name = keys.read_public(public)
        public.unlink()
        for company in store.companies():
            keys.trust(name, company)


# ---- whether it is all there --------------------------------------------------------------


def is_well(manifest: dict[str, Any]) -> bool:
    """Verify what came, and tell what was found."""
    from commondesk.ledger import store, verify

    is_sound = True
    for company in store.companies():
        report = verify.verify(company)
        print("\n".join(verified(report, is_quick=False)))
        head = (report.head.sequence, report.head.digest)
        wanted = tuple(manifest["heads"].get(str(company), ()))
        if head != wanted:
            print(f"  fault: the backup was taken at {wanted}, and this is {head}")
        is_equal = replay.check(company)
        is_sound = is_sound and report.is_sound and head == wanted and is_equal
    for lost in set(manifest["heads"]) - {str(each) for each in store.companies()}:
        print(f"{UUID(lost)}: is not there")
        is_sound = False
    for name in manifest["missing"]:
        print(f"missing when the backup was made: {name}")
        is_sound = False
    print("\n".join(summed_up(manifest, is_sound=is_sound)))
    return is_sound


def summed_up(manifest: dict[str, Any], *, is_sound: bool) -> Iterator[str]:
    rows, members = sum(manifest["counts"].values()), len(manifest["members"])
    state = "restored, verified and whole" if is_sound else "restored, but NOT SOUND: see above"
    yield f"The backup of {manifest['taken_at']} is {state}: {rows} rows, {members} members."
    if not manifest["with_keys"]:
        yield (
            "It came without private keys: put secret-key back, or people sign in again and the"
            " passwords of mailboxes are given again with `commondesk mailbox imap`."
        )
