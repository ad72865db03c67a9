"""The people who work tickets: who reads what, whom a ticket can go to, who can be named."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from commondesk.accounts import policy
from commondesk.accounts.models import ERASED, Engagement, Membership, Person, Team
from commondesk.accounts.policy import Right
from commondesk.ledger import memory, tables

_TECHNICIANS = (
    "SELECT p.uuid, p.title, m.side, m.roles, m.provider_id, t.slug, t.title"  # noqa: S608
    f" FROM {Membership._meta.db_table} m JOIN {Person._meta.db_table} p ON p.id = m.person_id"
    f" LEFT JOIN {Team._meta.db_table} t ON t.id = m.team_id"
    " WHERE m.company_id = %s AND m.is_active AND p.is_active AND m.side IN ('company', 'provider')"
    " ORDER BY p.title, p.uuid"
)
_SERVING = (
    f"SELECT COUNT(*) FROM {Engagement._meta.db_table}"  # noqa: S608
    " WHERE company_id = %s AND until IS NULL"
)


@dataclass(frozen=True, slots=True)
class Technician:
    """Somebody of either technical side, as a ticket's page needs them."""

    uuid: str
    title: str
    side: str
    provider: str
    team: str
    team_title: str
    rights: frozenset[Right]


def technicians(company: UUID) -> tuple[Technician, ...]:
    """Everybody of the company's own side and of its providers, by name."""
    return memory.recalled(("technicians", company), lambda: tuple(_technicians(company)))


def _technicians(company: UUID) -> Iterator[Technician]:
    for uuid, title, side, roles, provider, team, team_title in tables.select(
        _TECHNICIANS, company
    ):
        held = roles if isinstance(roles, str) else tuple(roles or ())
        yield _technician(uuid, title, side, held, provider, team, team_title)


@lru_cache(maxsize=4096)
def _technician(
    uuid: UUID | str,
    title: str,
    side: str,
    roles: str | tuple[str, ...],
    provider: UUID | str | None,
    team: str | None,
    team_title: str | None,
) -> Technician:
    """Made once of what a row says, however often the same is read."""
    held = json.loads(roles) if isinstance(roles, str) else roles
    return Technician(
        uuid=str(tables.uuid_of(uuid)),
        title=title or ERASED,
        side=side,
        provider=str(tables.uuid_of(provider)) if provider else "",
        team=team or "",
        team_title=team_title or "",
        rights=policy.rights_of(held, side),
    )


def readers_of(
    company: UUID, providers: str, *, audience: str, side: str, provider: str
) -> tuple[Technician, ...]:
    """Who reads a note for that audience, written by one of that side and provider.

    providers is whose the ticket is or was, as its row says: another provider's people, where
    several serve the company, do not even see it.
    """
    if audience == policy.OWN_TEAM:
        of_team = [
            each for each in technicians(company) if (each.side, each.provider) == (side, provider)
        ]
    else:
        of_team = list(technicians(company))
    found = [each for each in of_team if Right.READ_NOTES in each.rights]
    return tuple(_who_see(company, providers, found))


def _who_see(company: UUID, providers: str, people: Iterable[Technician]) -> Iterator[Technician]:
    is_apart = bool(providers) and _serving(company) > 1
    for each in people:
        if not is_apart or not each.provider or f",{each.provider}," in providers:
            yield each


def _serving(company: UUID) -> int:
    return memory.recalled(
        ("serving", company), lambda: int(tables.select(_SERVING, company)[0][0])
    )


def givable(
    company: UUID, teams: Iterable[Team], provider: str = ""
) -> tuple[tuple[str, str], ...]:
    """The teams and people that a ticket can be given to, as choices for a form.

    provider is the giver's: whom another one employs they do not know, its teams they do.
    """
    return (
        *((f"team:{team.slug}", f"{team.title} ({team.tier})") for team in teams),
        *(
            (f"person:{each.uuid}", f"{each.title} ({each.team_title})")
            for each in technicians(company)
            if each.team and not (provider and each.provider and each.provider != provider)
        ),
    )


def named_in(text: str, people: Iterable[Technician]) -> tuple[str, ...]:
    """Whom of these a text names as @Name, by uuid; of two with one name, both.

    The longest name counts: @Ada Gentle names no Ada Gent.
    """
    by_name: dict[str, list[str]] = {}
    for each in people:
        by_name.setdefault(each.title.casefold(), []).append(each.uuid)
    if not by_name:
        return ()
    longest_first = sorted(by_name, key=len, reverse=True)
    pattern = "|".join(re.escape(name) for name in longest_first)
    found = re.findall(rf"(?<!\w)@({pattern})(?!\w)", text.casefold())
    return tuple(dict.fromkeys(uuid for name in found for uuid in by_name[name]))
