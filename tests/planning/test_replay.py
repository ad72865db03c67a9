"""Plans made anew from the record are those that grew step by step."""

from __future__ import annotations

from collections.abc import Mapping

from commondesk.accounts.models import Person
from commondesk.ledger import words
from commondesk.planning import actions, projections, queries
from commondesk.planning.models import KeptPlan
from tests.desk.cast import MONDAY, Cast
from tests.planning.conftest import TEST


def kept(cast: Cast, decider: Person, title: str) -> str:
    return actions.keep_plan(
        cast.uuid,
        at=MONDAY,
        actor=cast.actor(decider),
        title=title,
        document={"diagnosis": {"users": 80}},
        option="internal",
        figures={"currency": "EUR", "yearly": 104900.5},
    )


def rows() -> list[Mapping[str, object]]:
    return [dict(each) for each in KeptPlan.objects.order_by("number").values()]


def test_replay_equals_what_grew(cast: Cast, decider: Person) -> None:
    for title in ("One", "Two"):
        kept(cast, decider, title)
    grown = rows()
    assert [each["number"] for each in grown] == [1, 2]
    projections.rebuild(cast.uuid)
    assert rows() == grown
    KeptPlan.objects.all().delete()
    projections.rebuild(cast.uuid)
    assert rows() == grown


def test_erased_words_leave_the_figures(cast: Cast, decider: Person) -> None:
    kept(cast, decider, "Somebody's name")
    (plan,) = KeptPlan.objects.all()
    words.erase(cast.uuid, [plan.title, plan.case], ground="asked for", actor=TEST, at=MONDAY)
    (shown,) = queries.plans(cast.uuid)
    assert "Somebody" not in shown.title
    assert shown.figures["yearly"] == 104900.5
