"""From a case to what is sent and signed: the charter draft, and the request for proposals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from commondesk.accounts.models import Company
from commondesk.core.charter import reading
from commondesk.core.planner import document
from commondesk.core.planner.diagnosis.answers import Coverage, Option
from commondesk.core.planner.procurement import charter_draft, request
from commondesk.core.planner.procurement.scorecard import BEST, Scorecard, Total
from commondesk.core.planner.procurement.sheet import Sheet
from commondesk.core.planner.told import Explained
from commondesk.core.texts import gettext
from commondesk.governance import charters, founding
from commondesk.governance.charters import Document
from commondesk.planning.worked import Worked


@dataclass(frozen=True, slots=True)
class Procuring:
    """What is ready for providers. totals are the scores of those that were entered, shares the
    same with their reasons."""

    sheet: Sheet
    asked: document.Document
    scorecard: Scorecard | None
    totals: tuple[Total, ...]
    shares: tuple[Shares, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


def procuring(made: Worked, company: Company) -> Procuring:
    sheet = made.case.scoping or Sheet()
    scorecard = made.case.providers
    totals = scorecard.totals() if scorecard else ()
    return Procuring(
        sheet,
        asked(made, company),
        scorecard,
        totals,
        tuple(shares(scorecard, each) for each in totals) if scorecard else (),
        labels(),
    )


def progress(made: Worked) -> int:
    """How many scores are given, of 100."""
    card = made.case.providers
    if card is None:
        return 0
    scores = [each for _, _, row in card.rows() for each in row]
    return round(100 * sum(each is not None for each in scores) / len(scores)) if scores else 0


@dataclass(frozen=True, slots=True)
class Shares:
    """What a provider reaches of the best possible, with how that comes about."""

    proven: Explained
    claimed: Explained
    possible: Explained


def shares(card: Scorecard, total: Total) -> Shares:
    """Shares from 0 to 1; points are weights times scores."""
    best = BEST * sum(weight for _, weight, _ in card.rows())

    def told(share: float, name: str) -> Explained:
        return Explained(share, "", f"{name} / best", {name: share * best, "best": best})

    return Shares(
        told(total.proven, "proven"),
        told(total.claimed, "claimed"),
        told(total.possible, "possible"),
    )


def labels() -> dict[str, str]:
    """What stands in the formulas of `Shares`."""
    return {
        "proven": gettext("points that something proves"),
        "claimed": gettext("points, proven or not"),
        "possible": gettext("points that it could still reach"),
        "best": gettext("best possible points"),
    }


def asked(made: Worked, company: Company) -> document.Document:
    """The request for proposals, tailored to the answers."""
    diagnosis = made.diagnosis
    return request.request(
        made.case.scoping or Sheet(),
        diagnosis.answers if diagnosis else None,
        diagnosis.found.option if diagnosis else None,
        made.case.company.name or company.title,
    )


def charter_document(made: Worked, company: Company, title: str) -> Document:
    """A charter that says what the case says, over the template that is nearest to it.

    Raises CharterError.
    """
    diagnosis = made.diagnosis
    option = diagnosis.found.option if diagnosis else Option.MSP_RETAINER
    coverage = diagnosis.answers.coverage if diagnosis else Coverage.OFFICE_HOURS
    template = charters.template(charter_draft.template_for(option, coverage))
    base = reading.charter_of(founding.fitted(template, company))
    return charter_draft.document_of(made.case.scoping or Sheet(), title, base)
