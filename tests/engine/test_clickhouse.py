"""The same statements, on ClickHouse, tell the same."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from commondesk.core.metrics.scheme import scheme_of
from commondesk.core.service_level.charter_data import lens_of
from commondesk.engine import exchange
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
    case = case_of(plain_lives.random_case(rng) if seed < 3 else generator.random_case(rng))
    scheme = scheme_of(None if seed % 2 else lens_of(generator.random_lens(rng)))
    folder = tmp_path / "events"
    exchange.write(case.histories.values(), folder)
    one = facts_of(folder, case.agreement, scheme, case.now, database=clickhouse)
    other = facts_of(folder, case.agreement, scheme, case.now)
    assert one.shares == other.shares
    assert Counter(one.tickets) == Counter(other.tickets)
    assert Counter(one.outcomes) == Counter(other.outcomes)
