"""`commondesk mail-held`: mail that no company owns; the one place where all of it is seen."""

import argparse
from datetime import UTC

from commondesk.cli.user_error import UserError

NAME = "mail-held"
HELP = "list the mail that no company owns, give one to a company, or discard one"
NEEDS_DATABASE = True
LONGEST_SUBJECT = 60


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="every mail that waits for its company, the oldest first")
    giving = verbs.add_parser("give", help="say whose mail it is; it is filed there")
    giving.add_argument("number", type=int, help="as the list shows it")
    giving.add_argument("--company", required=True, help="its prefix, such as ACME")
    giving.add_argument(
        "--always",
        choices=("domain", "address"),
        default="",
        help="and all mail from the sender's domain, or to that address, from now on",
    )
    discarding = verbs.add_parser("discard", help="put a mail aside that is nobody's")
    discarding.add_argument("number", type=int, help="as the list shows it")


def run(args: argparse.Namespace) -> int:
    from commondesk.intake.held.actions import AlreadyDecided, NoSuchMail, Unfit

    if args.verb == "list":
        return tell()
    try:
        if args.verb == "give":
            return give(args.number, args.company, args.always)
        return discard(args.number)
    except (NoSuchMail, AlreadyDecided):
        raise UserError(f"no mail {args.number} waits for its company") from None
    except Unfit as unfit:
        raise UserError(str(unfit)) from None


def tell() -> int:
    from commondesk.core.record.instant import datetime_of
    from commondesk.intake.held import queries

    for mail in queries.waiting(None).order_by("received_at", "pk"):
        came = datetime_of(mail.received_at).astimezone(UTC)
        print(f"{mail.pk:>6}  {came:%Y-%m-%d %H:%M} UTC  {plain(mail.sender) or 'nobody named'}")
        listed = ", ".join(plain(str(each)) for each in mail.envelope_to[:5])
        print(f"        to {listed}: {plain(mail.subject)[:LONGEST_SUBJECT] or '(no subject)'}")
    return 0


def plain(text: str) -> str:
    """Without what could move the cursor of a terminal: all of it was chosen by a sender."""
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def give(number: int, prefix: str, always: str) -> int:
    from commondesk.cli.domain import company_with
    from commondesk.core.record.event import Actor, Side
    from commondesk.intake.held import claims
    from commondesk.ledger.now import instant_now

    company = company_with(prefix)
    actor = Actor("command-line", Side.MACHINE)
    claims.give(number, company, at=instant_now(), actor=actor, always=always)
    print(f"Mail {number} is {company.title}'s and is filed in a moment.")
    return 0


def discard(number: int) -> int:
    from commondesk.core.record.event import Actor, Side
    from commondesk.intake.held import actions
    from commondesk.ledger.now import instant_now

    actor = Actor("command-line", Side.MACHINE)
    actions.discard_ownerless(number, at=instant_now(), actor=actor)
    print(f"Mail {number} is discarded; its bytes stay for 30 days.")
    return 0
