"""A mail on screen: folds, the frame of another origin, its pictures, and who else had it."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.core import signing
from django.test import Client
from django.urls import reverse

from commondesk.accounts.models import Membership
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.instant import MINUTE
from commondesk.desk import actions
from commondesk.desk.content import fetching, passes, rendering, views
from commondesk.desk.content.passes import Pass, Purpose
from commondesk.desk.content.pictures import MOST_PIXELS, picture_of
from commondesk.desk.ticket_queries import Piece, pieces_of
from tests.desk.cast import MONDAY, Cast
from tests.desk.test_screens import page_of, press, signed_in, ticket_url

CONTENT_HOST = urlsplit(settings.CONTENT_ORIGIN).netloc
REMOTE = "http://pictures.example/logo.png"
BODY = (
    '<p>Hello <b>desk</b></p><img src="cid:dot.png@mail" alt="a dot">'
    f'<img src="{REMOTE}" alt="logo"><a href="https://acme.example/">the site</a>'
)


def png(width: int = 1, height: int = 1) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = zlib.compress(b"\0" * (width + 1) * min(height, 50))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")
    )


def opened(
    cast: Cast, html: str = BODY, files: dict[str, bytes] | None = None, **more: Any
) -> UUID:
    ticket = uuid4()
    kept = tuple(
        actions.keep_attachment(
            cast.uuid, ticket, name=name, media_type="image/png", content=content
        )
        for name, content in (files or {}).items()
    )
    return cast.open(ticket=ticket, html=html, attachments=kept, **more)


def look_url(cast: Cast, ticket: UUID) -> str:
    row = cast.row(ticket)
    return reverse("desk:look", args=[cast.company.prefix, row.number, message_of(cast, ticket)])


def message_of(cast: Cast, ticket: UUID) -> str:
    return cast.messages(ticket)[0].id


def frame_in(text: str) -> str:
    """The address that the page frames."""
    found = re.search(r'<iframe src="([^"]+)"', text)
    assert found is not None
    return unescape(found[1])


def content_of(address: str, host: str = CONTENT_HOST) -> Any:
    parts = urlsplit(address)
    return Client().get(f"{parts.path}?{parts.query}", headers={"host": host})


def framed(cast: Cast, ticket: UUID, with_pictures: bool = False) -> str:
    client = signed_in(cast.agent)
    send = client.post if with_pictures else client.get
    answer = content_of(frame_in(send(look_url(cast, ticket)).content.decode()))
    assert answer.status_code == 200
    return str(answer.content.decode())


def sources_in(text: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'src="([^"]+)"', text)]


# ---- folds --------------------------------------------------------------------------------


def test_folds_leave_the_own_words_in_the_open() -> None:
    text = "Works now.\n\nOn Monday Ada wrote:\n> please try\n\n-- \nPaul"
    quote, end = text.index("On Monday"), text.index("-- ")
    folds = [
        {"kind": "quote", "start": quote, "end": end},
        {"kind": "signature", "start": end, "end": len(text)},
    ]
    assert pieces_of(text, folds) == (
        Piece("", "Works now."),
        Piece("quote", "On Monday Ada wrote:\n> please try"),
        Piece("signature", "-- \nPaul"),
    )


def test_answers_between_quoted_lines_stay_in_their_order() -> None:
    text = "> first?\nYes.\n> second?\nNo."
    folds = [{"kind": "quote", "start": 0, "end": 8}, {"kind": "quote", "start": 14, "end": 23}]
    kinds = [(piece.kind, piece.text) for piece in pieces_of(text, folds)]
    assert kinds == [("quote", "> first?"), ("", "Yes."), ("quote", "> second?"), ("", "No.")]


def test_folds_that_fit_no_text_hide_nothing() -> None:
    folds = [{"kind": "quote", "start": 3, "end": 900}, {"kind": "quote", "start": 9, "end": 2}]
    assert pieces_of("all of it", folds) == (Piece("", "all of it"),)
    whole = [{"kind": "quote", "start": 0, "end": 9}]
    assert pieces_of("all of it", whole) == (Piece("", "all of it"),)


def test_text_without_folds_is_folded_by_its_marks() -> None:
    kinds = [piece.kind for piece in pieces_of("It works.\n> try\n> again", [])]
    assert kinds == ["", "quote"]


def test_every_fold_opens_by_itself_and_the_whole_by_one_tap(cast: Cast) -> None:
    text = "Works.\n> one\nReally.\n> two"
    folds = (e.Fold(e.FoldKind.QUOTE, 7, 13), e.Fold(e.FoldKind.QUOTE, 21, 26))
    ticket = cast.open()
    cast.writes(ticket, MONDAY + MINUTE, text, folds=folds)
    shown = page_of(cast, cast.agent, ticket)
    assert shown.count("Show quoted text") == 2
    assert shown.count("Show the full text") == 1
    assert page_of(cast, cast.requester, ticket).count("Show quoted text") == 2


# ---- the frame ----------------------------------------------------------------------------


def test_the_page_offers_the_look_of_mails_that_have_one(cast: Cast) -> None:
    with_look, without = opened(cast), cast.open()
    assert "As the mail looked" in page_of(cast, cast.agent, with_look)
    assert "As the mail looked" not in page_of(cast, cast.agent, without)
    assert "As the mail looked" not in page_of(cast, cast.requester, with_look)


def test_the_frame_is_another_origin_and_shut_off(cast: Cast) -> None:
    ticket = opened(cast)
    answer = signed_in(cast.agent).get(look_url(cast, ticket))
    text = answer.content.decode()
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in text
    assert f"frame-src {settings.CONTENT_ORIGIN}" in answer["Content-Security-Policy"]
    address = frame_in(text)
    assert address.startswith(f"{settings.CONTENT_ORIGIN}/content/mail?")
    shown = content_of(address)
    assert "Hello <b>desk</b>" in shown.content.decode()
    policy = shown["Content-Security-Policy"]
    for rule in (
        "default-src 'none'",
        f"img-src {settings.CONTENT_ORIGIN};",
        "form-action 'none'",
        "base-uri 'none'",
        f"frame-ancestors {settings.ORIGIN};",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
    ):
        assert rule in policy
    assert "unsafe" not in policy and "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert shown["Referrer-Policy"] == "no-referrer"
    assert shown["Cache-Control"] == "no-store"
    assert "X-Frame-Options" not in shown.headers
    assert not shown.cookies


def test_the_ticket_page_gets_the_frame_alone(cast: Cast) -> None:
    ticket = opened(cast)
    client = signed_in(cast.agent)
    for send in (client.get, client.post):
        part = send(look_url(cast, ticket), headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in part and "Show larger" in part
        assert content_of(frame_in(part)).status_code == 200


def test_the_style_of_the_frame_is_ours_alone(cast: Cast) -> None:
    text = framed(cast, opened(cast, "<style>p{color:red}</style><p style='color:red'>x</p>"))
    assert text.count("<style") == 1
    assert "color:red" not in text
    assert views.STYLE in text


def test_the_ticket_page_may_frame_the_other_origin(cast: Cast) -> None:
    answer = signed_in(cast.agent).get(ticket_url(cast, opened(cast)))
    assert f"frame-src {settings.CONTENT_ORIGIN}" in answer["Content-Security-Policy"]


def test_links_leave_without_a_trace(cast: Cast) -> None:
    link = re.search(r"<a [^>]*>", framed(cast, opened(cast)))
    assert link is not None
    assert 'target="_blank"' in link[0]
    assert "noopener" in link[0] and "noreferrer" in link[0]


def test_each_host_shows_its_own_alone(cast: Cast) -> None:
    ticket = opened(cast)
    address = frame_in(signed_in(cast.agent).get(look_url(cast, ticket)).content.decode())
    assert content_of(address, host="testserver").status_code == 404
    page = ticket_url(cast, ticket)
    client = signed_in(cast.agent)
    answer = client.get(page, headers={"host": CONTENT_HOST})
    assert answer.status_code == 302
    assert answer["Location"] == f"{settings.ORIGIN}{page}"
    step = reverse("desk:step", args=[cast.company.prefix, cast.row(ticket).number, "take"])
    assert client.post(step, headers={"host": CONTENT_HOST}).status_code == 404
    assert client.get("/healthz", headers={"host": CONTENT_HOST}).status_code == 200


def test_without_a_second_origin_the_answer_itself_is_shut_off(cast: Cast, settings: Any) -> None:
    settings.CONTENT_ORIGIN = ""
    ticket = opened(cast, files={"dot.png": png()})
    address = frame_in(signed_in(cast.agent).get(look_url(cast, ticket)).content.decode())
    assert address.startswith("/content/mail?")
    shown = content_of(address, host="testserver")
    assert shown.status_code == 200
    assert "sandbox allow-popups" in shown["Content-Security-Policy"]
    assert "frame-ancestors http://testserver" in shown["Content-Security-Policy"]
    (picture,) = sources_in(shown.content.decode())
    assert content_of(picture, host="testserver").content == png()


def test_an_address_shows_what_it_was_made_for_while_it_holds(cast: Cast) -> None:
    ticket = opened(cast)
    given = Pass(cast.uuid, cast.agent.uuid, message_of(cast, ticket))
    address = passes.address_of(Purpose.MAIL, given)
    token = parse_qs(urlsplit(address).query)["u"][0]
    assert content_of(address).status_code == 200
    for wrong in (token[:-1], token[1:], "", signing.dumps(["a", "b", "c", "d"]), f"{token}x"):
        answer = Client().get("/content/mail", {"u": wrong}, headers={"host": CONTENT_HOST})
        assert answer.status_code == 404
        assert "sandbox" in answer["Content-Security-Policy"]
    other = Client().get("/content/picture", {"u": token}, headers={"host": CONTENT_HOST})
    assert other.status_code == 404


def test_an_address_runs_out(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = opened(cast)
    given = Pass(cast.uuid, cast.agent.uuid, message_of(cast, ticket))
    address = passes.address_of(Purpose.MAIL, given)
    monkeypatch.setattr(passes, "SPAN_IN_SECONDS", -1)
    assert content_of(address).status_code == 404


@pytest.mark.parametrize("who", ["requester", "outsider", "nobody"])
def test_an_address_is_worth_nothing_to_whoever_may_not_read_it(cast: Cast, who: str) -> None:
    ticket = opened(cast)
    person = uuid4() if who == "nobody" else getattr(cast, who).uuid
    given = Pass(cast.uuid, person, message_of(cast, ticket))
    assert content_of(passes.address_of(Purpose.MAIL, given)).status_code == 404
    elsewhere = replace(given, company=uuid4(), person=cast.agent.uuid)
    assert content_of(passes.address_of(Purpose.MAIL, elsewhere)).status_code == 404


def test_rights_are_asked_again_when_the_address_is_used(cast: Cast) -> None:
    ticket = opened(cast)
    given = Pass(cast.uuid, cast.agent.uuid, message_of(cast, ticket))
    address = passes.address_of(Purpose.MAIL, given)
    Membership.objects.filter(person=cast.agent).update(is_active=False)
    assert content_of(address).status_code == 404


def test_who_may_not_read_the_ticket_gets_no_frame(cast: Cast) -> None:
    ticket = opened(cast)
    for person in (cast.outsider, cast.requester, cast.colleague):
        assert signed_in(person).get(look_url(cast, ticket)).status_code == 404
    other = cast.open()
    row = cast.row(other)
    stolen = reverse("desk:look", args=[cast.company.prefix, row.number, message_of(cast, ticket)])
    assert signed_in(cast.agent).get(stolen).status_code == 404


# ---- pictures -----------------------------------------------------------------------------


def test_pictures_of_the_mail_are_shown_from_the_mail(cast: Cast) -> None:
    ticket = opened(cast, files={"dot.png": png()})
    sources = sources_in(framed(cast, ticket))
    assert len(sources) == 1
    assert sources[0].startswith(f"{settings.CONTENT_ORIGIN}/content/inline?")
    shown = content_of(sources[0])
    assert shown.status_code == 200
    assert shown["Content-Type"] == "image/png"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert shown.content == png()
    assert not shown.cookies


def test_a_picture_is_found_by_the_id_of_its_file_too(cast: Cast) -> None:
    ticket = uuid4()
    kept = actions.keep_attachment(
        cast.uuid, ticket, name="x", media_type="image/png", content=png()
    )
    cast.open(ticket=ticket, html=f'<img src="cid:{kept.content.id}">', attachments=[kept])
    assert len(sources_in(framed(cast, ticket))) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script></html>",
        b"\x89PNG\r\n\x1a\n",
        b"",
        png(30000, 30000),
    ],
)
def test_a_file_that_only_calls_itself_a_picture_is_not_shown(cast: Cast, content: bytes) -> None:
    ticket = opened(cast, files={"dot.png": content})
    assert content_of(sources_in(framed(cast, ticket))[0]).status_code == 404


def test_a_picture_of_another_message_is_not_shown(cast: Cast) -> None:
    mine, other = opened(cast), opened(cast, files={"secret.png": png()})
    secret = str(cast.messages(other)[0].attachments[0]["id"])
    given = Pass(cast.uuid, cast.agent.uuid, message_of(cast, mine), secret)
    assert content_of(passes.address_of(Purpose.INLINE, given)).status_code == 404


def test_remote_pictures_wait_until_somebody_asks(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fetch(url: str) -> fetching.Fetched:
        asked.append(url)
        return fetching.Fetched("image/png", png())

    monkeypatch.setattr(fetching, "fetch_picture", fetch)
    ticket = opened(cast)
    assert "pictures.example" not in framed(cast, ticket)
    page = signed_in(cast.agent).get(look_url(cast, ticket)).content.decode()
    assert "Show remote pictures" in page and "1 picture lies elsewhere" in page
    sources = sources_in(framed(cast, ticket, with_pictures=True))
    assert [each for each in sources if not each.startswith(settings.CONTENT_ORIGIN)] == []
    assert asked == []
    shown = content_of(sources[-1])
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/png")
    assert asked == [REMOTE]
    again = signed_in(cast.agent).get(look_url(cast, ticket)).content.decode()
    assert "Show remote pictures" in again, "it is not remembered"


def test_a_picture_that_is_refused_is_no_picture(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(url: str) -> fetching.Fetched:
        raise fetching.Refused("no")

    monkeypatch.setattr(fetching, "fetch_picture", fetch)
    given = Pass(cast.uuid, cast.agent.uuid, message_of(cast, opened(cast)), REMOTE)
    answer = content_of(passes.address_of(Purpose.PICTURE, given))
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/plain")


REMOTE_FORMS = [
    '<img src="//canary.example/a.png">',
    '<img srcset="http://canary.example/a.png 2x" alt="x">',
    "<picture><source srcset='http://canary.example/a.png'><img src='http://canary.example/b'>",
    '<table background="http://canary.example/a"><tr><td background="http://canary.example/b">x',
    '<body background="http://canary.example/a">x',
    '<p style="background:url(http://canary.example/a)">x</p>',
    "<style>@import url(http://canary.example/a);@font-face{src:url(http://canary.example/b)}</style>",
    '<link rel="stylesheet" href="http://canary.example/a">',
    '<link rel="prefetch" href="http://canary.example/a">',
    '<link rel="dns-prefetch" href="//canary.example">',
    '<meta http-equiv="refresh" content="0;url=http://canary.example/">',
    '<video poster="http://canary.example/a" src="http://canary.example/b"></video>',
    '<object data="http://canary.example/a"></object><embed src="http://canary.example/b">',
    '<iframe src="http://canary.example/a"></iframe>',
    '<input type="image" src="http://canary.example/a">',
    '<svg><image href="http://canary.example/a"/><use href="http://canary.example/b#c"/></svg>',
    '<math href="http://canary.example/a">x</math>',
    '<img src="http://canary.example/a" longdesc="http://canary.example/b">',
    '<img src="http://canary.example/a" lowsrc="//canary.example/c">',
    '<img dynsrc="http://canary.example/a"><bgsound src="http://canary.example/b">',
    '<base href="http://canary.example/"><img src="a.png">',
    '<form action="http://canary.example/"><button>x</button></form>',
    '<img src=" http://canary.example/a"><img src="ht\ntp://canary.example/a">',
    '<img src="data:image/svg+xml,<svg onload=alert(1) xmlns=http://canary.example/>">',
    '<audio src="http://canary.example/a"><track src="http://canary.example/b"></audio>',
]


@pytest.mark.parametrize("html", REMOTE_FORMS)
def test_no_form_of_remote_content_is_left(html: str) -> None:
    made = rendering.rendered(html, inline=lambda _: None)
    assert "canary.example" not in made.html
    assert "url(" not in made.html


def test_only_so_many_pictures_are_loaded_at_once() -> None:
    html = '<img src="http://a.example/">' * (rendering.MOST_PICTURES + 5)
    made = rendering.rendered(html, inline=lambda _: None, remote=lambda _: "http://here/")
    assert made.html.count('src="http://here/"') == rendering.MOST_PICTURES
    assert made.kept_out == 5


def test_pictures_are_known_by_their_bytes() -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x10\x00\x20\x03"
    gif = b"GIF89a\x02\x00\x03\x00"
    webp = b"RIFF\0\0\0\0WEBPVP8X\n\0\0\0\0\0\0\0\x01\0\0\x02\0\0"
    found = [picture_of(each) for each in (png(4, 5), jpeg, gif, webp)]
    assert [(each.media_type, each.width, each.height) for each in found if each] == [
        ("image/png", 4, 5),
        ("image/jpeg", 32, 16),
        ("image/gif", 2, 3),
        ("image/webp", 2, 3),
    ]
    assert picture_of(png(MOST_PIXELS, 2)) is None
    assert picture_of(b"\xff\xd8\xff") is None
    assert picture_of(b"<?xml version='1.0'?><svg/>") is None


# ---- who else had it ----------------------------------------------------------------------


def test_other_addresses_of_a_mail_are_offered_to_agents_alone(cast: Cast) -> None:
    ticket = cast.open(copied="carla@acme.example\nstranger@far.example")
    shown = page_of(cast, cast.agent, ticket)
    assert "Also went to" in shown
    assert shown.count('name="address" value="stranger@far.example"') == 1
    assert "far.example" not in page_of(cast, cast.requester, ticket)
    press(cast, cast.agent, ticket, "add-copy", address="carla@acme.example")
    again = page_of(cast, cast.agent, ticket)
    assert 'name="address" value="carla@acme.example"' not in again
    assert cast.row(ticket).copies == [str(cast.colleague.uuid)]


def test_people_on_copy_are_shown_answered_and_taken_off(cast: Cast) -> None:
    ticket = cast.open()
    press(cast, cast.agent, ticket, "add-copy", address="new@acme.example", name="Nina New")
    shown = page_of(cast, cast.agent, ticket)
    assert "Nina New" in shown and "Everyone on the ticket" in shown
    everyone = {"to": "everyone", "written_for": "everyone"}
    press(cast, cast.agent, ticket, "write", text="For all.", whom="all", **everyone)
    press(cast, cast.agent, ticket, "write", text="For one.", whom="requester", **everyone)
    both, one = (each for each in cast.messages(ticket) if each.kind == "written")
    person = cast.row(ticket).copies[0]
    assert (both.copies, one.copies) == ([person], [])
    assert one.to == [str(cast.requester.uuid)]
    assert "on copy Nina New" in page_of(cast, cast.agent, ticket)
    assert "Nina New" not in page_of(cast, cast.requester, ticket)
    press(cast, cast.agent, ticket, "remove-copy", person=person)
    assert cast.row(ticket).copies == []


@pytest.mark.parametrize("then", ["ask", "resolve"])
def test_a_question_and_a_solution_may_go_to_the_requester_alone(cast: Cast, then: str) -> None:
    ticket = cast.open()
    press(cast, cast.agent, ticket, "add-copy", address="carla@acme.example")
    words = {"to": "everyone", "written_for": "everyone", "text": "Which?", "whom": "requester"}
    answer = press(cast, cast.agent, ticket, "write", then=then, **words)
    assert answer.status_code == 302
    (message,) = (each for each in cast.messages(ticket) if each.kind == "written")
    assert (message.to, message.copies) == ([str(cast.requester.uuid)], [])


def test_the_check_of_the_sender_is_told_to_agents(cast: Cast) -> None:
    words = {
        e.SenderCheck.PASSED: "sender verified",
        e.SenderCheck.FAILED: "sender check failed",
    }
    for check, said in words.items():
        ticket = cast.open(check=check)
        assert said in page_of(cast, cast.agent, ticket)
        assert said not in page_of(cast, cast.requester, ticket)
    absent = page_of(cast, cast.agent, cast.open(check=e.SenderCheck.ABSENT))
    assert "sender verified" not in absent and "sender check" not in absent


def test_what_did_not_arrive_is_told_with_the_reason(cast: Cast) -> None:
    ticket = cast.open()
    key = cast.does(cast.agent, ticket, actions.reply, MONDAY + MINUTE)(text="Hello.")
    actions.mark_bounced(
        cast.uuid,
        ticket,
        at=MONDAY + 2 * MINUTE,
        actor=Actor("outbox", Side.MACHINE),
        message=key,
        reason="550 no such mailbox",
    )
    shown = page_of(cast, cast.agent, ticket)
    assert "did not arrive" in shown and "550 no such mailbox" in shown
    assert "550 no such mailbox" not in page_of(cast, cast.requester, ticket)
