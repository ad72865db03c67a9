"""A list of people, checked against those whom the company knows.

Whoever is no member of this company is new to it, whatever any other company knows of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from commondesk.accounts import policy, queries
from commondesk.accounts.arrangement import leaving
from commondesk.accounts.arrangement.arranging import Act, NotAllowed, UnfitArrangement
from commondesk.accounts.arrangement.places import Place, fit_place
from commondesk.accounts.directory import LONGEST_ADDRESS
from commondesk.accounts.importing import managers
from commondesk.accounts.importing.people_columns import (
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    MANAGER,
    NAME,
    NAMES,
    ROLE,
    TEAM,
    UnknownRole,
    role_words,
    roles_of,
)
from commondesk.accounts.importing.plan import (
    Change,
    Checked,
    Phase,
    Plan,
    State,
    refuse_repeated,
    telling,
)
from commondesk.accounts.models import Membership, Person, Team, address_of
from commondesk.accounts.policy import Role
from commondesk.accounts.works.kinds import Tell, quiet
from commondesk.core.record.event import Side
from commondesk.core.texts import gettext, pgettext
from commondesk.ledger import tables
from commondesk.readers import table_file
from commondesk.readers.table_file import Row, Table

LONGEST_NAME = 200
_MEMBERS = (
    "SELECT p.uuid, p.address, p.title, m.side, m.roles, m.is_active, m.provider_id, t.slug"  # noqa: S608
    f" FROM {Membership._meta.db_table} m JOIN {Person._meta.db_table} p ON p.id = m.person_id"
    f" LEFT JOIN {Team._meta.db_table} t ON t.id = m.team_id WHERE m.company_id = %s"
)


@dataclass(frozen=True, slots=True)
class Known:
    """A member of the company, or who was one."""

    person: str
    address: str
    title: str
    side: str
    roles: tuple[str, ...]
    team: str
    provider: str
    is_active: bool

    @property
    def is_own(self) -> bool:
        """Whether they are people of the company itself."""
        return self.side in (Side.REQUESTER, Side.COMPANY)


@dataclass(slots=True)
class Wanted:
    """What a row asks for: a new person or a member with a place, and perhaps a manager.

    place is None where it stays what it is. manager is the address of who it shall be.
    """

    address: str
    title: str
    place: Place | None = None
    known: Known | None = None
    manager: str = ""


PeoplePlan = Plan[Wanted]
_Checked = Checked[Wanted]


def read(content: bytes) -> Table:
    """The rows of a file of people. Raises UnusableFile."""
    return table_file.read(content, NAMES)


def check(act: Act, table: Table, tell: Tell = quiet) -> PeoplePlan:
    """What the list would do, if whoever acts had it carried out now."""
    return _Checking(act, table).plan(tell)


def known_people(company: UUID) -> dict[str, Known]:
    """Everybody with an address whom the company knows, by address."""
    found = (_known(*row) for row in tables.select(_MEMBERS, company))
    return {each.address: each for each in found if each.address}


def _known(
    person: object,
    address: str | None,
    title: str,
    side: str,
    roles: str | list[str],
    is_active: object,
    provider: object,
    team: str | None,
) -> Known:
    return Known(
        person=str(tables.uuid_of(person)),
        address=address or "",
        title=title,
        side=side,
        roles=tuple(json.loads(roles) if isinstance(roles, str) else roles),
        team=team or "",
        provider=str(tables.uuid_of(provider)) if provider else "",
        is_active=bool(is_active),
    )


class _Checking:
    """One list beside what the company knows at this moment."""

    def __init__(self, act: Act, table: Table) -> None:
        self.act = act
        self.table = table
        self.known = known_people(act.company)
        self.by_person = {each.person: each for each in self.known.values()}
        self.teams = {
            name.casefold(): team.slug
            for team in queries.teams(act.company)
            if team.provider_id is None
            for name in (team.title, team.slug)
        }
        self.managers = managers.managers(act.company)
        self.places: dict[tuple[str, tuple[str, ...], str], Place | UnfitArrangement] = {}

    def plan(self, tell: Tell) -> PeoplePlan:
        rows = tuple(map(self._row, telling(self.table.rows, tell, Phase.LOOK)))
        refuse_repeated(self.table, rows, gettext("mail address"), EMAIL)
        self._find_managers(rows)
        return Plan(self.table, rows)

    # ---- a row by itself ----------------------------------------------------------------

    def _row(self, row: Row) -> _Checked:
        cells = row.cells
        address, title = address_of(cells.get(EMAIL, "")), _title_of(cells)
        checked = Checked[Wanted](row.number, address, title or address)
        if row.problem:
            checked.blame("", row.problem)
            return checked
        for sentence in _problems_of_address(address):
            checked.blame(EMAIL, sentence)
        for sentence in _problems_of_title(title):
            checked.blame(NAME, sentence)
        known = self.known.get(address)
        checked.wanted = Wanted(address, title or address.partition("@")[0], known=known)
        checked.is_new = known is None
        if known is None:
            checked.wanted.place = self._new_place(checked, cells)
        else:
            checked.title = known.title
            checked.wanted.place = self._changed_place(checked, known, cells)
        return checked

    def _new_place(self, checked: _Checked, cells: Mapping[str, str]) -> Place | None:
        roles, team = self._asked(checked, cells)
        if team and not roles:
            checked.blame(
                ROLE,
                gettext(
                    "A team is given and no role. Give one, such as agent, or leave out the team."
                ),
            )
        if checked.findings:
            return None
        return self._fit(checked, roles or (Role.REQUESTER,), team, is_own_side=False)

    def _changed_place(
        self, checked: _Checked, known: Known, cells: Mapping[str, str]
    ) -> Place | None:
        roles, team = self._asked(checked, cells)
        if not known.is_active:
            checked.blame(
                "",
                gettext("They were let go. Invite them again under People, or leave out the row."),
            )
        wanted_roles = tuple(map(str, roles)) or known.roles
        wanted_team = team or known.team
        if set(wanted_roles) == set(known.roles) and wanted_team == known.team:
            return None
        if not known.is_own:
            checked.blame(ROLE, gettext("They work for another side. Change that under People."))
        elif known.person == self.act.actor.id:
            checked.blame(ROLE, gettext("This is yourself. Change what you are under People."))
        if checked.findings:
            return None
        is_own_side = known.side == Side.COMPANY and not roles
        place = self._fit(checked, wanted_roles, team or known.team, known, is_own_side=is_own_side)
        if place is not None:
            self._note_changes(checked, known, place)
        return place

    def _asked(self, checked: _Checked, cells: Mapping[str, str]) -> tuple[tuple[Role, ...], str]:
        roles: tuple[Role, ...] = ()
        try:
            roles = roles_of(cells.get(ROLE, ""))
        except UnknownRole as word:
            known = ", ".join(role_words((role,)) for role in Role)
            checked.blame(
                ROLE,
                gettext("Nobody can be “%(word)s” here. Roles are: %(roles)s.")
                % {"word": table_file.shown(str(word)), "roles": known},
            )
        asked = cells.get(TEAM, "")
        team = self.teams.get(asked.casefold(), "")
        if asked and not team:
            listed = ", ".join(sorted(set(self.teams.values()))) or gettext("none yet")
            checked.blame(
                TEAM,
                gettext("The company has no team “%(team)s”. Its teams: %(teams)s.")
                % {"team": table_file.shown(asked), "teams": listed},
            )
        return roles, team

    def _fit(
        self,
        checked: _Checked,
        roles: tuple[str, ...],
        team: str,
        known: Known | None = None,
        *,
        is_own_side: bool,
    ) -> Place | None:
        asks_only = set(roles) <= set(policy.ROLES_OF_SIDE[Side.REQUESTER])
        side = Side.REQUESTER if asks_only and not is_own_side else Side.COMPANY
        team = "" if side == Side.REQUESTER and known is not None else team
        before = self._place_before(known) if known else None
        found = self._place(side, tuple(map(str, roles)), team, before)
        if isinstance(found, Place):
            self._refuse_burdens(checked, known, before, found)
            return found
        checked.blame(TEAM if found.field == "team" else ROLE, str(found))
        return None

    def _place_before(self, known: Known) -> Place:
        team = next(
            (each for each in queries.teams(self.act.company) if each.slug == known.team), None
        )
        return Place(known.side, known.roles, team, queries.uuid_of(known.provider))

    def _place(
        self, side: str, roles: tuple[str, ...], team: str, before: Place | None
    ) -> Place | UnfitArrangement:
        key = (side, roles, team)
        if before is None and key in self.places:
            return self.places[key]
        found: Place | UnfitArrangement
        try:
            found = fit_place(
                self.act, side=side, roles=roles, team=team, provider=None, before=before
            )
        except UnfitArrangement as unfit:
            found = unfit
        except NotAllowed:
            found = UnfitArrangement(gettext("You may not make anybody this here."), "roles")
        if before is None:
            self.places[key] = found
        return found

    def _refuse_burdens(
        self, checked: _Checked, known: Known | None, before: Place | None, place: Place
    ) -> None:
        if known is None or before is None:
            return
        if before.side == place.side and (place.works_tickets or not before.works_tickets):
            return
        person = UUID(known.person)
        burdens = leaving.burdens_of(self.act.company, leaving.Leaving.of_person(person))
        if burdens:
            checked.blame(
                ROLE,
                gettext("They still have %(burdens)s. Hand that on first.")
                % {"burdens": leaving.told(burdens)},
            )

    def _note_changes(self, checked: _Checked, known: Known, place: Place) -> None:
        if set(place.roles) != set(known.roles):
            checked.changes.append(Change(ROLE, role_words(known.roles), role_words(place.roles)))
        if place.slug != known.team:
            none = pgettext("no team", "none")
            checked.changes.append(Change(TEAM, known.team or none, place.slug or none))

    # ---- managers -----------------------------------------------------------------------

    def _find_managers(self, rows: tuple[_Checked, ...]) -> None:
        asked = {
            checked.number: row.cells.get(MANAGER, "")
            for checked, row in zip(rows, self.table.rows, strict=True)
            if row.cells.get(MANAGER, "")
        }
        if not asked:
            return
        self._find_each(rows, asked)
        self._blame_dependants(rows)
        self._refuse_circles(rows)
        self._note_managers(rows)

    def _find_each(self, rows: tuple[_Checked, ...], asked: Mapping[int, str]) -> None:
        by_address = {row.key: row for row in rows if row.state is not State.WRONG}
        by_name = self._names(rows)
        for row in rows:
            if row.state is not State.WRONG and row.wanted is not None and row.number in asked:
                self._find(row, row.wanted, asked[row.number], by_address, by_name)

    def _blame_dependants(self, rows: tuple[_Checked, ...]) -> None:
        """Who answers to somebody of a wrong row is wrong too, and so on down the line."""
        below: dict[str, list[_Checked]] = {}
        for row in rows:
            if row.wanted and row.wanted.manager and not self._is_member(row.wanted.manager):
                below.setdefault(row.wanted.manager, []).append(row)
        sound = {row.key for row in rows if row.state is not State.WRONG}
        waiting = [address for address in below if address not in sound]
        while waiting:
            address = waiting.pop()
            for row in below.get(address, ()):
                if row.state is not State.WRONG:
                    waiting.append(row.key)
                    self._blame_unknown(row, address)

    def _is_member(self, address: str) -> bool:
        member = self.known.get(address)
        return member is not None and member.is_active and member.is_own

    def _blame_unknown(self, row: _Checked, said: str) -> None:
        row.blame(
            MANAGER,
            gettext(
                "%(manager)s is neither known here nor in a sound row of this file. Add"
                " them, or empty the cell."
            )
            % {"manager": table_file.shown(said)},
        )

    def _names(self, rows: tuple[_Checked, ...]) -> dict[str, set[str]]:
        """The addresses of those who have a name, by name."""
        found: dict[str, set[str]] = {}
        for each in self.known.values():
            if each.is_active and each.is_own:
                found.setdefault(each.title.casefold(), set()).add(each.address)
        for row in rows:
            if row.state is not State.WRONG and row.wanted is not None:
                found.setdefault(row.wanted.title.casefold(), set()).add(row.key)
        return found

    def _find(
        self,
        row: _Checked,
        wanted: Wanted,
        asked: str,
        by_address: Mapping[str, _Checked],
        by_name: Mapping[str, set[str]],
    ) -> None:
        said = table_file.shown(asked)
        if "@" not in asked:
            named = by_name.get(asked.casefold(), set())
            if len(named) > 1:
                sentence = gettext("Several people are called %(name)s. Give the mail address.")
                row.blame(MANAGER, sentence % {"name": said})
                return
            asked = next(iter(named), "")
        address = address_of(asked)
        if not address or not (self._is_member(address) or address in by_address):
            self._blame_unknown(row, said)
        elif address == row.key:
            row.blame(MANAGER, gettext("Nobody is their own manager. Empty the cell."))
        else:
            wanted.manager = address

    def _refuse_circles(self, rows: tuple[_Checked, ...]) -> None:
        line = {
            here.address: there.address
            for person, manager in self.managers.items()
            if (here := self.by_person.get(person)) and (there := self.by_person.get(manager))
        }
        asked = {row.key: row for row in rows if row.wanted and row.wanted.manager}
        sound = {key: row for key, row in asked.items() if row.state is not State.WRONG}
        line |= {key: row.wanted.manager for key, row in sound.items() if row.wanted}
        for circle in managers.circles(line):
            sentence = gettext("The managers run in a circle: %(circle)s. Mend one of the rows.")
            told = " → ".join(table_file.shown(each) for each in [*circle[:6], circle[0]])
            for row in filter(None, map(sound.get, circle)):
                row.blame(MANAGER, sentence % {"circle": told})

    def _note_managers(self, rows: tuple[_Checked, ...]) -> None:
        for row in rows:
            wanted = row.wanted
            if row.state is State.WRONG or wanted is None or not wanted.manager or row.is_new:
                continue
            assert wanted.known is not None
            before = self.by_person.get(self.managers.get(wanted.known.person, ""))
            if before is not None and before.address == wanted.manager:
                wanted.manager = ""
            else:
                told = before.address if before else pgettext("no manager", "none")
                row.changes.append(Change(MANAGER, told, wanted.manager))


def _title_of(cells: Mapping[str, str]) -> str:
    """The name: of its two parts where they stand apart."""
    whole, first, last = (cells.get(each, "") for each in (NAME, FIRST_NAME, LAST_NAME))
    # French lists have the family name under "nom", beside "prénom".
    parts = (first, last or whole) if first else (whole or last,)
    return " ".join(" ".join(parts).split())


def _problems_of_address(address: str) -> Iterator[str]:
    if not address:
        yield gettext("The mail address is missing. We know people by it.")
        return
    said = table_file.shown(address)
    try:
        validate_email(address)
    except ValidationError:
        sentence = gettext("“%(address)s” is no mail address. Write one such as anna@example.com.")
        yield sentence % {"address": said}
        return
    if len(address) > LONGEST_ADDRESS:
        sentence = gettext("The mail address has more than %(count)s characters.")
        yield sentence % {"count": LONGEST_ADDRESS}


def _problems_of_title(title: str) -> Iterator[str]:
    if len(title) > LONGEST_NAME:
        sentence = gettext("The name has more than %(count)s characters. Shorten it.")
        yield sentence % {"count": LONGEST_NAME}
    elif table_file.is_turning(title):
        yield gettext("The name holds invisible characters that turn words around. Type it anew.")
