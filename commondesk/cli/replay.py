"""`commondesk replay`: make what the screens read anew from the record, or compare the two."""

import argparse
import time
from typing import TYPE_CHECKING
from uuid import UUID

from commondesk.cli.user_error import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "replay"
HELP = "make tickets, charters and queues anew from the record, or compare them with it"
NEEDS_DATABASE = True
MOST_SHOWN = 50


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--company", metavar="PREFIX|UUID", help="one company; else every one")
    parser.add_argument("--check", action="store_true", help="compare only, and change nothing")


def run(args: argparse.Namespace) -> int:
    is_equal = True
    for company in chosen(args.company):
        if args.check:
            is_equal = check(company) and is_equal
        else:
            rebuild(company)
    return 0 if is_equal else 1


def chosen(text: str | None) -> "Sequence[UUID]":
    from commondesk.ledger import store

    if text is None:
        return store.companies()
    try:
        return (store.company_of(text),)
    except store.UnknownCompany as error:
        raise UserError(str(error)) from None


def check(company: UUID) -> bool:
    from commondesk.desk import projections
    from commondesk.ledger import store
    from commondesk.ledger.now import instant_now
    from commondesk.review import differences

    found = [*projections.differences(company), *differences.of(company, instant_now())]
    name = store.prefix_of(company) or str(company)
    print(f"{name}: {len(found)} differences" if found else f"{name}: equal to the record")
    for line in found[:MOST_SHOWN]:
        print(f"  {line}")
    if len(found) > MOST_SHOWN:
        print(f"  and {len(found) - MOST_SHOWN} more")
    return not found


def rebuild(company: UUID) -> None:
    from commondesk.accounts import directory, tokens
    from commondesk.desk import canned, projections, suppression
    from commondesk.desk.wordings import own
    from commondesk.governance import projections as governance
    from commondesk.intake.held import projections as held
    from commondesk.ledger import store
    from commondesk.ledger.now import instant_now
    from commondesk.planning import projections as planning
    from commondesk.review import closing, refresh

    began = time.monotonic()
    directory.restore(company)
    tokens.restore(company)
    governance.rebuild(company)
    planning.rebuild(company)
    count = projections.rebuild(company)
    suppression.rebuild(company)
    own.rebuild(company)
    canned.rebuild(company)
    held.rebuild(company)
    closing.rebuild(company)
    refresh.rebuild(company, instant_now())
    name = store.prefix_of(company) or str(company)
    print(f"{name}: {count} tickets made anew in {time.monotonic() - began:.1f} s")
