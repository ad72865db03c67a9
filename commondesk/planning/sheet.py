"""A step of the path as its page shows it: questions with their answers and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from commondesk.core.planner.case.fields import Complaint
from commondesk.core.record.codec import Json
from commondesk.planning import (
    cost_questions,
    demand_questions,
    provider_questions,
    roster_questions,
)
from commondesk.planning import document as documents
from commondesk.planning.document import Document
from commondesk.planning.questions import Group, Kind, Question, Step

SAID_BY_SHEET = ("diagnosis.scoping", "diagnosis.three_questions_answered")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answer as it was typed, and the complaints about it.

    is_from_file: what stands there is more than a form shows; an answer would replace it.
    """

    question: Question
    answer: str
    low: str
    high: str
    wrong: tuple[str, ...]
    is_from_file: bool

    @property
    def described(self) -> str:
        """The ids of what describes its field."""
        hint = f"{self.question.id}-hint " if self.question.hint or self.question.unit else ""
        return f"{hint}{self.question.id}-wrong"

    @property
    def is_answered(self) -> bool:
        return bool(self.answer or self.low or self.high or self.is_from_file)


@dataclass(frozen=True, slots=True)
class AskedGroup:
    """A group with its questions as they are answered."""

    group: Group
    asked: tuple[Asked, ...]

    @property
    def answered(self) -> int:
        return sum(each.is_answered for each in self.asked)

    @property
    def is_open(self) -> bool:
        if self.group.is_shut:
            return any(each.wrong for each in self.asked)
        return not self.group.is_folded or any(each.is_answered for each in self.asked)


def asked_in(step: Step, document: Mapping[str, Json]) -> Step:
    """The step with the questions that fit what is answered so far."""
    if step.key == "cost":
        return replace(step, groups=cost_questions.groups(document))
    if step.key == "demand":
        return replace(step, groups=demand_questions.GROUPS)
    if step.key == "risks":
        return replace(step, groups=(roster_questions.GROUP,))
    if step.key == "providers":
        return replace(step, groups=provider_questions.groups(document))
    return step


def groups_of(
    step: Step, document: Mapping[str, Json], complaints: Iterable[Complaint]
) -> tuple[AskedGroup, ...]:
    told = tuple(complaints)
    has_sheet = bool(document.get("scoping"))
    return tuple(
        AskedGroup(group, tuple(_asked(each, document, told) for each in group.questions))
        for group in step.groups
        if not (has_sheet and group.questions[0].place.startswith("diagnosis.scoping."))
    )


def _asked(
    question: Question, document: Mapping[str, Json], complaints: Iterable[Complaint]
) -> Asked:
    found = _found(question, document)
    if question.kind is Kind.PICK:
        return Asked(question, "no" if found is None else "yes", "", "", (), False)
    if question.kind is Kind.NONE:
        return Asked(question, "none" if found == [] else "", "", "", (), False)
    if question.kind is Kind.LIST and isinstance(found, list):
        found = ", ".join(documents.as_typed(each) for each in found)
    wrong = tuple(each.what for each in complaints if _is_of(each, question))
    if question.kind is Kind.RANGE and isinstance(found, dict):
        likely = found.get("likely", found.get("value"))
        return Asked(
            question,
            documents.as_typed(likely),
            documents.as_typed(found.get("low")),
            documents.as_typed(found.get("high")),
            wrong,
            False,
        )
    if isinstance(found, dict) and "value" in found:
        return Asked(question, documents.as_typed(found["value"]), "", "", wrong, False)
    is_from_file = isinstance(found, dict | list)
    return Asked(question, documents.as_typed(found), "", "", wrong, is_from_file)


def _found(question: Question, document: Mapping[str, Json]) -> Json:
    found = documents.at(document, question.place)
    alone = documents.at(document, question.short) if question.short else None
    return alone if found is None and isinstance(alone, int | float) else found


def _is_of(complaint: Complaint, question: Question) -> bool:
    return is_about(complaint, question.place) or complaint.place in question.also


def is_about(complaint: Complaint, place: str) -> bool:
    """Whether a complaint is about what stands at a place, or within it."""
    return complaint.place == place or complaint.place.startswith((f"{place}.", f"{place}["))


def unplaced(steps: Iterable[Step], complaints: Iterable[Complaint]) -> tuple[Complaint, ...]:
    """What is wrong where no question of these steps asks: it came with a file."""
    asked = [each for step in steps for each in step.questions]
    return tuple(each for each in complaints if not any(_is_of(each, one) for one in asked))


def answers_in(step: Step, posted: Mapping[str, str], document: Document) -> dict[str, Json]:
    """The answers that a form, or a part of it, gives to questions of a step: by place.

    Once points are written out on the scoping sheet, the sheet tells which of them are settled.
    """
    found = dict(_answers(step, posted, document))
    if found.get("demand.tickets_per_month") is not None:
        found["demand.per_hour"] = None  # a number that is typed takes the place of those measured
    is_pick = any(place.startswith("cost.options.") and "." not in place[13:] for place in found)
    users = documents.at(document, "diagnosis.users")
    if is_pick and users is not None and documents.at(document, "cost.users") is None:
        found.setdefault("cost.users", users)  # it was said once, and stands there to be changed
    for question in step.questions:
        if question.short and any(each.startswith(f"{question.short}.") for each in found):
            # What stood there alone keeps its place beside what is said with it now.
            found.setdefault(question.place, _found(question, document))
    if any(place.startswith("scoping.") and value is not None for place, value in found.items()):
        found |= dict.fromkeys(SAID_BY_SHEET)
    return found


def _answers(
    step: Step, posted: Mapping[str, str], document: Document
) -> Iterator[tuple[str, Json]]:
    for question in step.questions:
        if not any(name in posted for name in question.names):
            continue
        found = documents.at(document, question.place)
        given = documents.typed(posted.get(question.place, ""))
        if question.kind is Kind.RANGE:
            yield question.place, _range(question, given, posted, found)
        elif question.kind is Kind.YES:
            yield question.place, {"yes": True, "no": False}.get(str(given))
        elif question.kind is Kind.PICK:
            yield question.place, ({} if found is None else found) if given == "yes" else None
        elif question.kind is Kind.NONE:
            if given == "none" or found == []:
                yield question.place, [] if given == "none" else None
        elif question.kind is Kind.LIST:
            said = [each.strip() for each in posted.get(question.place, "").split(",")]
            yield question.place, [each for each in said if each] or None
        elif given is None and isinstance(found, dict | list) and "value" not in found:
            continue  # the form could not show it, so an empty field takes nothing away
        elif isinstance(found, dict) and "value" in found and given is not None:
            yield question.place, {**found, "value": given}
        else:
            yield question.place, given


def _range(question: Question, likely: Json, posted: Mapping[str, str], found: Json) -> Json:
    low, high = (documents.typed(posted.get(name, "")) for name in question.names[1:])
    kept = found if isinstance(found, dict) else {}
    more: dict[str, Json] = {
        name: each for name, each in kept.items() if name not in ("value", "low", "likely", "high")
    }
    if low is None and high is None:
        if likely is None:
            return None
        return {**more, "value": likely} if more else likely
    told = {"low": low, "likely": likely, "high": high}
    return {name: each for name, each in told.items() if each is not None} | more
