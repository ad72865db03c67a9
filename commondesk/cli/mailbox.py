"""`commondesk mailbox`: which addresses belong to which desk, and where their mail is fetched."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from commondesk.cli.user_error import UserError

if TYPE_CHECKING:
    from commondesk.intake.models import MailAccount, Mailbox

NAME = "mailbox"
HELP = "list, add and remove the addresses that mail comes to, and fetch them by IMAP"
NEEDS_DATABASE = True


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="every address with its company, and how fetching goes")
    adding = verbs.add_parser("add", help="take mail to an address")
    adding.add_argument("address", help="such as support@acme.example")
    whose = adding.add_mutually_exclusive_group(required=True)
    whose.add_argument("--company", help="for this company; its prefix, such as ACME")
    whose.add_argument("--shared", action="store_true", help="for many, by the sender's domain")
    adding.add_argument("--service", default="", help="what mail to this address is about")
    removing = verbs.add_parser("remove", help="take no more mail to an address, fetch none for it")
    removing.add_argument("address")
    verbs.add_parser("fetch", help="look once into every mailbox that is fetched by IMAP")
    arguments_for_imap(verbs.add_parser("imap", help="fetch an address's mail from another server"))


def arguments_for_imap(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("address", help="one that was added before")
    parser.add_argument("--host", required=True, help="the name in the server's certificate")
    parser.add_argument("--port", type=int, help="993, or 143 without --security tls")
    parser.add_argument("--security", choices=("tls", "starttls", "none"), default="tls")
    parser.add_argument("--user", required=True, help="the name to sign in with")
    parser.add_argument(
        "--password-file", required=True, help="a file that holds the password; - reads it here"
    )
    parser.add_argument("--folder", default="INBOX")
    parser.add_argument("--move-to", default="", help="a folder for what is stored; else flags")
    parser.add_argument("--only-new", action="store_true", help="leave what lies there already")
    parser.add_argument(
        "--trusted-host", default="", help="whose Authentication-Results lines are believed"
    )


def run(args: argparse.Namespace) -> int:
    if args.verb == "list":
        return tell()
    if args.verb == "add":
        return add(args.address, None if args.shared else args.company, args.service)
    if args.verb == "remove":
        return remove(args.address)
    if args.verb == "imap":
        return add_account(args)
    return fetch()


# ---- list ---------------------------------------------------------------------------------


def tell() -> int:
    from commondesk.accounts.models import Company
    from commondesk.intake.models import Mailbox

    prefixes = dict(Company.objects.values_list("uuid", "prefix"))
    for company in Company.objects.order_by("prefix").exclude(desk_address=""):
        print(f"{company.desk_address:<40} {company.prefix:<8} writes from it")
    for box in Mailbox.objects.order_by("address").prefetch_related("accounts"):
        whose = prefixes.get(box.company, "?") if box.company else "shared"
        print(f"{box.address:<40} {whose:<8} {box.service}".rstrip())
        for account in box.accounts.order_by("id"):
            print(f"  {words_for(account)}")
    return 0


def words_for(account: "MailAccount") -> str:
    """Where it is fetched, and how that went."""
    from commondesk.core.record.instant import iso_of

    where = f"IMAP {account.username} at {account.host}:{account.port}, folder {account.folder}"
    if account.looked_at is None:
        return f"{where}: never looked at yet"
    outcome = account.last_error or "all well"
    return f"{where}: looked at {iso_of(account.looked_at)}, {outcome}"


# ---- add, remove --------------------------------------------------------------------------


def add(address: str, prefix: str | None, service: str) -> int:
    from commondesk.intake import mailboxes
    from commondesk.ledger.now import instant_now

    company, title = company_of(prefix) if prefix else (None, "whose domain its sender has")
    try:
        mailbox = mailboxes.add(company, address, service=service)
    except mailboxes.UnfitMailbox as unfit:
        raise UserError(str(unfit)) from None
    print(f"Mail to {mailbox.address} is for {title} from now on.")
    if count := mailboxes.claim_held(company, mailbox.address, at=instant_now()):
        print(f"Held mails that are filed now: {count}")
    return 0


def company_of(prefix: str) -> tuple[UUID, str]:
    from commondesk.accounts.models import Company

    company = Company.objects.filter(prefix__iexact=prefix).first()
    if company is None:
        known = ", ".join(Company.objects.order_by("prefix").values_list("prefix", flat=True))
        raise UserError(f"no company has the prefix {prefix!r}; there are: {known or 'none yet'}")
    return company.uuid, company.title


def remove(address: str) -> int:
    from commondesk.intake import mailboxes

    if not mailboxes.remove(address):
        raise UserError(f"there is no mailbox {address}; commondesk mailbox list tells them")
    print(f"{address} is no mailbox any more; what came stays.")
    return 0


# ---- IMAP ---------------------------------------------------------------------------------


def add_account(args: argparse.Namespace) -> int:
    """Connect before anything is kept: what cannot work is told at once."""
    from commondesk.intake import mailboxes
    from commondesk.intake.imap import accounts
    from commondesk.intake.imap.connection import Unreachable
    from commondesk.intake.models import Mailbox

    mailbox = Mailbox.objects.filter(address=mailboxes.without_tag(args.address)).first()
    if mailbox is None:
        raise UserError(f"there is no mailbox {args.address}; add it with commondesk mailbox add")
    try:
        count = accounts.add(
            account_for(mailbox, args), password_in(args.password_file), is_only_new=args.only_new
        )
    except Unreachable as error:
        raise UserError(str(error)) from None
    print(f"Mail for {mailbox.address} is fetched from {args.host}. Mails in the folder: {count}")
    return 0


def account_for(mailbox: "Mailbox", args: argparse.Namespace) -> "MailAccount":
    from commondesk.intake.models import MailAccount

    return MailAccount(
        mailbox=mailbox,
        host=args.host,
        port=args.port or (993 if args.security == "tls" else 143),
        security=args.security,
        username=args.user,
        folder=args.folder,
        done="move" if args.move_to else "flag",
        done_folder=args.move_to,
        trusted_host=args.trusted_host.strip().lower(),
    )


def password_in(file: str) -> str:
    try:
        text = sys.stdin.readline() if file == "-" else Path(file).read_text()
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror})") from None
    if not (password := text.rstrip("\r\n")):
        raise UserError("the password is empty")
    return password


def fetch() -> int:
    from commondesk.intake.imap import fetchers
    from commondesk.intake.imap.connection import Unreachable
    from commondesk.intake.imap.rounds import NotKept
    from commondesk.intake.models import MailAccount

    code = 0
    for account in MailAccount.objects.select_related("mailbox").filter(is_active=True):
        try:
            told = fetchers.look_once(account)
        except (Unreachable, NotKept) as error:
            print(f"{account.mailbox.address}: {error}")
            code = 1
        else:
            trouble = f"; {told.trouble}" if told.trouble else ""
            print(f"{account.mailbox.address}: mails fetched: {told.stored}{trouble}")
    return code
