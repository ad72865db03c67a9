"""Who may do what: the whole table, and what lies around it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from commondesk.accounts import policy
from commondesk.accounts.models import Company, Membership, Person
from commondesk.accounts.policy import Right, Role, Viewer
from commondesk.core.record.event import Side
from tests.desk.cast import Cast

READS = {"read_tickets", "read_notes", "read_figures", "read_charter"}
WORKS = READS | {"ask", "read_own_tickets", "work_tickets", "read_people", "hold_tokens"}
LEADS = WORKS | {"read_black_holes"}
CHECKS = READS | {
    *("read_people", "read_record", "verify_record"),
    *("read_black_holes", "hold_tokens"),
}
STEERS = {
    *("edit_charter", "enter_calendars", "enter_catalogue"),
    *("add_people", "engage_providers", "connect_mailboxes", "plan", "agree_lowering"),
    *("review_exports", "import_tickets", "close_periods"),
}
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
    ("provider", Role.LEAD): LEADS | {"add_own_people"},
    ("provider", Role.REFERENT): WORKS | CHECKS,
    ("provider", Role.DECISION_MAKER): CHECKS | ASKS | {"sign_charter", "add_own_people"},
    ("provider", Role.APPROVER): ASKS | {"approve"},
    ("provider", Role.AUDITOR): CHECKS,
    ("company", Role.REQUESTER): ASKS,
    ("company", Role.AGENT): WORKS,
    ("company", Role.LEAD): LEADS,
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
    assert policy.may_read_note(viewer(side, role), audience, author_side, "") is is_readable


OURS, THEIRS = (f"00000000-0000-4000-8000-00000000000{each}" for each in (1, 2))


def of_provider(provider: str, *, is_one_of_many: bool = True) -> Viewer:
    agent = viewer("provider", Role.AGENT)
    return replace(agent, provider=provider, is_one_of_many=is_one_of_many)


@pytest.mark.parametrize(
    ("reader", "author_side", "author_provider", "is_readable"),
    [
        (OURS, "provider", OURS, True),
        (OURS, "provider", THEIRS, False),
        (OURS, "provider", "", False),
        (OURS, "company", "", False),
        ("", "provider", OURS, False),
    ],
)
def test_two_providers_never_read_each_others_own_notes(
    reader: str, author_side: str, author_provider: str, is_readable: bool
) -> None:
    for is_one_of_many in (True, False):
        agent = of_provider(reader, is_one_of_many=is_one_of_many)
        found = policy.may_read_note(agent, "own_team", author_side, author_provider)
        assert found is is_readable
        assert policy.may_read_note(agent, "both_teams", author_side, author_provider)


def test_the_company_reads_no_own_note_of_any_provider() -> None:
    referent = viewer("company", Role.REFERENT)
    assert policy.may_read_note(referent, "own_team", "company", "")
    assert not policy.may_read_note(referent, "own_team", "provider", OURS)


@pytest.mark.parametrize(
    ("providers", "is_readable"),
    [("", True), (f",{OURS},", True), (f",{THEIRS},{OURS},", True), (f",{THEIRS},", False)],
)
def test_one_of_many_sees_what_is_theirs_or_nobodys(providers: str, is_readable: bool) -> None:
    agent = of_provider(OURS)
    assert policy.may_read_ticket(agent, COMPANY, uuid4(), providers) is is_readable
    assert policy.only_with(agent) == f",{OURS},"
    alone = of_provider(OURS, is_one_of_many=False)
    assert policy.may_read_ticket(alone, COMPANY, uuid4(), providers)
    assert policy.only_with(alone) == ""


def test_who_names_no_provider_is_in_none_of_many() -> None:
    agent = of_provider("")
    assert policy.may_read_ticket(agent, COMPANY, uuid4(), "")
    assert not policy.may_read_ticket(agent, COMPANY, uuid4(), f",{OURS},")
    assert policy.only_with(agent) not in f",{OURS},{THEIRS},"


def test_nobody_reads_nothing() -> None:
    for audience in ("everyone", "both_teams", "own_team"):
        assert not policy.may_read_note(None, audience, "provider", "")


def test_requesters_read_their_own_tickets_alone() -> None:
    person = uuid4()
    requester = viewer("requester", Role.REQUESTER, person=person)
    assert policy.may_read_ticket(requester, COMPANY, person, "")
    assert not policy.may_read_ticket(requester, COMPANY, uuid4(), "")
    assert not policy.may_read_ticket(requester, uuid4(), person, "")
    assert policy.may_read_ticket(viewer("provider", Role.AGENT), COMPANY, person, "")
    assert not policy.may_read_ticket(None, COMPANY, person, "")


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
