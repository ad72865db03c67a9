"""@Name in a note: whom it calls upon, and that it calls nobody who may not read it."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from commondesk.accounts import directory
from commondesk.accounts.models import Person
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.instant import MINUTE
from commondesk.desk import actions
from commondesk.desk.models import OutgoingMail
from commondesk.desk.readers import Technician, named_in
from commondesk.ledger.now import instant_now
from tests.desk.cast import FOUNDED, Cast
from tests.desk.pages import shown

OWN, BOTH = e.Audience.OWN_TEAM, e.Audience.BOTH_TEAMS


def noted(cast: Cast, by: Person, ticket: UUID, text: str, audience: e.Audience) -> e.NoteWritten:
    write = cast.does(by, ticket, actions.write_note, instant_now())
    key = write(text=text, audience=audience)
    bodies = [each.body for each in cast.history(ticket)]
    return next(each for each in bodies if isinstance(each, e.NoteWritten) and each.note == key)


def told(ticket: UUID) -> list[str]:
    """The addresses of those who were told of something on the ticket."""
    found = OutgoingMail.objects.filter(ticket=ticket, kind=OutgoingMail.Kind.NOTICE)
    return [to for each in found.order_by("id") for to in each.envelope_to]


@pytest.fixture
def ticket(cast: Cast) -> UUID:
    return cast.open(instant_now() - MINUTE)


def test_who_is_named_is_told_and_stands_on_record(cast: Cast, ticket: UUID) -> None:
    note = noted(cast, cast.agent, ticket, "Please look, @Ed Xpert.", OWN)
    assert note.mentions == (str(cast.expert.uuid),)
    assert told(ticket) == ["ed@helpers.example"]
    content = bytes(OutgoingMail.objects.get(ticket=ticket, kind="notice").content).decode()
    assert "Ada Gent" in content
    assert "Please look" not in content


def test_a_note_of_the_own_team_calls_nobody_of_the_other_side(cast: Cast, ticket: UUID) -> None:
    note = noted(cast, cast.agent, ticket, "@Rita Ferent must not know. @Paul Press too.", OWN)
    assert note.mentions == ()
    assert told(ticket) == []
    both = noted(cast, cast.agent, ticket, "@Rita Ferent, @Paul Press", BOTH)
    assert both.mentions == (str(cast.referent.uuid),)
    assert told(ticket) == ["rita@acme.example"]


def test_nobody_is_told_of_their_own_words(cast: Cast, ticket: UUID) -> None:
    assert noted(cast, cast.agent, ticket, "I, @Ada Gent, do it.", OWN).mentions
    assert told(ticket) == []


def test_whoever_left_is_not_called(cast: Cast, ticket: UUID) -> None:
    Person.objects.filter(pk=cast.expert.pk).update(is_active=False)
    assert noted(cast, cast.agent, ticket, "@Ed Xpert", OWN).mentions == ()
    assert told(ticket) == []


def test_an_auditor_reads_what_names_them(cast: Cast, ticket: UUID) -> None:
    auditor = directory.add_person(
        cast.uuid,
        at=FOUNDED,
        actor=Actor("test", Side.MACHINE),
        title="Aud Itor",
        address="aud@acme.example",
        side="company",
        roles=["auditor"],
    )
    note = noted(cast, cast.referent, ticket, "@aud itor: see here.", OWN)
    assert note.mentions == (str(auditor.uuid),)
    assert told(ticket) == ["aud@acme.example"]


def names(cast: Cast, person: Person, ticket: UUID, to: str) -> list[str]:
    found: list[str] = json.loads(shown(cast, person, ticket, f"colleagues/?to={to}"))["names"]
    return found


def test_only_readers_are_offered(cast: Cast, ticket: UUID) -> None:
    assert names(cast, cast.agent, ticket, "own") == ["Ed Xpert"]
    assert names(cast, cast.agent, ticket, "both") == ["Ed Xpert", "Rita Ferent"]
    assert names(cast, cast.referent, ticket, "own") == []


def technician(title: str, uuid: str = "") -> Technician:
    return Technician(uuid or title, title, "provider", "", "L1", "First", frozenset())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@Ada Gent", ("Ada Gent",)),
        ("see @ada gent!", ("Ada Gent",)),
        ("@Ada Gentle", ("Ada Gentle",)),
        ("@Ada Gently", ()),
        ("mail ada@Ada Gent", ()),
        ("@Ada", ()),
        ("@Ada Gent @Ed @Ada Gent", ("Ada Gent", "Ed")),
        ("no names", ()),
    ],
)
def test_names_are_whole(text: str, found: tuple[str, ...]) -> None:
    people = [technician("Ada Gent"), technician("Ada Gentle"), technician("Ed")]
    assert named_in(text, people) == found


def test_of_two_with_one_name_both_are_called() -> None:
    assert named_in("@Ed", [technician("Ed", "1"), technician("Ed", "2")]) == ("1", "2")
    assert named_in("@Ed", []) == ()
