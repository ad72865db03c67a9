"""`commondesk mailbox`: which addresses belong to which company's desk."""

import argparse

from commondesk.cli.user_error import UserError

NAME = "mailbox"
HELP = "list the addresses that mail comes to, or add one to a company"
NEEDS_DATABASE = True


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="every address with its company")
    adding = verbs.add_parser("add", help="take mail to an address for a company")
    adding.add_argument("address", help="such as support@acme.example")
    adding.add_argument("--company", required=True, help="its prefix, such as ACME")
    adding.add_argument("--service", default="", help="what mail to this address is about")


def run(args: argparse.Namespace) -> int:
    return tell() if args.verb == "list" else add(args.address, args.company, args.service)


def tell() -> int:
    from commondesk.accounts.models import Company
    from commondesk.intake.models import Mailbox

    prefixes = dict(Company.objects.values_list("uuid", "prefix"))
    for company in Company.objects.order_by("prefix").exclude(desk_address=""):
        print(f"{company.desk_address:<40} {company.prefix:<8} writes from it")
    for box in Mailbox.objects.order_by("address"):
        print(f"{box.address:<40} {prefixes.get(box.company, '?'):<8} {box.service}".rstrip())
    return 0


def add(address: str, prefix: str, service: str) -> int:
    from commondesk.accounts.models import Company
    from commondesk.intake import mailboxes
    from commondesk.ledger.now import instant_now

    company = Company.objects.filter(prefix__iexact=prefix).first()
    if company is None:
        known = ", ".join(Company.objects.order_by("prefix").values_list("prefix", flat=True))
        raise UserError(f"no company has the prefix {prefix!r}; there are: {known or 'none yet'}")
    try:
        mailbox = mailboxes.add(company.uuid, address, service=service)
    except mailboxes.UnfitMailbox as unfit:
        raise UserError(str(unfit)) from None
    print(f"Mail to {mailbox.address} is for {company.title} from now on.")
    if count := mailboxes.claim_held(company.uuid, mailbox.address, at=instant_now()):
        print(f"Held mails that are filed now: {count}")
    return 0
