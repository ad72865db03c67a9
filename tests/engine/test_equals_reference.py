"""The engine tells what the pure reference tells, ticket by ticket and unit by unit."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from commondesk.core.metrics import (
    backlog,
    bounces,
    escalations,
    mirage,
    offenders,
    ownerless,
    promise,
    reopens,
    speed,
)
from commondesk.core.metrics.facts import Facts, facts_of
from commondesk.core.metrics.figure import Figure, Period
from commondesk.core.metrics.flow import flow
from commondesk.core.metrics.scheme import Scheme, scheme_of
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import DAY
from commondesk.core.service_level.charter_data import lens_of
from commondesk.core.service_level.lens import PRESETS
from commondesk.engine import facts as engine
from commondesk.engine.database import DuckDatabase
from commondesk.readers.case_file import Case, case_of, read_case
from tests.engine import plain_lives
from tests.oracle import generator

CASES = sorted((Path(__file__).parents[1] / "cases").glob("*.yaml"))

often = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],  # a seed does not shrink
)
seeds = st.integers(0, 1 << 30)


def scheme_for(rng: random.Random) -> Scheme:
    """The usual count, a preset as the contract, or a contract of its own."""
    chance = rng.random()
    if chance < 0.4:
        return scheme_of(None)
    if chance < 0.6:
        return scheme_of(PRESETS[rng.choice(list(PRESETS))])
    return scheme_of(lens_of(generator.random_lens(rng)))


def both(case: Case, scheme: Scheme) -> tuple[engine.EngineFacts, Facts]:
    database = DuckDatabase(threads=1)
    mine = engine.facts_of(
        case.histories.values(), case.agreement, scheme, case.now, database=database
    )
    return mine, facts_of(case.histories, case.agreement, scheme, case.now)


def assert_same(mine: engine.EngineFacts, reference: Facts) -> None:
    assert Counter(mine.tickets) == Counter(reference.tickets)
    assert Counter(mine.outcomes) == Counter(reference.outcomes)
    assert {key: mine.counts[key] for key in reference.counts} == reference.counts
    told = mine.shares.by_sql + sum(mine.shares.by_reference.values())
    assert told >= len(reference.tickets)


@given(seeds)
@often
def test_tickets_that_keep_to_themselves(seed: int) -> None:
    rng = random.Random(seed)
    case = case_of(plain_lives.random_case(rng))
    mine, reference = both(case, scheme_for(rng))
    assert_same(mine, reference)


@given(seeds)
@often
def test_tickets_that_come_back(seed: int) -> None:
    """Cases are the reference's under lenses that join; else SQL reads each of their tickets."""
    rng = random.Random(seed)
    case = case_of(plain_lives.random_case(rng, tickets=12, returns=0.7))
    mine, reference = both(case, scheme_for(rng))
    assert_same(mine, reference)


@given(seeds)
@often
def test_tickets_of_every_kind(seed: int) -> None:
    rng = random.Random(seed)
    case = case_of(generator.random_case(rng))
    mine, reference = both(case, scheme_for(rng))
    assert_same(mine, reference)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case_files(path: Path) -> None:
    case = read_case(path)
    lens = case.charters[0][2].lens if case.charters else None
    mine, reference = both(case, scheme_of(lens))
    assert_same(mine, reference)


@pytest.mark.parametrize("changes", [0.0, 1.0])
def test_most_tickets_that_keep_to_themselves_are_read_by_sql(changes: float) -> None:
    """Whether or not their priorities change."""
    case = case_of(plain_lives.random_case(random.Random("share"), tickets=60, changes=changes))
    mine, reference = both(case, scheme_of(None))
    total = len(reference.tickets)
    assert mine.shares.by_sql > (50 if not changes else 40)
    assert str(mine.shares).startswith(f"{mine.shares.by_sql} of {total} tickets by SQL")


def figures(facts: Facts, period: Period) -> list[object]:
    """Every figure of a period, and what stands beside it."""
    found: list[object] = []
    for clock in ClockName:
        found += [promise.attainment(facts, clock, name, period) for name in facts.scheme.named]
        found += [speed.time_to(facts, clock, name, period) for name in facts.scheme.named]
        found.append(mirage.mirage(facts, clock, period))
    found.append(speed.first_automatic(facts, period))
    found += [speed.bucket(facts, each, period) for each in ("templated", "live", "after_the_fact")]
    found += [backlog.backlog(facts, period), backlog.by_age(facts, period)]
    found.append(flow(facts, period, range(period.start, period.end + 1, DAY)))
    found += [ownerless.ownerless(facts, period), bounces.bounced(facts, period)]
    found.append(bounces.flows(facts, period))
    found += [escalations.escalated(facts, how, period) for how in ("functional", "hierarchical")]
    found += [reopens.reopened(facts, kind, period) for kind in reopens.KINDS]
    found += [reopens.thanks(facts, period)]
    found += [reopens.disguised(facts, period, with_likely=likely) for likely in (True, False)]
    found += [offenders.offenders(facts, kind, period) for kind in offenders.KINDS]
    return found


@given(seeds)
@settings(often, max_examples=4)
def test_figures_are_the_same(seed: int) -> None:
    rng = random.Random(seed)
    case = case_of(plain_lives.random_case(rng))
    mine, reference = both(case, scheme_of(None))
    start = min(event.happened_at for each in case.histories.values() for event in each)
    period = Period(start + DAY, max(case.now, start + 2 * DAY))
    for one, other in zip(figures(mine, period), figures(reference, period), strict=True):
        assert one == other
        if isinstance(one, Figure) and isinstance(other, Figure):
            assert Counter(one.backing) == Counter(other.backing)
