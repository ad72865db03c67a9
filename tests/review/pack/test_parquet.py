"""The tables of a pack: what any tool that reads Parquet finds in them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from commondesk.core.record.instant import MINUTE
from commondesk.engine.facts import facts_of
from commondesk.review.pack import parquet, reading
from tests.review.pack.exports import figures_of, plain_log


@pytest.mark.parametrize("few", [0, 500])
def test_tickets_and_events_can_be_counted(
    few: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "FEW", few)
    figures = figures_of(plain_log())
    material = figures.material
    written = parquet.write(figures, tmp_path / "tables")
    database = duckdb.connect()
    tickets = database.sql(
        f"SELECT number, state, reopens, closed_at IS NULL, epoch_us(opened_at) FROM"
        f" '{tmp_path}/tables/tickets.parquet' ORDER BY number"
    ).fetchall()
    assert [each[:4] for each in tickets] == [
        ("INC0000001", "closed", 0, False),
        ("INC0000002", "closed", 0, False),
        ("INC0000003", "closed", 1, False),
        ("INC0000004", "open", 0, True),
    ]
    told = material.tables.rows("SELECT opened_at FROM pack.rows ORDER BY number")
    assert [each[4:] for each in tickets] == told
    events = database.sql(
        f"SELECT month, ticket, what FROM '{tmp_path}/tables/events/*/*.parquet'"
    ).fetchall()
    assert len(events) == written == material.tables.lines
    assert {each[0] for each in events} == {"2025-03"}
    assert ("2025-03", "INC0000003", "reopened") in events


def test_the_exchange_in_it_can_be_reviewed_again(tmp_path: Path) -> None:
    figures = figures_of(plain_log())
    material, terms = figures.material, figures.material.terms
    parquet.write(figures, tmp_path)
    again = facts_of(tmp_path / "exchange", lambda _: terms.agreement, terms.scheme, material.at)
    assert sorted(map(str, again.tickets)) == sorted(map(str, material.facts.tickets))
    assert max(each.started_at for each in again.tickets) % MINUTE == 0
