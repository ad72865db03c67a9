"""Providers side by side: weighted scores, what proves them, and red flags.

A score without evidence counts as claimed only. What nobody has scored yet is told as a range, so
that a provider of whom little is known does not look better or worse than it may be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ...texts import gettext
from ...texts import gettext_noop as _
from ..case.fields import Value

BEST = 4.0
"""Scores go from 0, fails, to this, convinces."""
SHORT_TENURE = 12.0
"""Months: below, who knows the environment leaves before knowing it."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """What providers are compared by. source is where it comes from."""

    name: str
    words: str
    looks_at: str
    weight: float
    source: str


CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        "response",
        _("Guaranteed response"),
        _("A response time in the contract, by a person, with what follows if it is missed"),
        3,
        "004",
    ),
    Criterion(
        "references",
        _("References in the sector"),
        _("Clients of like size and trade whom one may call"),
        2,
        "004",
    ),
    Criterion(
        "transparency",
        _("Clear prices"),
        _("Exclusions listed, work beyond the scope priced, no fee found later"),
        3,
        "004",
    ),
    Criterion(
        "advice",
        _("Advice, not only repair"),
        _("An example of a cause found in tickets, and what was advised"),
        3,
        "002, 004",
    ),
    Criterion(
        "breadth",
        _("Breadth of skills"),
        _("People for network, security and cloud; more than one person in all"),
        2,
        "004",
    ),
    Criterion(
        "tenure",
        _("Second line that stays"),
        _("Average tenure of the second line, and how newcomers learn an environment"),
        3,
        "002",
    ),
    Criterion(
        "boundaries",
        _("Escalation over boundaries"),
        _("Who owns a ticket while another vendor has it, and how it comes back"),
        3,
        "002",
    ),
    Criterion(
        "honesty",
        _("Honest about targets"),
        _("What happens when a target and the better repair contradict each other"),
        2,
        "002",
    ),
    Criterion(
        "lost_client",
        _("A client they lost"),
        _("A former client one may call, and why it left"),
        2,
        "002",
    ),
    Criterion(
        "knowledge",
        _("Documentation as a deliverable"),
        _("Runbooks, a map and articles, kept current and yours"),
        3,
        "002",
    ),
    Criterion(
        "security",
        _("Security of their own people"),
        _("Least privilege, two factors, a vault, records of what administrators do"),
        3,
        "000",
    ),
    Criterion(
        "leaving",
        _("How one leaves"),
        _("Notice, fee, help with the handover, and who owns tools, data and policies"),
        2,
        "000, 002",
    ),
)


@dataclass(frozen=True, slots=True)
class Scored:
    """A score from 0 to `BEST`, and what it rests on; empty is a claim."""

    points: float
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """What is known of a provider. None is: not known yet."""

    name: str
    scores: Mapping[str, Scored] = field(default_factory=dict)
    response_hours: float | None = None
    guarantees_response: bool | None = None
    references: int | None = None
    names_lost_client: bool | None = None
    lists_exclusions: bool | None = None
    has_hidden_fees: bool | None = None
    gives_advice: bool | None = None
    areas: int | None = None
    tier2_tenure_months: float | None = None
    monthly_fee: Value | None = None
    own_flags: tuple[str, ...] = ()


_FLAGS: tuple[tuple[str, Callable[[Provider], bool]], ...] = (
    (_("guarantees no response time"), lambda p: p.guarantees_response is False),
    (_("names no reference in the sector"), lambda p: p.references == 0),
    (_("does not list what is excluded"), lambda p: p.lists_exclusions is False),
    (_("has fees that the offer does not show"), lambda p: p.has_hidden_fees is True),
    (_("repairs, and does not advise"), lambda p: p.gives_advice is False),
    (_("covers one area only, or is one person"), lambda p: p.areas is not None and p.areas < 2),
    (
        _("the second line leaves within a year"),
        lambda p: p.tier2_tenure_months is not None and p.tier2_tenure_months < SHORT_TENURE,
    ),
    (_("names no client it lost"), lambda p: p.names_lost_client is False),
)


def flags_of(provider: Provider) -> tuple[str, ...]:
    """The red flags of a provider: those its answers raise, and those somebody wrote down."""
    raised = tuple(gettext(words) for words, is_raised in _FLAGS if is_raised(provider))
    return (*raised, *provider.own_flags)


@dataclass(frozen=True, slots=True)
class Total:
    """A provider's weighted score, each as a share of the best possible, 0 to 1.

    proven counts scores with evidence alone; claimed counts all that were given; possible is what
    it could reach if all that is not scored yet were the best. unscored names those criteria.
    """

    provider: Provider
    proven: float
    claimed: float
    possible: float
    unscored: tuple[str, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Weights by criterion, and the providers to compare."""

    weights: Mapping[str, float]
    providers: tuple[Provider, ...]

    def totals(self) -> tuple[Total, ...]:
        """Each provider in the order in which it was written. Nothing is ranked by price."""
        return tuple(self._total(each) for each in self.providers)

    def rows(self) -> Iterator[tuple[Criterion, float, tuple[Scored | None, ...]]]:
        """Each criterion that counts, its weight, and the score of each provider."""
        for each in CRITERIA:
            if weight := self.weights.get(each.name, each.weight):
                yield each, weight, tuple(p.scores.get(each.name) for p in self.providers)

    def _total(self, provider: Provider) -> Total:
        whole = proven = claimed = open_ = 0.0
        unscored = []
        for each in CRITERIA:
            weight = self.weights.get(each.name, each.weight)
            scored = provider.scores.get(each.name)
            whole += weight
            if scored is None:
                open_ += weight
                unscored += [each.name] if weight else []
                continue
            claimed += weight * scored.points / BEST
            proven += weight * scored.points / BEST if scored.evidence else 0.0
        return Total(
            provider,
            proven / whole,
            claimed / whole,
            (claimed + open_) / whole,
            tuple(unscored),
            flags_of(provider),
        )
