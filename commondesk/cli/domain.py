"""`commondesk domain`: which mail domains belong to which company."""

import argparse
from typing import TYPE_CHECKING

from commondesk.cli.user_error import UserError

if TYPE_CHECKING:
    from commondesk.accounts.models import Company

NAME = "domain"
HELP = "list the mail domains of companies, or add or remove one"
NEEDS_DATABASE = True


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="every domain with its company")
    adding = verbs.add_parser("add", help="say that who writes from a domain is a company's")
    adding.add_argument("domain", help="such as acme.example")
    adding.add_argument("--company", required=True, help="its prefix, such as ACME")
    removing = verbs.add_parser("remove", help="let a domain stand for no company any more")
    removing.add_argument("domain", help="such as acme.example")


def run(args: argparse.Namespace) -> int:
    if args.verb == "list":
        return tell()
    return add(args.domain, args.company) if args.verb == "add" else remove(args.domain)


def tell() -> int:
    from commondesk.accounts.models import Domain

    for domain in Domain.objects.select_related("company").order_by("name"):
        print(f"{domain.name:<40} {domain.company.prefix}")
    return 0


def add(name: str, prefix: str) -> int:
    from commondesk.accounts import domains
    from commondesk.intake import mailboxes
    from commondesk.ledger.now import instant_now

    company = company_with(prefix)
    try:
        domain = domains.add(company, name)
    except domains.UnfitDomain as unfit:
        raise UserError(str(unfit)) from None
    print(f"Whoever writes from {domain.name} to a shared address is of {company.title} now.")
    if count := mailboxes.claim_held_of_domain(company.uuid, domain.name, at=instant_now()):
        print(f"Held mails that are filed now: {count}")
    return 0


def remove(name: str) -> int:
    from commondesk.accounts import domains

    try:
        gone = domains.remove(name)
    except domains.UnfitDomain as unfit:
        raise UserError(str(unfit)) from None
    print(f"{gone.name} stands for no company now; it was of {gone.company.title}.")
    return 0


def company_with(prefix: str) -> "Company":
    """The company of a prefix. Raises UserError."""
    from commondesk.accounts.models import Company

    company = Company.objects.filter(prefix__iexact=prefix).first()
    if company is None:
        known = ", ".join(Company.objects.order_by("prefix").values_list("prefix", flat=True))
        raise UserError(f"no company has the prefix {prefix!r}; there are: {known or 'none yet'}")
    return company
