"""`commondesk plan`: what a case file says about outsourcing, cost, people and rosters.

It needs no server and no database. Answers go to standard output, or into one file that opens
anywhere; what is wrong with the case goes to standard error, all of it at once.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from commondesk.cli import calibrating
from commondesk.cli.user_error import UserError

if TYPE_CHECKING:
    from commondesk.core.planner.case.fields import Complaint
    from commondesk.core.planner.case_file import Case, Read
    from commondesk.core.planner.document import Document
    from commondesk.core.planner.roster.duties import Duty
    from commondesk.core.planner.roster.loop import Held
    from commondesk.core.planner.roster.question import RosterPlan
    from commondesk.core.planner.roster.team import TeamPlan
    from commondesk.core.planner.staffing.plan import Plan
    from commondesk.core.record.codec import Json

NAME = "plan"
HELP = "work out a case: whether to outsource, what it costs, how many people it takes"
WRONG = 1
"""Exit code: the case holds something that cannot be used."""


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, what in (
        ("diagnose", "which option fits, whether you are ready, and why"),
        ("cost", "what each option costs, with ranges"),
        ("staff", "how many people it takes, as a table of steps"),
        ("roster", "who works which shifts where, what it costs, where the gaps are"),
        ("team", "who works which day, by name; or the fewest people who could"),
        ("providers", "providers side by side"),
        ("request", "a request for proposals, to go on editing"),
        ("charter", "the draft of a charter, as YAML"),
        ("board", "two pages for the board, as PDF"),
    ):
        asked = verbs.add_parser(name, help=what, description=what)
        asked.add_argument("case", metavar="CASE.yaml", help="the case; - is standard input")
        asked.add_argument("--out", metavar="FILE", type=Path, help=_OUT[name])
        if name in _ANSWERS:
            asked.add_argument("--json", action="store_true", help="for programs")
        if name == "diagnose":
            asked.add_argument(
                "--export", metavar="EXPORT", type=Path, nargs="+", default=[],
                help="another desk's export: what it measures answers what the case leaves open",
            )  # fmt: skip
            calibrating.reading(asked)
        if name == "board":
            asked.add_argument("--date", default="", help="the day that it bears, in your words")
        if name == "roster":
            asked.add_argument("--weeks", type=int, default=4, help="of a calendar or table (4)")
            asked.add_argument(
                "--until-kept", action="store_true",
                help="add people until the promises of the sections demand and staffing hold",
            )  # fmt: skip
        if name == "request":
            asked.add_argument("--guide", action="store_true", help="instead: what to listen for")
    calibrating.arguments(
        verbs.add_parser("calibrate", help=calibrating.HELP, description=calibrating.HELP)
    )
    verbs.add_parser("example", help="a whole case to begin with: plan example > CASE.yaml")


def run(args: argparse.Namespace) -> int:
    if args.verb == "example":
        sys.stdout.write(example())
        return 0
    if args.verb == "calibrate":
        return write(calibrating.text_of(args), args.out)
    read = case_of(args.case)
    sections = _SECTIONS[args.verb]
    if is_book(args) or is_kept(args):
        sections = _IN_A_BOOK
    if (wrong := read.of(*sections)) and told(wrong, args.case):
        return WRONG
    if args.verb == "diagnose" and args.export:
        return diagnosed_with(args, read.case)
    if args.verb in _ANSWERS:
        return answer(args, read.case)
    return _WRITES[args.verb](args, read.case)


_OUT = {
    "diagnose": "a page, as .html or .md",
    "cost": "a page, as .html or .md; a workbook of costs, people and roster, as .xlsx",
    "staff": "a page, as .html or .md; the same workbook, as .xlsx",
    "roster": "a page, as .html or .md; a calendar, as .ics; a table, as .csv; the same workbook, "
    "as .xlsx",
    "team": "a page, as .html or .md; a calendar, as .ics; a table, as .csv",
    "providers": "a page, as .html or .md",
    "request": "a document, as .md or .html",
    "charter": "a file, as .yaml",
    "board": "the file, as .pdf",
}
_SECTIONS = {
    "diagnose": ("company", "scoping", "diagnosis"),
    "cost": ("company", "cost"),
    "staff": ("company", "demand", "staffing"),
    "roster": ("company", "roster"),
    "team": ("company", "team"),
    "providers": ("company", "providers"),
    "request": ("company", "scoping", "diagnosis", "providers"),
    "charter": ("company", "scoping", "diagnosis"),
    "board": ("company", "scoping", "diagnosis", "demand", "staffing", "cost"),
}
"""What each verb reads: only what is wrong there stops it."""
_BOOKED = ("cost", "staff", "roster")
_IN_A_BOOK = ("company", "demand", "staffing", "roster", "cost")
"""A workbook holds all of these that the case has, whichever verb writes it."""


def is_kept(args: argparse.Namespace) -> bool:
    """Whether a roster is to keep the promises of the case."""
    return args.verb == "roster" and bool(args.until_kept)


def is_book(args: argparse.Namespace) -> bool:
    """Whether a workbook is asked for."""
    return args.verb in _BOOKED and args.out is not None and args.out.suffix.lower() == ".xlsx"


# ---- the case -------------------------------------------------------------------------------


def example() -> str:
    """The example case."""
    return (Path(__file__).parent / "plan_example.yaml").read_text("utf-8")


def case_of(name: str) -> "Read":
    """The case of a file. Raises UserError."""
    from commondesk.core.planner import case_file
    from commondesk.core.planner.case.yaml_text import MOST_BYTES, NoCase

    try:
        if name == "-":
            content = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(name).open("rb") as opened:
                content = opened.read(MOST_BYTES + 1)
        return case_file.read_text(content)
    except OSError as problem:
        raise UserError(f"{name} cannot be read: {problem.strerror or problem}") from None
    except NoCase as wrong:
        line = f", line {wrong.complaint.line}" if wrong.complaint.line else ""
        raise UserError(f"{name}{line}: {wrong.complaint.what}") from None


def told(complaints: "Sequence[Complaint]", name: str) -> bool:
    """Tell what is wrong with the case, line by line."""
    for each in complaints:
        print(f"{name}:{each.line or 1}: {each}", file=sys.stderr)
    count = len(complaints)
    print(
        f"commondesk: nothing was worked out: {count} thing{'s need' if count > 1 else ' needs'}"
        " another look",
        file=sys.stderr,
    )
    return True


_TOLD_IN = {"team": "roster", "providers": "procurement", "scoping": "procurement"}
"""The document of a section, where it has another name."""


def needed(part: object, section: str) -> None:
    """Raises UserError if a section is missing."""
    if part is None:
        raise UserError(
            f"the case has no section {section!r}; `commondesk plan example` shows one, and"
            f" docs/planning/{_TOLD_IN.get(section, section)}.md tells what it may hold"
        )


# ---- answers --------------------------------------------------------------------------------


def answer(args: argparse.Namespace, case: "Case") -> int:
    """Print an answer, or write it down."""
    if args.verb in _DUTIES and args.out and args.out.suffix.lower() in (".ics", ".csv"):
        return write(shifts_as(args.out, _DUTIES[args.verb](case, args), case), args.out)
    if is_book(args):
        return write(book(case, args), args.out)
    if is_kept(args):
        return tell(args, *rostered_until_kept(case))
    return tell(args, *_ANSWERS[args.verb](case))


def tell(args: argparse.Namespace, document: "Document", machine: "Json") -> int:
    """Print or write an answer in the form that is asked for."""
    if args.json:
        text = json.dumps(machine, indent=1, ensure_ascii=False, allow_nan=False)
        return write(f"{text}\n", args.out)
    return write(as_told(document, args.out), args.out)


def as_told(document: "Document", out: Path | None) -> str:
    """The document in the format that the name of the file asks for. Raises UserError."""
    from commondesk.core.planner import document as documents

    if out is None:
        return documents.plain(document)
    formats = {".html": documents.html, ".md": documents.markdown, ".txt": documents.plain}
    if out.suffix.lower() not in formats:
        raise UserError(f"{out}: write to a name that ends in {', '.join(formats)}")
    return formats[out.suffix.lower()](document)


def write(content: str | bytes, out: Path | None) -> int:
    """Write to a file, or to standard output. Raises UserError."""
    if out is None:
        sys.stdout.write(content if isinstance(content, str) else content.decode())
        return 0
    try:
        out.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as problem:
        raise UserError(f"{out}: {problem.strerror or problem}") from None
    print(f"{out} is written", file=sys.stderr)
    return 0


Answer = tuple["Document", "Json"]


def diagnosed(case: "Case") -> Answer:
    from commondesk.core.planner.document import Document
    from commondesk.core.planner.report import diagnosis

    needed(case.diagnosis, "diagnosis")
    assert case.diagnosis is not None
    found = Document(titled("Diagnosis", case), "", diagnosis.chapters(case.diagnosis))
    return found, diagnosis.machine(case.diagnosis)


def diagnosed_with(args: argparse.Namespace, case: "Case") -> int:
    """The diagnosis, with what an export measures where the case leaves a question open."""
    from commondesk.core.planner import case_file
    from commondesk.core.planner.diagnosis.measured import filled
    from commondesk.core.planner.document import Document
    from commondesk.core.planner.report import diagnosis

    section = case.data.get("diagnosis")
    section, beside = filled(
        section if isinstance(section, dict) else {}, calibrating.measured_in(args.export, args)
    )
    whole = case_file.read({**case.data, "diagnosis": section})
    if (wrong := whole.of(*_SECTIONS["diagnose"])) and told(wrong, args.case):
        return WRONG
    answers = whole.case.diagnosis
    assert answers is not None
    document = Document(titled("Diagnosis", case), "", diagnosis.chapters(answers, beside))
    return tell(args, document, diagnosis.machine(answers, beside))


def costed(case: "Case") -> Answer:
    from commondesk.core.planner.cost.comparison import compared
    from commondesk.core.planner.document import Document
    from commondesk.core.planner.report import cost

    needed(case.cost, "cost")
    assert case.cost is not None
    found = compared(case.cost)
    return Document(titled("Cost", case), "", cost.chapters(found)), cost.machine(found)


def book(case: "Case", args: argparse.Namespace) -> bytes:
    """Costs, the steps of the staffing and the roster as a workbook with live formulas: all that
    the case has."""
    from commondesk.core.planner.cost.comparison import compared
    from commondesk.core.planner.report import roster
    from commondesk.planning.export.xlsx import workbook

    if case.cost is None and case.staffing is None and case.roster is None:
        needed(None, "cost")
    return workbook(
        case.cost,
        drawn=compared(case.cost) if case.cost else None,
        people=planned(case) if case.staffing else None,
        roster=roster.machine(roster_of(case, args)) if case.roster else None,
    )


def staffed(case: "Case") -> Answer:
    from commondesk.core.planner.document import Document
    from commondesk.core.planner.report import staffing

    needed(case.data.get("demand"), "demand")
    needed(case.staffing, "staffing")
    found = planned(case)
    return Document(titled("Staffing", case), "", staffing.chapters(found)), staffing.machine(found)


def planned(case: "Case") -> "Plan":
    """The staffing plan of a case. Raises UserError where nothing can be planned."""
    from commondesk.core.planner.queueing.limits import NonsenseError, OverloadError
    from commondesk.core.planner.staffing.plan import plan

    assert case.staffing is not None
    try:
        return plan(case.staffing)
    except (NonsenseError, OverloadError) as wrong:
        raise UserError(f"staffing: {wrong}") from None


def rostered(case: "Case") -> Answer:
    from commondesk.core.planner.document import Document
    from commondesk.core.planner.report import roster

    found = covered(case)
    return Document(titled("Roster", case), "", roster.chapters(found)), roster.machine(found)


def rostered_until_kept(case: "Case") -> Answer:
    """The smallest roster that keeps the promises of the case. Raises UserError."""
    from commondesk.core.planner.document import Document
    from commondesk.core.planner.report import roster

    found, held = kept(case)
    document = Document(titled("Roster", case), "", roster.chapters(found, held))
    return document, roster.machine(found, held)


def kept(case: "Case") -> "tuple[RosterPlan, Held]":
    """The roster with people added until the promises hold, and how. Raises UserError."""
    from commondesk.core.planner.queueing.limits import NonsenseError
    from commondesk.core.planner.roster.columns import UnusableRoster
    from commondesk.core.planner.roster.kept import until_kept
    from commondesk.core.planner.simulation.model import UnusableModel

    needed(case.data.get("demand"), "demand")
    needed(case.staffing, "staffing")
    found = covered(case)
    assert case.roster is not None and case.staffing is not None
    try:
        held = until_kept(case.roster, case.staffing)
    except (UnusableRoster, NonsenseError, UnusableModel) as wrong:
        raise UserError(f"roster: {wrong}") from None
    return replace(found, cover=held.rounds[-1].cover), held


def roster_of(case: "Case", args: argparse.Namespace) -> "RosterPlan":
    """The roster that is asked for. Raises UserError."""
    return kept(case)[0] if is_kept(args) else covered(case)


def covered(case: "Case") -> "RosterPlan":
    """The roster of a case. Raises UserError where nothing can be planned."""
    from commondesk.core.planner.roster.columns import UnusableRoster
    from commondesk.core.planner.roster.question import planned

    needed(case.roster, "roster")
    assert case.roster is not None
    try:
        return planned(case.roster)
    except UnusableRoster as wrong:
        raise UserError(f"roster: {wrong}") from None


def duties(case: "Case", args: argparse.Namespace) -> "tuple[Duty, ...]":
    """The shifts of a roster, week after week. Raises UserError."""
    from commondesk.core.planner.report import roster

    if not 1 <= args.weeks <= _MOST_WEEKS:
        raise UserError(f"--weeks {args.weeks}: give 1 to {_MOST_WEEKS}")
    return roster.duties(roster_of(case, args), args.weeks)


def shifts_as(out: Path, found: "tuple[Duty, ...]", case: "Case") -> str:
    """Shifts as a calendar or a table, as the name of the file asks."""
    from datetime import UTC, datetime

    from commondesk.core.planner.roster.duties import calendar, table

    if out.suffix.lower() == ".csv":
        return table(found)
    return calendar(found, stamped_at=datetime.now(UTC), name=titled("Roster", case))


_MOST_WEEKS = 53


def named(case: "Case") -> Answer:
    from commondesk.core.planner.document import Document
    from commondesk.core.planner.report import team

    found = team_of(case)
    return Document(titled("Team", case), "", team.chapters(found)), team.machine(found)


def team_of(case: "Case") -> "TeamPlan":
    """Who works when, by name. Raises UserError where nothing can be planned."""
    from commondesk.core.planner.roster.columns import UnusableRoster
    from commondesk.core.planner.roster.team import planned

    needed(case.team, "team")
    assert case.team is not None
    try:
        return planned(case.team)
    except UnusableRoster as wrong:
        raise UserError(f"team: {wrong}") from None


_DUTIES: "Mapping[str, Callable[[Case, argparse.Namespace], tuple[Duty, ...]]]" = {
    "roster": duties,
    "team": lambda case, _args: team_of(case).duties,
}
"""Verbs whose answer may be a calendar or a table of shifts."""


def side_by_side(case: "Case") -> Answer:
    from commondesk.core.planner.document import Document
    from commondesk.core.planner.report import providers

    needed(case.providers, "providers")
    assert case.providers is not None
    found = Document(titled("Providers", case), "", providers.chapters(case.providers))
    return found, providers.machine(case.providers)


def titled(what: str, case: "Case") -> str:
    return f"{what}: {case.company.name}" if case.company.name else what


_ANSWERS: Mapping[str, Callable[["Case"], Answer]] = {
    "diagnose": diagnosed,
    "cost": costed,
    "staff": staffed,
    "roster": rostered,
    "team": named,
    "providers": side_by_side,
}


# ---- documents ------------------------------------------------------------------------------


def request(args: argparse.Namespace, case: "Case") -> int:
    """The request for proposals, or the guide to its answers."""
    from commondesk.core.planner import document
    from commondesk.core.planner.diagnosis.diagnosis import diagnose
    from commondesk.core.planner.procurement import request as requests
    from commondesk.core.planner.procurement.sheet import Sheet

    option = diagnose(case.diagnosis).option if case.diagnosis else None
    if args.guide:
        found = requests.guide(case.diagnosis, option)
    else:
        found = requests.request(
            case.scoping or Sheet(),
            case.diagnosis,
            option,
            case.company.name,
            weights=dict(case.providers.weights) if case.providers else None,
        )
    return write(as_told(found, args.out) if args.out else document.markdown(found), args.out)


def charter(args: argparse.Namespace, case: "Case") -> int:
    """The draft of a charter, over the template that is nearest to the option."""
    from commondesk.core.charter import yaml_text
    from commondesk.core.planner.diagnosis.diagnosis import diagnose
    from commondesk.core.planner.procurement import charter_draft

    needed(case.scoping, "scoping")
    assert case.scoping is not None
    base = None
    if case.diagnosis is not None:
        option = diagnose(case.diagnosis).option
        name = charter_draft.template_for(option, case.diagnosis.coverage)
        base = yaml_text.from_yaml((_TEMPLATES / f"{name}.yaml").read_bytes())
    title = f"IT support for {case.company.name}" if case.company.name else ""
    document = charter_draft.document_of(case.scoping, title, base)
    return write(yaml_text.yaml_of(document), args.out)


def board(args: argparse.Namespace, case: "Case") -> int:
    """The two pages for the board."""
    from commondesk.core.planner.cost.comparison import compared
    from commondesk.core.planner.report import board as boards
    from commondesk.core.planner.report import staffing
    from commondesk.planning.export.pdf import board_pdf

    if args.out is None or args.out.suffix.lower() != ".pdf":
        raise UserError("say where the pages go: --out board.pdf")
    if case.diagnosis is None and case.cost is None:
        needed(None, "diagnosis")
    told = boards.board(
        case.company.name,
        args.date,
        case.diagnosis,
        compared(case.cost) if case.cost else None,
        staffing.staffed(planned(case)) if case.staffing else None,
    )
    return write(board_pdf(told), args.out)


_TEMPLATES = Path(__file__).parents[1] / "governance" / "templates"
_WRITES: Mapping[str, Callable[[argparse.Namespace, "Case"], int]] = {
    "request": request,
    "charter": charter,
    "board": board,
}
