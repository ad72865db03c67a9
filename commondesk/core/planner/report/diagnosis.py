"""The diagnosis, told: the answer, what spoke for it, what is open, and what would change it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...record.codec import Json
from ...texts import gettext
from ..diagnosis.answers import BY_NAME, OPTIONS, POINTS, Answers
from ..diagnosis.changing import Change, changes
from ..diagnosis.diagnosis import READINESS, STEPS, WARNINGS, Diagnosis, Readiness, diagnose
from ..diagnosis.disagreements import Disagreement
from ..diagnosis.measured import Beside
from ..diagnosis.rules import SOURCES
from ..document import Block, Chapter, List, Table, amount


def chapters(answers: Answers, measured: Sequence[Beside] = ()) -> tuple[Chapter, ...]:
    """The diagnosis of these answers, chapter by chapter; measured: what tickets show of them."""
    found = diagnose(answers)
    told = (
        (gettext("The answer"), _answer(found)),
        (gettext("Why"), _why(found)),
        (gettext("What the tickets show"), _measured(measured)),
        (gettext("What to look out for"), _warnings(found)),
        (gettext("What would change the answer"), _changes(changes(answers))),
        (gettext("Where the sources disagree"), _disagreements(found)),
        (gettext("The sources"), _sources()),
    )
    return tuple(Chapter(title, blocks) for title, each in told if (blocks := tuple(each)))


def machine(answers: Answers, measured: Sequence[Beside] = ()) -> dict[str, Json]:
    """The same for programs. The words are in the language that is spoken."""
    found = diagnose(answers)
    return {
        "readiness": found.readiness.value,
        "missing_scoping": list(found.missing_scoping),
        "primary": found.option.value,
        "alternatives": [each.value for each in found.alternatives],
        "step": found.step.value,
        "rules_fired": list(found.rules_fired),
        "conflicts": [each.id for each in found.conflicts],
        "warnings": list(found.warnings),
        "not_answered": list(found.unknown),
        "measured": [
            {
                "name": each.signal.name,
                "words": each.signal.words,
                "suggests": each.signal.suggests,
                "tickets": each.signal.tickets,
                "answered": each.answered,
                "is_taken": each.is_taken,
            }
            for each in measured
        ],
        "reasons": [
            {
                "id": each.id,
                "source": each.source,
                "when": gettext(each.when),
                "then": gettext(each.then),
            }
            for each in found.fired
        ],
        "disagreements": [_told(each) for each in (*found.conflicts, *found.general)],
        "would_change": [
            {
                "answer": each.name,
                "other": each.other,
                "words": each.words(),
                "option": each.option.value,
            }
            for each in changes(answers)
        ],
    }


def option_words(found: Diagnosis) -> str:
    """The option in words."""
    return gettext(OPTIONS[found.option])


def _told(each: Disagreement) -> dict[str, Json]:
    return {
        "id": each.id,
        "sources": list(each.sources),
        "words": gettext(each.words),
        "taken": gettext(each.taken),
        "touches_this_answer": each.fires is not None,
    }


def _answer(found: Diagnosis) -> Iterator[Block]:
    others = ", ".join(gettext(OPTIONS[each]) for each in found.alternatives)
    yield Table(
        ("", ""),
        (
            (gettext("Option"), option_words(found)),
            (gettext("Price as well"), others or gettext("nothing else")),
            (gettext("Readiness"), gettext(READINESS[found.readiness])),
        ),
    )
    if found.readiness is Readiness.NOT_READY:
        yield gettext(
            "First answer on one page: what is given away and why, where it ends, and how you will"
            " know in six months. That gates the next step; it does not change the option."
        )
    if found.missing_scoping:
        yield gettext("Not settled yet:")
        yield List(tuple(gettext(POINTS[each]) for each in found.missing_scoping))
    if found.unknown:
        yield gettext("Not answered, so no rule spoke on it:")
        yield List(tuple(gettext(BY_NAME[each].words) for each in found.unknown))


def _why(found: Diagnosis) -> Iterator[Block]:
    yield gettext("Decided at step %(step)s: %(words)s") % {
        "step": found.step.value,
        "words": gettext(STEPS[found.step]),
    }
    rows = tuple(
        (each.id, gettext(each.when), gettext(each.then), each.source) for each in found.fired
    )
    if rows:
        yield Table((gettext("Rule"), gettext("Because"), gettext("Says"), gettext("Source")), rows)
    else:
        yield gettext("No rule fired.")


def _measured(measured: Sequence[Beside]) -> Iterator[Block]:
    if not measured:
        return
    rows = tuple(
        (
            gettext(BY_NAME[each.signal.name].words),
            each.signal.words,
            _plain(each.answered),
            _counts(each),
        )
        for each in measured
    )
    head = (
        gettext("Question"),
        gettext("The tickets show"),
        gettext("Answered"),
        gettext("What counts"),
    )
    yield Table(head, rows)


def _plain(answer: Json) -> str:
    """An answer as it stands in a case."""
    if isinstance(answer, bool):
        return gettext("yes") if answer else gettext("no")
    if isinstance(answer, int | float):
        return amount(answer)
    return "–" if answer is None else str(answer)


def _counts(each: Beside) -> str:
    if each.is_taken:
        return gettext("measured: %(answer)s") % {"answer": _plain(each.signal.suggests)}
    if each.answered is None:
        return gettext("yours to judge")
    return gettext("what was answered")


def _warnings(found: Diagnosis) -> Iterator[Block]:
    if found.warnings:
        yield List(tuple(gettext(WARNINGS[each]) for each in found.warnings))


def _changes(found: Sequence[Change]) -> Iterator[Block]:
    if not found:
        yield gettext("No single answer given the other way leads to another option.")
        return
    rows = tuple((each.words(), gettext(OPTIONS[each.option])) for each in found)
    yield Table((gettext("If it were"), gettext("the option would be")), rows)


def _disagreements(found: Diagnosis) -> Iterator[Block]:
    head = ("", gettext("They say"), gettext("We take"))
    if found.conflicts:
        yield gettext("On this very answer:")
        yield Table(head, tuple(_row(each) for each in found.conflicts))
    yield gettext("On every answer:")
    yield Table(head, tuple(_row(each) for each in found.general))


def _sources() -> Iterator[Block]:
    yield Table(("", ""), tuple((number, gettext(words)) for number, words in SOURCES.items()))


def _row(each: Disagreement) -> tuple[str, str, str]:
    return each.id, gettext(each.words), gettext(each.taken)
