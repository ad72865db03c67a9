"""Canned replies: whose they are, how they get into the composer, and what counts as a template."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.urls import reverse

from commondesk.core.record import events as e
from commondesk.core.record.instant import MINUTE
from commondesk.desk import canned
from commondesk.desk.actions import canned_replies
from commondesk.desk.models import CannedReply
from commondesk.ledger import store, words
from commondesk.ledger.now import instant_now
from tests.desk.cast import MONDAY, Cast
from tests.desk.pages import address, press, shown, signed_in

TEXT = "Dear {{name}},\n\nwe look into {{number}}.\n\n{{me}}"


def kept(cast: Cast, title: str = "We look", text: str = TEXT, by: str = "agent") -> UUID:
    actor = cast.actor(getattr(cast, by))
    return canned_replies.write_reply(cast.uuid, at=MONDAY, actor=actor, title=title, text=text)


def titles(cast: Cast, by: str) -> list[str]:
    from commondesk.accounts import policy

    viewer = policy.viewer_of(getattr(cast, by), cast.company)
    assert viewer is not None
    return list(canned.titles_for(cast.uuid, viewer))


def test_a_reply_is_on_record_and_its_row_comes_from_there(cast: Cast) -> None:
    reply = kept(cast)
    written = [each.name for each in store.history(cast.uuid, "company")]
    assert written[-1] == "canned_reply.written"
    before = list(CannedReply.objects.values())
    assert [each["title"] for each in before] == ["We look"]
    CannedReply.objects.all().delete()
    assert canned.rebuild(cast.uuid) == 1
    assert list(CannedReply.objects.values()) == before
    canned_replies.remove_reply(
        cast.uuid, at=MONDAY + MINUTE, actor=cast.actor(cast.agent), reply=reply
    )
    assert not CannedReply.objects.exists()
    assert canned.rebuild(cast.uuid) == 0


def test_erased_words_take_the_reply_with_them(cast: Cast) -> None:
    kept(cast)
    ref = CannedReply.objects.get().words
    actor = cast.actor(cast.referent)
    words.erase(cast.uuid, [ref], ground="asked for", actor=actor, at=MONDAY + MINUTE)
    assert not CannedReply.objects.exists()
    assert canned.rebuild(cast.uuid) == 0


def test_the_companys_are_for_all_and_changed_by_the_company_alone(cast: Cast) -> None:
    reply = kept(cast, "House rule", by="referent")
    kept(cast, "Ours", by="agent")
    assert "House rule" in titles(cast, "agent")
    own = CannedReply.objects.get(uuid=reply)
    is_apart = CannedReply.objects.get(title="Ours").provider != own.provider
    assert ("Ours" in titles(cast, "referent")) is not is_apart
    if is_apart:
        with pytest.raises(canned_replies.NoSuchReply):
            kept_by_other = cast.actor(cast.agent)
            canned_replies.remove_reply(cast.uuid, at=MONDAY, actor=kept_by_other, reply=reply)


@pytest.mark.parametrize(
    ("title", "text", "said"),
    [
        ("", "x", "Give it a name"),
        ("x", "  ", "Write the text"),
        ("x", "Dear {{nome}}", "Nothing is known as {{nome}}"),
        ("x" * 201, "x", "at most 200"),
    ],
)
def test_what_helps_nobody_is_refused(cast: Cast, title: str, text: str, said: str) -> None:
    with pytest.raises(canned_replies.UnfitReply, match=said):
        kept(cast, title, text)
    assert not CannedReply.objects.exists()


def test_requesters_and_strangers_keep_none(cast: Cast) -> None:
    for who in (cast.requester, cast.outsider):
        where = reverse("desk:replies", args=[cast.company.prefix])
        assert signed_in(who).get(where).status_code == 404
        assert signed_in(who).post(where, {"title": "x", "text": "y"}).status_code == 404
    assert not CannedReply.objects.exists()


def test_the_page_keeps_changes_and_removes(cast: Cast) -> None:
    client = signed_in(cast.agent)
    where = reverse("desk:replies", args=[cast.company.prefix])
    assert "None is kept yet" in client.get(where).content.decode()
    refused = client.post(where, {"title": "Hello", "text": ""})
    assert refused.status_code == 422
    assert "Write the text" in refused.content.decode()
    assert client.post(where, {"title": "Hello", "text": "Good day."}).status_code == 302
    reply = CannedReply.objects.get()
    one = reverse("desk:reply", args=[cast.company.prefix, reply.uuid])
    assert client.post(one, {"title": "Hello", "text": "Good <b>night</b>."}).status_code == 302
    assert "Good &lt;b&gt;night&lt;/b&gt;." in client.get(where).content.decode()
    gone = reverse("desk:reply-remove", args=[cast.company.prefix, reply.uuid])
    assert client.get(gone).status_code == 405
    assert client.post(gone).status_code == 302
    assert client.post(gone).status_code == 404
    assert client.get(one).status_code == 404


# ---- in the composer ----------------------------------------------------------------------


def test_a_reply_is_inserted_filled_below_what_was_written(cast: Cast) -> None:
    kept(cast)
    ticket = cast.open(instant_now() - MINUTE)
    assert '<option value="We look">' in shown(cast, cast.agent, ticket)
    code = f"{cast.company.prefix}-{cast.row(ticket).number}"
    filled = shown(cast, cast.agent, ticket, "insert/?reply=We+look")
    assert filled == f"Dear Paul Press,\n\nwe look into {code}.\n\nAda Gent"
    given = {"to": "everyone", "written_for": "everyone", "text": "Hello.", "reply": "We look"}
    answer = signed_in(cast.agent).post(address(cast, ticket, "insert/"), given)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert f">Hello.\n\nDear Paul Press,\n\nwe look into {code}." in page
    assert len(cast.messages(ticket)) == 1


def test_an_unknown_reply_keeps_what_was_written(cast: Cast) -> None:
    ticket = cast.open(instant_now() - MINUTE)
    given = {"to": "everyone", "text": "Typed at length.", "reply": "No such"}
    answer = signed_in(cast.agent).post(address(cast, ticket, "insert/"), given)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Choose one of the list" in page and ">Typed at length.</textarea>" in page
    asked = signed_in(cast.agent).get(address(cast, ticket, "insert/?reply=No+such"))
    assert asked.status_code == 404


@pytest.mark.parametrize(
    ("change", "is_templated"),
    [
        (lambda text: text, True),
        (lambda text: text.replace("\n", "\r\n") + "  \n", True),
        (lambda text: text.upper(), True),
        (lambda text: text + "\nThe press is ours.", False),
        (lambda text: "We come at nine.", False),
    ],
)
@pytest.mark.parametrize("then", ["send", "ask", "resolve"])
def test_only_an_unchanged_reply_is_a_template(
    cast: Cast, change: object, is_templated: bool, then: str
) -> None:
    kept(cast)
    ticket = cast.open(instant_now() - MINUTE)
    filled = shown(cast, cast.agent, ticket, "insert/?reply=We+look")
    assert callable(change)
    given = {"to": "everyone", "written_for": "everyone", "text": change(filled), "then": then}
    assert press(cast, cast.agent, ticket, "write", **given).status_code == 302
    (sent,) = [
        event.body
        for event in cast.history(ticket)
        if isinstance(event.body, e.MessageWritten) and event.actor.is_person
    ]
    assert sent.is_templated is is_templated
    assert ("ticket.taken" in cast.names(ticket)) is not is_templated


def test_a_text_that_only_looks_like_a_place_stays_as_it_is() -> None:
    assert canned.filled("{{name}} {{number}}", {"name": "{{number}}", "number": "7"}) == (
        "{{number}} 7"
    )
    assert canned.filled("{{ me }} {{else}}", {"me": "Ada"}) == "Ada {{else}}"
