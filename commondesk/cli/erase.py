"""`commondesk erase`: words of a person or a ticket, for good; the evidence stays."""

import argparse
import sys
from uuid import UUID

from commondesk.cli.user_error import UserError
from commondesk.cli.verify import company_of

NAME = "erase"
HELP = "erase words, files, names and addresses for good; the record keeps verifying"
NEEDS_DATABASE = True


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--company", metavar="PREFIX|UUID", help="needed if there are several")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--words", metavar="ID", nargs="+", help="these words")
    what.add_argument("--person", metavar="UUID", type=UUID, help="all that a person wrote")
    what.add_argument("--ticket", metavar="UUID", type=UUID, help="all words of a ticket")
    parser.add_argument("--ground", required=True, help="why; stays in the record, names nobody")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace) -> int:
    company = company_of(args.company) if args.company else only_company()
    ids = wanted(args, company)
    if not ids:
        print("there is nothing to erase")
        return 0
    if not args.yes and not is_confirmed(len(ids)):
        raise UserError("nothing was erased")
    print(f"erased: {erased(company, ids, args.ground)} words, texts and files")
    print("Backups and exports made before hold them until they are deleted.")
    print("\n".join(backups_that_hold_them()))
    return 0


def backups_that_hold_them() -> list[str]:
    from commondesk.core.record.instant import iso_of
    from commondesk.ledger import backups
    from commondesk.ledger.now import instant_now

    made = backups.remembered(instant_now())
    lines = [f"  {each.path}, to be deleted at {iso_of(each.delete_at)}" for each in made]
    return lines or ["  No backup made here is remembered."]


def only_company() -> UUID:
    from commondesk.ledger import store

    companies = store.companies()
    if len(companies) != 1:
        raise UserError("say which company with --company")
    return companies[0]


def wanted(args: argparse.Namespace, company: UUID) -> tuple[str, ...]:
    from commondesk.ledger import claims, words

    if args.ticket:
        return words.of_stream(company, str(args.ticket))
    if args.person:
        return words.unerased(company, claims.ids_of(company, str(args.person)))
    try:
        return words.unerased(company, args.words)
    except words.UnknownWords as problem:
        raise UserError(str(problem)) from None


def is_confirmed(count: int) -> bool:
    if not sys.stdin.isatty():
        raise UserError("add --yes to erase without being asked")
    return input(f"Erase {count} words, texts and files for good? [y/N] ").lower() == "y"


def erased(company: UUID, ids: tuple[str, ...], ground: str) -> int:
    from commondesk.core.record.event import Actor, Side
    from commondesk.ledger import words
    from commondesk.ledger.now import instant_now

    actor = Actor("command-line", Side.MACHINE)
    try:
        return len(words.erase(company, ids, ground=ground, actor=actor, at=instant_now()))
    except ValueError as problem:
        raise UserError(str(problem)) from None
