"""The causes on screen: what is shown is what happened, opens its tickets, and says as of when."""

from __future__ import annotations

import csv
import io
import json
import re
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from commondesk.core.metrics.figure import Period
from commondesk.core.record import events as e
from commondesk.core.record.instant import DAY, MINUTE
from commondesk.desk import actions
from commondesk.desk.models import TicketRow
from commondesk.ledger.now import instant_now
from commondesk.review import differences, figures, refresh
from commondesk.review.causes import asked, making, pairs, shelf
from commondesk.review.models import PartMade, SignFact
from commondesk.review.queries import days_of
from tests.desk.cast import Cast, make_cast, on
from tests.review.test_screens_review import MARCH, text_of, week

UTC = ZoneInfo("UTC")
DAYS = days_of(MARCH["from"], MARCH["until"], UTC, 0)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def agent(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.agent)
    return client


def address(cast: Cast, name: str, *more: object) -> str:
    return reverse(f"review:{name}", args=[cast.company.prefix, *more])


def read(client: Client, where: str, **more: str) -> str:
    answer = client.get(where, {**MARCH, **more})
    assert answer.status_code == 200
    return text_of(answer.content.decode())


def rows(client: Client, where: str) -> list[dict[str, str]]:
    answer = client.get(where, MARCH)
    assert answer.status_code == 200
    said = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(said)))


def printers(cast: Cast, count: int = 3) -> list[UUID]:
    """Tickets that say the same, and others that do not."""
    for subject in ("Badge reader dead", "Salary slip missing", "Scanner offline"):
        cast.open(on(10, "09:30"), subject=subject)
    words = ("Label printer jammed again", "label printers jammed", "Label printer jammed: again")
    return [cast.open(on(11 + place, "10:00"), subject=words[place % 3]) for place in range(count)]


# ---- what keeps coming back -----------------------------------------------------------------


def test_tickets_that_say_the_same_are_one_group(cast: Cast, agent: Client) -> None:
    alike = printers(cast)
    (row,) = rows(agent, address(cast, "part-table", "recurring"))
    assert (row["tickets"], row["still_open"]) == ("3", "3")
    first = TicketRow.objects.get(uuid=alike[0]).number
    assert row["first_ticket"] == str(first)
    page = read(agent, address(cast, "group", first))
    assert page.count("rinter") >= 3
    assert "Badge reader" not in page
    assert "Most of them share: jammed, label, printer, again." in page


def test_a_ticket_says_which_group_it_is_one_of(cast: Cast, agent: Client) -> None:
    alike = printers(cast)
    read(agent, address(cast, "causes"))
    number = TicketRow.objects.get(uuid=alike[1]).number
    assert "One of 3 tickets that say the same" in read(agent, address(cast, "beside", number))
    other = TicketRow.objects.get(company=cast.uuid, subject="Scanner offline").number
    assert read(agent, address(cast, "beside", other)).strip() == ""
    ticket = agent.get(reverse("desk:ticket", args=[cast.company.prefix, number]))
    assert address(cast, "beside", number) in ticket.content.decode()


def test_somebody_links_the_tickets_of_a_group(cast: Cast, agent: Client) -> None:
    alike = printers(cast, 4)
    first, *others = (TicketRow.objects.get(uuid=uuid).number for uuid in alike)
    page = read(agent, address(cast, "group", first))
    assert "found by likeness, confirmed by nobody" in page
    stranger = TicketRow.objects.get(company=cast.uuid, subject="Scanner offline").number
    ticked = [str(each) for each in (*others[:2], stranger, first)]
    done = agent.post(address(cast, "link-group", first), {"ticket": ticked}, follow=True)
    told = text_of(done.content.decode())
    assert "2 tickets are linked." in told
    assert "2 linked to the first by somebody" in told
    for uuid, expected in zip(alike, (2, 1, 1, 0), strict=True):
        assert len(cast.ticket(uuid).links) == expected
    assert not cast.ticket(TicketRow.objects.get(company=cast.uuid, number=stranger).uuid).links
    ticket = agent.get(reverse("desk:ticket", args=[cast.company.prefix, others[0]]))
    assert f"{cast.company.prefix}-{first}" in text_of(ticket.content.decode())
    again = agent.post(address(cast, "link-group", first), {"ticket": ticked}, follow=True)
    assert "Nothing was linked" in text_of(again.content.decode())
    rest = {"ticket": [str(others[2])]}
    whole = agent.post(address(cast, "link-group", first), rest, follow=True)
    assert "Link these tickets" not in text_of(whole.content.decode())


def test_a_ticket_that_was_merged_is_not_linked(cast: Cast, agent: Client) -> None:
    head, other, gone, into = printers(cast, 4)
    now, actor = instant_now(), cast.actor(cast.agent)
    actions.merge(cast.uuid, gone, at=now, actor=actor, into=into)
    assert actions.link_all(cast.uuid, head, (other, gone), at=now, actor=actor) == 1
    assert {each for each, _ in cast.ticket(head).links} == {str(other)}


def test_no_words_of_people_are_kept(cast: Cast, agent: Client) -> None:
    """What was erased from the record is not to be found on a shelf beside it."""
    printers(cast)
    for name in making.PARTS:
        read(agent, address(cast, "part", name))
    assert PartMade.objects.count() == len(making.PARTS)
    for told in PartMade.objects.values_list("told", flat=True):
        assert "rinter" not in told and "Paul" not in told


def test_two_alike_are_no_group(cast: Cast, agent: Client) -> None:
    printers(cast, 2)
    assert "Nothing keeps coming back" in read(agent, address(cast, "causes"))
    assert "No group begins with this ticket" in read(agent, address(cast, "group", 1001))
    assert agent.get(address(cast, "group", 9999)).status_code == 404


# ---- figures and their tickets --------------------------------------------------------------


def test_every_figure_of_the_page_opens_as_many_tickets_as_it_says(
    cast: Cast, agent: Client
) -> None:
    week(cast)
    page = agent.get(address(cast, "causes"), MARCH).content.decode()
    links = re.findall(r'href="([^"]*/review/figures/[^"]*)"[^>]*>([\d,]+)(?: tickets?)?<', page)
    assert len(links) >= 5
    for link, count in links:
        shown = agent.get(link.replace("&amp;", "&"))
        assert shown.status_code == 200, link
        listed = shown.content.decode().count('<tr><th scope="row" class="nowrap">')
        assert listed == int(count), link


def test_the_table_of_all_figures_has_them(cast: Cast, agent: Client) -> None:
    week(cast)
    told = {row["figure"]: row for row in rows(agent, address(cast, "table"))}
    assert told["sign.first_contact"]["units"] == "2"
    assert told["per_head"]["value"] not in ("", "0")


def test_arrivals_lie_in_their_hour(cast: Cast, agent: Client) -> None:
    week(cast)
    page = read(agent, address(cast, "part", "arrivals"))
    assert "Most tickets come on Mon from 9:00" in page
    assert "3 tickets by the hour of the week" in page
    shown = read(agent, address(cast, "behind", "arrivals"), of="0.9")
    assert "Opened in one hour of the week: 2" in shown
    assert "Scanner" not in shown
    assert agent.get(address(cast, "behind", "arrivals"), {"of": "9.99"}).status_code == 404


def test_resolved_in_bulk_takes_twenty_in_a_minute(cast: Cast) -> None:
    for place in range(20):
        ticket = cast.open(on(10, "09:00"), subject=f"Thing {place}")
        cast.does(cast.agent, ticket, actions.resolve, on(10, "10:00") + place * 1000)()
    refresh.refresh(cast.uuid, instant_now())
    sheet = figures.sheet_of(cast.uuid, DAYS.period(UTC), at=instant_now())
    figure = asked.in_bulk(sheet)
    assert (figure.value, figure.count, len(figure.backing)) == (1.0, 20, 20)
    later = Period(on(10, "10:00") + MINUTE, on(14, "00:00"))
    assert asked.in_bulk(figures.sheet_of(cast.uuid, later, at=instant_now())).value is None


def test_month_ends_are_told_beside_their_share_of_days(cast: Cast) -> None:
    for day, month in ((28, 3), (31, 3), (2, 4)):
        ticket = cast.open(on(day, "09:00", month), subject=f"Thing {day}")
        cast.does(cast.agent, ticket, actions.resolve, on(day, "10:00", month))()
    refresh.refresh(cast.uuid, instant_now())
    period = Period(on(25, "00:00"), on(4, "00:00", 4))
    figure = asked.at_month_end(figures.sheet_of(cast.uuid, period, at=instant_now()))
    assert (figure.value, figure.count) == (1 / 3, 3)
    assert figure.caveats == ("2 of the 10 days are such days",)


def test_monitoring_is_counted_among_incidents_and_alerts(cast: Cast) -> None:
    cast.open(on(10, "09:00"), kind=e.Kind.INCIDENT)
    cast.open(on(10, "09:01"), kind=e.Kind.ALERT)
    cast.open(on(10, "09:02"), kind=e.Kind.REQUEST)
    refresh.refresh(cast.uuid, instant_now())
    sheet = figures.sheet_of(cast.uuid, DAYS.period(UTC), at=instant_now())
    figure = asked.found_first(sheet)
    assert (figure.value, figure.count, figure.units) == (0.5, 2, 1)


def test_signs_are_those_of_the_record(cast: Cast) -> None:
    week(cast)
    refresh.refresh(cast.uuid, instant_now())
    assert SignFact.objects.filter(company=cast.uuid).exists()
    assert differences.of(cast.uuid, instant_now()) == []
    SignFact.objects.filter(company=cast.uuid, kind="resolved").delete()
    assert "sign" in "\n".join(differences.of(cast.uuid, instant_now()))


# ---- lenses, periods, one page --------------------------------------------------------------


def test_two_lenses_and_where_their_gap_comes_from(cast: Cast, agent: Client) -> None:
    week(cast)
    page = read(agent, address(cast, "lenses"), one="first-resolve", other="experienced")
    assert "The gap is 50.0 points" in page
    assert "met by the first, missed by the second 1" in page
    sheet = figures.sheet_of(cast.uuid, DAYS.period(UTC), at=instant_now())
    told = pairs.made(sheet, "resolution", "first-resolve", "experienced")
    gap = told["one"]["value"] - told["other"]["value"]
    assert abs(sum(each["points"] for each in told["parts"]) - gap) < 1e-9
    same = read(agent, address(cast, "lenses"), one="cycles", other="cycles")
    assert "The same lens twice: no gap" in same


def test_two_periods_say_what_may_be_chance(cast: Cast, agent: Client) -> None:
    week(cast)
    page = read(agent, address(cast, "before"), before_from="2025-03-03", before_until="2025-03-07")
    assert "Before: 3 Mar 2025 to 7 Mar 2025" in page
    assert "no data" in page and "cannot be told" in page
    assert " 0 %" not in page[page.index("First human response") :][:120]


def test_one_page_for_a_small_firm(cast: Cast, agent: Client) -> None:
    week(cast)
    page = read(agent, address(cast, "summary"))
    assert "Half of those who asked heard from a person within" in page
    printers(cast)
    page = read(agent, address(cast, "summary"))
    assert "Less than half of those who asked have heard from a person so far" in page
    assert "jammed" in page
    empty = text_of(
        agent.get(
            address(cast, "summary"), {"from": "2024-01-01", "until": "2024-01-31"}
        ).content.decode()
    )
    assert "No answer can be timed in these days" in empty


def test_months_are_told_apart(cast: Cast, agent: Client) -> None:
    week(cast)
    told = rows(agent, address(cast, "part-table", "trend"))
    opened = {row["month"]: row["value"] for row in told if row["figure"] == "opened"}
    assert (opened["2025-03"], opened["2025-02"]) == ("3", "0")


# ---- the shelf ------------------------------------------------------------------------------


def test_a_part_is_made_anew_when_something_happened(cast: Cast, agent: Client) -> None:
    week(cast)
    where = address(cast, "part", "arrivals")
    assert "3 tickets" in read(agent, where)
    made = PartMade.objects.get(part="arrivals")
    assert "3 tickets" in read(agent, where)
    assert PartMade.objects.get(part="arrivals").made_at == made.made_at
    cast.open(on(12, "09:00"), subject="One more")
    assert "4 tickets" in read(agent, where)


def test_what_takes_long_is_shown_as_it_was_and_made_behind_the_page(
    cast: Cast, agent: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    week(cast)
    where = address(cast, "part", "arrivals")
    read(agent, where)
    monkeypatch.setattr(shelf, "FEW", 2)
    PartMade.objects.update(took_ms=shelf.SHORT_MS + 1)
    cast.open(on(12, "09:00"), subject="One more")
    page = agent.get(where, MARCH).content.decode()
    assert "3 tickets" in text_of(page)
    assert "something has happened since" in page and 'hx-trigger="load delay:2s"' in page
    assert shelf.catch_up(instant_now() + MINUTE) == 1
    assert "4 tickets" in read(agent, where)


def test_nobody_waits_for_what_was_never_made_at_a_large_desk(
    cast: Cast, agent: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "FEW", 2)
    week(cast)
    where = address(cast, "part", "arrivals")
    assert "It stands here in a moment." in read(agent, where)
    assert shelf.catch_up(instant_now(), may_go_on=lambda: False) == 0
    assert shelf.catch_up(instant_now()) == 1
    assert "3 tickets" in read(agent, where)


def test_what_nobody_asks_for_is_let_go(cast: Cast, agent: Client) -> None:
    week(cast)
    read(agent, address(cast, "part", "arrivals"))
    assert shelf.catch_up(instant_now() + DAY) == 0
    assert PartMade.objects.exists()
    shelf.catch_up(instant_now() + 8 * DAY)
    assert not PartMade.objects.exists()


def test_what_is_kept_is_plain(cast: Cast, agent: Client) -> None:
    week(cast)
    read(agent, address(cast, "causes"))
    for told in PartMade.objects.values_list("told", flat=True):
        assert isinstance(json.loads(told), dict)


def test_an_unknown_part_is_not_there(cast: Cast, agent: Client) -> None:
    assert agent.get(address(cast, "part", "nothing")).status_code == 404
