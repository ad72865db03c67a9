"""The queue: its views, filters, pages and rights; for one company and for many."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commondesk.accounts import directory, policy
from commondesk.accounts.models import Engagement, Membership, Person, Provider
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.instant import DAY, MINUTE
from commondesk.desk import actions
from commondesk.desk.models import TicketRow
from commondesk.desk.queue import pages
from commondesk.desk.queue.asked import Field, View, asked
from commondesk.desk.queue.pages import QueuePage
from commondesk.desk.queue.reach import Reach
from commondesk.ledger.now import instant_now
from tests.desk.cast import FOUNDED, MONDAY, Cast, found, on

MACHINE = Actor("test", Side.MACHINE)


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def url(cast: Cast, query: str = "") -> str:
    return reverse("desk:queue", args=[cast.company.prefix]) + query


def reach_of(cast: Cast, person: Person) -> Reach:
    viewer = policy.viewer_of(person, cast.company)
    assert viewer is not None
    return Reach(cast.company, viewer)


def queue_page(
    cast: Cast,
    at: int,
    *,
    person: Any = None,
    after: str = "",
    before: str = "",
    **wanted: str,
) -> QueuePage:
    reaches = [reach_of(cast, person or cast.agent)]
    return pages.queue_page(reaches, asked(wanted), at=at, after=after, before=before)


def numbers(page: QueuePage) -> list[list[int]]:
    return [[row.number - 1000 for row in group.rows] for group in page.groups]


def flat(page: QueuePage) -> list[int]:
    return [number for group in numbers(page) for number in group]


def place(link: str, name: str) -> str:
    """The place that a link to another page leads to."""
    return link.rpartition(f"{name}=")[2]


@pytest.fixture
def soon(cast: Cast) -> Callable[..., UUID]:
    """Opens tickets a short while ago, so that the pages show them as of today."""
    return partial(cast.open, instant_now() - 5 * MINUTE)


def desk_of_five(cast: Cast) -> None:
    """1 nobody has, 2 is missed, 3 and 4 are due, 5 is paused; 6 is solved."""
    opened = [cast.open(on(10, f"{9 + i:02}:00")) for i in range(6)]
    for ticket in opened[1:]:
        cast.does(cast.agent, ticket, actions.take, on(10, "14:00"))()
    cast.replies(opened[3], on(10, "14:01"))
    cast.does(cast.agent, opened[4], actions.ask, on(10, "14:00"))(text="Which press?")
    cast.does(cast.agent, opened[5], actions.resolve, on(10, "14:00"))()
    urgent = cast.does(cast.agent, opened[1], actions.prioritise, on(10, "10:01"))
    urgent(spread=1, urgency=1)


NOW = on(10, "14:05")


# ---- order and views ----------------------------------------------------------------------


def test_the_queue_is_ordered_by_what_is_due_next(cast: Cast) -> None:
    desk_of_five(cast)
    page = queue_page(cast, NOW)
    told = [(group.title, group.count) for group in page.groups]
    assert told == [
        ("Nobody has it", "1"),
        ("Missed", "1"),
        ("Due next", "2"),
        ("Clock paused", "1"),
    ]
    assert numbers(page) == [[1], [2], [3, 4], [5]]
    first = page.groups[0].rows[0]
    assert (first.due.text, first.due.detail) == (
        "missed 1 h 05 min ago",
        "first response, Mon 13:00",
    )
    assert first.hands.text == "Nobody"
    assert page.groups[1].rows[0].priority == "P1"
    third = page.groups[2].rows[0]
    assert (third.due.text, third.due.detail) == ("due in 55 min", "first response, Mon 15:00")
    assert third.due.tone == "soon"
    assert page.groups[3].rows[0].due.text.startswith("paused")


def test_views_and_their_counters(cast: Cast) -> None:
    desk_of_five(cast)
    vendor = cast.does(cast.agent, next(iter(of_number(cast, 4))), actions.begin_vendor_leg, NOW)
    vendor(vendor="Presses Inc")
    page = queue_page(cast, NOW, view="mine")
    counts = {view.name: view.count for _, views in page.shelves for view in views}
    assert counts == {
        "mine": "4",
        "offered": "0",
        "team": "5",
        "due": "5",
        "missed": "2",
        "unowned": "1",
        "waiting": "2",
        "vendor": "1",
        "solved": "1",
        "all": "",
    }
    for view in set(View) - {View.ALL}:
        assert len(flat(queue_page(cast, NOW, view=view))) == int(counts[view]), view
    assert sorted(flat(queue_page(cast, NOW, view="all"))) == [1, 2, 3, 4, 5, 6]


def of_number(cast: Cast, *some: int) -> Iterator[UUID]:
    for number in some:
        yield TicketRow.objects.get(company=cast.uuid, number=1000 + number).uuid


def test_what_is_offered_to_somebody_or_their_team(cast: Cast) -> None:
    first, second, third = (cast.open(on(10, f"09:0{each}")) for each in range(3))
    for ticket, given_to in (
        (first, {"team": "L2"}),
        (second, {"team": "L2", "person": cast.expert.uuid}),
        (third, {"team": "L1", "person": cast.referent.uuid}),
    ):
        cast.does(cast.agent, ticket, actions.take, NOW)()
        if given_to.get("person") != cast.referent.uuid:
            cast.does(cast.agent, ticket, actions.offer_handover, NOW)(**given_to)
    page = queue_page(cast, NOW, person=cast.expert, view="offered")
    assert sorted(flat(page)) == [1, 2]
    assert {row.hands.text for group in page.groups for row in group.rows} == {
        "Offered",
        "Offered to you",
    }
    assert flat(queue_page(cast, NOW, view="offered")) == []


def test_counters_stop_at_999(monkeypatch: pytest.MonkeyPatch, cast: Cast) -> None:
    assert [pages.count_words(each) for each in (0, 999, 1000, 5000)] == [
        "0",
        "999",
        "999+",
        "999+",
    ]
    monkeypatch.setattr("commondesk.desk.queue.selection.MOST_COUNTED", 3)
    for minute in range(5):
        cast.open(on(10, f"09:0{minute}"))
    selection, _ = pages.selected([reach_of(cast, cast.agent)], asked({}), NOW)
    assert selection.counts([View.DUE, View.MINE]) == {View.DUE: 3, View.MINE: 0}


# ---- filters ------------------------------------------------------------------------------


FILTERS = {
    "priority=1": [2],
    "priority=p1": [2],
    "priority=1,3": [1, 2, 3, 4, 5, 6],
    "kind=question": [],
    "kind=incident": [1, 2, 3, 4, 5, 6],
    "status=open": [1, 2, 3, 4, 5],
    "status=waiting": [5],
    "status=solved": [6],
    "status=solved,waiting": [5, 6],
    "status=closed": [],
    "owner=me": [2, 3, 4, 5, 6],
    "owner=none": [1],
    "owner=ada": [2, 3, 4, 5, 6],
    "owner=ada@helpers.example": [2, 3, 4, 5, 6],
    "owner=none,me": [1, 2, 3, 4, 5, 6],
    "requester=paul": [1, 2, 3, 4, 5, 6],
    "requester=carla": [],
    "requester=me": [],
    "team=l1": [1, 2, 3, 4, 5, 6],
    "team=L2": [],
    "channel=mail": [1, 2, 3, 4, 5, 6],
    "channel=phone": [],
    "service=printing": [],
    "site=Halle": [],
    "opened=2025-03-11": [],
    "opened=2025-03-10": [1, 2, 3, 4, 5, 6],
    "opened=1h": [6],
    "opened=2h": [5, 6],
    "changed=2025-03-10": [1, 2, 3, 4, 5, 6],
    "changed=3w": [1, 2, 3, 4, 5, 6],
    "owner=me&status=open&priority=1": [2],
    "view=waiting&owner=none": [],
    "view=mine&status=solved": [],
}


@pytest.mark.django_db
def test_every_filter(cast: Cast) -> None:
    desk_of_five(cast)
    at = on(10, "14:59")
    for query, expected in FILTERS.items():
        wanted = dict(part.split("=") for part in query.split("&"))
        page = queue_page(cast, at, **{"view": "all"} | wanted)
        assert sorted(flat(page)) == expected, query
        assert page.notes == (), query
        assert page.chips, query
        # A chip leads to the same list without its filter.
        for field in Field:
            if field.value in wanted:
                without = asked(wanted).without(field)
                assert without.address() in {chip.off for chip in page.chips}


def test_filters_see_what_tickets_are_about(cast: Cast) -> None:
    ticket, _ = cast.open(), cast.open()
    cast.does(cast.agent, ticket, actions.classify, NOW)(
        kind=e.Kind.REQUEST, service="Drucken Süd", site="Halle 4"
    )
    for wanted in ({"service": "drucken Süd"}, {"site": "halle 4"}, {"kind": "request"}):
        assert flat(queue_page(cast, NOW, **wanted)) == [1]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"view": "nowhere"}, "no view of that name"),
        ({"priority": "9"}, "It is 1, 2, 3 or 4."),
        ({"status": "gone"}, "It is open, waiting"),
        ({"kind": "x"}, "It is incident"),
        ({"channel": "pigeon"}, "It is one of mail"),
        ({"opened": "soon"}, "Give a day"),
        ({"opened": "2025-13-45"}, "Give a day"),
        ({"changed": "9999-01-01"}, "Give a day"),
        ({"owner": "zorro"}, "nobody known here"),
        ({"requester": "%"}, "nobody known here"),
        ({"requester": "00000000-0000-0000-0000-000000000001"}, "nobody known here"),
        ({"q": "priority:7 press"}, "“7” means nothing here"),
    ],
)
def test_what_is_not_understood_is_left_out_with_a_note(
    cast: Cast, query: dict[str, str], said: str
) -> None:
    cast.open()
    page = queue_page(cast, NOW, **query)
    assert any(said in note for note in page.notes), page.notes
    assert flat(page) == [1]


def test_a_name_that_too_many_have_is_left_out(cast: Cast) -> None:
    cast.open()
    for each in range(51):
        directory.person_for_address(cast.uuid, f"twin{each}@acme.example", "Twin", at=FOUNDED)
    page = queue_page(cast, NOW, view="all", requester="twin")
    assert "more than 50 people" in page.notes[0]


def test_people_of_another_company_have_no_name_here(cast: Cast) -> None:
    cast.open()
    for code in ("otto", "otto@other.example", str(cast.outsider.uuid)):
        page = queue_page(cast, NOW, view="all", owner=code)
        assert "nobody known" in page.notes[0]
        assert "Otto Side" not in str(page.chips)


# ---- paging -------------------------------------------------------------------------------


def walked(cast: Cast, at: int, wanted: dict[str, str], **more: Any) -> list[list[int]]:
    """Every page from the first to the last, and each once more on the way back."""
    seen = [queue_page(cast, at, **wanted, **more)]
    while seen[-1].older:
        after = place(seen[-1].older, "after")
        seen.append(queue_page(cast, at, after=after, **wanted, **more))
    back, page = [], seen[-1]
    while page.newer:
        page = queue_page(cast, at, before=place(page.newer, "before"), **wanted, **more)
        back.append(flat(page))
    assert back[::-1] == [flat(each) for each in seen[:-1]]
    return [flat(each) for each in seen]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6])
def test_paging_shows_every_ticket_once_and_leads_back(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(pages, "PAGE", size)
    desk_of_five(cast)
    for wanted in ({"view": "due"}, {"view": "all"}, {"view": "missed"}, {"q": "press"}):
        shown = walked(cast, NOW, wanted)
        whole = flat_all(shown)
        assert len(whole) == len(set(whole)), wanted
        assert sorted(whole) == sorted(set(whole))
        expected = {"due": 5, "all": 6, "missed": 2}.get(wanted.get("view", ""), 6)
        assert len(whole) == expected
        assert all(len(each) == size for each in shown[:-1])


def flat_all(shown: list[list[int]]) -> list[int]:
    return [number for each in shown for number in each]


@pytest.mark.parametrize(
    "after", ["x", "1-2", "9-9-9-9", "-1-2-3", "1-2-٣", "9" * 30 + "-1-1", "1-2-3-" + "g" * 32]
)
def test_a_made_up_place_in_the_queue_is_the_start(cast: Cast, after: str) -> None:
    cast.open()
    for view in ("due", "all"):
        assert flat(queue_page(cast, MONDAY, view=view, after=after)) == [1]
        assert flat(queue_page(cast, MONDAY, view=view, before=after)) == [1]
    assert flat(queue_page(cast, MONDAY, q="press", after=after)) == [1]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_what_stands_still_is_shown_once_whatever_moves_meanwhile(
    cast: Cast, data: st.DataObject
) -> None:
    TicketRow.objects.all().delete()
    size = data.draw(st.integers(1, 4))
    some = [row(cast, number, data) for number in range(1, data.draw(st.integers(1, 12)))]
    TicketRow.objects.bulk_create(some)
    view = data.draw(st.sampled_from(["due", "all", "unowned", "missed"]))
    whole = set(flat(queue_page(cast, NOW, view=view)))
    moved: set[int] = set()
    seen: list[int] = []
    after, limit = "", 60
    original, pages.PAGE = pages.PAGE, size
    try:
        while limit := limit - 1:
            page = queue_page(cast, NOW, view=view, after=after)
            seen += flat(page)
            if not page.older:
                break
            after = place(page.older, "after")
            if data.draw(st.booleans()) and some:
                one = data.draw(st.sampled_from(some))
                moved.add(one.number - 1000)
                values = row(cast, one.number - 1000, data)
                TicketRow.objects.filter(pk=one.pk).update(
                    shelf=values.shelf, shelf_at=values.shelf_at, updated_at=values.updated_at
                )
    finally:
        pages.PAGE = original
    assert limit
    still = [number for number in seen if number not in moved]
    assert sorted(still) == sorted(whole - moved)


def row(cast: Cast, number: int, data: st.DataObject) -> TicketRow:
    """A row with a place of its own; several share one."""
    shelf = data.draw(st.integers(0, 3))
    return TicketRow(
        uuid=UUID(int=number),
        company=cast.uuid,
        number=1000 + number,
        position=1,
        subject=f"Case {number}",
        requester=cast.requester.uuid,
        requester_title="Paul",
        kind="incident",
        channel="mail",
        opening="normal",
        status="open",
        priority="P3",
        owner=cast.agent.uuid if shelf else None,
        opened_at=MONDAY,
        updated_at=MONDAY + data.draw(st.integers(0, 3)),
        shelf=shelf,
        shelf_at=NOW + data.draw(st.integers(-2, 2)),
    )


# ---- rights -------------------------------------------------------------------------------


def test_one_of_several_providers_sees_no_ticket_of_another(cast: Cast) -> None:
    ours = Provider.objects.create(title="Helpers")
    theirs = Provider.objects.create(title="Others")
    for provider in (ours, theirs):
        Engagement.objects.create(company=cast.company, provider=provider, since=FOUNDED)
    Membership.objects.filter(company=cast.company, person=cast.agent).update(provider=ours)
    free, own, other = (cast.open(on(10, f"09:0{each}")) for each in range(3))
    TicketRow.objects.filter(uuid=own).update(providers=f",{ours.uuid},")
    TicketRow.objects.filter(uuid=other).update(providers=f",{theirs.uuid},")
    assert cast.row(free).providers == ""
    for wanted in ({"view": "due"}, {"view": "all"}, {"view": "unowned"}, {"q": "press"}):
        assert sorted(flat(queue_page(cast, NOW, **wanted))) == [1, 2], wanted
        referents = queue_page(cast, NOW, person=cast.referent, **wanted)
        assert sorted(flat(referents)) == [1, 2, 3]
    page = queue_page(cast, NOW)
    assert page.groups[0].count == "2"
    counts = {view.name: view.count for _, views in page.shelves for view in views}
    assert (counts["due"], counts["unowned"], counts["team"]) == ("2", "2", "2")
    hidden = signed_in(cast.agent).get(url(cast, f"?q={cast.row(other).number}"))
    assert hidden.status_code == 200
    lines = signed_in(cast.agent).get(url(cast, "?view=all&as=csv")).getvalue()
    assert lines.count(b"\n") == 3
    assert str(cast.row(other).number) not in lines.decode()


def test_a_requester_is_shown_the_own_list_whatever_the_address_asks(cast: Cast) -> None:
    own = cast.open(subject="My own press")
    cast.open(subject="Hers alone", requester=cast.colleague.uuid)
    client = signed_in(cast.requester)
    for query in (
        "",
        "?view=all",
        "?view=all&as=csv",
        "?owner=none",
        "?requester=carla",
        "?q=press",
    ):
        answer = client.get(url(cast, query))
        assert answer.status_code == 200
        shown = answer.content.decode()
        assert "My own press" in shown, query
        assert "Hers alone" not in shown
    assert "None of your tickets" in client.get(url(cast, "?q=hers+alone")).content.decode()
    answer = client.get(url(cast, f"?q={cast.row(own).number}"))
    assert answer["Location"].endswith(f"/tickets/{cast.row(own).number}/")


# ---- a queue over several companies -------------------------------------------------------


@pytest.fixture
def other(cast: Cast) -> Cast:
    """A second company that Ada works for too."""
    company, referent = found("Zeta Mills", "Zoe Ta", "zoe@zeta.example")
    requester = directory.person_for_address(company.uuid, "z@zeta.example", "Zed", at=FOUNDED)
    directory.add_person(
        company.uuid,
        at=FOUNDED,
        actor=MACHINE,
        title="Ada Gent",
        address="ada@helpers.example",
        side="provider",
        roles=["agent"],
        team="L1",
    )
    people = [referent, requester, requester, cast.agent, cast.expert, cast.outsider]
    return Cast(company, *people)


def test_a_queue_spans_the_companies_one_works_for(cast: Cast, other: Cast) -> None:
    at = instant_now() - 5 * MINUTE
    cast.open(at, subject="In Acme")
    other.open(at + 1, subject="In Zeta")
    client = signed_in(cast.agent)
    shown = client.get("/queue/").content.decode()
    assert "In Acme" in shown
    assert "In Zeta" in shown
    assert f"{other.company.prefix}-1001 · Zed</small>" in shown
    assert '<td class="firm">Zeta Mills</td>' in shown
    assert f"/c/{other.company.prefix}/tickets/1001/" in shown
    assert 'href="/queue/"' in client.get(url(cast)).content.decode()
    found_words = client.get("/queue/?q=zeta").content.decode()
    assert ("In Zeta" in found_words, "In Acme" in found_words) == (True, False)


def test_a_queue_over_companies_is_for_those_who_work_in_several(cast: Cast, other: Cast) -> None:
    assert Client().get("/queue/")["Location"] == "/sign-in/?next=/queue/"
    assert signed_in(cast.expert).get("/queue/")["Location"] == url(cast)
    assert signed_in(cast.requester).get("/queue/").status_code == 404
    assert 'href="/queue/"' not in signed_in(cast.expert).get(url(cast)).content.decode()
    # A requester of one company who works for another sees that other's tickets alone.
    directory.person_for_address(other.uuid, str(cast.expert.address), "Ed", at=FOUNDED)
    other.open(subject="Not for Ed")
    answer = signed_in(cast.expert).get("/queue/")
    assert answer["Location"] == url(cast)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_of_several_companies_hold_every_ticket_once(
    cast: Cast, other: Cast, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(pages, "PAGE", size)
    for minute in range(4):
        for desk in (cast, other):
            desk.open(on(10, f"09:0{minute}"))
    reaches = [reach_of(cast, cast.agent), reach_of(other, cast.agent)]
    for wanted in ({"view": "due"}, {"view": "all"}, {"q": "press"}, {"view": "missed"}):
        seen: list[str] = []
        forward: list[list[str]] = []
        page = pages.queue_page(reaches, asked(wanted), at=NOW)
        while True:
            forward.append([row.code for group in page.groups for row in group.rows])
            seen += forward[-1]
            if not page.older:
                break
            after = place(page.older, "after")
            page = pages.queue_page(reaches, asked(wanted), at=NOW, after=after)
        assert len(seen) == len(set(seen)) == 8, wanted
        while page.newer:
            before = place(page.newer, "before")
            page = pages.queue_page(reaches, asked(wanted), at=NOW, before=before)
            forward.pop()
            assert [row.code for group in page.groups for row in group.rows] == forward[-1]


def test_each_company_of_a_queue_has_its_own_rules(cast: Cast, other: Cast) -> None:
    ours = Provider.objects.create(title="Helpers")
    theirs = Provider.objects.create(title="Others")
    for provider in (ours, theirs):
        Engagement.objects.create(company=other.company, provider=provider, since=FOUNDED)
    Membership.objects.filter(company=other.company, person=cast.agent).update(provider=ours)
    first, second = cast.open(), other.open()
    TicketRow.objects.filter(uuid__in=[first, second]).update(providers=f",{theirs.uuid},")
    shown = signed_in(cast.agent).get("/queue/?view=all").content.decode()
    assert f"{cast.company.prefix}-1001" in shown
    assert f"{other.company.prefix}-1001" not in shown


# ---- finding one ticket, keeping a list ---------------------------------------------------


def test_a_number_leads_to_its_ticket(cast: Cast, other: Cast) -> None:
    cast.open()
    other.open()
    other.open()
    client = signed_in(cast.agent)
    prefix = cast.company.prefix
    for text in ("1001", "%231001", f"{prefix}-1001", f"{prefix.lower()}-1001", "+1001+"):
        answer = client.get(url(cast, f"?q={text}"))
        assert answer["Location"] == f"/c/{prefix}/tickets/1001/", text
    for text in ("9999", f"{other.company.prefix}-1001", "1001x", "99999999999999999999"):
        assert client.get(url(cast, f"?q={text}")).status_code == 200, text
    assert client.get("/queue/?q=1001").status_code == 200  # there are two
    assert client.get("/queue/?q=1002")["Location"].startswith(f"/c/{other.company.prefix}/")
    answer = client.get(f"/queue/?q={other.company.prefix}-1001")
    assert answer["Location"] == f"/c/{other.company.prefix}/tickets/1001/"


def test_a_list_is_kept_as_csv_whole(
    cast: Cast, soon: Callable[..., UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commondesk.desk.queue.export.STRETCH", 2)
    monkeypatch.setattr(pages, "PAGE", 1)
    for subject in ("=cmd|' /C calc'!A0", "+1", "-1", "@x", "\tx", " =1+1", 'Say "hi", all'):
        soon(subject=subject)
    answer = signed_in(cast.agent).get(url(cast, "?view=all&as=csv"))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="tickets-')
    told = answer.getvalue().decode()
    rows = list(csv.DictReader(io.StringIO(told)))
    assert len(rows) == 7
    subjects = {row["subject"] for row in rows}
    assert 'Say "hi", all' in subjects
    assert not any(each.lstrip().startswith(tuple("=+-@")) for each in subjects)
    assert rows[0]["opened_at"].endswith("+00:00")
    assert rows[0]["time_spent_s"] == "0"
    filtered = signed_in(cast.agent).get(url(cast, "?owner=me&as=csv"))
    assert filtered.getvalue().count(b"\n") == 1


# ---- the page -----------------------------------------------------------------------------


def queries_of(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as context:
        assert client.get(address).status_code == 200, address
    return len(context)


def test_every_view_and_filter_asks_as_often_for_three_rows_as_for_one(
    cast: Cast, other: Cast, soon: Callable[..., UUID]
) -> None:
    def opened() -> None:
        ticket = soon(subject="Press", actor=cast.actor(cast.agent), requester=cast.agent.uuid)
        cast.does(cast.agent, ticket, actions.take, instant_now())()
        other.open(instant_now() - MINUTE)

    client = signed_in(cast.agent)
    opened()
    addresses = [url(cast, f"?view={view}") for view in View]
    addresses += [url(cast, f"?{query}") for query in FILTERS]
    addresses += [url(cast, "?q=press"), "/queue/", "/queue/?view=all", "/queue/?q=press"]
    before = [queries_of(client, each) for each in addresses]
    opened()
    opened()
    after = [queries_of(client, each) for each in addresses]
    assert after == before
    assert max(before) <= 16, dict(zip(addresses, before, strict=True))
    assert before[addresses.index(url(cast, "?view=due"))] <= 12


@pytest.mark.parametrize("view", list(View))
def test_an_empty_view_says_what_to_do_next(cast: Cast, view: View) -> None:
    client = signed_in(cast.agent)
    assert "No ticket has come in yet" in client.get(url(cast, f"?view={view}")).content.decode()
    ticket = cast.open(instant_now() - 30 * DAY)
    for step in (actions.take, actions.resolve, actions.close):
        cast.does(cast.agent, ticket, step, instant_now() - 20 * DAY)()
    shown = client.get(url(cast, f"?view={view}")).content.decode()
    assert ('class="blank"' in shown) is (view is not View.ALL)
    shown = client.get(url(cast, f"?view={view}&owner=none")).content.decode()
    assert "No ticket is like that" in shown


def test_the_filters_that_are_on_are_shown_and_kept_through_paging(
    cast: Cast, soon: Callable[..., UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE", 1)
    soon()
    soon()
    shown = signed_in(cast.agent).get(url(cast, "?view=all&q=press+owner:none+priority:3"))
    text = shown.content.decode()
    assert "Leave out Owner: nobody" in text
    assert "Leave out Words: press" in text
    assert "view=all&amp;q=press&amp;priority=P3&amp;owner=none&amp;after=" in text
    assert 'value="press"' in text


@pytest.mark.parametrize(
    "query",
    [
        "?view=due&view=x&priority=%00&owner=%27%20OR%201=1",
        "?q=%22%22%22",
        "?q=AND+OR+NOT+NEAR(a+b)",
        "?q=words:secret+scope:x",
        "?q=*",
        "?q=^a+-b+%2Bc+{d}",
        "?q=a%00b",
        "?q=%F0%9F%92%A9+%ED%A0%80",
        "?q=" + "x" * 5000,
        "?q=" + "+".join(f"w{each}" for each in range(60)),
        "?team=%25&service=%5C&site=_",
        "?owner=\\&requester=_",
        "?opened=0d&changed=99999999999d",
        "?after=&before=&as=pdf",
    ],
)
def test_hostile_addresses_get_a_page(cast: Cast, query: str) -> None:
    cast.open()
    for person in (cast.agent, cast.requester):
        assert signed_in(person).get(url(cast, query)).status_code == 200
