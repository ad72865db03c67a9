"""`commondesk export`: the record of one company as JSON lines."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from commondesk.cli.user_error import UserError
from commondesk.cli.verify import company_of

if TYPE_CHECKING:
    from commondesk.ledger.transfer import Moved

NAME = "export"
HELP = "write the record of a company to a file that rebuilds it elsewhere"
NEEDS_DATABASE = True


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--company", metavar="PREFIX|UUID", required=True)
    parser.add_argument("--out", metavar="FILE", type=Path, required=True)


def run(args: argparse.Namespace) -> int:
    company = company_of(args.company)
    draft = args.out.with_name(f".{args.out.name}.{os.getpid()}")
    try:
        moved = written(company, draft)
        draft.replace(args.out)
    except OSError as problem:
        raise UserError(f"{args.out}: {problem.strerror or problem}") from None
    finally:
        draft.unlink(missing_ok=True)
    print(f"{args.out}: {moved.head.sequence} entries and {moved.words} words, texts and files")
    print(f"head: {moved.head.digest}")
    print("It holds everything that people wrote: keep it safe, and delete it when it has served.")
    return 0


def written(company: UUID, path: Path) -> "Moved":
    from commondesk.ledger import transfer
    from commondesk.ledger.now import instant_now

    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        try:
            moved = transfer.export(company, out, at=instant_now())
        except transfer.ErasedMeanwhile as problem:
            raise UserError(str(problem)) from None
        out.flush()
        os.fsync(out.fileno())
    return moved
