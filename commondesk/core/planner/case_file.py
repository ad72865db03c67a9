"""The whole case: what CASE.yaml holds, section by section, and all that is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..record.codec import Json
from ..texts import gettext
from .case.fields import Complaint, Complaints, Part, shown, suggestion
from .case.yaml_text import NoCase, plain, with_lines
from .cost import section as cost_section
from .cost.costing import Costing
from .demand import section as demand_section
from .demand.demand import Demand
from .diagnosis import section as diagnosis_section
from .diagnosis.answers import Answers
from .procurement import section as procurement_section
from .procurement.scorecard import Scorecard
from .procurement.sheet import Sheet
from .roster import section as roster_section
from .roster import team_section
from .roster.question import RosterQuestion
from .roster.team import TeamQuestion
from .staffing import section as staffing_section
from .staffing.question import Question

SECTIONS = (
    "company",
    "scoping",
    "diagnosis",
    "demand",
    "staffing",
    "roster",
    "team",
    "cost",
    "providers",
)
MOST_USERS = 1_000_000


@dataclass(frozen=True, slots=True)
class Company:
    """Whose case it is. currency is three letters, or empty."""

    name: str = ""
    users: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """The sections that could be read; None where one is missing, or cannot be used."""

    company: Company
    data: dict[str, Json]
    scoping: Sheet | None = None
    diagnosis: Answers | None = None
    demand: Demand | None = None
    staffing: Question | None = None
    roster: RosterQuestion | None = None
    team: TeamQuestion | None = None
    cost: Costing | None = None
    providers: Scorecard | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A case, and what is wrong with it, with lines where they are known."""

    case: Case
    complaints: tuple[Complaint, ...]

    def of(self, *sections: str) -> tuple[Complaint, ...]:
        """The complaints that touch these sections: their own, and those of the whole."""
        others = tuple(each for each in SECTIONS if each not in sections)
        return tuple(
            each
            for each in self.complaints
            if not re.match(rf"({'|'.join(others)})([.\[]|$)", each.place)
        )


def read_text(text: str | bytes) -> Read:
    """The case of a YAML or JSON text. Raises NoCase where it is neither."""
    data, lines = plain(text)
    found = read(data)
    return Read(found.case, with_lines(found.complaints, lines))


def read(data: Json) -> Read:
    """The case of plain data."""
    complaints = Complaints()
    if not isinstance(data, dict):
        raise NoCase(
            Complaint(
                "case",
                gettext("wants sections with names; %(known)s")
                % {"known": suggestion("", SECTIONS)},
            )
        )
    whole = Part.of(data, "", complaints)
    for name in SECTIONS:
        whole.has(name)
    company = _company(whole, complaints)
    scoping = _scoping(whole, company, complaints)
    demand = _demand(whole, company, complaints)
    case = Case(
        company=company,
        data=data,
        scoping=scoping,
        diagnosis=_diagnosis(whole, company, scoping, complaints),
        demand=demand,
        staffing=_staffing(whole, company, demand, complaints),
        roster=_roster(whole, company, complaints),
        team=_team(whole, company, complaints),
        cost=_cost(whole, company, complaints),
        providers=_providers(whole, company, complaints),
    )
    whole.end()
    return Read(case, complaints.found)


def _part(whole: Part, name: str, company: Company) -> Part | None:
    part = whole.part(name)
    if part is not None:
        part.currency = company.currency
    return part


def _company(whole: Part, complaints: Complaints) -> Company:
    part = whole.part("company")
    if part is None:
        return Company()
    currency = part.text("currency")
    if currency and not re.fullmatch("[A-Z]{3}", currency):
        part.wrong(
            "currency",
            gettext("%(given)s is no currency; write three capital letters such as EUR")
            % {"given": shown(currency)},
        )
        currency = ""
    company = Company(
        name=part.text("name", longest=200),
        users=part.whole("users", least=1, most=MOST_USERS),
        currency=currency,
    )
    part.end()
    return company


def _scoping(whole: Part, company: Company, complaints: Complaints) -> Sheet | None:
    part = _part(whole, "scoping", company)
    return None if part is None else procurement_section.read(part, complaints)


def _diagnosis(
    whole: Part, company: Company, sheet: Sheet | None, complaints: Complaints
) -> Answers | None:
    part = _part(whole, "diagnosis", company)
    if part is None:
        return None
    return diagnosis_section.read(
        part,
        complaints,
        users=company.users,
        settled=sheet.settled if sheet else None,
        has_three_answers=not sheet.unanswered if sheet else None,
    )


def _demand(whole: Part, company: Company, complaints: Complaints) -> Demand | None:
    part = _part(whole, "demand", company)
    return None if part is None else demand_section.read(part, complaints)


def _staffing(
    whole: Part, company: Company, demand: Demand | None, complaints: Complaints
) -> Question | None:
    part = _part(whole, "staffing", company)
    return None if part is None else staffing_section.read(part, complaints, demand)


def _roster(whole: Part, company: Company, complaints: Complaints) -> RosterQuestion | None:
    part = _part(whole, "roster", company)
    return None if part is None else roster_section.read(part, complaints)


def _team(whole: Part, company: Company, complaints: Complaints) -> TeamQuestion | None:
    part = _part(whole, "team", company)
    return None if part is None else team_section.read(part, complaints)


def _cost(whole: Part, company: Company, complaints: Complaints) -> Costing | None:
    part = _part(whole, "cost", company)
    if part is None:
        return None
    said = part.data.get("users")
    if company.users is not None and said is None:
        part.data = {**part.data, "users": company.users}
    elif company.users is not None and said != company.users and not isinstance(said, dict):
        part.wrong(
            "users",
            gettext("says %(here)s, and company.users says %(there)s; keep one of the two")
            % {"here": shown(said), "there": company.users},
        )
    return cost_section.read(part, complaints)


def _providers(whole: Part, company: Company, complaints: Complaints) -> Scorecard | None:
    part = _part(whole, "providers", company)
    return None if part is None else procurement_section.read_providers(part, complaints)
