"""`commondesk import-people`: make a company's people what a CSV file says."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commondesk.cli.user_error import UserError

if TYPE_CHECKING:
    from commondesk.accounts.importing.plan import Plan

NAME = "import-people"
HELP = "make a company's people what a CSV file says, after a look at every row"
NEEDS_DATABASE = True
MOST_TOLD = 50


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--company", metavar="PREFIX|UUID", required=True)
    parser.add_argument("--look", action="store_true", help="only say what would be done")
    parser.add_argument(
        "--leave-out-wrong", action="store_true", help="import the others where rows are wrong"
    )


def run(args: argparse.Namespace) -> int:
    from commondesk.accounts.importing import people, people_writing
    from commondesk.accounts.importing.plan import Refused
    from commondesk.core.record.event import Actor, Side
    from commondesk.ledger import store
    from commondesk.ledger.now import instant_now
    from commondesk.readers.table_file import UnusableFile

    actor = Actor("command-line", Side.MACHINE)
    try:
        company = store.company_of(args.company)
        table = people.read(content_of(args.file))
        plan = people_writing.look(company, table, at=instant_now(), actor=actor)
        print("\n".join(told(plan)))
        if args.look or not plan.is_needed:
            return 1 if wrong_in(plan) else 0
        done = people_writing.import_people(
            company, table, at=instant_now(), actor=actor, leave_out=args.leave_out_wrong
        )
    except (store.UnknownCompany, UnusableFile) as problem:
        raise UserError(str(problem)) from None
    except Refused as refused:
        raise UserError(f"{refused} (--leave-out-wrong)") from None
    print(f"imported: {done.new:,} new, {done.changed:,} changed, {done.left_out:,} left out")
    return 0


def content_of(file: Path) -> bytes:
    """The file, if it is small enough to be looked at. Raises UserError."""
    from commondesk.readers.table_file import MOST_BYTES

    try:
        with file.open("rb") as source:
            return source.read(MOST_BYTES + 1)
    except OSError as problem:
        raise UserError(f"{file}: {problem.strerror or problem}") from None


def wrong_in(plan: "Plan[Any]") -> int:
    from commondesk.accounts.importing.plan import State

    return plan.counts[State.WRONG]


def told(plan: "Plan[Any]") -> list[str]:
    """What was read, and what is wrong with which rows."""
    from commondesk.accounts.importing.plan import State
    from commondesk.readers.table_file import SEPARATOR_WORDS

    table = plan.table
    guess = ", a guess" if table.is_guess else ""
    lines = [
        f"read as {table.encoding}{guess}, cells split by {SEPARATOR_WORDS[table.separator]}",
        f"columns: {', '.join(table.columns)}",
    ]
    if table.unknown:
        lines.append(f"left alone: {', '.join(table.unknown)}")
    lines.append(", ".join(f"{count:,} {state}" for state, count in plan.counts.items()))
    wrong = list(plan.of(State.WRONG))
    for row in wrong[:MOST_TOLD]:
        for each in row.findings:
            where = f", {each.column}" if each.column else ""
            lines.append(f"row {row.number}{where}: {each.sentence}")
    if len(wrong) > MOST_TOLD:
        lines.append(f"and {len(wrong) - MOST_TOLD:,} more wrong rows")
    return lines
