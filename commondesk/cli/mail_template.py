"""`commondesk mail-template`: how a company words the mails of its desk."""

import argparse
import sys
from pathlib import Path
from uuid import UUID

from commondesk.cli.user_error import UserError

NAME = "mail-template"
HELP = "list, show, set or reset the words of the mails that a desk sends"
NEEDS_DATABASE = True
SUBJECT = "Subject:"


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, what in (
        ("list", "every template, its placeholders, and whether the words are the company's own"),
        ("show", "the words of one, in the form that `set` reads"),
        ("set", "word one anew: `Subject: …` in the first line if wanted, and the text below"),
        ("reset", "go back to the words that come with Commondesk"),
    ):
        asked = verbs.add_parser(verb, help=what)
        if verb != "list":
            asked.add_argument("template", help="its name, such as acknowledgement")
        asked.add_argument("--company", metavar="PREFIX", required=True, help="such as ACME")
        asked.add_argument("--language", help="two letters; the company's own if left out")
        if verb == "set":
            asked.add_argument("--file", type=Path, help="where the words are; else standard input")


def run(args: argparse.Namespace) -> int:
    from commondesk.accounts.models import Company
    from commondesk.desk import wordings

    company = Company.objects.filter(prefix__iexact=args.company).first()
    if company is None:
        known = ", ".join(Company.objects.order_by("prefix").values_list("prefix", flat=True))
        raise UserError(f"no company has the prefix {args.company!r}; there are: {known or 'none'}")
    language = args.language or wordings.fit_language(company.language)
    try:
        if args.verb == "list":
            return tell_all(company.uuid, language)
        if args.verb == "show":
            return show(company.uuid, args.template, language)
        if args.verb == "set":
            return write(company.uuid, args.template, language, read(args.file))
        return reset(company.uuid, args.template, language)
    except (wordings.UnknownTemplate, wordings.UnfitWording) as error:
        raise UserError(str(error)) from None


def tell_all(company: UUID, language: str) -> int:
    from commondesk.desk import wordings

    own = wordings.own_wordings(company)
    spoken = wordings.language(language)
    print(f"In {spoken.name} ({language}); there are {', '.join(wordings.LANGUAGES)}.")
    for template, gaps in wordings.PLACEHOLDERS.items():
        whose = "own" if (template, language) in own else "shipped"
        print(f"{template:<18} {whose:<8} {' '.join(f'{{{gap}}}' for gap in sorted(gaps))}")
    return 0


def show(company: UUID, template: str, language: str) -> int:
    from commondesk.desk import wordings

    wording = wordings.wording_of(wordings.own_wordings(company), template, language)
    if wording.subject:
        print(f"{SUBJECT} {wording.subject}\n")
    print(wording.text)
    return 0


def read(file: Path | None) -> str:
    try:
        content = sys.stdin.buffer.read() if file is None else file.read_bytes()
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UserError("the words are not in UTF-8") from None


def write(company: UUID, template: str, language: str, content: str) -> int:
    from commondesk.core.record.event import Actor, Side
    from commondesk.desk import wordings
    from commondesk.ledger.now import instant_now

    first, _, rest = content.partition("\n")
    has_subject = first.startswith(SUBJECT)
    wordings.write(
        company,
        template,
        language,
        subject=first.removeprefix(SUBJECT).strip() if has_subject else "",
        text=rest if has_subject else content,
        first_line=2 if has_subject else 1,
        at=instant_now(),
        actor=Actor("command-line", Side.MACHINE),
    )
    print(f"The {language} {template} reads as you wrote it from now on.")
    return 0


def reset(company: UUID, template: str, language: str) -> int:
    from commondesk.core.record.event import Actor, Side
    from commondesk.desk import wordings
    from commondesk.ledger.now import instant_now

    actor = Actor("command-line", Side.MACHINE)
    was_own = wordings.reset(company, template, language, at=instant_now(), actor=actor)
    print(
        f"The {language} {template} reads as shipped again."
        if was_own
        else f"The {language} {template} reads as shipped; there was nothing to reset."
    )
    return 0
