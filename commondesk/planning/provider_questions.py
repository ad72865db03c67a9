"""What is asked of each provider: what is known of it, its scores, and what proves them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from commondesk.core.planner.procurement.scorecard import BEST, CRITERIA, Criterion
from commondesk.core.record.codec import Json
from commondesk.core.texts import gettext_noop as _
from commondesk.planning import document as documents
from commondesk.planning.questions import Group, Kind, Question

OFFERS = "providers.offers"
WEIGHTS = "providers.weights"
MOST = 8
_POINTS = (
    ("0", _("0: fails")),
    ("1", _("1: weak")),
    ("2", _("2: fair")),
    ("3", _("3: good")),
    ("4", _("4: convinces")),
)
assert len(_POINTS) == BEST + 1
_KEY = re.compile(r"[^.\[\]]+")
_FACTS = (
    ("monthly_fee", _("Fee a month"), Kind.RANGE, _("Such as 4200; it is shown, and never scored")),
    (
        "response_guarantee",
        _("How soon they must answer"),
        Kind.LINE,
        _("Such as 1 h; empty where nobody said"),
    ),
    ("guarantees_response", _("Does the contract guarantee a response?"), Kind.YES, ""),
    ("references_in_sector", _("References in your sector"), Kind.LINE, _("How many")),
    ("names_lost_client", _("Do they name a client they lost?"), Kind.YES, ""),
    ("lists_exclusions", _("Do they list what is excluded?"), Kind.YES, ""),
    ("has_hidden_fees", _("Did fees show up later?"), Kind.YES, ""),
    ("gives_advice", _("Do they advise, not only repair?"), Kind.YES, ""),
    ("areas_of_expertise", _("Areas that they have people for"), Kind.LINE, _("How many")),
    (
        "tier2_tenure_months",
        _("How long their second line stays on average"),
        Kind.LINE,
        _("In months"),
    ),
    ("red_flags", _("Red flags of your own"), Kind.LIST, _("With commas between")),
)


def groups(document: Mapping[str, Json]) -> tuple[Group, ...]:
    """A group for each provider, and the weights."""
    offers = offers_in(document)
    made = [
        Group(name, tuple(_questions(key)), is_folded=True, key=key, is_shut=True)
        for key, name in offers.items()
    ]
    if offers:
        says = _("0 leaves a criterion out; 3 counts three times as much as 1.")
        made.append(
            Group(
                _("How much each criterion counts"),
                tuple(map(_weight, CRITERIA)),
                says,
                is_folded=True,
                is_shut=True,
            )
        )
    return tuple(made)


def offers_in(document: Mapping[str, Json]) -> dict[str, str]:
    """The names of the providers by their keys, as far as a place can hold these."""
    listed = documents.at(document, OFFERS)
    found = {}
    for key, said in (listed if isinstance(listed, dict) else {}).items():
        if _KEY.fullmatch(key) and len(key) <= 100:
            name = said.get("name") if isinstance(said, dict) else None
            found[key] = name if isinstance(name, str) and name else key
    return found


def free_key(document: Mapping[str, Json]) -> str:
    """A key that no provider has."""
    taken = documents.at(document, OFFERS)
    return next(
        key
        for number in range(1, 10_000)
        if (key := f"provider {number}") not in (taken if isinstance(taken, dict) else {})
    )


def _questions(key: str) -> Iterator[Question]:
    place = f"{OFFERS}.{key}"
    yield Question(f"{place}.name", _("Its name"))
    for name, label, kind, hint in _FACTS:
        yield Question(f"{place}.{name}", label, kind, hint)
    for each in CRITERIA:
        scores = f"{place}.scores.{each.name}"
        yield Question(
            f"{scores}.score",
            each.words,
            Kind.CHOICE,
            each.looks_at,
            choices=_POINTS,
            also=(scores,),
            short=scores,
        )
        yield Question(
            f"{scores}.evidence",
            _("What proves it"),
            hint=_("Without it the score is a claim"),
            about=each.words,
        )


def _weight(each: Criterion) -> Question:
    return Question(f"{WEIGHTS}.{each.name}", each.words, default=f"{each.weight:g}", hint=_SOURCE)


_SOURCE = _("Our choice, not a source's.")
