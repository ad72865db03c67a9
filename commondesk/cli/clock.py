"""`commondesk clock`: read any case file under any lens, with reasons."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from commondesk.cli.user_error import UserError
from commondesk.core.record.instant import Instant, iso_of
from commondesk.core.service_level.cases import cases_of
from commondesk.core.service_level.clock import Reading, readings_of
from commondesk.core.service_level.hands import legs_of, ownerless, work_by_hands
from commondesk.core.service_level.lens import Lens
from commondesk.core.service_level.story import Story
from commondesk.core.service_level.why import instant_words, reasons, span_words
from commondesk.readers.case_file import Case, CaseError, read_case
from commondesk.readers.expectations import failures

NAME = "clock"
HELP = "read the clocks of a case file (calendar, charter, events) under any lens"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", type=Path, nargs="+", help="YAML files, see docs/clocks.md")
    parser.add_argument(
        "--lens", default="contract", help="a preset, a lens of the file, contract, or all"
    )
    parser.add_argument("--why", action="store_true", help="add the reasons and the legs")
    parser.add_argument("--json", action="store_true", help="one JSON line a reading")
    parser.add_argument("--check", action="store_true", help="compare with the file's `expect`")


def run(args: argparse.Namespace) -> int:
    outcomes = [_one(path, args) for path in args.case]
    return max(outcomes)


def _one(path: Path, args: argparse.Namespace) -> int:
    try:
        case = read_case(path)
    except OSError as wrong:
        raise UserError(f"{path} cannot be read: {wrong.strerror}") from None
    except CaseError as wrong:
        raise UserError(f"{path} is no case:\n{wrong}") from None
    if args.check:
        return _check(path, case)
    for name, lens in _lenses(case, args.lens):
        lines = _json(case, name, lens) if args.json else _text(case, name, lens, args.why)
        for line in lines:
            print(line)
    return 0


def _lenses(case: Case, wanted: str) -> list[tuple[str, Lens]]:
    if wanted == "all":
        return list(case.lenses.items())
    if wanted not in case.lenses:
        raise UserError(f"no lens is named {wanted!r}; known: {', '.join(case.lenses)}, all")
    return [(wanted, case.lenses[wanted])]


def _check(path: Path, case: Case) -> int:
    found = failures(case)
    for line in found:
        print(f"{path.name}: {line}", file=sys.stderr)
    if not case.expected:
        print(f"{path.name}: expects nothing", file=sys.stderr)
        return 1
    if not found:
        print(f"{path.name}: {len(case.expected)} expectations hold. {case.title}")
    return 1 if found else 0


def _text(case: Case, name: str, lens: Lens, with_reasons: bool) -> Iterator[str]:
    yield f"{case.title or 'Case'} · lens {name}"
    for story in cases_of(case.histories, lens.disguised, case.now):
        agreement = case.agreement(story.charter)
        yield f"  {' + '.join(story.tickets)}"
        for reading in readings_of(story, agreement, lens, case.now, parts=case.agreement):
            yield f"    {_sentence(reading)}"
            if with_reasons:
                yield from (f"      {line}" for line in reasons(reading, story, agreement, lens))
        if with_reasons:
            yield f"    {_hands(case, story)}"


def _sentence(reading: Reading) -> str:
    zone = reading.calendar.zone if reading.calendar else "UTC"

    def when(instant: Instant | None, none: str) -> str:
        return none if instant is None else instant_words(instant, zone)

    clock = reading.clock.value.replace("_", " ")
    cycle = f" {reading.cycle + 1}" if reading.cycle else ""
    state = "" if reading.state.value == "ended" else f" and {reading.state.value}"
    return (
        f"{clock}{cycle}: {reading.verdict.value.replace('_', ' ')}{state}, "
        f"due {when(reading.due_at, 'not known')}, ended {when(reading.ended_at, 'not yet')}, "
        f"used {span_words(reading.used)}"
        + (f" of {span_words(reading.span)}" if reading.span is not None else "")
        + f", on the wall {span_words(reading.wall)}"
    )


def _hands(case: Case, story: Story) -> str:
    legs = legs_of(story, case.agreement(story.charter), case.now)
    sums = ", ".join(f"{hands} {span_words(work)}" for hands, work in work_by_hands(legs).items())
    work, wall = ownerless(legs)
    return f"in whose hands: {sums}; ownerless {span_words(work)}, on the wall {span_words(wall)}"


def _json(case: Case, name: str, lens: Lens) -> Iterator[str]:
    for story in cases_of(case.histories, lens.disguised, case.now):
        agreement = case.agreement(story.charter)
        for reading in readings_of(story, agreement, lens, case.now, parts=case.agreement):
            yield json.dumps(_row(name, reading))


def _row(lens: str, reading: Reading) -> dict[str, object]:
    return {
        "lens": lens,
        "tickets": list(reading.tickets),
        "clock": reading.clock.value,
        "cycle": reading.cycle,
        "started_at": iso_of(reading.started_at),
        "due_at": _iso(reading.due_at),
        "ended_at": _iso(reading.ended_at),
        "state": reading.state.value,
        "verdict": reading.verdict.value,
        "used_seconds": reading.used / 1_000_000,
        "wall_seconds": reading.wall / 1_000_000,
        "flags": sorted(reading.flags),
    }


def _iso(instant: Instant | None) -> str | None:
    return None if instant is None else iso_of(instant)
