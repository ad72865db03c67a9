"""Two pages for a board: the answer, the reasons, the money, the people, what could go wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...record.codec import Json
from ...texts import gettext, language, number
from ..cost.comparison import Compared
from ..diagnosis.answers import OPTIONS, POINTS, Answers
from ..diagnosis.changing import changes
from ..diagnosis.diagnosis import READINESS, STEPS, WARNINGS, Diagnosis, diagnose
from . import cost as cost_report

MOST_REASONS = 8
MOST_CHANGES = 5
MOST_OPTIONS = 6
MOST_STEPS = 8
MOST_WORRIES = 9
LONGEST = 300
"""Characters of one entry: two pages are two pages."""


@dataclass(frozen=True, slots=True)
class Staffed:
    """A step table of people, ready to be told: its question, its heads, its rows, the row that
    meets the promise, and the engine that worked it out."""

    question: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    meets: int | None
    engine: str
    notes: tuple[str, ...] = ()


def board(
    company: str,
    told_on: str,
    answers: Answers | None,
    compared: Compared | None,
    staffed: Staffed | None,
) -> dict[str, Json]:
    """What stands on the two pages, as plain data. told_on is the day, in words, or empty."""
    found = diagnose(answers) if answers else None
    title = gettext("IT support: what to do")
    return {
        "language": language(),
        "title": f"{title} – {_cut(company)}" if company else title,
        "told_on": told_on,
        "answer": _answer(found),
        "reasons": _reasons(found),
        "changes": _changes(answers),
        "cost": _cost(compared),
        "staffing": _staffing(staffed),
        "worries": {
            "title": gettext("What could go wrong, and what is not known"),
            "items": _strings(_worries(found, compared, staffed), MOST_WORRIES),
        },
        "foot": gettext(
            "Every figure, its formula and its source stand in the case; ranges are P10 to P90."
        ),
    }


def _strings(items: Iterator[str] | Sequence[str], most: int) -> list[Json]:
    found = list(dict.fromkeys(items))
    cut: list[Json] = [_cut(each) for each in found[:most]]
    if len(found) > most:
        cut.append(gettext("… and %(count)s more in the case") % {"count": len(found) - most})
    return cut


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 1].rsplit(' ', 1)[0]}…"


def _answer(found: Diagnosis | None) -> Json:
    if found is None:
        return None
    others = ", ".join(gettext(OPTIONS[each]) for each in found.alternatives)
    open_points = ", ".join(gettext(POINTS[each]) for each in found.missing_scoping)
    return {
        "label": gettext("Our answer"),
        "option": gettext(OPTIONS[found.option]),
        "step": gettext(STEPS[found.step]),
        "readiness_label": gettext("Next step"),
        "readiness": gettext(READINESS[found.readiness]),
        "open_label": gettext("To settle first"),
        "open": open_points,
        "others_label": gettext("Priced as well"),
        "others": others,
    }


def _reasons(found: Diagnosis | None) -> Json:
    if found is None or not found.fired:
        return None
    return {
        "title": gettext("Why"),
        "items": [
            {"when": gettext(each.when), "then": gettext(each.then), "id": each.id}
            for each in found.fired[:MOST_REASONS]
        ],
    }


def _changes(answers: Answers | None) -> Json:
    found = changes(answers) if answers else ()
    if not found:
        return None
    return {
        "title": gettext("What would change the answer"),
        "items": [
            f"{each.words()} → {gettext(OPTIONS[each.option])}" for each in found[:MOST_CHANGES]
        ],
    }


def _cost(compared: Compared | None) -> Json:
    if compared is None:
        return None
    rows: list[Json] = []
    for each in compared.options[:MOST_OPTIONS]:
        sign = "" if each.is_complete else "≥ "
        amounts = (each.yearly.value, each.first_year.value, each.per_month.value)
        told: list[Json] = [
            "–" if value is None else f"{sign}{number(round(value))}" for value in amounts
        ]
        rows.append([each.candidate.name, *told])
    chart = cost_report.ranges(compared)
    bars: list[Json] = [
        {"label": each.label, "low": each.low, "middle": each.middle, "high": each.high,
         "told": number(round(each.middle))}
        for each in chart.rows[:MOST_OPTIONS]
    ]  # fmt: skip
    return {
        "title": gettext("What it costs"),
        "head": [
            gettext("In %(currency)s") % {"currency": compared.costing.currency},
            gettext("A year"),
            gettext("First year"),
            gettext("A month"),
        ],
        "rows": rows,
        "chart": f"{chart.title} ({chart.unit})",
        "bars": bars,
        "pairs": _strings(_cheaper(compared), 4),
    }


def _cheaper(compared: Compared) -> Iterator[str]:
    for each in compared.pairs:
        if each.cheaper is not None and each.saving.value is not None and each.cheaper >= 0.5:
            yield gettext(
                "%(other)s instead of %(one)s saves %(saving)s; the chance that it is cheaper is"
                " %(chance)s."
            ) % {
                "other": compared.costing.candidate(each.other).name,
                "one": compared.costing.candidate(each.one).name,
                "saving": cost_report.percent(each.saving.value),
                "chance": cost_report.chance(each.cheaper),
            }


def _staffing(staffed: Staffed | None) -> Json:
    if staffed is None:
        return None
    shown = slice(0, MOST_STEPS)
    if staffed.meets is not None and staffed.meets >= MOST_STEPS:
        shown = slice(staffed.meets - MOST_STEPS + 2, staffed.meets + 2)
    rows: list[Json] = [list(row) for row in staffed.rows[shown]]
    meets = None if staffed.meets is None else staffed.meets - (shown.start or 0)
    return {
        "title": gettext("How many people it takes"),
        "question": staffed.question,
        "head": list(staffed.head),
        "rows": rows,
        "meets": meets,
        "engine": staffed.engine,
        "notes": _strings(staffed.notes, 3),
    }


def _worries(
    found: Diagnosis | None, compared: Compared | None, staffed: Staffed | None
) -> Iterator[str]:
    if found is not None:
        yield from (gettext(WARNINGS[each]) for each in found.warnings)
        for conflict in found.conflicts:
            yield gettext("The sources disagree: %(words)s We take: %(taken)s.") % {
                "words": gettext(conflict.words),
                "taken": gettext(conflict.taken),
            }
    if compared is not None:
        for each in compared.options:
            if not each.is_complete:
                yield f"{each.candidate.name}: {each.total_words}"
        for risk in compared.costing.risks or ():
            yield gettext("%(risk)s: %(rate)s times a year is assumed (source: %(source)s).") % {
                "risk": risk.name,
                "rate": f"{risk.rate:g}",
                "source": risk.source,
            }
        yield from compared.notes
    if staffed is None:
        yield gettext("How many people it takes has not been worked out in this case.")
