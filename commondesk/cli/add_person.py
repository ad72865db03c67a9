"""`commondesk add-person`: make somebody known to a company, with side, roles and team."""

import argparse
import sys
from collections.abc import Mapping
from uuid import UUID

from commondesk.cli.user_error import UserError

NAME = "add-person"
HELP = "make somebody known to a company, with side, roles and team"
NEEDS_DATABASE = True


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--company", metavar="PREFIX|UUID", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--address", required=True, help="the mail address to sign in with")
    parser.add_argument("--side", required=True, help="requester, company, provider or vendor")
    parser.add_argument("--roles", required=True, help="with commas between, such as agent,lead")
    parser.add_argument("--team", default="", help="such as L1 or L2")
    parser.add_argument("--provider", default="", help="the name of whom they work for here")
    parser.add_argument(
        "--password-stdin", action="store_true", help="read a first password from the first line"
    )


def run(args: argparse.Namespace) -> int:
    from commondesk.accounts import directory, queries
    from commondesk.core.record.event import Actor, Side
    from commondesk.ledger import store
    from commondesk.ledger.now import instant_now

    try:
        company = store.company_of(args.company)
        person = directory.add_person(
            company,
            at=instant_now(),
            actor=Actor("command-line", Side.MACHINE),
            title=args.name,
            address=args.address,
            side=args.side,
            roles=[role.strip() for role in args.roles.split(",") if role.strip()],
            team=args.team,
            provider=provider_named(args.provider, queries.providers(company)),
            password=sys.stdin.readline().rstrip("\r\n") if args.password_stdin else None,
        )
    except (store.UnknownCompany, directory.UnfitPerson) as error:
        raise UserError(str(error)) from None
    print(f"{person.title} <{person.address}> is known now.")
    return 0


def provider_named(name: str, known: Mapping[UUID, str]) -> UUID | None:
    """The provider of that name; None where none is named. Raises UserError."""
    if not name:
        return None
    for uuid, title in known.items():
        if title.lower() == name.lower():
            return uuid
    there = ", ".join(known.values()) or "none"
    raise UserError(f"--provider: {name} does not serve the company; those that do: {there}")
