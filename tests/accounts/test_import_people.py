"""Lists of people: what each row would do, all of it or nothing, and nothing told of others."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commondesk.accounts import directory, policy
from commondesk.accounts.arrangement.arranging import NotAllowed
from commondesk.accounts.importing import managers, people, people_export, people_writing
from commondesk.accounts.importing.people import PeoplePlan
from commondesk.accounts.importing.plan import Done, HasWrongRows, Moved, Refused, State
from commondesk.accounts.models import Company, Membership, Person
from commondesk.cli import main
from commondesk.core.record.event import COMPANY_STREAM, Actor, Side
from commondesk.ledger import store
from commondesk.readers import table_file
from tests.accounts.sides import Sides
from tests.desk.cast import MONDAY, PASSWORD, Cast

MACHINE = Actor("command-line", Side.MACHINE)


def looked(cast: Cast, text: str, actor: Actor | None = None) -> PeoplePlan:
    table = people.read(text.encode())
    return people_writing.look(
        cast.uuid, table, at=MONDAY, actor=actor or cast.actor(cast.referent)
    )


def imported(cast: Cast, text: str, **more: object) -> Done:
    table = people.read(text.encode())
    options: dict[str, object] = {"at": MONDAY, "actor": cast.actor(cast.referent)}
    return people_writing.import_people(cast.uuid, table, **(options | more))  # type: ignore[arg-type]


def states(plan: PeoplePlan) -> list[str]:
    return [str(row.state) for row in plan.rows]


def told(plan: PeoplePlan) -> str:
    return "\n".join(
        f"{row.number} {each.column}: {each.sentence}" for row in plan.rows for each in row.findings
    )


def member(cast: Cast, address: str) -> Membership:
    return Membership.objects.get(company=cast.company, person__address=address)


def export(cast: Cast) -> str:
    return "".join(people_export.exported(cast.uuid))


def test_people_come_in_as_requesters_and_a_second_time_nothing_changes(cast: Cast) -> None:
    text = "Prénom;Nom;Courriel\nZoé;Müller;Zoe@Acme.example\n;Bob;bob@acme.example\n"
    assert states(looked(cast, text)) == ["new", "new"]
    assert imported(cast, text) == Done(2, 0, 0)
    zoe = member(cast, "zoe@acme.example")
    assert zoe.person.title == "Zoé Müller"
    assert (zoe.side, zoe.roles, zoe.team) == ("requester", ["requester"], None)
    assert not zoe.person.has_usable_password()
    before = store.head_of(cast.uuid)
    assert states(looked(cast, text)) == ["unchanged", "unchanged"]
    assert imported(cast, text) == Done(0, 0, 0)
    assert store.head_of(cast.uuid) == before


def test_nothing_is_written_by_looking(cast: Cast) -> None:
    before = store.head_of(cast.uuid), Person.objects.count()
    looked(cast, "mail,role,team\na@b.example,agent,L1\n")
    assert (store.head_of(cast.uuid), Person.objects.count()) == before


def test_roles_and_teams_are_taken_by_their_names(cast: Cast) -> None:
    text = (
        "mail,name,rôle,équipe\n"
        "t@acme.example,Tech,Bearbeiter + team lead,first line\n"
        "v@acme.example,Val,valideur,\n"
        "paul@acme.example,Paul,agent,L2\n"
    )
    plan = looked(cast, text)
    assert states(plan) == ["new", "new", "changed"], told(plan)
    assert [(c.column, c.before, c.after) for c in plan.rows[2].changes] == [
        ("role", "requester", "agent"),
        ("team", "none", "L2"),
    ]
    assert imported(cast, text) == Done(2, 1, 0)
    tech, val, paul = (member(cast, f"{name}@acme.example") for name in ("t", "v", "paul"))
    assert (tech.side, tech.roles, tech.team and tech.team.slug) == (
        *("company", ["agent", "lead"]),
        "L1",
    )
    assert (val.side, val.roles) == ("requester", ["approver"])
    assert (paul.side, paul.roles, paul.team and paul.team.slug) == ("company", ["agent"], "L2")
    assert states(looked(cast, text)) == ["unchanged"] * 3


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (",A,,,", "email: The mail address is missing"),
        ("no address,A,,,", "email: “no address” is no mail address"),
        ("<b>x</b>@,A,,,", "email: “<b>x</b>@” is no mail address"),
        ("a@b.example," + "A" * 201 + ",,,", "name: The name has more than 200"),
        ("a@b.example,An\u202ena,,,", "name: The name holds invisible"),
        ("a@b.example,A,king,,", "role: Nobody can be “king” here"),
        ("a@b.example,A,,L1,", "role: A team is given and no role"),
        ("a@b.example,A,agent,L9,", "team: The company has no team “L9”. Its teams: L1, L2"),
        ("a@b.example,A,agent,,", "team: Choose a team"),
        ("a@b.example,A,requester,L1,", "team: Whoever only asks for help belongs to no team"),
        ("a@b.example,A,,,nobody@b.example", "manager: nobody@b.example is neither known"),
        ("a@b.example,A,,,a@b.example", "manager: Nobody is their own manager"),
        ("a@b.example,A,,,Nobody Known", "manager: Nobody Known is neither known"),
        ("rita@acme.example,Rita,agent,L1,", "role: This is yourself"),
        ("ada@helpers.example,Ada,lead,,", "role: They work for another side"),
        ('a@b.example,A,,,"b,c",x', ": It has 6 cells"),
    ],
)
def test_a_wrong_row_says_where_and_what_to_do(cast: Cast, row: str, sentence: str) -> None:
    plan = looked(cast, f"email,name,role,team,manager\n{row}\n")
    assert states(plan) == ["wrong"]
    assert f"2 {sentence}" in told(plan)
    with pytest.raises(HasWrongRows):
        imported(cast, f"email,name,role,team,manager\n{row}\n")


def test_wrong_rows_keep_everything_out_until_they_are_left_out(cast: Cast) -> None:
    text = "mail,name\na@b.example,A\nnothing,B\n"
    before = store.head_of(cast.uuid)
    with pytest.raises(HasWrongRows, match="Nothing was imported"):
        imported(cast, text)
    assert store.head_of(cast.uuid) == before
    assert imported(cast, text, leave_out=True) == Done(1, 0, 1)


def test_repeated_addresses_are_named_by_their_rows(cast: Cast) -> None:
    alike = looked(cast, "mail,name\na@b.example,A\na@b.example,A\n")
    assert states(alike) == ["new", "wrong"]
    assert "3 email: Row 2 has the same mail address. Remove row 3." in told(alike)
    other = looked(cast, "mail,name\na@b.example,A\n\na@b.example,B\n")
    assert states(other) == ["wrong", "wrong"]
    assert "Rows 2, 4 have the same mail address and differ" in told(other)


def test_managers_are_linked_by_address_and_by_name(cast: Cast) -> None:
    text = (
        "mail,name,manager\n"
        "a@b.example,Ann,ben@b.example\n"
        "ben@b.example,Ben,Paul Press\n"
        "paul@acme.example,Paul Press,\n"
    )
    assert imported(cast, text) == Done(2, 0, 0)
    uuids = dict(Person.objects.values_list("address", "uuid"))
    assert managers.managers(cast.uuid) == {
        str(uuids["a@b.example"]): str(uuids["ben@b.example"]),
        str(uuids["ben@b.example"]): str(uuids["paul@acme.example"]),
    }
    assert states(looked(cast, text)) == ["unchanged"] * 3
    other = looked(cast, "mail,manager\na@b.example,paul@acme.example\n")
    assert [(c.before, c.after) for c in other.rows[0].changes] == [
        ("ben@b.example", "paul@acme.example")
    ]


def test_managers_never_run_in_a_circle(cast: Cast) -> None:
    text = (
        "mail,manager\na@b.example,b@b.example\nb@b.example,c@b.example\nc@b.example,a@b.example\n"
    )
    plan = looked(cast, text)
    assert states(plan) == ["wrong"] * 3
    assert "The managers run in a circle: a@b.example → b@b.example → c@b.example → a@" in told(
        plan
    )
    imported(cast, "mail,manager\na@b.example,b@b.example\nb@b.example,\n")
    plan = looked(cast, "mail,manager\nb@b.example,a@b.example\n")
    assert states(plan) == ["wrong"]


def test_whoever_answers_to_a_wrong_row_is_wrong_too(cast: Cast) -> None:
    rows = [f"p{n}@b.example,p{n + 1}@b.example" for n in range(500)]
    plan = looked(cast, "mail,manager\n" + "\n".join(rows) + "\np500@b.example,gone@b.example\n")
    assert set(states(plan)) == {"wrong"}


def test_two_of_one_name_are_no_manager(cast: Cast) -> None:
    text = "mail,name,manager\na@b.example,Ann,Bob\nb@b.example,Bob,\nc@b.example,Bob,\n"
    assert "2 manager: Several people are called Bob" in told(looked(cast, text))


def test_who_was_let_go_does_not_come_back_by_a_list(cast: Cast) -> None:
    gone = member(cast, "paul@acme.example")
    Membership.objects.filter(pk=gone.pk).update(is_active=False)
    plan = looked(cast, "mail\npaul@acme.example\n")
    assert "They were let go" in told(plan)


# ---- who may ------------------------------------------------------------------------------


def test_only_who_adds_people_imports_them(sides: Sides) -> None:
    cast = sides.cast
    before = store.head_of(cast.uuid)
    for person in (cast.requester, cast.agent, sides.lead, sides.agent):
        with pytest.raises((NotAllowed, Refused)):
            imported(cast, "mail\nx@b.example\n", actor=cast.actor(person))
    outsider = Actor(str(cast.outsider.uuid), Side.COMPANY)
    with pytest.raises(NotAllowed):
        imported(cast, "mail\nx@b.example\n", actor=outsider)
    assert store.head_of(cast.uuid) == before


def test_no_list_makes_a_decision_maker_but_by_one(cast: Cast) -> None:
    text = "mail,name,role\nd@acme.example,Dee,decision maker\n"
    assert states(looked(cast, text)) == ["new"]
    founder = member(cast, "rita@acme.example")
    Membership.objects.filter(pk=founder.pk).update(roles=["referent"])
    assert "Only a decision maker of the same side" in told(looked(cast, text))


def test_rights_are_those_of_the_moment(cast: Cast) -> None:
    seen = looked(cast, "mail\nx@b.example\n").fingerprint
    actor = cast.actor(cast.referent)
    Membership.objects.filter(person=cast.referent).update(roles=["agent"])
    with pytest.raises(NotAllowed):
        imported(cast, "mail\nx@b.example\n", seen=seen, actor=actor)


# ---- what other companies know ------------------------------------------------------------


def test_a_person_of_another_company_is_as_new_as_anybody(cast: Cast) -> None:
    text = "mail,name\notto@other.example,Somebody\nnobody@other.example,Somebody\n"
    known, unknown = looked(cast, text).rows
    assert known.state is unknown.state is State.NEW
    assert (known.title, known.changes, known.findings) == (
        *(unknown.title, unknown.changes),
        unknown.findings,
    )
    imported(cast, text)
    assert member(cast, "otto@other.example").person == cast.outsider
    cast.outsider.refresh_from_db()
    assert cast.outsider.title == "Otto Side"
    assert cast.outsider.check_password(PASSWORD)
    other = Company.objects.exclude(pk=cast.company.pk).get()
    assert Membership.objects.filter(company=other).count() == 1


def test_nobody_of_another_company_is_a_manager(cast: Cast) -> None:
    plan = looked(cast, "mail,manager\nx@b.example,otto@other.example\ny@b.example,Otto Side\n")
    assert "otto@other.example is neither known here" in told(plan)
    assert "Otto Side is neither known here" in told(plan)


def test_a_manager_here_is_none_anywhere_else(cast: Cast) -> None:
    imported(cast, "mail,manager\notto@other.example,paul@acme.example\n")
    other = Company.objects.exclude(pk=cast.company.pk).get()
    assert managers.managers(other.uuid) == {}
    cast.outsider.refresh_from_db()
    assert cast.outsider.manager is None


# ---- between looking and importing --------------------------------------------------------


def test_what_changed_meanwhile_is_looked_at_again(cast: Cast) -> None:
    text = "mail,name\nx@b.example,X\ny@b.example,Y\n"
    seen = looked(cast, text).fingerprint
    directory.person_for_address(cast.uuid, "x@b.example", "X", at=MONDAY)
    before = store.head_of(cast.uuid)
    with pytest.raises(Moved, match="nothing was imported"):
        imported(cast, text, seen=seen)
    assert store.head_of(cast.uuid) == before
    assert imported(cast, text, seen=looked(cast, text).fingerprint) == Done(1, 0, 0)


def test_a_change_that_fails_undoes_the_whole_list(cast: Cast) -> None:
    directory.add_person(
        cast.uuid,
        at=MONDAY,
        actor=MACHINE,
        title="Two",
        address="two@acme.example",
        side="company",
        roles=["referent"],
    )
    # Each may go by itself, but not both: nobody could add people any more.
    text = "mail,role\nnew@b.example,\ntwo@acme.example,requester\nrita@acme.example,requester\n"
    before = store.head_of(cast.uuid), Person.objects.count()
    with pytest.raises(Refused):
        imported(cast, text, actor=MACHINE)
    assert (store.head_of(cast.uuid), Person.objects.count()) == before


# ---- the record, the export, the command --------------------------------------------------


def test_the_record_restores_what_a_list_made(cast: Cast) -> None:
    imported(
        cast,
        "mail,name,role,team,manager\na@b.example,Ann,,,b@b.example\nb@b.example,Ben,agent,L1,\n",
    )
    text = export(cast)
    members = Membership.objects.filter(company=cast.company)
    told = members.order_by("person__uuid").values_list("person__uuid", "side", "roles", "team")
    before = list(told)
    members.delete()
    directory.restore(cast.uuid)
    assert list(told.all()) == before
    assert export(cast) == text


def test_an_export_imported_again_changes_nothing(cast: Cast) -> None:
    imported(
        cast,
        "mail,name,role,team,manager\n"
        "a@b.example,=1+1,,,b@b.example\nb@b.example,'s-Ben,agent,L1,\nc@b.example,,approver,,a@b.example\n",
    )
    text = export(cast)
    assert '"\'=1+1"' in text
    assert "ada@helpers.example" not in text
    assert set(states(looked(cast, text))) == {"unchanged"}
    assert export(cast) == text


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=15)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.from_regex(r"[a-z]{1,6}", fullmatch=True), WORDS, st.booleans()),
        max_size=8,
        unique_by=lambda row: row[0],
    )
)
def test_a_round_trip_changes_nothing(
    cast: Cast,
    rows: list[tuple[str, str, bool]],
) -> None:
    cells = [
        (f"{name}@b.example", title, "agent" if works else "", "L1" if works else "")
        for name, title, works in rows
    ]
    text = "".join(table_file.written(("email", "name", "role", "team"), cells))
    if cells:
        imported(cast, text, leave_out=True)
        assert "new" not in states(looked(cast, text))
    assert set(states(looked(cast, export(cast)))) == {"unchanged"}


@pytest.fixture
def listed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    def write(text: str) -> str:
        file = tmp_path_factory.mktemp("lists") / "people.csv"
        file.write_text(text)
        return str(file)

    return write


def test_the_command_looks_and_imports(
    cast: Cast, listed: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    prefix = cast.company.prefix
    wrong = listed("mail,name,floor\nx@b.example,X,2\nnothing,Y,3\n")
    assert main(["import-people", "--company", prefix, "--look", wrong]) == 1
    out = capsys.readouterr().out
    assert "left alone: floor" in out
    assert "row 3, email: “nothing” is no mail address" in out
    assert main(["import-people", "--company", prefix, wrong]) == 2
    assert "--leave-out-wrong" in capsys.readouterr().err
    assert main(["import-people", "--company", prefix, "--leave-out-wrong", wrong]) == 0
    assert "imported: 1 new, 0 changed, 1 left out" in capsys.readouterr().out
    last = store.history(cast.uuid, COMPANY_STREAM)[-1]
    assert last.actor == MACHINE
    assert policy.viewer_of(member(cast, "x@b.example").person, cast.company) is not None


def test_the_command_tells_what_it_cannot_read(
    cast: Cast, listed: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import-people", "--company", cast.company.prefix, "/nowhere.csv"]) == 2
    assert main(["import-people", "--company", cast.company.prefix, listed("floor\n2\n")]) == 2
    assert "No column is headed “email”" in capsys.readouterr().err
    assert main(["import-people", "--company", "NOSUCH", listed("mail\nx@b.example\n")]) == 2
