"""Who may do what: the whole table, and what lies around it."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from commondesk.accounts import policy
from commondesk.accounts.models import Company, Membership, Person
from commondesk.accounts.policy import Right, Role, Viewer
from commondesk.core.record.event import Side
from tests.desk.cast import Cast

READS = {"read_tickets", "read_notes", "read_figures", "read_charter"}
WORKS = READS | {"ask", "read_own_tickets", "work_tickets", "read_people"}
CHECKS = READS | {"read_people", "read_record", "verify_record"}
STEERS = {"edit_charter", "enter_calendars", "add_people", "agree_lowering"}
OWNS = {"export_record", "erase_words"}
ASKS = {"ask", "read_own_tickets"}

TABLE = {
    ("requester", Role.REQUESTER): ASKS,
    ("requester", Role.APPROVER): ASKS | {"approve"},
    ("requester", Role.AGENT): ASKS,
    ("requester", Role.REFERENT): ASKS,
    ("requester", Role.AUDITOR): set(),
    ("provider", Role.REQUESTER): ASKS,
    ("provider", Role.AGENT): WORKS,
    ("provider", Role.LEAD): WORKS,
    ("provider", Role.REFERENT): WORKS | CHECKS,
    ("provider", Role.DECISION_MAKER): CHECKS | ASKS | {"sign_charter"},
    ("provider", Role.APPROVER): ASKS | {"approve"},
    ("provider", Role.AUDITOR): CHECKS,
    ("company", Role.REQUESTER): ASKS,
    ("company", Role.AGENT): WORKS,
    ("company", Role.LEAD): WORKS,
    ("company", Role.REFERENT): WORKS | CHECKS | STEERS | OWNS,
    ("company", Role.DECISION_MAKER): ASKS | CHECKS | STEERS | OWNS | {"sign_charter"},
    ("company", Role.APPROVER): ASKS | {"approve"},
    ("company", Role.AUDITOR): CHECKS,
    **{("vendor", role): set() for role in Role},
    **{("machine", role): set() for role in Role},
}


@pytest.mark.parametrize(("side", "role"), TABLE)
def test_the_table_of_rights(side: str, role: Role) -> None:
    assert policy.rights_of([role], side) == TABLE[side, role]


def test_roles_add_up() -> None:
    both = policy.rights_of([Role.AGENT, Role.APPROVER], "company")
    assert both == WORKS | {"approve"}


@pytest.mark.parametrize("right", Right)
def test_nobody_may_do_nothing(right: Right) -> None:
    assert not policy.may(None, right)


def viewer(side: str, *roles: Role, person: UUID | None = None) -> Viewer:
    rights = policy.rights_of(roles, side)
    names = frozenset(str(role) for role in roles)
    return Viewer(person or uuid4(), COMPANY, side, names, "", "", "Somebody", rights)


COMPANY = uuid4()
READABLE = [
    ("provider", Role.AGENT, "own_team", "provider", True),
    ("provider", Role.AGENT, "own_team", "company", False),
    ("provider", Role.AGENT, "both_teams", "company", True),
    ("company", Role.REFERENT, "own_team", "provider", False),
    ("company", Role.REFERENT, "own_team", "company", True),
    ("company", Role.REFERENT, "both_teams", "provider", True),
    ("company", Role.AUDITOR, "own_team", "provider", False),
    ("requester", Role.REQUESTER, "both_teams", "provider", False),
    ("requester", Role.REQUESTER, "own_team", "requester", False),
    ("requester", Role.REQUESTER, "everyone", "provider", True),
    ("vendor", Role.AGENT, "both_teams", "provider", False),
    ("provider", Role.AGENT, "unheard_of", "provider", False),
]


@pytest.mark.parametrize(("side", "role", "audience", "author_side", "is_readable"), READABLE)
def test_who_reads_a_note(
    side: str, role: Role, audience: str, author_side: str, is_readable: bool
) -> None:
    assert policy.may_read_note(viewer(side, role), audience, author_side) is is_readable


def test_nobody_reads_nothing() -> None:
    for audience in ("everyone", "both_teams", "own_team"):
        assert not policy.may_read_note(None, audience, "provider")


def test_requesters_read_their_own_tickets_alone() -> None:
    person = uuid4()
    requester = viewer("requester", Role.REQUESTER, person=person)
    assert policy.may_read_ticket(requester, COMPANY, person)
    assert not policy.may_read_ticket(requester, COMPANY, uuid4())
    assert not policy.may_read_ticket(requester, uuid4(), person)
    assert policy.may_read_ticket(viewer("provider", Role.AGENT), COMPANY, person)
    assert not policy.may_read_ticket(None, COMPANY, person)


def test_the_cast(cast: Cast) -> None:
    seen = {
        name: policy.viewer_of(getattr(cast, name), cast.company)
        for name in ("referent", "requester", "agent", "outsider")
    }
    assert seen["outsider"] is None
    agent, referent, requester = seen["agent"], seen["referent"], seen["requester"]
    assert agent and referent and requester
    assert (agent.side, agent.team, agent.tier) == ("provider", "L1", "L1")
    assert (agent.actor.side, referent.actor.side) == (Side.PROVIDER, Side.COMPANY)
    assert requester.actor.side is Side.REQUESTER
    assert not policy.may(agent, Right.ERASE_WORDS)
    assert policy.may(referent, Right.ERASE_WORDS)


def test_an_employee_without_a_technical_role_acts_as_a_requester(cast: Cast) -> None:
    cast.requester.memberships.update(side="company")
    seen = policy.viewer_of(cast.requester, cast.company)
    assert seen is not None
    assert seen.actor.side is Side.REQUESTER


@pytest.mark.parametrize("what", ["membership", "person"])
def test_who_was_deactivated_sees_nothing(cast: Cast, what: str) -> None:
    if what == "person":
        cast.agent.is_active = False
        cast.agent.save()
    else:
        Membership.objects.filter(person=cast.agent).update(is_active=False)
    assert policy.viewer_of(cast.agent, cast.company) is None
    assert policy.visible_companies(cast.agent) == ()


def test_everybody_sees_their_own_companies_alone(cast: Cast) -> None:
    assert policy.visible_companies(cast.agent) == (cast.company,)
    assert [each.title for each in policy.visible_companies(cast.outsider)] == ["Other Works"]
    assert policy.visible_companies(object()) == ()
    assert policy.viewer_of(object(), cast.company) is None
    stranger = Person.objects.create(address="new@acme.example", title="New")
    assert policy.visible_companies(stranger) == ()
    assert Company.objects.count() == 2
