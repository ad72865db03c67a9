"""Two cases side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from commondesk.core.record.codec import Json
from commondesk.core.texts import gettext, pgettext
from commondesk.planning import document as documents
from commondesk.planning import sheet, staffing, wording
from commondesk.planning import worked as works
from commondesk.planning.document import Document
from commondesk.planning.models import Case
from commondesk.planning.questions import STEPS, Kind, Question
from commondesk.planning.worked import Worked


@dataclass(frozen=True, slots=True)
class Row:
    """One answer in two cases."""

    title: str
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Table:
    """What came of each, and the answers that differ."""

    results: tuple[Row, ...]
    answers: tuple[Row, ...]


def of(one_case: Case, one: Document, other_case: Case, other: Document) -> Table:
    """What came of two cases, and which answers differ."""
    left, right = dict(documents.leaves(one)), dict(documents.leaves(other))
    names = {
        each.place: each
        for case in (one, other)
        for step in STEPS.values()
        for each in sheet.asked_in(step, case).questions
    }
    rows = []
    for place in dict.fromkeys([*left, *right]):
        if left.get(place) != right.get(place):
            title = _title(place, names)
            rows.append(Row(title, _said(place, left, names), _said(place, right, names)))
    return Table(
        tuple(_results((one_case, works.worked(one)), (other_case, works.worked(other)))),
        tuple(rows),
    )


def _results(left: tuple[Case, Worked], right: tuple[Case, Worked]) -> Iterator[Row]:
    one, other = left[1], right[1]
    yield Row(gettext("The rules point to"), _option(one), _option(other))
    yield Row(gettext("Ready for providers"), _readiness(one), _readiness(other))
    if one.people or other.people:
        yield Row(gettext("People on the payroll"), _people(*left), _people(*right))
    names = {
        each.key: each.candidate.name
        for made in (one, other)
        for each in (made.cost.options if made.cost else ())
    }
    for key, name in names.items():
        title = gettext("%(name)s, a year") % {"name": name}
        yield Row(title, _cost(one, key), _cost(other, key))


def _option(made: Worked) -> str:
    return gettext(wording.options[made.diagnosis.found.option]) if made.diagnosis else "–"


def _readiness(made: Worked) -> str:
    return gettext(wording.readiness[made.diagnosis.found.readiness]) if made.diagnosis else "–"


def _people(case: Case, made: Worked) -> str:
    answer = staffing.answer_now(case, made.people)
    if answer is None and made.people:
        return gettext("not worked out yet")
    smallest = answer.plan.smallest if answer and answer.plan else None
    return str(smallest.heads) if smallest else "–"


def _cost(made: Worked, key: str) -> str:
    """`184,712 (147,171 to 222,025) EUR`: the middle outcome, and 8 of 10."""
    spread, priced = works.spread_of(made, key), works.priced_of(made, key)
    if priced is None:
        return "–"
    if spread is None:
        return priced.total_words
    told = gettext("%(middle)s (%(low)s to %(high)s) %(currency)s")
    return told % {
        "middle": wording.money(spread.p50),
        "low": wording.money(spread.p10),
        "high": wording.money(spread.p90),
        "currency": priced.currency,
    }


def _title(place: str, names: Mapping[str, Question]) -> str:
    question = names.get(place)
    if question is not None:
        return gettext(question.label)
    above, _, last = place.rpartition(".")
    if above in names:
        return f"{gettext(names[above].label)}, {last}"
    return place


def _said(place: str, answers: Mapping[str, Json], names: Mapping[str, Question]) -> str:
    value = answers.get(place)
    if value is None:
        return "–"
    question = names.get(place)
    if question is not None and question.kind is Kind.CHOICE:
        return gettext(dict(question.choices).get(str(value), str(value)))
    if isinstance(value, bool):
        return pgettext("an answer", "yes") if value else pgettext("an answer", "no")
    return documents.as_typed(value)
