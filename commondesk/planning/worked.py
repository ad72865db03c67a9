"""A case worked out: what the core makes of each part of it, and what is wrong with it.

What takes long is kept by what it rests on, so that an answer to one question works out one part
anew.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from commondesk.core import texts
from commondesk.core.planner import case_file
from commondesk.core.planner.case.fields import Complaint
from commondesk.core.planner.case_file import Case
from commondesk.core.planner.cost import actual
from commondesk.core.planner.cost.comparison import Compared, compared
from commondesk.core.planner.cost.costing import Costing
from commondesk.core.planner.cost.draws import Spread
from commondesk.core.planner.cost.priced import Priced
from commondesk.core.planner.cost.sheet import YEARLY
from commondesk.core.planner.diagnosis import changing
from commondesk.core.planner.diagnosis.answers import Answers
from commondesk.core.planner.diagnosis.diagnosis import Diagnosis, diagnose
from commondesk.core.planner.staffing.question import Question
from commondesk.core.record.codec import Json
from commondesk.planning import document as documents
from commondesk.planning import staffed
from commondesk.planning.document import Document
from commondesk.planning.staffed import Answer

MOST_KEPT = 64
_known: OrderedDict[tuple[str, str], Compared] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """The diagnosis, with the answers that would change it."""

    answers: Answers
    found: Diagnosis
    changes: tuple[changing.Change, ...]


@dataclass(frozen=True, slots=True)
class Worked:
    """What came of a case. A part is None while nothing, or not enough, is said for it."""

    case: Case
    complaints: tuple[Complaint, ...]
    diagnosis: Diagnosed | None
    cost: Compared | None
    people: Question | None
    """The question of how many people it takes, once all is said that it needs."""

    @property
    def currency(self) -> str:
        return self.cost.costing.currency if self.cost else self.case.company.currency


def worked(document: Document) -> Worked:
    """Work a case out. Never raises for what a case says."""
    read = case_file.read(dict(document))
    case = read.case
    cost = _compared(case.cost, document) if case.cost else None
    return Worked(case, read.complaints, _diagnosed(case.diagnosis), cost, case.staffing)


def _compared(costing: Costing, document: Document) -> Compared:
    """The models side by side: drawn and priced once for what the case says of cost."""
    said: Document = {name: document.get(name) for name in ("company", "cost")}
    key = documents.text_of(said), texts.language()
    with _lock:
        found = _known.get(key)
    if found is None:
        found = compared(costing)
        with _lock:
            _known[key] = found
            while len(_known) > MOST_KEPT:
                _known.popitem(last=False)
    return found


def _diagnosed(answers: Answers | None) -> Diagnosed | None:
    if answers is None:
        return None
    return Diagnosed(answers, diagnose(answers), changing.changes(answers))


def options(made: Worked) -> tuple[str, ...]:
    """The keys of the models that can be chosen."""
    return tuple(each.key for each in made.cost.options) if made.cost else ()


def suggested(made: Worked) -> str:
    """The key of the model that the diagnosis points to, where it is priced; else the first."""
    keys = options(made)
    wanted = made.diagnosis.found.option.value if made.diagnosis else ""
    return wanted if wanted in keys else next(iter(keys), "")


def priced_of(made: Worked, key: str) -> Priced | None:
    """The model of that key, priced."""
    listed = made.cost.options if made.cost else ()
    return next((each for each in listed if each.key == key), None)


def spread_of(made: Worked, key: str) -> Spread | None:
    """Where its cost a year lies over the draws; None while it is not priced whole."""
    priced = priced_of(made, key)
    if made.cost is None or priced is None or not priced.is_complete:
        return None
    return made.cost.drawn.spreads[key][YEARLY]


def figures(made: Worked, option: str, people: Answer | None) -> dict[str, Json]:
    """What a kept plan is compared with: each line of the chosen model, and what it rests on."""
    told: dict[str, Json] = {"currency": made.currency}
    if made.diagnosis:
        told["diagnosis"] = made.diagnosis.found.option.value
    priced = priced_of(made, option)
    if priced is None:
        return told
    told["lines"] = [
        {"name": line.name, "label": line.label, "amount": line.amount, "is_once": line.is_once}
        for line in actual.kept(priced)
    ]
    if people and people.plan and people.plan.smallest:
        told["people"] = people.plan.smallest.heads
    told["yearly"], told["once"] = priced.yearly.value, priced.once.value
    told["model"] = priced.candidate.name
    for name in ("tickets_per_month", "users"):
        given = made.cost.costing.inputs.get(name) if made.cost else None
        told[name] = given.range.likely if given else None
    return told


def board(made: Worked, title: str, told_on: str, people: Answer | None) -> Mapping[str, Json]:
    """What two pages for the board say. told_on is the day, in words."""
    from commondesk.core.planner.report import board as report

    return report.board(
        made.case.company.name or title,
        told_on,
        made.case.diagnosis,
        made.cost,
        staffed.for_board(people.plan) if people and people.plan else None,
    )
