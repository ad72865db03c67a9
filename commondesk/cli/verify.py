"""`commondesk verify`: is the record what it was when it was written?"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from commondesk.cli.user_error import UserError

if TYPE_CHECKING:
    from commondesk.ledger import anchors
    from commondesk.ledger.verify import Report

NAME = "verify"
HELP = "check chain, positions, anchors and words of the record, and name the first broken place"
NEEDS_DATABASE = True


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--company", metavar="PREFIX|UUID", help="one company; else every one")
    parser.add_argument("--anchors", metavar="FILE", type=Path, help="anchors kept elsewhere")
    parser.add_argument("--key", metavar="FILE", type=Path, help="the public key they fit")
    parser.add_argument("--quick", action="store_true", help="leave out events and words")


def run(args: argparse.Namespace) -> int:
    from commondesk.ledger import verify

    companies = chosen(args.company)
    if args.anchors and len(companies) != 1:
        raise UserError("--anchors is about one company: name it with --company")
    if not companies:
        print("there is no record yet")
    is_sound = True
    for company in companies:
        lines = lines_of(args.anchors, args.key, company) if args.anchors else None
        report = verify.verify(company, is_quick=args.quick, lines=lines)
        print("\n".join(told(report, is_quick=args.quick)))
        is_sound = is_sound and report.is_sound
    return 0 if is_sound else 1


def chosen(text: str | None) -> list[UUID]:
    from commondesk.ledger import anchors, store

    if text is None:
        return sorted({*store.companies(), *anchors.companies()})
    return [company_of(text)]


def company_of(text: str) -> UUID:
    from commondesk.ledger import store

    try:
        return store.company_of(text)
    except store.UnknownCompany as problem:
        raise UserError(str(problem)) from None


def lines_of(path: Path, key: Path | None, company: UUID) -> Sequence["anchors.Line"]:
    from commondesk.ledger import anchors, keys

    try:
        trusted = {keys.read_public(key)} if key else keys.trusted(company)
        text = path.read_text(errors="replace")
    except (OSError, keys.UnusableKey) as problem:
        raise UserError(str(problem)) from None
    return list(anchors.read(text.splitlines(), company, frozenset(trusted)))


def told(report: "Report", *, is_quick: bool) -> list[str]:
    """The report in plain lines."""
    from commondesk.ledger import store

    company = f"{store.prefix_of(report.company)} {report.company}".strip()
    head = f"entry {report.head.sequence} {report.head.digest}"
    return [
        f"{company}: {'sound' if report.is_sound else 'BROKEN'}",
        f"  entries: {report.entries}, anchors: {report.anchors}",
        "  words: not checked"
        if is_quick
        else f"  words: {report.words_checked} right, {report.words_erased} erased",
        f"  head: {head}",
        *(f"  fault: {fault.place}: {fault.what}" for fault in report.faults),
        *([f"  and {report.further_faults} more faults"] if report.further_faults else []),
        *(f"  note: {remark}" for remark in report.remarks),
    ]
