"""The demand of a case, filled from the company's own tickets."""

from __future__ import annotations

import pytest
from django.test import Client

from commondesk.core.record.instant import DAY, HOUR
from commondesk.ledger.now import instant_now
from commondesk.planning import document as documents
from commondesk.planning import measured, queries
from commondesk.planning.models import Case
from tests.desk.cast import MONDAY, Cast
from tests.planning.test_pages import at, saved, text_of

pytestmark = pytest.mark.database
WEEKS = 5


@pytest.fixture
def busy(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tickets on each Monday and one on each Tuesday, for some weeks."""
    monkeypatch.setattr(measured, "LOOK_BACK", instant_now() - MONDAY + DAY)
    for week in range(WEEKS):
        for after in (0, HOUR, DAY):
            cast.open(MONDAY + 7 * week * DAY + after)


@pytest.mark.usefixtures("busy")
def test_the_demand_is_filled_with_what_came(cast: Cast, planner: Client, case: Case) -> None:
    answer = planner.post(at("change", cast, case.uuid, "fill"), follow=True)
    case.refresh_from_db()
    document = queries.document_of(case) or {}
    per_hour = documents.at(document, "demand.per_hour")
    assert isinstance(per_hour, list)
    numbers = [each for each in per_hour if isinstance(each, int | float)]
    assert len(numbers) == 168
    assert sum(numbers) == pytest.approx(3, rel=0.01)
    assert sum(numbers[:24]) == pytest.approx(2, rel=0.01)
    month = documents.at(document, "cost.tickets_per_month")
    assert isinstance(month, dict)
    assert month["likely"] == pytest.approx(3 * 365.25 / 7 / 12, rel=0.01)
    assert month["source"] == "record"
    source = documents.at(document, "demand.source")
    assert isinstance(source, str)
    assert source in text_of(answer.content)


@pytest.mark.usefixtures("busy")
def test_a_number_that_is_typed_takes_the_place_of_what_was_measured(
    cast: Cast, planner: Client, case: Case
) -> None:
    planner.post(at("change", cast, case.uuid, "fill"))
    saved(planner, cast, case, "demand", demand__tickets_per_month="40")
    case.refresh_from_db()
    document = queries.document_of(case) or {}
    assert documents.at(document, "demand.per_hour") is None
    assert documents.at(document, "demand.tickets_per_month") == 40


def test_too_few_tickets_say_so_and_change_nothing(cast: Cast, planner: Client, case: Case) -> None:
    cast.open()
    answer = planner.post(at("change", cast, case.uuid, "fill"), follow=True)
    assert "do not span one whole week" in text_of(answer.content)
    case.refresh_from_db()
    assert documents.at(queries.document_of(case) or {}, "demand.per_hour") is None
