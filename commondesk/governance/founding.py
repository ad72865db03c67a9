"""What a new company gets: a draft charter that works, and the holidays of its country."""

from __future__ import annotations

from commondesk.accounts import queries
from commondesk.accounts.setup import Founding
from commondesk.core.record.codec import Json
from commondesk.core.record.instant import datetime_of
from commondesk.governance import actions, charters
from commondesk.governance.charters import Document
from commondesk.governance.public_holidays import holidays_of


def give_charter(founding: Founding) -> None:
    """Enter the holidays of this and the next year, then draft the charter of the template."""
    document = charters.template(founding.template)
    _put_in_place(document, founding)
    calendars = document["calendars"]
    assert isinstance(calendars, dict)
    year = datetime_of(founding.at).year
    holidays = holidays_of(founding.company.country, "", (year, year + 1))
    for name in calendars:
        actions.enter_calendar(
            founding.company.uuid,
            at=founding.at,
            actor=founding.actor,
            calendar=name,
            holidays=holidays,
        )
    actions.draft_charter(
        founding.company.uuid, at=founding.at, actor=founding.actor, document=document
    )


def _put_in_place(document: Document, founding: Founding) -> None:
    charter, calendars = document["charter"], document["calendars"]
    assert isinstance(charter, dict) and isinstance(calendars, dict)
    person = str(founding.founder.uuid)
    charter["parties"] = [{"party": "company", "id": str(founding.company.uuid)}]
    charter["teams"] = _teams(founding)
    charter["contacts"] = [{"team": slug, "person": person} for slug in _teams(founding)]
    points = charter["points"]
    assert isinstance(points, dict)
    points["referent"] = f"person {person}"
    for entry in calendars.values():
        assert isinstance(entry, dict)
        entry["zone"] = founding.company.zone


def _teams(founding: Founding) -> dict[str, Json]:
    return {
        team.slug: {"title": team.title, "tier": team.tier, "side": team.side}
        for team in queries.teams(founding.company.uuid)
    }
