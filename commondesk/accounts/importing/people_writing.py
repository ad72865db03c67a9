"""Carrying a list of people out: all of it in one transaction, or nothing."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import IntegrityError

from commondesk.accounts import queries
from commondesk.accounts.arrangement import members
from commondesk.accounts.arrangement.arranging import (
    Act,
    UnfitArrangement,
    arranging,
    viewer_of,
)
from commondesk.accounts.importing import people
from commondesk.accounts.importing.people import PeoplePlan, Wanted
from commondesk.accounts.importing.plan import (
    Checked,
    Done,
    Moved,
    Phase,
    Refused,
    State,
    pieces,
    require,
)
from commondesk.accounts.models import Membership, Person
from commondesk.accounts.policy import Right
from commondesk.accounts.works.kinds import Tell, quiet
from commondesk.core.record.arrangement import ManagerNamed
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Actor, Side
from commondesk.core.record.events import PersonIntroduced
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext
from commondesk.ledger import store, tables, words
from commondesk.readers.table_file import Table

_AT = f"SELECT id, uuid, address, title FROM {Person._meta.db_table} WHERE address IN ({{}})"  # noqa: S608
NEEDS = (Right.ADD_PEOPLE,)
RECORDED_AT_ONCE = 1000


def look(company: UUID, table: Table, *, at: Instant, actor: Actor) -> PeoplePlan:
    """What the list would do now. Nothing is written."""
    return people.check(Act(company, at, actor, viewer_of(company, actor)), table)


def import_people(
    company: UUID,
    table: Table,
    *,
    at: Instant,
    actor: Actor,
    seen: str | None = None,
    leave_out: bool = False,
    tell: Tell = quiet,
) -> Done:
    """Make the company's people what the list says, rows that are wrong left out if so said.

    seen is the fingerprint of the plan that somebody looked at. Raises NotAllowed, and Refused
    when nothing was done; what tell raises undoes all of it.
    """
    try:
        with arranging(company, at=at, actor=actor, rights=NEEDS) as act:
            plan = people.check(act, table, tell)
            require(plan, seen, leave_out=leave_out)
            _carry_out(act, plan, tell)
            _record(act, plan, tell)
    except IntegrityError:
        raise Moved(
            gettext(
                "Somebody else became known here at this very moment. Nothing was imported: look"
                " again."
            )
        ) from None
    return Done(
        new=plan.counts[State.NEW],
        changed=plan.counts[State.CHANGED],
        left_out=plan.counts[State.WRONG],
    )


def _carry_out(act: Act, plan: PeoplePlan, tell: Tell) -> None:
    new = [row.wanted for row in plan.of(State.NEW) if row.wanted]
    changed = list(plan.of(State.CHANGED))
    done, total = 0, len(new) + len(changed)
    added: dict[str, str] = {}
    for some in pieces([each for each in new if _only_asks(each)]):
        added |= _add_requesters(act, some)
        done += len(some)
        tell(Phase.WRITE, done, total)
    for wanted in new:
        if not _only_asks(wanted):
            added[wanted.address] = _add_one(act, wanted)
            done += 1
            tell(Phase.WRITE, done, total)
    for row in changed:
        _change(act, row)
        done += 1
        tell(Phase.WRITE, done, total)
    _name_managers(act, plan, added)


def _record(act: Act, plan: PeoplePlan, tell: Tell) -> None:
    """Put it on the record piece by piece, so that it can be told how far that is."""
    total = plan.counts[State.NEW] + plan.counts[State.CHANGED]
    drafts, done = act.drafts, 0
    act.drafts = []
    for some in pieces(drafts, RECORDED_AT_ONCE):
        store.append(act.company, some, learnt_at=act.at)
        done += len(some)
        tell(Phase.RECORD, total * done // len(drafts), total)


def _only_asks(wanted: Wanted) -> bool:
    return wanted.place is not None and wanted.place.side == Side.REQUESTER


# ---- new people ---------------------------------------------------------------------------


def _add_requesters(act: Act, many: Sequence[Wanted]) -> dict[str, str]:
    """Their uuids as text, by address. Who has an address already stays who they are."""
    there = _people_at(each.address for each in many)
    fresh = [each for each in many if each.address not in there]
    # By rows: twenty thousand objects would keep everybody else waiting three times as long.
    tables.insert(Person, [_row_of(each) for each in fresh])
    there |= _people_at(each.address for each in fresh)
    tables.insert(
        Membership,
        [
            {
                "company_id": act.company,
                "person_id": there[each.address].pk,
                "side": str(Side.REQUESTER),
                "roles": list(each.place.roles if each.place else ()),
            }
            for each in many
        ],
    )
    act.drafts += _introductions(act, many, there)
    return {each.address: there[each.address].uuid for each in many}


@dataclass(frozen=True, slots=True)
class _Somebody:
    pk: int
    uuid: str
    title: str


def _people_at(addresses: Iterable[str]) -> dict[str, _Somebody]:
    wanted, found = list(addresses), dict[str, _Somebody]()
    for start in range(0, len(wanted), queries.BATCH):
        some = wanted[start : start + queries.BATCH]
        for pk, uuid, address, title in tables.select(_AT.format(tables.marks(len(some))), *some):
            found[address] = _Somebody(pk, str(tables.uuid_of(uuid)), title)
    return found


def _row_of(wanted: Wanted) -> tables.Values:
    return {
        "uuid": uuid4(),
        "address": wanted.address,
        "title": wanted.title,
        "password": UNUSABLE_PASSWORD_PREFIX + secrets.token_urlsafe(30),
    }


def _introductions(act: Act, many: Sequence[Wanted], there: dict[str, _Somebody]) -> list[Draft]:
    kept = words.keep_many(
        act.company,
        [
            (COMPANY_STREAM, kind, text)
            for each in many
            for kind, text in (("person", there[each.address].title), ("address", each.address))
        ],
    )
    refs = zip(kept[::2], kept[1::2], strict=True)
    return [
        Draft(
            COMPANY_STREAM,
            act.at,
            act.actor,
            PersonIntroduced(
                person=there[each.address].uuid,
                title=title,
                address=address,
                side=str(Side.REQUESTER),
                roles=each.place.roles if each.place else (),
            ),
        )
        for each, (title, address) in zip(many, refs, strict=True)
    ]


def _add_one(act: Act, wanted: Wanted) -> str:
    assert wanted.place is not None
    person = Person.objects.filter(address=wanted.address).first()
    if person is None:
        person = Person(address=wanted.address, title=wanted.title)
        person.set_unusable_password()
        person.save(force_insert=True)
    members.bring_in(act, person, wanted.place)
    return str(person.uuid)


# ---- members ------------------------------------------------------------------------------


def _change(act: Act, row: Checked[Wanted]) -> None:
    wanted = row.wanted
    assert wanted is not None and wanted.known is not None
    if wanted.place is None:
        return
    try:
        members.change_member(
            act.company,
            UUID(wanted.known.person),
            at=act.at,
            actor=act.actor,
            side=wanted.place.side,
            roles=wanted.place.roles,
            team=wanted.place.slug,
        )
    except UnfitArrangement as unfit:
        raise Refused(
            gettext("Row %(row)s: %(problem)s Nothing was imported.")
            % {"row": row.number, "problem": unfit}
        ) from None


def _name_managers(act: Act, plan: PeoplePlan, added: dict[str, str]) -> None:
    known = people.known_people(act.company)
    uuids = {address: each.person for address, each in known.items()} | added
    for row in plan.rows:
        wanted = row.wanted
        if row.state in (State.NEW, State.CHANGED) and wanted is not None and wanted.manager:
            act.record(ManagerNamed(uuids[wanted.address], uuids[wanted.manager]))
