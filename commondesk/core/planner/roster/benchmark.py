"""Reads the text files of the shift scheduling benchmarks (schedulingbenchmarks.org)."""

from __future__ import annotations

from collections import defaultdict

from ...texts import gettext
from .columns import UnusableRoster
from .named import Need, Person, RosterTask, ShiftKind, Wish


def task_of(text: str) -> RosterTask:
    """The roster that a benchmark file asks for. Raises UnusableRoster."""
    parts: dict[str, list[list[str]]] = defaultdict(list)
    section = ""
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("SECTION_"):
            section = line.removeprefix("SECTION_")
        elif line and not line.startswith("#"):
            parts[section].append([each.strip() for each in line.split(",")])
    try:
        return _task(parts)
    except (ValueError, IndexError, KeyError) as unfit:
        raise UnusableRoster(
            gettext("The text is no shift scheduling benchmark: %(why)s.") % {"why": unfit}
        ) from unfit


def _task(parts: dict[str, list[list[str]]]) -> RosterTask:
    days_off = {row[0]: frozenset(int(day) for day in row[1:]) for row in parts["DAYS_OFF"]}
    return RosterTask(
        int(parts["HORIZON"][0][0]),
        tuple(
            ShiftKind(
                row[0],
                int(row[1]) / 60,
                not_before=tuple(each for each in "".join(row[2:3]).split("|") if each),
            )
            for row in parts["SHIFTS"]
        ),
        tuple(
            Person(
                row[0],
                most_h=int(row[2]) / 60,
                least_h=int(row[3]) / 60,
                most_in_row=int(row[4]),
                least_in_row=int(row[5]),
                least_days_off=int(row[6]),
                most_weekends=int(row[7]),
                most_shifts=_most_shifts(row[1]),
                days_off=days_off.get(row[0], frozenset()),
            )
            for row in parts["STAFF"]
        ),
        tuple(
            Need(int(row[0]), row[1], int(row[2]), float(row[3]), float(row[4]))
            for row in parts["COVER"]
        ),
        tuple(
            Wish(row[0], int(row[1]), row[2], float(row[3]), is_for)
            for name, is_for in (("SHIFT_ON_REQUESTS", True), ("SHIFT_OFF_REQUESTS", False))
            for row in parts[name]
        ),
    )


def _most_shifts(text: str) -> dict[str, int]:
    pairs = (each.split("=") for each in text.split("|") if each)
    return {name: int(most) for name, most in pairs}
