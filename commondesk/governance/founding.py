"""What a new company gets: a draft charter that works, and the holidays of its places."""

from __future__ import annotations

from datetime import date

from commondesk.accounts import queries, setup
from commondesk.accounts.models import Company
from commondesk.accounts.setup import Founding
from commondesk.core.record.codec import Json
from commondesk.core.record.instant import Instant, datetime_of
from commondesk.governance import actions, charters
from commondesk.governance.charters import Document
from commondesk.governance.public_holidays import holidays_of

ANYWHERE = "UTC"
"""The zone of a template's calendar that is meant for wherever the company is."""
ALL_HOURS = {"all": "00:00-24:00"}


def give_charter(founding: Founding) -> None:
    """Enter the holidays of this and the next year, then draft the charter of the template."""
    company = founding.company
    document = fitted(charters.template(founding.template), company, referent=founding.founder.uuid)
    for name, holidays in holidays_by_calendar(document, company, founding.at).items():
        actions.enter_calendar(
            company.uuid, at=founding.at, actor=founding.actor, calendar=name, holidays=holidays
        )
    actions.draft_charter(company.uuid, at=founding.at, actor=founding.actor, document=document)


def fitted(document: Document, company: Company, *, referent: object = None) -> Document:
    """A template with the company's zone, teams and contacts put in."""
    charter, calendars = document["charter"], document["calendars"]
    assert isinstance(charter, dict) and isinstance(calendars, dict)
    charter["teams"] = _teams(company)
    charter["contacts"] = _contacts(company)
    points = charter["points"]
    assert isinstance(points, dict)
    if referent is not None:
        points["referent"] = f"person {referent}"
    for entry in calendars.values():
        assert isinstance(entry, dict)
        if entry["zone"] == ANYWHERE:
            entry["zone"] = company.zone
    return document


def _teams(company: Company) -> dict[str, Json]:
    return {
        team.slug: {"title": team.title, "tier": team.tier, "side": team.side}
        for team in queries.teams(company.uuid)
    }


def _contacts(company: Company) -> list[Json]:
    named = queries.contacts(company.uuid)
    return [{"team": team, "person": person} for team, person in named.items() if person]


def holidays_by_calendar(
    document: Document, company: Company, at: Instant
) -> dict[str, tuple[date, ...]]:
    """This and the next year's public holidays for each calendar, by where its zone lies.

    Hours around the clock know no holidays.
    """
    year = datetime_of(at).year
    calendars = document["calendars"]
    assert isinstance(calendars, dict)
    found = {}
    for name, entry in calendars.items():
        assert isinstance(entry, dict)
        if entry.get("week") == ALL_HOURS:
            continue
        zone = str(entry["zone"])
        country = company.country if zone == company.zone else setup.country_of(zone)
        found[name] = holidays_of(country, "", (year, year + 1))
    return found
