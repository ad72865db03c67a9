"""Black holes: what falls into each kind, who may see it, and what can be done there."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commondesk.accounts import directory, policy
from commondesk.accounts.models import Engagement, Membership, Person, Provider, Team
from commondesk.core import texts
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.instant import DAY, HOUR, MINUTE, Instant
from commondesk.desk import actions, gaps
from commondesk.desk.gaps import Gap, Reach
from commondesk.desk.models import OutgoingMail
from commondesk.desk.sweep import sweep
from commondesk.ledger.now import instant_now
from tests.desk.cast import FOUNDED, MONDAY, PASSWORD, Cast, on

NOON = on(10, "12:00")


def reach(cast: Cast, person: Person) -> Reach:
    viewer = policy.viewer_of(person, cast.company)
    assert viewer is not None
    return Reach(cast.company, viewer)


def found(cast: Cast, gap: Gap, at: Instant = NOON, person: Person | None = None) -> list[int]:
    reaches = [reach(cast, person or cast.expert)]
    return [row.number for row in gaps.group(reaches, gap, at).rows]


def owned(cast: Cast, at: Instant = MONDAY, **more: Any) -> UUID:
    ticket = cast.open(at=at, **more)
    cast.does(cast.agent, ticket, actions.take, at)()
    return ticket


def number(cast: Cast, ticket: UUID) -> int:
    return cast.row(ticket).number


# ---- what falls into which ----------------------------------------------------------------


def test_a_quiet_desk_has_no_gaps(cast: Cast) -> None:
    owned(cast)
    assert all(not found(cast, gap, MONDAY + MINUTE) for gap in Gap)


def test_what_nobody_has(cast: Cast) -> None:
    ticket = cast.open()
    owned(cast)
    assert found(cast, Gap.OWNERLESS) == [number(cast, ticket)]
    (row,) = gaps.group([reach(cast, cast.expert)], Gap.OWNERLESS, NOON + 4 * DAY).rows
    assert row.since == "for 35 h of covered time"
    assert row.detail == "since Mon 09:00, 4 days 3 h on the wall"
    assert (row.whose, row.answers) == ("Nobody", "Rita Ferent answers for it")
    assert row.step == gaps.Step("take", "Take it")
    cast.does(cast.agent, ticket, actions.take, NOON)()
    assert found(cast, Gap.OWNERLESS) == []
    cast.does(cast.agent, ticket, actions.release, NOON)()
    (row,) = gaps.group([reach(cast, cast.expert)], Gap.OWNERLESS, NOON + HOUR).rows
    assert row.since == "for 1 h of covered time"


def test_what_is_offered_and_not_accepted(cast: Cast) -> None:
    ticket = owned(cast)
    cast.does(cast.agent, ticket, actions.offer_handover, MONDAY)(team="L2")
    group = gaps.group([reach(cast, cast.referent)], Gap.OFFERED, MONDAY + 10 * MINUTE)
    assert [row.number for row in group.rows] == [number(cast, ticket)]
    assert group.rows[0].detail.endswith("still within the window")
    assert group.rows[0].mark == "near"
    sweep(NOON)
    (row,) = gaps.group([reach(cast, cast.referent)], Gap.OFFERED, NOON).rows
    assert row.detail.endswith("the window is over")
    assert (row.mark, row.answers, row.whose) == ("over", "you answer for it", "Ada Gent")
    assert gaps.group([reach(cast, cast.expert)], Gap.OFFERED, NOON).rows[0].step == gaps.Step(
        "accept", "Accept"
    )
    cast.does(cast.expert, ticket, actions.accept_handover, NOON)()
    assert found(cast, Gap.OFFERED) == []


def test_what_is_silent_beyond_its_target(cast: Cast) -> None:
    first = owned(cast)
    assert found(cast, Gap.SILENT, on(10, "12:59")) == []
    assert found(cast, Gap.SILENT, on(10, "13:01")) == [number(cast, first)]
    cast.replies(first, on(10, "13:30"))
    assert found(cast, Gap.SILENT, on(10, "14:00")) == [], "it was answered, late"
    cast.writes(first, on(10, "14:00"))
    assert found(cast, Gap.SILENT, on(11, "13:59")) == []
    assert found(cast, Gap.SILENT, on(11, "14:01")) == [number(cast, first)]
    (row,) = gaps.group([reach(cast, cast.expert)], Gap.SILENT, on(11, "15:00")).rows
    assert row.since == "over by 1 h of covered time"
    assert row.detail.startswith("next reply was due Tue 14:00, 1 h on the wall; Paul Press wrote")
    assert row.step == gaps.REMIND


def test_a_vendor_beyond_its_date_or_without_one(cast: Cast) -> None:
    late, dated, bare = owned(cast), owned(cast), owned(cast)
    for ticket, due in ((late, NOON), (dated, on(14, "12:00")), (bare, None)):
        begin = cast.does(cast.agent, ticket, actions.begin_vendor_leg, MONDAY)
        begin(vendor="PrintCo", due_at=due)
    assert found(cast, Gap.VENDOR, NOON) == []
    assert found(cast, Gap.VENDOR, NOON + 1) == [number(cast, late)]
    both = found(cast, Gap.VENDOR, MONDAY + 2 * DAY + 1)
    assert both == [number(cast, late), number(cast, bare)], "first those that promised"
    rows = gaps.group([reach(cast, cast.expert)], Gap.VENDOR, MONDAY + 3 * DAY).rows
    assert rows[1].since == "no date from PrintCo"
    assert rows[0].since == "PrintCo is late by 21 h of covered time"
    first = gaps.group([reach(cast, cast.expert)], Gap.VENDOR, MONDAY + 3 * DAY, most=1)
    rest = gaps.group(
        [reach(cast, cast.expert)], Gap.VENDOR, MONDAY + 3 * DAY, after=first.after, most=1
    )
    assert [row.number for row in rest.rows] == [number(cast, bare)]
    assert rest.after == ""
    cast.does(cast.agent, late, actions.end_vendor_leg, NOON + HOUR)()
    assert found(cast, Gap.VENDOR, MONDAY + 3 * DAY) == [number(cast, bare)]


def test_what_waits_for_the_requester_and_asked_nothing(cast: Cast) -> None:
    asked, mute = owned(cast), owned(cast)
    cast.does(cast.agent, asked, actions.ask, MONDAY)(text="Which belt?")
    wait = cast.does(cast.agent, mute, actions.wait_on, MONDAY)
    wait(reason=e.WaitReason.REQUESTER)
    assert found(cast, Gap.WAITING) == [number(cast, mute)]
    cast.writes(asked, MONDAY + HOUR)
    cast.does(cast.agent, asked, actions.wait_on, MONDAY + 2 * HOUR)(reason=e.WaitReason.REQUESTER)
    assert len(found(cast, Gap.WAITING)) == 2, "that question was answered"
    scheduled = owned(cast)
    cast.does(cast.agent, scheduled, actions.wait_on, MONDAY)(
        reason=e.WaitReason.SCHEDULED, until=MONDAY + DAY
    )
    assert number(cast, scheduled) not in found(cast, Gap.WAITING)


# ---- order, pages and counters ------------------------------------------------------------


def test_pages_go_on_without_a_gap_or_a_double(cast: Cast, monkeypatch: Any) -> None:
    tickets = [cast.open(at=MONDAY + (place % 3) * HOUR) for place in range(7)]
    monkeypatch.setattr(gaps, "STRETCH", 2)
    reaches, after, seen = [reach(cast, cast.expert)], "", []
    for _ in range(10):
        page = gaps.group(reaches, Gap.OWNERLESS, NOON, after=after, most=2)
        seen += [row.number for row in page.rows]
        after = page.after
        if not after:
            break
    assert sorted(seen) == sorted(number(cast, ticket) for ticket in tickets)
    assert len(seen) == len(set(seen)) == 7


def test_counters_stop_at_a_bound(cast: Cast, monkeypatch: Any) -> None:
    for _ in range(3):
        cast.open()
    assert gaps.count_words([reach(cast, cast.expert)], Gap.OWNERLESS, NOON) == "3"
    monkeypatch.setattr(gaps, "MOST_COUNTED", 2)
    assert gaps.count_words([reach(cast, cast.expert)], Gap.SILENT, NOON) == "0"
    assert gaps.count_words([reach(cast, cast.expert)], Gap.OWNERLESS, NOON) == "2+"


@pytest.mark.parametrize("after", ["", "x", "1-2-3", "1-2-x-ACME", "1-99999999999999999999-3-A"])
def test_a_place_that_nobody_gave_out_is_the_top(cast: Cast, after: str) -> None:
    ticket = cast.open()
    page = gaps.group([reach(cast, cast.expert)], Gap.OWNERLESS, NOON, after=after)
    assert [row.number for row in page.rows] == [number(cast, ticket)]


def test_a_page_costs_the_same_however_many_rows(cast: Cast) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as made:
            gaps.groups([reach(cast, cast.expert)], NOON)
        return len(made)

    cast.open()
    once = cost()
    for _ in range(3):
        cast.open()
    assert cost() == once


# ---- who sees what ------------------------------------------------------------------------


def test_a_provider_sees_no_gap_of_another_one(cast: Cast) -> None:
    ours, theirs = (Provider.objects.create(title=title) for title in ("Helpers", "Others"))
    for provider in (ours, theirs):
        Engagement.objects.create(company=cast.company, provider=provider, since=FOUNDED)
    Membership.objects.filter(person=cast.expert).update(provider=ours)
    Team.objects.create(
        company=cast.company,
        slug="N2",
        title="Network",
        tier="L2",
        side="provider",
        provider=theirs,
    )
    open_to_all, given = cast.open(), cast.open()
    cast.does(cast.referent, given, actions.take, MONDAY)()
    cast.does(cast.referent, given, actions.offer_handover, MONDAY)(team="N2")
    cast.does(cast.referent, given, actions.release, MONDAY)()
    assert found(cast, Gap.OWNERLESS) == [number(cast, open_to_all)]
    assert found(cast, Gap.OFFERED) == []
    assert len(found(cast, Gap.OWNERLESS, person=cast.referent)) == 2
    assert found(cast, Gap.OFFERED, person=cast.referent) == [number(cast, given)]


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def address(cast: Cast, name: str, *args: object) -> str:
    return reverse(name, args=[cast.company.prefix, *args])


def test_who_may_open_the_page(cast: Cast) -> None:
    cast.open(at=instant_now() - HOUR)
    page = address(cast, "desk:gaps")
    for person, status in (
        (cast.expert, 200),
        (cast.referent, 200),
        (cast.agent, 404),
        (cast.requester, 404),
        (cast.outsider, 404),
    ):
        assert signed_in(person).get(page).status_code == status, person.title
    assert Client().get(page).status_code == 302


def test_the_page_tells_all_kinds_and_one(cast: Cast) -> None:
    now = instant_now()
    cast.open(at=now - HOUR, subject="<b>Press</b> stands still")
    client = signed_in(cast.expert)
    page = client.get(address(cast, "desk:gaps")).content.decode()
    assert "&lt;b&gt;Press&lt;/b&gt; stands still" in page
    assert "was accepted, declined or taken back" in page
    one = client.get(address(cast, "desk:gaps") + "?gap=offered").content.decode()
    assert "was accepted, declined or taken back" in one
    assert "stands still" not in one
    assert client.get(address(cast, "desk:gaps") + "?gap=nonsense").status_code == 200


def test_a_page_over_all_companies_that_one_leads(cast: Cast) -> None:
    from tests.desk.cast import found as founded

    other, _ = founded("Second Works", "Sam Econd", "sam@second.example")
    directory.add_person(
        other.uuid,
        at=FOUNDED,
        actor=Actor("test", Side.MACHINE),
        title="Ed Xpert",
        address="ed@helpers.example",
        side="provider",
        roles=["agent", "lead"],
        team="L2",
    )
    cast.open(at=instant_now() - HOUR, subject="At Acme")
    actions.open_ticket(
        company=other.uuid,
        at=instant_now() - 2 * HOUR,
        actor=Actor("test", Side.MACHINE),
        requester=directory.person_for_address(other.uuid, "z@second.example", "Z", at=MONDAY).uuid,
        channel=e.Channel.PHONE,
        subject="At Second",
        text="x",
    )
    page = signed_in(cast.expert).get(reverse("all-gaps")).content.decode()
    assert "At Acme" in page
    assert "At Second" in page
    assert "Second Works" in page
    assert (
        "All my companies"
        in signed_in(cast.expert).get(address(cast, "desk:gaps")).content.decode()
    )
    own = signed_in(cast.outsider).get(reverse("all-gaps")).content.decode()
    assert "At Acme" not in own
    assert "At Second" not in own
    assert signed_in(cast.agent).get(reverse("all-gaps")).status_code == 404
    assert Client().get(reverse("all-gaps")).status_code == 302


# ---- one step a row -----------------------------------------------------------------------


def press(cast: Cast, person: Person, ticket: UUID, verb: str, **more: object) -> Any:
    row = cast.row(ticket)
    data = {"number": row.number, "position": row.position, **more}
    return signed_in(person).post(address(cast, "desk:gap-step", verb), data, follow=True)


def test_take_from_the_list_and_come_back(cast: Cast) -> None:
    ticket = cast.open(at=instant_now() - HOUR)
    back = address(cast, "desk:gaps") + "?gap=ownerless"
    answer = press(cast, cast.expert, ticket, "take", back=back)
    assert answer.redirect_chain == [(back, 302)]
    assert cast.row(ticket).owner == cast.expert.uuid
    said = answer.content.decode()
    assert f"You own {cast.company.prefix}-{number(cast, ticket)} now." in said
    assert "Give it back" in said


def test_what_was_taken_from_the_list_is_given_back_on_the_list(cast: Cast) -> None:
    ticket = cast.open(at=instant_now() - HOUR)
    for back, home in (
        ("gaps", address(cast, "desk:gaps")),
        ("all-gaps", reverse("all-gaps")),
    ):
        said = press(cast, cast.expert, ticket, "take", back=home).content.decode()
        path = reverse("desk:step", args=[cast.company.prefix, number(cast, ticket), "release"])
        assert f'action="{path}"' in said
        fields = {"position": cast.row(ticket).position, "back": back}
        answer = signed_in(cast.expert).post(path, fields)
        assert (answer.status_code, answer["Location"]) == (302, home)
        assert cast.row(ticket).owner is None


def test_who_takes_it_over_from_somebody_is_offered_no_way_back(cast: Cast) -> None:
    ticket = owned(cast, at=instant_now() - HOUR)
    assert "Give it back" not in press(cast, cast.expert, ticket, "take").content.decode()


def test_whether_a_row_has_an_owner_is_no_matter_of_words(cast: Cast) -> None:
    cast.open(at=NOON - HOUR)
    with texts.spoken("fr"):
        row = gaps.group([reach(cast, cast.expert)], Gap.OWNERLESS, NOON).rows[0]
    assert (row.has_owner, row.whose) == (False, "Personne")


def test_an_address_of_somebody_else_is_no_way_back(cast: Cast) -> None:
    ticket = cast.open(at=instant_now() - HOUR)
    answer = press(cast, cast.expert, ticket, "take", back="https://evil.example/gaps/")
    assert answer.redirect_chain == [(address(cast, "desk:gaps"), 302)]


def test_remind_whoever_it_is_offered_to_once_an_hour(cast: Cast) -> None:
    at = instant_now()
    ticket = owned(cast, at=at - 3 * HOUR)
    cast.does(cast.agent, ticket, actions.offer_handover, at - 2 * HOUR)(team="L2")
    OutgoingMail.objects.update(created_at=at - 2 * HOUR, next_attempt_at=at - 2 * HOUR)
    before = OutgoingMail.objects.count()
    said = press(cast, cast.expert, ticket, "remind").content.decode()
    assert "Rita Ferent gets a mail" in said
    assert OutgoingMail.objects.count() == before + 1
    again = press(cast, cast.expert, ticket, "remind").content.decode()
    assert "less than an hour ago" in again
    assert OutgoingMail.objects.count() == before + 1


def test_call_on_the_contact(cast: Cast) -> None:
    ticket = owned(cast, at=instant_now() - 3 * HOUR)
    press(cast, cast.expert, ticket, "call-on")
    last = cast.history(ticket)[-1]
    assert isinstance(last.body, e.EscalatedHierarchically)
    assert (last.body.contact, last.body.step) == (str(cast.referent.uuid), 0)


def test_a_stale_row_does_nothing_and_says_so(cast: Cast) -> None:
    ticket = cast.open(at=instant_now() - HOUR)
    answer = press(cast, cast.expert, ticket, "take", position=0)
    assert cast.row(ticket).owner is None
    assert "changed meanwhile" in answer.content.decode()


@pytest.mark.parametrize("verb", ["take", "accept", "remind", "call-on", "resolve"])
def test_strangers_and_readers_take_no_step(cast: Cast, verb: str) -> None:
    ticket = cast.open(at=instant_now() - HOUR)
    auditor = directory.add_person(
        cast.uuid,
        at=FOUNDED,
        actor=Actor("test", Side.MACHINE),
        title="Aud Itor",
        address="aud@acme.example",
        side="company",
        roles=["auditor"],
        password=PASSWORD,
    )
    before = cast.names(ticket)
    for person in (cast.outsider, cast.requester, cast.agent, auditor):
        assert press(cast, person, ticket, verb).status_code == 404
    assert cast.names(ticket) == before
    page = signed_in(auditor).get(address(cast, "desk:gaps"))
    assert page.status_code == 200
    assert "Take it" not in page.content.decode()


def test_another_companys_number_is_nothing_here(cast: Cast) -> None:
    data = {"number": 999_999, "position": 1}
    client = signed_in(cast.expert)
    assert client.post(address(cast, "desk:gap-step", "take"), data).status_code == 404
    data["number"] = uuid4()  # type: ignore[assignment]
    assert client.post(address(cast, "desk:gap-step", "take"), data).status_code == 404


def test_indexes_carry_every_list(cast: Cast) -> None:
    """No list reads all tickets: each walks along an index of what is open."""
    cast.open()
    for gap in Gap:
        with CaptureQueriesContext(connection) as made:
            gaps.count_words([reach(cast, cast.expert)], gap, NOON)
        sql = next(each["sql"] for each in made if "FROM desk_ticketrow t WHERE" in each["sql"])
        with connection.cursor() as cursor:
            explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
            cursor.execute(explain + sql)
            plan = str(cursor.fetchall())
        if connection.vendor == "sqlite":
            wanted = {Gap.OFFERED: "desk_offered", Gap.VENDOR: "desk_with_vendor"}
            assert wanted.get(gap, "desk_queue") in plan, (gap, plan)


def test_days_are_told_in_the_companys_zone(cast: Cast) -> None:
    ticket = cast.open()
    (row,) = gaps.group([reach(cast, cast.expert)], Gap.OWNERLESS, NOON).rows
    assert "since Mon 09:00" in row.detail
    assert row.code == f"{cast.company.prefix}-{number(cast, ticket)}"
