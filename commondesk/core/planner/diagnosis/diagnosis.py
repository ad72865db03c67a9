"""The diagnosis: readiness and option, never mixed, each with what spoke for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ...texts import gettext_noop as _
from .answers import Answers, Option
from .decision import alternatives, decided
from .disagreements import DISAGREEMENTS, Disagreement
from .rules import BY_ID, PRICED_TO, RULES, Chosen, Rule, Step


class Readiness(StrEnum):
    """Whether to go on to providers. It gates the next step, and never changes the option."""

    READY = "ready"
    SCOPE_FIRST = "scope_first"
    NOT_READY = "not_ready"


READINESS: dict[Readiness, str] = {
    Readiness.READY: _("Ready to ask providers"),
    Readiness.SCOPE_FIRST: _("Scope first: settle what is missing, then ask providers"),
    Readiness.NOT_READY: _("Not ready: answer the three questions first"),
}

WARNINGS: dict[str, str] = {
    "honest_math": _(
        "Cost is the only motive. Look at transition, oversight and misalignment before the"
        " invoice."
    ),
    "existing_arrangement_failing": _(
        "The management already does part of what was outsourced. Put the scope right before"
        " switching, or the next provider inherits the problem."
    ),
    "ramp_60_90_days": _(
        "Full service takes 60 to 90 days, maturity about half a year. Plan the launch and full"
        " service as two dates."
    ),
    "outside_seed_price_range_50_200_users": _(
        "The retainer prices at hand are for 50 to 200 users. Ask for an offer: they do not reach"
        " this size."
    ),
}
"""What to look out for, in words."""

STEPS: dict[Step, str] = {
    Step.M0: _("It is about one project only."),
    Step.M1: _("Outsiders may not have access."),
    Step.M2: _("There is an IT department: what it lacks decides."),
    Step.M3: _("Technology is the core of the business, and few people run it."),
    Step.M4: _("Day and night are to be covered: people, security and tools decide."),
    Step.M5: _("One person or a small team: what presses on them decides."),
    Step.M6: _("Nobody in IT, and the need is strong."),
    Step.M7: _("Nobody in IT, and no signal."),
    Step.M8: _("Nobody in IT, incidents are rare, and nothing lies untreated."),
    Step.M9: _("Nobody in IT, and everyday help or little need."),
    Step.M10: _("Nobody in IT, and a regular need."),
}
"""The steps of the decision list, in words."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The answer, and what it rests on. conflicts are the disagreements of the sources that touch
    this very answer; general are those that touch every one."""

    readiness: Readiness
    missing_scoping: tuple[str, ...]
    option: Option
    alternatives: tuple[Option, ...]
    step: Step
    fired: tuple[Rule, ...]
    conflicts: tuple[Disagreement, ...]
    general: tuple[Disagreement, ...]
    warnings: tuple[str, ...]
    unknown: tuple[str, ...]
    """What nobody answered, though a rule asks for it: the rule stayed silent."""

    @property
    def rules_fired(self) -> tuple[str, ...]:
        return tuple(each.id for each in self.fired)


def diagnose(answers: Answers) -> Diagnosis:
    """What the rules say to these answers."""
    chosen = decided(answers)
    fired = tuple(
        sorted((each for each in RULES if each.fires(answers, chosen)), key=lambda rule: rule.id)
    )
    return Diagnosis(
        readiness=_readiness(answers),
        missing_scoping=answers.scoping.missing,
        option=chosen.option,
        alternatives=alternatives(answers, chosen),
        step=chosen.step,
        fired=fired,
        conflicts=tuple(
            each for each in DISAGREEMENTS if each.fires and each.fires(answers, chosen)
        ),
        general=tuple(each for each in DISAGREEMENTS if each.fires is None),
        warnings=tuple(name for name, warns in _WARNS.items() if warns(answers, chosen)),
        unknown=tuple(name for name in _ASKED if getattr(answers, name) is None),
    )


_ASKED = (
    "volume",
    "criticality",
    "incidents_per_month",
    "internal_hours_month",
)


def _readiness(answers: Answers) -> Readiness:
    if not answers.three_questions_answered:
        return Readiness.NOT_READY
    return Readiness.SCOPE_FIRST if answers.scoping.missing else Readiness.READY


def _rule(id: str) -> Callable[[Answers, Chosen], bool]:
    return lambda answers, chosen: BY_ID[id].fires(answers, chosen)


def _is_beyond_prices(answers: Answers, chosen: Chosen) -> bool:
    return chosen.option is Option.MSP_RETAINER and answers.users > PRICED_TO


_WARNS: dict[str, Callable[[Answers, Chosen], bool]] = {
    "honest_math": _rule("R03"),
    "existing_arrangement_failing": _rule("R32"),
    "ramp_60_90_days": _rule("R33"),
    "outside_seed_price_range_50_200_users": _is_beyond_prices,
}
