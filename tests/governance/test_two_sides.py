"""Several charters at once: which one rules, who signs, what a new one changes, on screen too."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from commondesk.accounts import setup
from commondesk.core.record import events as e
from commondesk.core.record.event import COMPANY_STREAM
from commondesk.core.record.events import Priority
from commondesk.core.record.instant import DAY, HOUR
from commondesk.desk import actions as desk
from commondesk.desk import sweep
from commondesk.desk.models import TicketRow
from commondesk.governance import actions, catalogue, charters, projections, queries
from commondesk.governance.models import CalendarVersion, CatalogueEntry, CharterVersion
from commondesk.ledger import store
from tests.desk.cast import FOUNDED, MONDAY, PASSWORD, on
from tests.governance.sides import TEST, Sides

ERP = [{"key": "erp", "title": "Orders", "criticality": 1, "team": "L2"}]
PRESSES = [{"key": "presses", "title": "Presses", "criticality": 2}]


# ---- lines --------------------------------------------------------------------------------


def test_the_draft_of_the_founding_counts_until_another_is_signed(sides: Sides) -> None:
    founding = sides.rules(FOUNDED)
    drafted = sides.draft(provider=str(sides.helpers), services=ERP)
    assert sides.rules(MONDAY + HOUR) == founding
    assert sides.rules(MONDAY + HOUR, "erp") == drafted
    sides.sign(drafted, sides.cast.referent, at=MONDAY + DAY)
    assert sides.rules(MONDAY + 2 * DAY) == founding
    sides.sign(drafted, sides.boss, at=MONDAY + DAY)
    assert sides.rules(MONDAY + 2 * DAY) == drafted
    assert sides.rules(MONDAY + DAY - 1) == founding


def test_each_service_has_its_provider_and_the_rest_the_first_line(sides: Sides) -> None:
    first = sides.signed(sides.helpers, services=ERP)
    second = sides.signed(sides.others, MONDAY + DAY, services=PRESSES)
    at = MONDAY + 2 * DAY
    assert [sides.rules(at, each) for each in ("erp", "presses", "", "unknown")] == [
        *(first, second, first, first)
    ]
    renewed = sides.signed(sides.helpers, at, services=ERP)
    assert sides.rules(at, "erp") == renewed
    assert sides.rules(at) == renewed
    outside = sides.signed(sides.helpers, at + DAY, services=[{**PRESSES[0], "in_scope": False}])
    assert sides.rules(at + DAY, "presses") == second
    assert sides.rules(at + DAY, "erp") == outside


def test_signed_goes_before_a_draft_then_the_newest(sides: Sides) -> None:
    signed = sides.signed(sides.helpers, services=ERP)
    sides.draft(MONDAY + DAY, provider=str(sides.others), services=ERP)
    assert sides.rules(MONDAY + 2 * DAY, "erp") == signed
    newer = sides.signed(sides.others, MONDAY + 3 * DAY, services=ERP)
    assert sides.rules(MONDAY + 3 * DAY, "erp") == newer


def test_a_version_ends_as_was_agreed(sides: Sides) -> None:
    founding = sides.rules(FOUNDED)
    charter = sides.draft(
        provider=str(sides.helpers), in_force_at=MONDAY + DAY, until_at=MONDAY + 3 * DAY
    )
    sides.sign(charter, sides.cast.referent, sides.boss)
    ruling = [sides.rules(MONDAY + day * DAY) for day in range(4)]
    assert ruling == [founding, charter, charter, founding]
    with pytest.raises(actions.UnfitStep, match="end before"):
        sides.draft(in_force_at=MONDAY + DAY, until_at=MONDAY + DAY)


# ---- writing and signing ------------------------------------------------------------------


def test_only_those_of_a_side_sign_for_it(sides: Sides) -> None:
    charter = sides.draft(provider=str(sides.helpers))
    cast = sides.cast
    for person, party in (
        (sides.rival, "provider"),
        (cast.agent, "provider"),
        (sides.boss, "company"),
        (cast.referent, "provider"),
        (cast.requester, "company"),
    ):
        with pytest.raises(actions.NotAllowed):
            actions.sign_charter(
                cast.uuid, at=MONDAY, actor=cast.actor(person), charter=charter, party=party
            )
    with pytest.raises(actions.NotAllowed):
        actions.sign_charter(cast.uuid, at=MONDAY, actor=TEST, charter=charter, party="company")
    sides.sign(charter, sides.boss, cast.referent)
    version = CharterVersion.objects.get(uuid=charter)
    assert charters.is_signed(version, MONDAY)
    assert not charters.is_signed(version, MONDAY - 1)


def test_only_the_company_writes_withdraws_and_enters(sides: Sides) -> None:
    cast, boss = sides.cast, sides.cast.actor(sides.boss)
    charter = sides.signed(sides.helpers)
    document = charters.template("co-managed")
    for actor in (boss, cast.actor(cast.agent), cast.actor(cast.requester)):
        with pytest.raises(actions.NotAllowed):
            actions.draft_charter(cast.uuid, at=MONDAY, actor=actor, document=document)
        with pytest.raises(actions.NotAllowed):
            actions.withdraw_charter(cast.uuid, at=MONDAY, actor=actor, charter=charter)
        with pytest.raises(actions.NotAllowed):
            actions.enter_calendar(
                cast.uuid, at=MONDAY, actor=actor, calendar="office", holidays=()
            )


def test_a_provider_must_serve_the_company(sides: Sides) -> None:
    with pytest.raises(actions.UnfitStep, match="does not serve"):
        sides.draft(provider="9d7e3a52-0c0f-4f5a-9f5a-0f4ad0a0a0a0")


def test_nothing_that_is_over_is_signed(sides: Sides) -> None:
    withdrawn = sides.draft()
    actor = sides.cast.actor(sides.cast.referent)
    actions.withdraw_charter(sides.cast.uuid, at=MONDAY, actor=actor, charter=withdrawn)
    with pytest.raises(actions.UnfitStep, match="withdrawn"):
        sides.sign(withdrawn, sides.cast.referent)
    ended = sides.draft(until_at=MONDAY + DAY)
    with pytest.raises(actions.UnfitStep, match="agreed end"):
        sides.sign(ended, sides.cast.referent, at=MONDAY + DAY)


def test_a_draft_gives_way_to_its_copy_and_a_signed_one_does_not(sides: Sides) -> None:
    draft = sides.draft()
    sides.draft(MONDAY + DAY, replaces=draft)
    assert CharterVersion.objects.get(uuid=draft).until == MONDAY + DAY
    signed = sides.signed(sides.helpers)
    sides.draft(MONDAY + DAY, provider=str(sides.helpers), replaces=signed)
    assert CharterVersion.objects.get(uuid=signed).until is None


def test_charters_of_both_kinds_come_back_from_the_record(sides: Sides) -> None:
    sides.signed(sides.helpers, services=ERP, until_at=MONDAY + 90 * DAY)
    sides.draft(provider=str(sides.others))
    sides.draft()

    def rows() -> list[object]:
        return list(
            CharterVersion.objects.filter(company=sides.cast.uuid).order_by("version").values()
        )

    before = rows()
    projections.rebuild(sides.cast.uuid)
    assert rows() == before
    documents = [
        event.body.document
        for event in store.history(sides.cast.uuid, COMPANY_STREAM)
        if isinstance(event.body, e.CharterDrafted)
    ]
    assert len(documents) == 4
    assert not any("Helpers" in text or "Acme" in text for text in documents)


# ---- the catalogue ------------------------------------------------------------------------


def test_services_are_those_of_every_charter_in_force(sides: Sides) -> None:
    sides.signed(sides.helpers, services=ERP)
    sides.draft(provider=str(sides.others), services=PRESSES)
    found = queries.services(sides.cast.uuid, MONDAY)
    assert [(each.key, each.provider) for each in found] == [
        ("erp", str(sides.helpers)),
        ("presses", str(sides.others)),
    ]
    assert (found[0].title, found[0].criticality, found[0].team) == ("Orders", 1, "L2")


def test_the_worst_of_service_site_and_item_counts(sides: Sides) -> None:
    sites = [{"key": "lyon", "criticality": 3}]
    items = [{"key": "press-4", "criticality": 1}, {"key": "lamp"}]
    sides.signed(sides.helpers, services=PRESSES, sites=sites, items=items)
    CatalogueEntry.objects.create(
        company=sides.cast.uuid, kind="item", key="robot", title="Robot", criticality=4
    )

    def worst(**affected: str) -> int:
        return catalogue.criticality_of(sides.cast.uuid, MONDAY, **affected)

    assert worst(service="presses") == 2
    assert worst(service="presses", item="nobody knows it") == 2
    assert worst(service="presses", item="press-4", site="lyon") == 1
    assert worst(item="robot", site="lyon") == 3
    assert worst(item="lamp") == 0
    assert [each.key for each in catalogue.items(sides.cast.uuid, MONDAY)] == [
        *("lamp", "press-4", "robot")
    ]


# ---- tickets ------------------------------------------------------------------------------


def row(ticket: UUID) -> TicketRow:
    return TicketRow.objects.get(uuid=ticket)


def screen(sides: Sides, ticket: UUID) -> str:
    client = Client()
    client.force_login(sides.cast.referent)
    number = row(ticket).number
    address = reverse("desk:ticket", args=[sides.cast.company.prefix, number])
    return client.get(address).content.decode()


def test_a_ticket_is_ruled_by_the_charter_of_its_service(sides: Sides) -> None:
    first = sides.signed(sides.helpers, services=ERP)
    second = sides.signed(sides.others, services=PRESSES)
    orders, press, other = (
        sides.cast.open(MONDAY + HOUR, service=service) for service in ("erp", "presses", "")
    )
    assert [row(each).charter for each in (orders, press, other)] == [first, second, first]
    assert row(orders).team == "L2"
    assert str(sides.others) in row(press).providers
    assert str(sides.others) not in row(orders).providers


def test_s24_a_new_version_and_a_withdrawal_rule_later_tickets(sides: Sides) -> None:
    cast = sides.cast
    first = sides.signed(sides.helpers)
    old = cast.open(MONDAY + HOUR)
    cast.does(cast.referent, old, desk.prioritise, MONDAY + HOUR)(
        priority=Priority.P1, reason="stands"
    )
    sweep.sweep(MONDAY + DAY)
    assert row(old).missed_at is not None
    missed_at = row(old).missed_at
    easy = [{"priority": "P1", "response": "9bd", "resolution": "9bd"}]
    second = sides.signed(sides.helpers, MONDAY + 2 * DAY, targets=easy)
    sweep.sweep(MONDAY + 2 * DAY)
    new = cast.open(MONDAY + 2 * DAY + HOUR)
    assert [row(each).charter for each in (old, new)] == [first, second]
    assert row(old).missed_at == missed_at
    assert f"version {sides.number(first)}" in screen(sides, old)
    actor = cast.actor(cast.referent)
    for charter in (first, second):
        actions.withdraw_charter(cast.uuid, at=MONDAY + 3 * DAY, actor=actor, charter=charter)
    sweep.sweep(MONDAY + 3 * DAY)
    last = cast.open(MONDAY + 3 * DAY + HOUR)
    assert row(old).missed_at == missed_at
    assert [row(each).charter for each in (old, new)] == [first, second]
    assert row(last).charter == sides.rules(FOUNDED)
    assert "missed" in screen(sides, old)


def test_s17_a_holiday_moves_what_is_ahead_and_leaves_what_is_over(sides: Sides) -> None:
    cast = sides.cast
    done = cast.open(on(3, "09:00"))
    cast.replies(done, on(3, "09:30"))
    finished = [each.happened_at for each in cast.history(done)]
    ahead = cast.open(on(10, "09:00"))
    before = row(ahead).due_at
    assert before == on(10, "13:00")
    sides.enter(on(10, "09:30"), date(2025, 3, 6), date(2025, 3, 10))
    after = row(ahead).due_at
    assert after is not None and after > on(11, "09:00")
    assert "due.moved" in cast.names(ahead)
    assert [each.happened_at for each in cast.history(done)][: len(finished)] == finished


def test_s35_a_late_holiday_leaves_a_miss_and_flags_it(sides: Sides) -> None:
    cast = sides.cast
    targets = [{"response": "16h", "resolution": "16h"}]
    charter = sides.draft(on(4, "09:00"), targets=targets)
    sides.sign(charter, cast.referent, at=on(4, "09:00"))
    ticket = cast.open(on(6, "09:00"))
    sweep.sweep(on(10, "08:00"))
    assert row(ticket).missed_at == on(7, "17:00")
    sides.enter(on(10, "09:00"), date(2025, 3, 7))
    sweep.sweep(on(10, "10:00"))
    assert row(ticket).missed_at == on(7, "17:00")
    page = screen(sides, ticket).lower()
    assert "missed" in page
    assert "holiday" in page


def test_each_region_gets_the_holidays_of_its_place(db: None) -> None:
    company, _ = setup.found_company(
        at=FOUNDED,
        title="Round the World",
        person_title="Rita Ferent",
        address="rita@world.example",
        password=PASSWORD,
        zone="Europe/Berlin",
        template="follow-the-sun",
    )
    entered = dict(
        CalendarVersion.objects.filter(company=company.uuid).values_list("name", "document")
    )
    assert set(entered) == {"region-east", "region-west"}
    assert "2025-08-09" in entered["region-east"]
    assert "2025-07-04" in entered["region-west"]
    agreement = charters.agreement_for(company.uuid, FOUNDED)
    assert agreement is not None
    assert agreement.coverage.versions[0][1].is_open(on(9, "03:00"))
    assert agreement.coverage.versions[0][1].zone == "Europe/Berlin"
