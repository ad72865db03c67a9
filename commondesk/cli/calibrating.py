"""`commondesk plan calibrate`: the demand, and the signals, that an export shows."""

import argparse
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from commondesk.cli.review import content, opened, teller, zone_of
from commondesk.cli.user_error import UserError

if TYPE_CHECKING:
    from commondesk.core.planner.demand.calibration import Calibration, Seen
    from commondesk.core.planner.diagnosis.measured import Handled, Signal, Touch
    from commondesk.readers.export import ExportedTicket, Source

HELP = "the section demand of a case, and the signals, measured from another desk's export"
WIDTH = 98


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="EXPORT", type=Path, nargs="+")
    reading(parser)
    parser.add_argument(
        "--work", metavar="TIME", nargs="+", default=[],
        help="the work of a ticket at each tier, such as 25min 1h, where it is not booked",
    )  # fmt: skip
    parser.add_argument("--out", metavar="FILE", type=Path, help="a file, as .yaml")


def reading(parser: argparse.ArgumentParser) -> None:
    """How an export is to be read."""
    parser.add_argument("--zone", default="", help="where its clock stood, as Europe/London")
    parser.add_argument("--as", metavar="FORMAT", dest="format", default="", help="as in import")
    parser.add_argument("--mapping", metavar="FILE", type=Path, help="what a table's columns mean")


def measured_in(paths: Sequence[Path], args: argparse.Namespace) -> "tuple[Signal, ...]":
    """What an export shows of the questions of a diagnosis. Raises UserError."""
    from commondesk.core.planner.diagnosis.measured import signals

    gathered = gathered_from(paths, args)
    if not gathered.handled:
        raise UserError(f"{names_of(paths)}: there are no tickets in it; nothing is measured")
    return signals(gathered.handled, gathered.touches)


def gathered_from(paths: Sequence[Path], args: argparse.Namespace) -> "Gathered":
    """What is needed of the tickets of an export. Raises UserError."""
    mapping = content(args.mapping).decode("utf-8-sig") if args.mapping else ""
    gathered = Gathered()
    try:
        with opened(paths) as sources:
            gathered.take(read(sources, args, mapping))
    except UserError as problem:  # what cannot be read is told as such by then
        told, names = str(problem), names_of(paths)
        raise UserError(told if names in told else f"{names} cannot be used.\n{told}") from None
    return gathered


def names_of(paths: Sequence[Path]) -> str:
    return ", ".join(path.name for path in paths)


def text_of(args: argparse.Namespace) -> str:
    """The sections as YAML, with what the export tells and lacks as comments. Raises UserError."""
    from commondesk.core.charter.yaml_text import yaml_of
    from commondesk.core.planner.demand import section
    from commondesk.core.planner.demand.calibration import TooLittleData, calibrated
    from commondesk.core.planner.diagnosis.measured import signals

    zone = zone_of(args.zone or "UTC")
    works = [hours(each) for each in args.work]
    gathered = gathered_from(args.files, args)
    try:
        found = calibrated(gathered.seen, zone)
    except TooLittleData as problem:
        raise UserError(f"{names_of(args.files)} cannot be used.\n{problem}") from None
    told = signals(gathered.handled, gathered.touches)
    demand = found.demand(works)
    lines = [*comments(found, told)]
    if demand is None:
        lines += comment("Give the work of a ticket with --work 30min, or write it in below.")
        demand = found.demand([PLACEHOLDER])
        assert demand is not None
        text = yaml_of({"demand": {**section.written(demand), "work": None}})
    else:
        text = yaml_of({"demand": section.written(demand)})
    return "\n".join([*lines, text])


PLACEHOLDER = 1.0


def hours(text: str) -> float:
    """A time that was given, in hours. Raises UserError."""
    from commondesk.core.planner.case.fields import Unfit, hours_of

    try:
        return hours_of(text)
    except Unfit as wrong:
        raise UserError(f"--work: {wrong}") from None


def read(
    sources: "Sequence[Source]", args: argparse.Namespace, mapping: str
) -> "Iterator[ExportedTicket]":
    """The tickets of the export, one at a time."""
    from uuid import NAMESPACE_URL, uuid5

    from commondesk.readers import known
    from commondesk.readers.export import Asked, Quality

    tell = teller()
    guess = known.reader_of(sources, args.format)
    tell(f"reading {guess.reader.TITLE}: {guess.fit.why}")
    quality = Quality(source=guess.reader.SOURCE)
    zone = zone_of(args.zone) if args.zone else None
    asked = Asked(uuid5(NAMESPACE_URL, "commondesk:plan"), zone, mapping)
    count = 0
    for each in known.tickets_of(guess, sources, asked, quality):
        count += 1
        yield each
    quality.require_sound()
    tell(f"  {count:,} tickets read")


class Gathered:
    """What calibration and the signals need of each ticket."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.handled: list[Handled] = []
        self.touches: list[Touch] = []

    def take(self, tickets: "Iterator[ExportedTicket]") -> None:
        """Take in all tickets."""
        from commondesk.core.planner.demand.calibration import seen

        for each in tickets:
            if (found := seen(each.drafts)) is not None:
                self.seen.append(found)
                self._signal(each, found)

    def _signal(self, ticket: "ExportedTicket", found: "Seen") -> None:
        from commondesk.core.planner.diagnosis.measured import Handled, Touch
        from commondesk.core.record.events import Kind, TicketOpened, TicketResolved

        is_incident, resolved_by = True, ""
        for draft in ticket.drafts:
            if isinstance(draft.body, TicketOpened):
                is_incident = draft.body.kind is Kind.INCIDENT
            if not draft.actor.side.is_technical:
                continue
            self.touches.append(Touch(draft.actor.id, ticket.number, draft.happened_at))
            if isinstance(draft.body, TicketResolved):
                resolved_by = draft.actor.id
        self.handled.append(
            Handled(
                ticket.number,
                found.opened_at,
                is_incident,
                resolved_by,
                ticket.words.get("subject", ""),
            )
        )


# ---- what is told beside it -----------------------------------------------------------------


def comments(found: "Calibration", told: "Sequence[Signal]") -> Iterator[str]:
    """What the export tells, and what it cannot tell."""
    yield "# Measured, in the time of " + found.zone
    for each in found.told:
        yield from comment(each, "  ")
    yield "# What the export does not tell"
    for each in found.lacks:
        yield from comment(each, "  ")
    if told:
        yield "# Signals for the section diagnosis"
    for signal in told:
        suggested = "" if signal.suggests is None else f" -> {shown(signal.suggests)}"
        yield from comment(f"{signal.name}: {signal.words}{suggested}", "  ")
    yield ""


def shown(suggests: bool | float) -> str:
    if isinstance(suggests, bool):
        return "yes" if suggests else "no"
    return f"{suggests:g}"


def comment(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=f"# {indent}", subsequent_indent=f"# {indent}  "
    )
