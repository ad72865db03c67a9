"""Several processes tell what one tells."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from commondesk.core.metrics.facts import facts_of as reference_of
from commondesk.core.metrics.scheme import scheme_of
from commondesk.engine import facts as engine
from commondesk.engine import processes
from commondesk.engine.database import DuckDatabase
from commondesk.engine.processes import in_shares
from commondesk.readers.case_file import case_of
from tests.oracle import generator


@pytest.fixture
def two_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "processes", lambda: 2)


@pytest.mark.usefixtures("two_processes")
@pytest.mark.parametrize("count", [0, 1, 2, 9, 100])
def test_shares_hold_every_place_once_in_order(count: int) -> None:
    shares = in_shares(lambda first, last: list(range(first, last)), count, least=1)
    assert [place for share in shares for place in share] == list(range(count))


def test_few_things_are_done_by_this_process() -> None:
    here: list[int] = []
    in_shares(lambda first, last: here.extend(range(first, last)), 5, least=6)
    assert here == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("two_processes")
def test_the_reference_in_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "FEWEST", 1)
    case = case_of(generator.random_case(random.Random("several processes")))
    scheme = scheme_of(None)
    found = engine.facts_of(
        case.histories.values(),
        case.agreement,
        scheme,
        case.now,
        database=DuckDatabase(threads=1),
    )
    reference = reference_of(case.histories, case.agreement, scheme, case.now)
    assert sum(found.shares.by_reference.values()) > 0
    assert Counter(found.tickets) == Counter(reference.tickets)
    assert Counter(found.outcomes) == Counter(reference.outcomes)
