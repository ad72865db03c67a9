"""What the path asks, step by step: each question has its place in the case and its words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from commondesk.core.planner.diagnosis import answers
from commondesk.core.planner.diagnosis.answers import Asks, Theme
from commondesk.core.planner.procurement.sheet import POINTS
from commondesk.core.texts import gettext_noop as _


class Kind(StrEnum):
    """How a question is answered."""

    LINE = "line"  # one number, duration, share or word, as the core reads it
    RANGE = "range"  # likely, and perhaps low and high
    CHOICE = "choice"
    YES = "yes"  # yes, no, or not answered
    TEXT = "text"  # a few sentences
    LIST = "list"  # short texts with commas between
    PICK = "pick"  # whether a model is compared
    NONE = "none"  # "there are none", which must be said


@dataclass(frozen=True, slots=True)
class Question:
    """One question. choices: what the case holds, and the words for it; both words are marked.

    also: other places whose complaints belong here.
    short: a place that may hold the answer alone, where a file says no more than that.
    about: what the label alone does not say, for those who cannot see what stands before it.
    default: the number that counts while nobody gives another; the hint names its source.
    begins: it is the first of a row of several that stand for one thing.
    """

    place: str
    label: str
    kind: Kind = Kind.LINE
    hint: str = ""
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    default: str = ""
    also: tuple[str, ...] = ()
    short: str = ""
    about: str = ""
    begins: bool = False

    @property
    def id(self) -> str:
        return re.sub(r"\W+|_", "-", self.place)

    @property
    def names(self) -> tuple[str, ...]:
        """The fields of the form that answer it."""
        if self.kind is Kind.RANGE:
            return (self.place, f"{self.place}.low", f"{self.place}.high")
        return (self.place,)


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that stand together. A folded one is opened by whoever wants it, and stands open
    once something in it is answered unless it is_shut; key: the model or provider that it is about.
    across: how many stand beside each other where there is room.
    """

    title: str
    questions: tuple[Question, ...]
    says: str = ""
    is_folded: bool = False
    key: str = ""
    is_shut: bool = False
    across: int = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the path."""

    key: str
    title: str
    heading: str
    says: str
    groups: tuple[Group, ...] = ()

    @property
    def questions(self) -> Iterator[Question]:
        for group in self.groups:
            yield from group.questions


# ---- diagnosis ----------------------------------------------------------------------------

_HINTS = {
    "internal_support_fte": _("Full-time people; 0.5 is half of one."),
    "volume": _("No source gives a number for this: your own sense counts."),
    "internal_hours_month": _("More than 2 hours is a signal."),
    "incidents_per_month": _("Fewer than one is rare."),
}
_THEMES: Mapping[Theme, str] = {
    Theme.COMPANY: _("Your company"),
    Theme.SIGNALS: _("Signals"),
    Theme.NEEDS: _("Needs"),
    Theme.LIMITS: _("Limits"),
    Theme.MOTIVE: _("Motive"),
}
_KINDS = {Asks.YES: Kind.YES, Asks.CHOICE: Kind.CHOICE}


def _of_diagnosis(asked: answers.Question) -> Question:
    return Question(
        f"diagnosis.{asked.name}",
        asked.words,
        _KINDS.get(asked.asks, Kind.LINE),
        _HINTS.get(asked.name, ""),
        choices=tuple((each, answers.CHOICES[each]) for each in asked.choices),
    )


def _theme(theme: Theme) -> Group:
    asked = tuple(_of_diagnosis(each) for each in answers.QUESTIONS if each.theme is theme)
    return Group(_THEMES[theme], asked, is_folded=theme in (Theme.NEEDS, Theme.LIMITS))


SCOPING = Group(
    _("Six points to settle before any provider is asked"),
    tuple(
        Question(f"diagnosis.scoping.{name}", words, Kind.YES)
        for name, words in answers.POINTS.items()
    ),
    says=_("Say yes where it is clear and written down."),
)
DIAGNOSIS = Step(
    key="diagnosis",
    title=_("Diagnosis"),
    heading=_("What is going on, and who looks after it today?"),
    says=_(
        "Answer what you know, leave out what you do not: the summary says what is missing, and"
        " which answers would change it. Everything is saved as you go."
    ),
    groups=(*map(_theme, Theme), SCOPING),
)

# ---- the other steps ----------------------------------------------------------------------

DEMAND = Step(
    key="demand",
    title=_("Demand"),
    heading=_("How much comes in, and how long does it take?"),
    says=_("From your record where there is one, from your own sense where there is none."),
)
COST = Step(
    key="cost",
    title=_("Cost and people"),
    heading=_("What would each model cost, and how many people does it take?"),
    says=_("Nothing is invented: what no source gives is asked, and 0 must be typed."),
)
RISKS = Step(
    key="risks",
    title=_("Risks"),
    heading=_("What could go wrong?"),
    says=_("What happens if there is more to do, if people leave, if you were wrong."),
)
CHARTER = Step(
    key="charter",
    title=_("Charter draft"),
    heading=_("What do you ask for, and what will you sign?"),
    says=_(
        "The operating model comes before the provider. What you write here becomes the draft of"
        " your charter and the request that you send to providers."
    ),
    groups=(
        Group(
            _("Three questions for one page"),
            (
                Question("scoping.outsourced", _("What exactly is given away?"), Kind.TEXT),
                Question("scoping.why", _("Why?"), Kind.TEXT),
                Question("scoping.kept_inside", _("What stays inside?"), Kind.TEXT),
                Question("scoping.success", _("How will you know in six months?"), Kind.TEXT),
            ),
        ),
        Group(
            _("Where responsibility ends"),
            tuple(
                Question(f"scoping.ends[{row}].{name}", label, begins=name == "where")
                for row in (1, 2)
                for name, label in (
                    ("where", _("Where the provider’s part ends")),
                    ("other_side", _("Who has it from there")),
                    ("handed_over", _("How it is handed over")),
                )
            ),
        ),
        Group(
            _("Six points to settle before anybody signs"),
            tuple(Question(f"scoping.{name}", words, Kind.TEXT) for name, words in POINTS.items()),
        ),
    ),
)

PROVIDERS = Step(
    key="providers",
    title=_("Providers"),
    heading=_("Which provider convinces, and what proves it?"),
    says=_(
        "Once offers are in: what each says goes beside the others, with what proves it. Nothing is"
        " ranked by price."
    ),
)
STEPS: Mapping[str, Step] = {
    each.key: each for each in (DIAGNOSIS, DEMAND, COST, RISKS, CHARTER, PROVIDERS)
}
