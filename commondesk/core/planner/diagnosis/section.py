"""The section `diagnosis` of a case: answers as a person writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import cast

from ...record.codec import Json
from ...texts import gettext
from ..case.fields import Complaints, Part
from .answers import QUESTIONS, Answers, Asks, InternalIt, Question, Scoping
from .changing import CHOICES_OF

MOST = {
    "users": 1_000_000,
    "internal_support_fte": 10_000,
    "incidents_per_month": 1_000_000,
    "internal_hours_month": 1_000_000,
    "leadership_hours_week": 168,
    "target_full_service_days": 3_650,
}
"""What no company exceeds: more is a slip of the unit."""


def read(
    part: Part,
    complaints: Complaints,
    *,
    users: int | None = None,
    settled: Scoping | None = None,
    has_three_answers: bool | None = None,
) -> Answers | None:
    """The answers, or None where the two that everything needs are missing.

    users are those of the company, where it tells them; settled are the points that the scoping
    sheet of the case fills, and has_three_answers is whether it answers the three questions.
    """
    given: dict[str, object] = {}
    if has_three_answers is not None:
        given["three_questions_answered"] = has_three_answers
    for question in QUESTIONS:
        if (answer := _answer(part, question, users)) is not None:
            given[question.name] = answer
    given["scoping"] = _scoping(part, settled)
    part.end()
    _contradictions(part, given, users)
    if "users" not in given or "internal_it" not in given:
        return None
    return cast(Answers, _made(given))


def answers_of(data: Mapping[str, Json]) -> tuple[Answers | None, Complaints]:
    """The answers of plain data, and what is wrong with them."""
    complaints = Complaints()
    return read(Part("diagnosis", data, complaints), complaints), complaints


def _made(given: Mapping[str, object]) -> object:
    shape: type = Answers
    return shape(**given)


def _answer(part: Part, question: Question, users: int | None) -> object:
    name = _written(part, question)
    most = MOST.get(question.name, 1)
    match question.asks:
        case Asks.YES:
            return part.yes(name)
        case Asks.CHOICE:
            is_needed = question.name == "internal_it"
            choice = part.choice(name, question.choices, needed=is_needed)
            shape: type[StrEnum] = CHOICES_OF[question.name]
            return shape(choice) if choice else None
        case Asks.COUNT:
            return part.whole(name, least=1, most=most, needed=users is None, default=users)
        case Asks.NUMBER:
            return part.number(name, most=most)


def _written(part: Part, question: Question) -> str:
    """The name that the field is written by: its own, or another it is known by."""
    given = [name for name in (question.name, *question.also) if name in part.data]
    return part.one_of(*given or (question.name,)) or question.name


def _scoping(part: Part, settled: Scoping | None) -> Scoping:
    inner = part.part("scoping")
    if inner is None:
        return settled or Scoping()
    names = [each.name for each in fields(Scoping)]
    said = Scoping(**{name: inner.yes(name, default=False) for name in names})
    for name in names:
        is_said = settled is not None and name in inner.data
        if is_said and getattr(said, name) != getattr(settled, name):
            inner.wrong(
                name,
                gettext("contradicts the scoping sheet; fill the sheet, and leave this out"),
            )
    inner.end()
    return said


def _contradictions(part: Part, given: Mapping[str, object], users: int | None) -> None:
    if users is not None and given.get("users") != users:
        part.wrong(
            "users",
            gettext("says %(here)s, and company.users says %(there)s; keep one of the two")
            % {"here": given.get("users"), "there": users},
        )
    people = given.get("internal_support_fte")
    if given.get("internal_it") is InternalIt.NONE and people:
        part.wrong(
            "internal_support_fte",
            gettext(
                "says that people inside do support, and internal_it says nobody does; change one"
            ),
        )
