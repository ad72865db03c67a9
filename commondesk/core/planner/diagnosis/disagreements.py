"""Where the sources disagree, and what we take meanwhile: C1 to C13."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ...texts import gettext_noop as _
from .answers import Answers, Option
from .decision import alternatives, decided
from .rules import BY_ID, RAMP_DAYS, SMALL, Chosen, Step, is_less


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One disagreement. Without `fires` it holds for every answer, and is always told."""

    id: str
    sources: tuple[str, ...]
    words: str
    taken: str
    fires: Callable[[Answers, Chosen], bool] | None = None


def _small_and_calm(answers: Answers, chosen: Chosen) -> bool:
    both = BY_ID["R05"].holds(answers) and BY_ID["R11"].holds(answers)
    return both and chosen.step in (Step.M8, Step.M9)


def _soon(answers: Answers, chosen: Chosen) -> bool:
    soon = is_less(answers.target_full_service_days, RAMP_DAYS)
    return soon and chosen.option is not Option.INTERNAL


def _own_team_by_night(answers: Answers, chosen: Chosen) -> bool:
    return chosen.option is Option.FRACTIONAL_REMOTE_TEAM and chosen.step is Step.M4


def _cost_alone(answers: Answers, chosen: Chosen) -> bool:
    return answers.motive_cost_only


def _own_team_for_few(answers: Answers, chosen: Chosen) -> bool:
    own = chosen.option is Option.FRACTIONAL_REMOTE_TEAM
    return own and not answers.has_it and answers.users < SMALL


def _soc_decides(answers: Answers, chosen: Chosen) -> bool:
    if not BY_ID["R28"].fires(answers, chosen):
        return False
    without = replace(answers, managed_soc_required=False)
    other = decided(without)
    before = (chosen.option, alternatives(answers, chosen))
    return before != (other.option, alternatives(without, other))


def _on_demand(answers: Answers, chosen: Chosen) -> bool:
    return chosen.option is Option.ON_DEMAND


DISAGREEMENTS: tuple[Disagreement, ...] = (
    Disagreement(
        "C1",
        ("001", "004"),
        _(
            "For little volume that is not critical one source finds a provider too much; another"
            " advises one as soon as more than 2 hours a month are lost."
        ),
        _("the lightest option that can be undone, and no long contract"),
        _small_and_calm,
    ),
    Disagreement(
        "C2",
        ("000", "002"),
        _(
            "One source launches in about 7 days; another counts 60 to 90 days of lower output and"
            " about half a year to maturity."
        ),
        _("the launch and full service are two dates, and the ramp between them is priced"),
        _soon,
    ),
    Disagreement(
        "C3",
        ("000",),
        _(
            "The same source asks for 4 to 5 people for 24/7 and starts its own offer with 3 in the"
            " first line: 140 to 160 of 168 hours a week."
        ),
        _("count the hours, and show those left to on-call or the second line"),
        _own_team_by_night,
    ),
    Disagreement(
        "C4",
        ("003", "004", "001", "000"),
        _("Two sources say the choice is about who carries which risk; two others open with cost."),
        _("cost and risk stand side by side; nothing is ranked by cost alone"),
        _cost_alone,
    ),
    Disagreement(
        "C5",
        ("000", "003"),
        _(
            "For fewer than about 100 people without IT one source advises an MSP for all of it;"
            " another a fractional team in the company's own tools."
        ),
        _("the need for own tools or for flexible capacity decides"),
        _own_team_for_few,
    ),
    Disagreement(
        "C6",
        ("001", "002", "003", "004"),
        _(
            "“Hybrid” is inside and a provider together in some sources, and an assistant with"
            " human experts in another."
        ),
        _("two options with two names"),
    ),
    Disagreement(
        "C7",
        ("000", "002", "004"),
        _(
            "One source counts security among what a subscription covers; others say that a managed"
            " SOC is another discipline, not to be bundled blindly."
        ),
        _("a managed SOC is asked for by itself"),
        _soc_decides,
    ),
    Disagreement(
        "C8",
        ("002", "004"),
        _(
            "A fixed fee makes a provider prevent, says one source; another warns that a provider"
            " may gain from many tickets."
        ),
        _("what the provider gains from is read off the kind of contract"),
    ),
    Disagreement(
        "C9",
        ("003", "004"),
        _(
            "Help on demand is fine while incidents are rare, says one source; another says that it"
            " leaves costs nobody can foresee with the company."
        ),
        _("on demand only where the cost of incidents varies little; the spread is shown"),
        _on_demand,
    ),
    Disagreement(
        "C10",
        ("000", "004"),
        _(
            "A first response within 30 to 60 minutes, 15 for critical incidents, says one source;"
            " 4 business hours, says another."
        ),
        _("the target is yours to set; both are offered"),
    ),
    Disagreement(
        "C11",
        ("000", "002"),
        _(
            "Savings of 40 to 70 %, says one source; a badly built arrangement can cost more than"
            " staff inside, says another."
        ),
        _("a saving is a result with a range, never an input"),
        _cost_alone,
    ),
    Disagreement(
        "C12",
        ("000", "002"),
        _(
            "One source shows results after 45 to 60 days; another says not to judge before the"
            " ramp of 60 to 90 days is over."
        ),
        _("early results are labelled as results of the ramp"),
    ),
    Disagreement(
        "C13",
        ("001", "003", "004"),
        _(
            "One source wants a referent inside and documentation before outsourcing; two others"
            " advise companies that have nobody in IT to outsource all."
        ),
        _("the owner may be the referent; those hours are counted"),
    ),
)
