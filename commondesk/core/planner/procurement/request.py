"""A request for proposals out of the case: what is asked for, and what separates those who answer.

The guide beside it is for the company's own eyes: what a good answer shows, and what is a red flag.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...texts import gettext, number
from ..diagnosis.answers import CHOICES, OPTIONS, Answers, Option
from ..document import Block, Chapter, Document, List, Table
from .questions import TOPICS, Asked, Topic, questions_for
from .scorecard import BEST, CRITERIA
from .sheet import POINTS, Sheet

OPEN = "…"
"""Stands where the company still has something to write."""


@dataclass(frozen=True, slots=True)
class Told:
    """One more line of what we know of ourselves, as `Tickets a month: 420`."""

    what: str
    value: str


def request(
    sheet: Sheet,
    answers: Answers | None = None,
    option: Option | None = None,
    company: str = "",
    facts: Sequence[Told] = (),
    weights: dict[str, float] | None = None,
) -> Document:
    """The request for proposals. facts are further lines about us, such as volumes and hours."""
    asked = questions_for(answers, option)
    name = company or gettext("our company")
    title = gettext("Request for proposals: IT support for %(company)s") % {"company": name}
    intro = gettext(
        "Please answer each point in its order and in your own words; say openly where you do not"
        " do something. We compare answers and references before prices."
    )
    return Document(
        title,
        intro,
        tuple(
            _numbered(
                (
                    Chapter(gettext("Who we are"), tuple(_about_us(answers, facts))),
                    Chapter(gettext("What we look for"), tuple(_wanted(sheet, option))),
                    Chapter(gettext("Where your responsibility ends"), tuple(_ends(sheet))),
                    Chapter(gettext("The state of things today"), tuple(_today(sheet))),
                    *_question_chapters(asked),
                    Chapter(gettext("Your price"), tuple(_price(answers, option))),
                    Chapter(gettext("How we compare"), tuple(_compared(weights))),
                )
            )
        ),
    )


def guide(answers: Answers | None = None, option: Option | None = None) -> Document:
    """What to listen for in the answers; not for the providers."""
    chapters = []
    for topic, asked in _by_topic(questions_for(answers, option)):
        rows = tuple((gettext(each.words), gettext(each.good), gettext(each.bad)) for each in asked)
        head = (gettext("Question"), gettext("A good answer shows"), gettext("A red flag"))
        chapters.append(Chapter(gettext(TOPICS[topic]), (Table(head, rows),)))
    intro = gettext("For your own eyes. Write down the evidence for each answer, not its tone.")
    return Document(gettext("What to listen for"), intro, tuple(chapters))


def _numbered(chapters: Sequence[Chapter]) -> Iterator[Chapter]:
    for index, each in enumerate(chapters, 1):
        yield Chapter(f"{index}. {each.title}", each.blocks)


def _about_us(answers: Answers | None, facts: Sequence[Told]) -> Iterator[Block]:
    told = list(facts)
    if answers is not None:
        told = [
            Told(gettext("People who use IT"), number(answers.users)),
            Told(gettext("IT inside"), gettext(CHOICES[answers.internal_it.value])),
            Told(gettext("Hours to cover"), gettext(CHOICES[answers.coverage.value])),
            *told,
        ]
        if answers.incidents_per_month is not None:
            told.append(Told(gettext("Incidents a month"), number(answers.incidents_per_month)))
        if answers.regulated:
            told.append(Told(gettext("Sector"), gettext("regulated")))
    rows = tuple((each.what, each.value) for each in told) or ((OPEN, OPEN),)
    yield Table((gettext("About us"), gettext("Figure")), rows)


def _wanted(sheet: Sheet, option: Option | None) -> Iterator[Block]:
    yield sheet.outsourced or f"{gettext('What exactly is given away, and why?')} {OPEN}"
    if sheet.why:
        yield gettext("Why: %(why)s") % {"why": sheet.why}
    if option is not None:
        yield gettext("The model we have in mind: %(option)s.") % {
            "option": gettext(OPTIONS[option])
        }
    if sheet.kept_inside:
        yield gettext("What stays with us: %(kept)s") % {"kept": sheet.kept_inside}
    if sheet.success:
        yield gettext("In six months we judge by: %(success)s") % {"success": sheet.success}


def _ends(sheet: Sheet) -> Iterator[Block]:
    head = (gettext("Ends where"), gettext("Whose from there"), gettext("Handed over how"))
    rows = tuple(
        (each.where, each.other_side or OPEN, each.handed_over or OPEN) for each in sheet.ends
    )
    yield Table(head, rows or ((OPEN, OPEN, OPEN),))
    yield gettext("Name every border that you see and that is missing here.")


def _today(sheet: Sheet) -> Iterator[Block]:
    rows = tuple((gettext(asks), getattr(sheet, name) or OPEN) for name, asks in POINTS.items())
    yield Table((gettext("Point"), gettext("Our answer")), rows)


def _by_topic(asked: Sequence[Asked]) -> Iterator[tuple[Topic, list[Asked]]]:
    for topic in Topic:
        if found := [each for each in asked if each.topic is topic]:
            yield topic, found


def _question_chapters(asked: Sequence[Asked]) -> Iterator[Chapter]:
    for topic, found in _by_topic(asked):
        items = tuple(gettext(each.words) for each in found)
        yield Chapter(gettext(TOPICS[topic]), (List(items, is_numbered=True),))


def _price(answers: Answers | None, option: Option | None) -> Iterator[Block]:
    yield gettext("Fill in every line. Write 0 where something costs nothing, not a blank.")
    lines = [
        gettext("Monthly fee, and what it is reckoned from"),
        gettext("Taking over: one-off"),
        gettext("Each hour beyond the scope, by day"),
        gettext("Each hour at night, at weekends and on holidays"),
        gettext("Work on site, with travel"),
        gettext("Projects: per day"),
        gettext("Licences and tools that you bring"),
        gettext("A new person joins, or leaves"),
        gettext("Price rise a year, at most"),
        gettext("Ending the contract early"),
        gettext("Help with the handover to whoever comes next"),
    ]
    if option is Option.PER_SEAT_SUBSCRIPTION:
        lines.insert(1, gettext("Per workplace and month"))
    if answers is not None and answers.managed_soc_required:
        lines.append(gettext("Security operations centre: monthly, by itself"))
    if option is Option.FRACTIONAL_REMOTE_TEAM:
        lines.insert(1, gettext("Per role, region and month"))
    head = (gettext("Line"), gettext("Price"), gettext("What is included"))
    yield Table(head, tuple((each, OPEN, OPEN) for each in lines))


def _compared(weights: dict[str, float] | None) -> Iterator[Block]:
    known = weights or {each.name: each.weight for each in CRITERIA}
    whole = sum(known.values()) or 1
    rows = tuple(
        (gettext(each.words), gettext(each.looks_at), f"{100 * known[each.name] / whole:.0f} %")
        for each in CRITERIA
        if known.get(each.name)
    )
    yield gettext(
        "Each criterion is scored from 0 to %(best)s; only what is proven counts fully."
    ) % {"best": f"{BEST:g}"}
    yield Table((gettext("Criterion"), gettext("We look at"), gettext("Weight")), rows)
