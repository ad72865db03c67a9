"""`commondesk company`: the companies whose desk this is, and a further one."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from commondesk.cli.user_error import UserError

if TYPE_CHECKING:
    from commondesk.accounts.models import Company, Person

NAME = "company"
HELP = "list the companies whose desk this is, or found a further one"
NEEDS_DATABASE = True
FIELDS = {
    "person_title": "--owner-name",
    "address": "--owner-address",
    "password": "--password-file",
    "desk_address": "--desk-address",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="every company with its prefix, place and addresses")
    adding = verbs.add_parser("add", help="found a company, with its first person and its charter")
    adding.add_argument("--title", required=True, help="the name that people read")
    adding.add_argument("--prefix", default="", help="what its ticket numbers begin with")
    adding.add_argument("--zone", required=True, help="its time zone, such as Europe/Berlin")
    adding.add_argument("--country", default="", help="two letters; else the country of the zone")
    adding.add_argument(
        "--language", default="en", help="two letters: what its mails are written in"
    )
    adding.add_argument("--desk-address", default="", help="what its desk writes from")
    adding.add_argument("--owner-name", default="", help="the name of its first person")
    adding.add_argument("--owner-address", required=True, help="the address that they sign in with")
    adding.add_argument(
        "--password-file",
        metavar="FILE",
        help="its first line is the owner's first password; - is the standard input. Without it"
        " an owner who does not sign in here yet gets a link to choose one",
    )


def run(args: argparse.Namespace) -> int:
    return tell() if args.verb == "list" else add(args)


def tell() -> int:
    from commondesk.accounts import domains
    from commondesk.accounts.models import Company

    for company in Company.objects.order_by("prefix"):
        place = " ".join(filter(None, (company.zone, company.country, company.language)))
        print(f"{company.prefix:<8} {company.title}")
        print(f"{'':<8} {place}; {company.desk_address or 'no address yet'}")
        if names := domains.of_company(company.uuid):
            print(f"{'':<8} mail from {', '.join(names)}")
    return 0


def add(args: argparse.Namespace) -> int:
    from commondesk.accounts import setup
    from commondesk.accounts.models import Company
    from commondesk.ledger.now import instant_now

    refuse_unfit(args)
    was_sole = Company.objects.filter(is_sample=False).count() == 1
    password = password_of(args.password_file)
    try:
        company, owner = setup.found_company(
            at=instant_now(),
            title=args.title,
            person_title=args.owner_name or known_name(args.owner_address),
            address=args.owner_address,
            password=password,
            is_invited=password is None,
            zone=args.zone,
            prefix=args.prefix.upper(),
            country=args.country.upper(),
            desk_address=args.desk_address,
            language=args.language,
        )
    except setup.UnfitCompany as unfit:
        raise UserError(sentences(unfit.problems)) from None
    print(f"{company.title} is founded: its tickets are {company.prefix}-1001 and on.")
    print(f"{owner.title} <{owner.address}> may sign in and steer it.")
    if link := link_for(company, owner):
        print(f"Give them this link: it lets them choose a password, once, for three days.\n{link}")
    print(next_steps(company.prefix, company.desk_address, was_sole))
    return 0


def link_for(company: "Company", owner: "Person") -> str:
    """Where the owner chooses a password; empty if they sign in here already."""
    from commondesk.accounts.arrangement import invitations
    from commondesk.core.record.event import Actor, Side
    from commondesk.ledger.now import instant_now

    if owner.has_usable_password():
        return ""
    actor = Actor("command-line", Side.MACHINE)
    return invitations.invite_owner(company, owner, at=instant_now(), actor=actor).link


def refuse_unfit(args: argparse.Namespace) -> None:
    """Raises UserError for what only the rooms above the accounts know."""
    from commondesk.accounts.models import address_of
    from commondesk.desk import wordings
    from commondesk.intake.models import Mailbox

    if args.language not in wordings.LANGUAGES:
        known = ", ".join(wordings.LANGUAGES)
        raise UserError(f"--language: mails are written in {known}, not in {args.language!r}")
    wanted = address_of(args.desk_address)
    if wanted and Mailbox.objects.filter(address=wanted).exists():
        raise UserError(f"--desk-address: {wanted} is a mailbox already; remove that first")


def known_name(address: str) -> str:
    from commondesk.accounts.models import Person, address_of

    found = Person.objects.filter(address=address_of(address)).first()
    return found.title if found else ""


def password_of(place: str | None) -> str | None:
    """The first line of the file; None where no file is named. Raises UserError."""
    if place is None:
        return None
    try:
        text = sys.stdin.readline() if place == "-" else Path(place).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"--password-file: {error}") from None
    return text.partition("\n")[0].rstrip("\r")


def sentences(problems: dict[str, str]) -> str:
    return " ".join(
        f"{FIELDS.get(field, '--' + field)}: {problem}" for field, problem in problems.items()
    )


def next_steps(prefix: str, desk_address: str, was_sole: bool) -> str:
    lines = []
    if not desk_address:
        lines.append(
            "It has no mail address yet: commondesk mailbox add ADDRESS --company " + prefix
        )
    if was_sole:
        lines.append(
            "There are several companies now: mail to an address that none of them owns is held."
        )
    return "\n".join(lines) or f"Its desk writes from {desk_address}."
