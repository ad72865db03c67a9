"""Every body that can be made comes back from its text as the same body."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commondesk.core.record import codec
from commondesk.core.record.event import Actor, Body, Side, WordsRef
from commondesk.core.record.events import (
    Attachment,
    Channel,
    MatterScored,
    MessageReceived,
    TicketOpened,
    TicketPrioritised,
    WaitBegun,
    WaitReason,
)

texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.floats(allow_nan=False, allow_infinity=False)
st.register_type_strategy(str, texts)
st.register_type_strategy(float, numbers)


def bodies(kind: type[Body]) -> st.SearchStrategy[Body]:
    """Bodies with every field given, so that no field stays at its default."""
    return st.builds(kind, **{field.name: ... for field in dataclasses.fields(kind)})


any_body = st.one_of([bodies(kind) for kind in codec.known_bodies()])
actors = st.builds(Actor, id=texts, side=st.sampled_from(Side), on_behalf_of=texts)


@given(any_body)
def test_a_body_comes_back_from_its_text(body: Body) -> None:
    text = codec.text_of(body)
    assert codec.body_of(body.NAME, body.VERSION, text) == body


@given(any_body)
def test_the_text_is_canonical(body: Body) -> None:
    text = codec.text_of(body)
    assert codec.canonical(json.loads(text)) == text
    assert codec.text_of(codec.body_of(body.NAME, body.VERSION, text)) == text


@given(any_body)
def test_a_body_that_came_back_has_the_same_types(body: Body) -> None:
    """Equal is not enough: 1 equals True and 1.0, and a plain word equals its enum member."""
    back = codec.body_of(body.NAME, body.VERSION, codec.text_of(body))
    assert repr(back) == repr(body)


@given(actors)
def test_an_actor_comes_back_from_its_text(actor: Actor) -> None:
    assert codec.actor_of(codec.actor_text_of(actor)) == actor


def test_names_are_unique_and_have_a_dot() -> None:
    names = [(kind.NAME, kind.VERSION) for kind in codec.known_bodies()]
    assert len(set(names)) == len(names) > 50
    assert all(name.count(".") == 1 and name == name.lower() for name, _ in names)


def test_what_is_at_its_default_is_left_out() -> None:
    assert codec.text_of(WaitBegun("w", WaitReason.VENDOR)) == ('{"on":"vendor","wait":"w"}')


def test_nested_references_are_objects() -> None:
    photo = Attachment(WordsRef("a", "s"), WordsRef("n", "d"), "image/png", 5)
    body = MessageReceived("m", "p", Channel.MAIL, WordsRef("t", "e"), attachments=(photo,))
    assert json.loads(codec.text_of(body)) == {
        "message": "m",
        "author": "p",
        "channel": "mail",
        "text": {"id": "t", "digest": "e"},
        "attachments": [
            {
                "content": {"id": "a", "digest": "s"},
                "name": {"id": "n", "digest": "d"},
                "media_type": "image/png",
                "size": 5,
            }
        ],
    }


OPENED = TicketOpened.NAME
PRIORITISED = TicketPrioritised.NAME


@pytest.mark.parametrize(
    ("name", "version", "text", "told"),
    [
        ("ticket.vanished", 1, "{}", "no event 'ticket.vanished' of version 1 is known"),
        (PRIORITISED, 9, "{}", "no event 'ticket.prioritised' of version 9 is known"),
        (PRIORITISED, 1, "{", "ticket.prioritised: the body is no JSON"),
        (PRIORITISED, 1, "[]", "ticket.prioritised: an object is wanted, not []"),
        (PRIORITISED, 1, "{}", "ticket.prioritised: priority is missing"),
        (PRIORITISED, 1, '{"priority":"P9"}', "priority is one of P1, P2, P3, P4, not 'P9'"),
        (PRIORITISED, 1, '{"priority":"P1","impact":"1"}', "impact wants int, not '1'"),
        (PRIORITISED, 1, '{"priority":"P1","impact":true}', "impact wants int, not True"),
        (PRIORITISED, 1, '{"priority":"P1","mood":1}', "unknown field 'mood'"),
        (PRIORITISED, 1, '{"priority":"P1","reason":"x"}', "an object is wanted, not 'x'"),
        (MatterScored.NAME, 1, '{"other":1}', "other wants str, not 1"),
        ("words.erased", 1, '{"ground":"g","words":"abc"}', "words wants a list, not 'abc'"),
        ("words.erased", 1, '{"ground":"g","words":[1]}', "words wants str, not 1"),
    ],
)
def test_what_does_not_fit_is_told(name: str, version: int, text: str, told: str) -> None:
    with pytest.raises(codec.UnreadableEvent) as problem:
        codec.body_of(name, version, text)
    assert told in str(problem.value)


@pytest.mark.parametrize("text", ["", "{}", "[]", '["provider"]', '["boss","x"]', "null"])
def test_a_text_that_is_no_actor_is_told(text: str) -> None:
    with pytest.raises(codec.UnreadableEvent, match="no actor"):
        codec.actor_of(text)
