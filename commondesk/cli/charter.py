"""`commondesk charter`: charters as YAML in and out, what changed, and a sheet in plain text."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from commondesk.cli.user_error import UserError

if TYPE_CHECKING:
    from uuid import UUID

    from commondesk.core.charter.schema import Charter
    from commondesk.governance.models import CharterVersion

NAME = "charter"
HELP = "export, import, compare or print the charters of a company"
NEEDS_DATABASE = True


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, what in (
        ("export", "a version as YAML"),
        ("import", "write a version down from YAML, unsigned"),
        ("compare", "every value that differs between two versions"),
        ("sheet", "a version in plain text"),
    ):
        asked = verbs.add_parser(verb, help=what)
        asked.add_argument("--company", metavar="PREFIX", required=True, help="such as ACME")
        if verb in ("export", "sheet"):
            asked.add_argument(
                "--version", type=int, help="its number; the one in force if left out"
            )
        if verb == "import":
            asked.add_argument("file", type=Path, nargs="?", help="else standard input")
            asked.add_argument(
                "--provider", help="whom it binds, by name; else whom the file names"
            )
        if verb == "compare":
            asked.add_argument("old", type=int, help="the number of the version before")
            asked.add_argument("new", type=int, help="and of the version after")


def run(args: argparse.Namespace) -> int:
    company = company_with(args.company)
    if args.verb == "export":
        return export(company, args.version)
    if args.verb == "import":
        return import_(company, args.file, args.provider)
    if args.verb == "compare":
        return tell_changes(company, args.old, args.new)
    return sheet(company, args.version)


def company_with(prefix: str) -> "UUID":
    """The company of a prefix. Raises UserError."""
    from commondesk.accounts.models import Company

    company = Company.objects.filter(prefix__iexact=prefix).first()
    if company is None:
        known = ", ".join(Company.objects.order_by("prefix").values_list("prefix", flat=True))
        raise UserError(f"no company has the prefix {prefix!r}; there are: {known or 'none yet'}")
    return company.uuid


def version_of(company: "UUID", number: int | None) -> "CharterVersion":
    """The version of that number, or the one in force. Raises UserError."""
    from commondesk.governance import charters
    from commondesk.ledger.now import instant_now

    versions = charters.versions_of(company)
    found = (
        charters.charter_for(company, instant_now())
        if number is None
        else next((each for each in versions if each.version == number), None)
    )
    if found is None:
        known = ", ".join(str(each.version) for each in versions) or "none"
        raise UserError(f"there is no such version; there are: {known}")
    return found


def export(company: "UUID", number: int | None) -> int:
    from commondesk.governance import sharing

    sys.stdout.write(sharing.yaml_of(version_of(company, number)))
    return 0


def import_(company: "UUID", file: Path | None, provider: str | None) -> int:
    from commondesk.core.charter import writing, yaml_text
    from commondesk.core.record.event import Actor, Side
    from commondesk.core.service_level.charter_data import CharterError
    from commondesk.governance import actions
    from commondesk.governance.models import CharterVersion
    from commondesk.ledger.now import instant_now

    content = read(file)
    try:
        charter = yaml_text.from_yaml(content)
        uuid = actions.draft_charter(
            company,
            at=instant_now(),
            actor=Actor("command-line", Side.MACHINE),
            document=writing.document_of(charter),
            provider=whom(company, charter, provider),
        )
    except CharterError as wrong:
        for problem in wrong.problems:
            line = f"line {problem.line}: " if problem.line else ""
            print(f"{line}{problem}", file=sys.stderr)
        count = len(wrong.problems)
        raise UserError(
            f"nothing was written down: {count} thing{'s need' if count > 1 else ' needs'}"
            " another look"
        ) from None
    except actions.UnfitStep as unfit:
        raise UserError(str(unfit)) from None
    number = CharterVersion.objects.get(uuid=uuid).version
    print(f"Version {number} is written down, as a draft. Nobody has signed it yet.")
    return 0


def read(file: Path | None) -> bytes:
    from commondesk.core.charter.yaml_text import MOST_BYTES

    if file is None:
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from None


def whom(company: "UUID", charter: "Charter", title: str | None) -> str:
    """The provider meant, by uuid; empty for none. Raises UserError."""
    from commondesk.accounts import queries
    from commondesk.governance import sharing

    if title is None:
        return sharing.provider_of(company, charter)
    engaged = queries.providers(company)
    found = [str(uuid) for uuid, name in engaged.items() if name.lower() == title.lower()]
    if not found:
        known = ", ".join(engaged.values()) or "none"
        raise UserError(f"no provider of that name serves the company; there are: {known}")
    return found[0]


def tell_changes(company: "UUID", old: int, new: int) -> int:
    from commondesk.core.charter.comparing import compare
    from commondesk.governance import charters, sharing

    before, after = (charters.whole(version_of(company, each)) for each in (old, new))
    changes = list(sharing.with_names(company, compare(before, after)))
    for change in changes:
        print(change)
    if not changes:
        print(f"Versions {old} and {new} say the same.")
    return 0


def sheet(company: "UUID", number: int | None) -> int:
    from commondesk.governance import plain_sheet
    from commondesk.ledger.now import instant_now

    print(plain_sheet.text_of(version_of(company, number), instant_now()))
    return 0
