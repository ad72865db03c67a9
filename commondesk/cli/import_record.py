"""`commondesk import-record`: rebuild an exported record, all of it or nothing."""

import argparse
from pathlib import Path

from commondesk.cli.user_error import UserError

NAME = "import-record"
HELP = "rebuild the record that `commondesk export` wrote"
NEEDS_DATABASE = True


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path)


def run(args: argparse.Namespace) -> int:
    from commondesk.ledger import transfer

    try:
        with args.file.open(encoding="utf-8", errors="replace", newline="\n") as lines:
            moved = transfer.import_(lines)
    except OSError as problem:
        raise UserError(f"{args.file}: {problem.strerror or problem}") from None
    except transfer.UnusableLine as problem:
        raise UserError(f"{args.file}, {problem}; nothing was imported") from None
    print(f"company {moved.company}: {moved.head.sequence} entries and {moved.words} words")
    print(f"head: {moved.head.digest}")
    for key in moved.keys:
        print(f"its anchors are signed with {key}: compare this key with its owner's")
    print(f"commondesk replay --company {moved.company} makes its tickets and queues from it")
    return 0
