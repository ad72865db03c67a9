"""A closed period: its figures stand, and what is learnt later is a correction beside them."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from commondesk.accounts import directory
from commondesk.accounts.models import Person
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.events import ClockName
from commondesk.desk.models import TicketRow
from commondesk.ledger import store
from commondesk.ledger.models import Entry
from commondesk.ledger.now import instant_now
from commondesk.review import behind, closing, corrections, differences, figures, refresh
from commondesk.review.models import ClosedPeriod, FactsMade, LateEvent
from commondesk.review.queries import days_of
from tests.desk.cast import FOUNDED, Cast, make_cast, on
from tests.review.test_screens_review import MARCH, text_of, week

UTC = ZoneInfo("UTC")
DAYS = days_of(MARCH["from"], MARCH["until"], UTC, 0)
PERIOD = DAYS.period(UTC)
RESPONSE = "attainment.response.experienced"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def close(cast: Cast, person: Person | None = None) -> None:
    actor = cast.actor(person or cast.referent)
    closing.close(cast.uuid, DAYS, UTC, at=instant_now(), actor=actor)


def told(cast: Cast, *, known_now: bool = False) -> Mapping[str, tuple[float | None, int]]:
    now = instant_now()
    refresh.refresh(cast.uuid, now)
    if known_now:
        sheet = figures.sheet_as_known(cast.uuid, PERIOD, at=PERIOD.end)
    else:
        sheet = figures.sheet_of(cast.uuid, PERIOD, at=now)
    made = ((key, make()) for key, make in figures.makers(sheet).items())
    return {key: (each.value, each.count) for key, each in made}


def learn_late(cast: Cast) -> None:
    """A ticket of which nobody knew when the period was closed, and news of one that was known."""
    late = cast.open(on(12, "09:00"), subject="Found on paper")
    cast.replies(late, on(13, "15:00"))
    unsolved = next(row for row in cast_rows(cast) if row.subject == "Scanner")
    cast.replies(unsolved.uuid, on(14, "16:30"))


def cast_rows(cast: Cast) -> list[TicketRow]:
    return list(TicketRow.objects.filter(company=cast.uuid))


def test_what_is_learnt_later_changes_no_figure_of_a_closed_period(cast: Cast) -> None:
    week(cast)
    before = told(cast)
    close(cast)
    assert told(cast) == before
    learn_late(cast)
    assert told(cast) == before
    known = told(cast, known_now=True)
    assert known[RESPONSE] != before[RESPONSE]
    assert known[RESPONSE][1] == before[RESPONSE][1] + 1


def test_corrections_name_figures_and_tickets(cast: Cast) -> None:
    week(cast)
    before = told(cast)
    close(cast)
    nothing = corrections.of(cast.uuid, PERIOD)
    assert nothing is not None
    assert (nothing.count, nothing.tickets, nothing.figures) == (0, (), ())
    learn_late(cast)
    known = told(cast, known_now=True)
    found = corrections.of(cast.uuid, PERIOD)
    assert found is not None
    assert {each.subject for each in found.tickets} == {"Found on paper", "Scanner"}
    assert found.count == 2
    changed = {each.key: (each.was_of, each.known_of) for each in found.figures}
    assert changed[RESPONSE] == (before[RESPONSE][1], known[RESPONSE][1])
    differ = {
        key for key in before if before[key] != known[key] and (before[key][1] or known[key][1])
    }
    assert changed.keys() == differ


def test_a_figure_opens_the_tickets_that_it_was_closed_with(cast: Cast) -> None:
    week(cast)
    close(cast)
    learn_late(cast)
    refresh.refresh(cast.uuid, instant_now())
    sheet = figures.sheet_of(cast.uuid, PERIOD, at=instant_now())
    figure = sheet.attainment(ClockName.RESPONSE, "experienced")
    units = [unit for some in behind.every(sheet, RESPONSE, "") for unit in some]
    assert len(units) == figure.count
    assert behind.page_of(sheet, RESPONSE, "", first=0)
    assert "Found on paper" not in {unit.subject for unit in units}


def test_other_periods_know_what_is_known(cast: Cast) -> None:
    week(cast)
    close(cast)
    wider = days_of("2025-03-09", MARCH["until"], UTC, 0).period(UTC)
    learn_late(cast)
    refresh.refresh(cast.uuid, instant_now())
    sheet = figures.sheet_of(cast.uuid, wider, at=instant_now())
    known = told(cast, known_now=True)[RESPONSE]
    figure = sheet.attainment(ClockName.RESPONSE, "experienced")
    assert (figure.value, figure.count) == known


def test_both_tables_are_made_anew_from_the_record(cast: Cast) -> None:
    week(cast)
    close(cast)
    learn_late(cast)
    stands = told(cast)
    late = set(LateEvent.objects.values_list("sequence", flat=True))
    assert late
    for table in (ClosedPeriod, LateEvent):
        table._default_manager.all().delete()
    closing.rebuild(cast.uuid)
    refresh.rebuild(cast.uuid, instant_now())
    assert set(LateEvent.objects.values_list("sequence", flat=True)) == late
    assert told(cast) == stands
    assert differences.of(cast.uuid, instant_now()) == []


def test_what_was_written_by_older_code_is_noted_too(cast: Cast) -> None:
    """Facts of another version are made anew; late events come with them."""
    week(cast)
    close(cast)
    learn_late(cast)
    FactsMade.objects.filter(company=cast.uuid).update(version=0)
    assert told(cast, known_now=True)[RESPONSE] != told(cast)[RESPONSE]
    closing_at = ClosedPeriod.objects.get().sequence
    later = Entry.objects.filter(company=cast.uuid, sequence__gt=closing_at)
    assert LateEvent.objects.count() == later.exclude(stream="company").count() > 0


def test_a_period_is_closed_once_and_when_it_is_over(cast: Cast) -> None:
    week(cast)
    with pytest.raises(closing.NotYet, match="not over yet"):
        today = days_of("", "", UTC, instant_now())
        closing.close(cast.uuid, today, UTC, at=instant_now(), actor=cast.actor(cast.referent))
    close(cast)
    with pytest.raises(closing.NotYet, match="closed already"):
        close(cast)
    assert ClosedPeriod.objects.count() == 1
    names = [event.name for event in store.history(cast.uuid, "company")]
    assert names.count("period.closed") == 1


def test_no_provider_closes_a_period(cast: Cast) -> None:
    lead = directory.add_person(
        cast.uuid, title="Pro Vider", address="pro@helpers.example", side="provider",
        roles=["referent", "lead"], team="L1", at=FOUNDED, actor=Actor("test", Side.MACHINE),
    )  # fmt: skip
    week(cast)
    for person in (lead, cast.agent, cast.requester):
        with pytest.raises(closing.NotAllowed):
            close(cast, person)
        client = Client()
        client.force_login(person)
        where = reverse("review:close", args=[cast.company.prefix])
        assert client.post(where).status_code == 404
    assert not ClosedPeriod.objects.exists()


def test_on_screen(cast: Cast) -> None:
    week(cast)
    client = Client()
    client.force_login(cast.referent)
    where = reverse("review:review", args=[cast.company.prefix])
    page = text_of(client.get(where, MARCH).content.decode())
    assert "Close this period" in page
    days = "from=2025-03-10&until=2025-03-14"
    post = f"{reverse('review:close', args=[cast.company.prefix])}?{days}"
    closed = text_of(client.post(post, follow=True).content.decode())
    assert "Closed. These figures stand as they are now." in closed
    assert "by Rita Ferent" in closed
    assert "Nothing that happened in these days was learnt since." in closed
    assert "Close this period" not in closed
    learn_late(cast)
    page = text_of(client.get(where, MARCH).content.decode())
    assert "Of 2 tickets something was learnt since." in page
    assert "Found on paper" in page
    assert "50 of 100 resolutions in time by contract." in page
    again = text_of(client.post(post, follow=True).content.decode())
    assert "This period is closed already." in again
