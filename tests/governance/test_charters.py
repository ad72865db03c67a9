"""Which charter rules when, and what it agrees."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.db import transaction

from commondesk.core.record import events as e
from commondesk.core.record.event import COMPANY_STREAM
from commondesk.core.record.instant import DAY, HOUR, MINUTE
from commondesk.core.service_level.charter_data import CharterError, agreement_of
from commondesk.core.service_level.lens import CONTRACT_TEMPLATE
from commondesk.governance import actions, charters, projections
from commondesk.governance.models import CalendarVersion, CharterVersion
from commondesk.governance.public_holidays import holidays_of
from commondesk.ledger import store
from tests.desk.cast import FOUNDED, MONDAY, Cast, on


@pytest.mark.parametrize("name", charters.template_names())
def test_every_template_is_a_whole_charter(name: str) -> None:
    document = charters.template(name)
    agreement = agreement_of(document["charter"], document["calendars"])
    assert agreement.lens == CONTRACT_TEMPLATE
    assert (agreement.hold_span, agreement.close_span) == (7 * DAY, 14 * DAY)
    spans = [agreement.window_span(priority) for priority in e.Priority]
    assert spans == [10 * MINUTE, 30 * MINUTE, 30 * MINUTE, 30 * MINUTE]
    for priority in e.Priority:
        for clock in (e.ClockName.RESPONSE, e.ClockName.NEXT_REPLY):
            assert agreement.term(clock, "", e.Kind.INCIDENT, priority).span
        restore = agreement.term(e.ClockName.RESTORE, "", e.Kind.INCIDENT, priority).span
        assert bool(restore) is (priority in (e.Priority.P1, e.Priority.P2))
    points = charters.charter_part(document)["points"]
    assert isinstance(points, dict)
    assert tuple(points) == tuple(sorted(points)) == tuple(sorted(actions.POINTS))


def test_a_template_is_given_out_fresh_each_time() -> None:
    charters.template("help-desk-8x5")["charter"] = {}
    assert charters.template("help-desk-8x5")["charter"]
    with pytest.raises(charters.UnknownTemplate):
        charters.template("../setup")


def draft(cast: Cast, at: int, template: str = "small-business", **more: object) -> str:
    document = charters.template(template)
    given = {key: more.pop(key) for key in ("provider", "until_at", "in_force_at") if key in more}
    charters.charter_part(document).update(more)  # type: ignore[arg-type]
    return actions.draft_charter(
        cast.uuid,
        at=at,
        actor=cast.actor(cast.referent),
        document=document,
        **given,  # type: ignore[arg-type]
    )


def ruling(cast: Cast, at: int) -> str:
    found = charters.charter_for(cast.uuid, at)
    assert found is not None
    return found.uuid


POINTS = dict.fromkeys(actions.POINTS, "said")


def test_the_newest_draft_rules_until_one_is_signed(cast: Cast) -> None:
    first = ruling(cast, FOUNDED)
    assert charters.charter_for(cast.uuid, FOUNDED - 1) is None
    second = draft(cast, MONDAY, points=POINTS)
    assert ruling(cast, MONDAY - 1) == first
    assert ruling(cast, MONDAY) == second
    third = draft(cast, MONDAY + DAY)
    assert ruling(cast, MONDAY + 2 * DAY) == third
    sign(cast, MONDAY + DAY + HOUR, second)
    assert ruling(cast, MONDAY + 2 * DAY) == second
    assert ruling(cast, MONDAY + DAY) == third
    agreement = charters.agreement_for(cast.uuid, MONDAY + 2 * DAY)
    assert agreement is not None
    assert agreement.is_signed


def sign(cast: Cast, at: int, charter: str, party: str = "company") -> None:
    actor = cast.actor(cast.referent)
    actions.sign_charter(cast.uuid, at=at, actor=actor, charter=charter, party=party)


def test_signing_needs_a_party_and_the_six_points(cast: Cast) -> None:
    unfilled = draft(cast, MONDAY)
    with pytest.raises(actions.UnfitStep, match="criticality, scope, documentation, referent"):
        sign(cast, MONDAY, unfilled)
    filled = draft(cast, MONDAY, points=POINTS)
    with pytest.raises(actions.UnfitStep, match="not named"):
        sign(cast, MONDAY, filled, "provider")
    sign(cast, MONDAY, filled)
    with pytest.raises(actions.UnfitStep, match="already"):
        sign(cast, MONDAY, filled)
    with pytest.raises(actions.UnfitStep, match="no such charter"):
        sign(cast, MONDAY, "x")


def test_a_withdrawn_charter_rules_no_more(cast: Cast) -> None:
    charter = ruling(cast, MONDAY)
    actor = cast.actor(cast.referent)
    actions.withdraw_charter(cast.uuid, at=MONDAY, actor=actor, charter=charter)
    assert ruling(cast, MONDAY - 1) == charter
    assert charters.agreement_for(cast.uuid, MONDAY) is None
    assert charters.agreement_by_id(cast.uuid, charter) is not None
    with pytest.raises(actions.UnfitStep, match="already"):
        actions.withdraw_charter(cast.uuid, at=MONDAY, actor=actor, charter=charter)


def test_a_charter_that_cannot_be_read_is_not_written_down(cast: Cast) -> None:
    before = store.head_of(cast.uuid)
    with pytest.raises(CharterError) as refused:
        draft(cast, MONDAY, targets=[{"response": "0m"}], default_priority="P9")
    assert len(refused.value.problems) == 2
    assert store.head_of(cast.uuid) == before


def test_another_companys_charter_is_not_found(cast: Cast) -> None:
    other = cast.outsider.memberships.get().company_id
    assert charters.agreement_by_id(other, ruling(cast, MONDAY)) is None


def enter(cast: Cast, at: int, *days: date, **exceptional: str) -> int:
    return actions.enter_calendar(
        cast.uuid,
        at=at,
        actor=cast.actor(cast.referent),
        calendar="office",
        holidays=days,
        exceptional={
            date.fromisoformat(day[1:].replace("_", "-")): text for day, text in exceptional.items()
        },
    )


def test_calendar_versions_pile_up(cast: Cast) -> None:
    assert enter(cast, MONDAY, date(2025, 3, 11)) == 2
    assert enter(cast, MONDAY, date(2025, 3, 12), d2025_03_13="09:00-12:00") == 3
    agreement = charters.agreement_for(cast.uuid, MONDAY)
    assert agreement is not None
    versions = agreement.coverage.versions
    assert [entered for entered, _ in versions[1:]] == [MONDAY, MONDAY + 1]
    newest = versions[-1][1]
    assert not newest.is_open(on(12, "10:00"))
    assert newest.is_open(on(11, "10:00"))
    assert not newest.is_open(on(13, "13:00"))
    assert not versions[1][1].is_open(on(11, "10:00"))


def test_agreements_are_built_once_for_the_same_versions(cast: Cast) -> None:
    charter = ruling(cast, MONDAY)
    first = charters.agreement_by_id(cast.uuid, charter)
    assert charters.agreement_by_id(cast.uuid, charter) is first
    before = charters.agreement_before(cast.uuid, charter)
    enter(cast, MONDAY, date(2025, 3, 11))
    assert charters.agreement_by_id(cast.uuid, charter) is not first
    assert charters.agreement_before(cast.uuid, charter) is first is not before


def test_hours_that_cannot_be_read_are_not_entered(cast: Cast) -> None:
    with pytest.raises(CharterError), transaction.atomic():
        enter(cast, MONDAY, d2025_03_13="nine to five")
    assert CalendarVersion.objects.filter(company=cast.uuid).count() == 1


def test_charters_come_back_from_the_record(cast: Cast) -> None:
    charter = draft(cast, MONDAY, points=POINTS)
    actor = cast.actor(cast.referent)
    sign(cast, MONDAY, charter)
    actions.withdraw_charter(cast.uuid, at=MONDAY + DAY, actor=actor, charter=charter)
    enter(cast, MONDAY, date(2025, 3, 11))
    before = rows(cast)
    projections.rebuild(cast.uuid)
    assert rows(cast) == before
    projections.apply(cast.uuid, store.history(cast.uuid, COMPANY_STREAM))
    assert rows(cast) == before


def rows(cast: Cast) -> list[object]:
    versions = CharterVersion.objects.filter(company=cast.uuid).order_by("version")
    calendars = CalendarVersion.objects.filter(company=cast.uuid).order_by("name", "version")
    return [*versions.values(), *calendars.values("name", "version", "document", "entered_at")]


def test_public_holidays() -> None:
    germany = holidays_of("DE", "", (2025, 2026))
    assert date(2025, 10, 3) in germany
    assert date(2026, 5, 1) in germany
    assert date(2025, 6, 19) not in germany
    assert date(2025, 6, 19) in holidays_of("DE", "BY", (2025,))
    assert holidays_of("", "", (2025,)) == ()
    with pytest.raises(ValueError, match="no part"):
        holidays_of("DE", "Bavaria-ish", (2025,))


def test_the_document_in_the_record_is_canonical(cast: Cast) -> None:
    version = CharterVersion.objects.get(company=cast.uuid)
    data = json.loads(version.document)
    assert charters.text_of(data) == version.document
