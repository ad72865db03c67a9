"""The engine and the minute-stepping calculator agree, which know nothing of each other."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from commondesk.core.metrics.outcome import Outcome
from commondesk.core.metrics.scheme import CONTRACT, scheme_of
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import MINUTE
from commondesk.core.service_level.charter_data import lens_of
from commondesk.engine.database import DuckDatabase
from commondesk.engine.facts import EngineFacts, facts_of
from commondesk.readers.case_file import Case, case_of
from tests.engine import plain_lives
from tests.oracle import generator
from tests.oracle.calculator import Record
from tests.oracle.presets import PRESETS
from tests.oracle.reading import minute

CASES = sorted((Path(__file__).parents[1] / "cases").glob("S*.yaml"))

Raw = dict[str, Any]
Row = tuple[object, ...]


@pytest.mark.parametrize("seed", range(4))
def test_tickets_that_keep_to_themselves(seed: int) -> None:
    rng = random.Random(f"engine and oracle {seed}")
    raw = plain_lives.random_case(rng, tickets=20, changes=0.1)
    # Answers owed every so many hours are left to the reference.
    facts = assert_same(raw, {**generator.random_lens(rng), "next_reply_owed": "first_unanswered"})
    assert facts.shares.by_sql > 10


@pytest.mark.parametrize("seed", range(4))
def test_tickets_of_every_kind(seed: int) -> None:
    rng = random.Random(f"engine and oracle, any {seed}")
    assert_same(generator.random_case(rng), generator.random_lens(rng))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_table_of_cases(path: Path) -> None:
    raw = yaml.safe_load(path.read_text())
    assert_same(raw, (raw.get("charter") or {}).get("lens") or {})


def assert_same(raw: Raw, contract: Raw) -> EngineFacts:
    """Every unit under the contract and every preset, to the minute."""
    case, record = case_of(raw), Record(raw, minute(raw["now"]))
    facts = engine_facts(case, contract)
    for name, lens in {CONTRACT: contract, **PRESETS}.items():
        mine = [row_of(each, facts) for clock in ClockName for each in facts.units(clock, name)]
        theirs = [row_told(each) for each in record.units(lens)]
        assert sorted(mine, key=str) == sorted(theirs, key=str), name
    return facts


def engine_facts(case: Case, contract: Raw) -> EngineFacts:
    scheme = scheme_of(lens_of(contract))
    database = DuckDatabase(threads=1)
    return facts_of(case.histories.values(), case.agreement, scheme, case.now, database=database)


def row_of(each: Outcome, facts: EngineFacts) -> Row:
    return (
        each.tickets, each.clock, each.cycle, minutes(each.started_at), minutes(each.due_at),
        minutes(each.ended_at), each.verdict_at(facts.at).value,
        minutes(each.used_at(facts.counts)), sorted(each.flags.split()),
    )  # fmt: skip


def row_told(unit: Raw) -> Row:
    return (
        tuple(unit["tickets"]), unit["clock"], unit["cycle"], unit["started_at"], unit["due_at"],
        unit["ended_at"], unit["verdict"], unit["used"], unit["flags"],
    )  # fmt: skip


def minutes(instant: int | None) -> int | None:
    return None if instant is None else instant // MINUTE
