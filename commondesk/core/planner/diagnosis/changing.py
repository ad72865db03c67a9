"""What would change the answer: each answer tried the other way, and those told that flip it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from ...texts import gettext
from .answers import (
    BY_NAME,
    CHOICES,
    QUESTIONS,
    Answers,
    Asks,
    Coverage,
    Criticality,
    Dependence,
    InternalIt,
    Option,
    Question,
    Volume,
)
from .decision import decided
from .rules import (
    MOST_OWN_HOURS,
    RARE_INCIDENTS,
    ROUND_THE_CLOCK_FTE,
    SEATS_FROM,
    Step,
)

Answer = bool | int | float | StrEnum
CHOICES_OF: dict[str, type[StrEnum]] = {
    "internal_it": InternalIt,
    "volume": Volume,
    "criticality": Criticality,
    "it_dependence": Dependence,
    "coverage": Coverage,
}


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound at which a number may change the answer, with a number on either side of it."""

    at: float
    below: float
    above: float
    is_above_strict: bool = False
    """Whether the bound itself lies below: more than 2 hours."""

    def is_below(self, value: float) -> bool:
        return value <= self.at if self.is_above_strict else value < self.at


_BOUNDS = {
    "users": Bound(SEATS_FROM, SEATS_FROM - 1, SEATS_FROM),
    "internal_support_fte": Bound(
        ROUND_THE_CLOCK_FTE, ROUND_THE_CLOCK_FTE - 1, ROUND_THE_CLOCK_FTE
    ),
    "incidents_per_month": Bound(RARE_INCIDENTS, RARE_INCIDENTS / 2, RARE_INCIDENTS),
    "internal_hours_month": Bound(MOST_OWN_HOURS, MOST_OWN_HOURS, MOST_OWN_HOURS + 1, True),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One answer that, given the other way, leads to another option."""

    name: str
    other: Answer
    option: Option
    step: Step

    @property
    def question(self) -> Question:
        return BY_NAME[self.name]

    def words(self) -> str:
        """The other answer, as `work stays in own tools: yes`."""
        return f"{gettext(self.question.short)}: {self._answer()}"

    def _answer(self) -> str:
        bound = _BOUNDS.get(self.name)
        if isinstance(self.other, StrEnum):
            return gettext(CHOICES[self.other.value])
        if bound is None:
            return gettext("yes") if self.other else gettext("no")
        at = f"{bound.at:g}"
        if bound.is_below(float(self.other)):
            said = gettext("at most %(at)s") if bound.is_above_strict else gettext("under %(at)s")
        else:
            said = gettext("over %(at)s") if bound.is_above_strict else gettext("%(at)s or more")
        return said % {"at": at}


def changes(answers: Answers) -> tuple[Change, ...]:
    """Each single answer that flips the option, in the order of the questions."""
    now = decided(answers).option
    found = []
    for question in QUESTIONS:
        for other in _others(answers, question):
            chosen = decided(replace(answers, **{question.name: other}))  # type: ignore[arg-type]
            if chosen.option is not now:
                found.append(Change(question.name, other, chosen.option, chosen.step))
    return tuple(found)


def _others(answers: Answers, question: Question) -> Iterator[Answer]:
    value: Answer | None = getattr(answers, question.name)
    match question.asks:
        case Asks.YES:
            yield not value
        case Asks.CHOICE:
            yield from (each for each in CHOICES_OF[question.name] if each != value)
        case _:
            if (bound := _BOUNDS.get(question.name)) is None:
                return
            number = None if value is None else float(value)
            if number is None or not bound.is_below(number):
                yield _as_given(question, bound.below)
            if number is None or bound.is_below(number):
                yield _as_given(question, bound.above)


def _as_given(question: Question, value: float) -> Answer:
    return int(value) if question.asks is Asks.COUNT else value
