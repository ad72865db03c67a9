"""The same statements, on ClickHouse, tell the same."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from commondesk.core.metrics import offenders
from commondesk.core.metrics.figure import Period
from commondesk.core.metrics.scheme import scheme_of
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import DAY
from commondesk.core.service_level.charter_data import lens_of
from commondesk.engine import exchange
from commondesk.engine.counts import EngineCounts
from commondesk.engine.database import DuckDatabase
from commondesk.engine.facts import facts_of
from commondesk.readers.case_file import case_of
from tests.engine import plain_lives
from tests.engine.clickhouse import ClickHouse
from tests.oracle import generator


@pytest.fixture
def clickhouse(tmp_path: Path) -> Iterator[ClickHouse]:
    database = ClickHouse(tmp_path / "given")
    yield database
    database.close()


@pytest.mark.parametrize("seed", range(4))
def test_clickhouse_tells_what_duckdb_tells(
    seed: int, tmp_path: Path, clickhouse: ClickHouse
) -> None:
    rng = random.Random(f"clickhouse {seed}")
    returns = 0.7 if seed == 1 else 0.0
    lives = plain_lives.random_case(rng, returns=returns) if seed < 3 else None
    case = case_of(lives or generator.random_case(rng))
    scheme = scheme_of(None if seed % 2 else lens_of(generator.random_lens(rng)))
    folder = tmp_path / "events"
    exchange.write(case.histories.values(), folder)
    one = facts_of(folder, case.agreement, scheme, case.now, database=clickhouse)
    other = facts_of(folder, case.agreement, scheme, case.now)
    assert one.shares == other.shares
    assert Counter(one.tickets) == Counter(other.tickets)
    assert Counter(one.outcomes) == Counter(other.outcomes)


def test_clickhouse_counts_what_duckdb_counts(tmp_path: Path, clickhouse: ClickHouse) -> None:
    case = case_of(plain_lives.random_case(random.Random("clickhouse counts")))
    folder = tmp_path / "events"
    exchange.write(case.histories.values(), folder)
    start = min(event.happened_at for each in case.histories.values() for event in each)
    period = Period(start + DAY, max(case.now, start + 2 * DAY))
    one, other = (
        EngineCounts(facts_of(folder, case.agreement, scheme_of(None), case.now, database=each),
                     period)
        for each in (clickhouse, DuckDatabase(threads=1))
    )  # fmt: skip
    assert _counted(one) == _counted(other)


def _counted(counts: EngineCounts) -> dict[str, object]:
    """All that figures count, spans in order."""
    scheme = counts.facts.scheme
    found: dict[str, object] = {
        "outcomes": counts.outcomes,
        "begun": counts.begun,
        "solved": counts.solved,
        "automatic": sorted(counts.automatic()),
        "alone": counts.alone,
        "ages": counts.ages([DAY, 3 * DAY, 7 * DAY, 1 << 60]),
        "flow": counts.flow(range(counts.period.start, counts.period.end + 1, DAY)),
    }
    for kind in offenders.KINDS:
        found[f"losses {kind}"] = counts.losses(kind)
    for clock in ClockName:
        found[f"changed {clock}"] = counts.changed(clock)
        for lens in (scheme.usual, scheme.lived):
            found[f"spans {clock} {lens}"] = [sorted(each) for each in counts.spans(clock, lens)]
    for lens in scheme.named:
        found[f"coming {lens}"] = counts.coming(lens, 7 * DAY)
        found[f"undecided {lens}"] = counts.undecided(lens)
    return found
