"""Figures equal what the clocks say lens by lens, whatever was shared, kept or put off."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest

from commondesk.core.metrics.changed import changed_tickets
from commondesk.core.metrics.counting import counted
from commondesk.core.metrics.facts import Facts, changed_at, counts_of, facts_of, stale_at
from commondesk.core.metrics.figure import Period
from commondesk.core.metrics.mirage import mirage, values_of
from commondesk.core.metrics.outcome import belongs
from commondesk.core.metrics.promise import attainment
from commondesk.core.metrics.scheme import Scheme, mixture, scheme_of
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import DAY, Instant
from commondesk.core.service_level.charter_data import lens_of
from commondesk.core.service_level.clock import Reading, Verdict, read
from commondesk.core.service_level.lens import PRESETS, Lens
from commondesk.readers.case_file import Case, case_of
from tests.oracle import generator

APART = (Verdict.NO_TARGET, Verdict.LIVE, Verdict.AFTER_THE_FACT)


def random_case(seed: str) -> Case:
    return case_of(generator.random_case(random.Random(seed)))


def random_scheme(seed: str) -> Scheme:
    """A contract with some settings of its own, beside what people lived."""
    rng = random.Random(seed)
    if rng.random() < 0.2:
        return scheme_of(None)
    if rng.random() < 0.3:
        return scheme_of(PRESETS[rng.choice(list(PRESETS))])
    return scheme_of(lens_of(generator.random_lens(rng)))


def period_of(case: Case) -> Period:
    start = min(event.happened_at for each in case.histories.values() for event in each)
    return Period(start + DAY, max(case.now, start + 2 * DAY))


def readings(case: Case, lens: Lens, at: Instant) -> tuple[Reading, ...]:
    return read(case.histories, case.agreement, lens, at)


def in_population(each: Reading, lens: Lens, period: Period) -> bool:
    return belongs(each.verdict, each.due_at, each.ended_at, lens.population, period)


@pytest.mark.parametrize("seed", range(40))
def test_every_lens_tells_what_it_tells_alone(seed: int) -> None:
    case, scheme = random_case(f"lens {seed}"), random_scheme(f"scheme {seed}")
    facts = facts_of(case.histories, case.agreement, scheme, case.now)
    for name, lens in scheme.named.items():
        for clock in ClockName:
            told = [each for each in readings(case, lens, case.now) if each.clock is clock]
            mine = facts.units(clock, name)
            assert Counter(
                (each.tickets, each.cycle, each.verdict_at(case.now), each.used_at(facts.counts))
                for each in mine
            ) == Counter((each.tickets, each.cycle, each.verdict, each.used) for each in told)


@pytest.mark.parametrize("seed", range(40))
def test_facts_hold_while_nothing_happens(seed: int) -> None:
    case, scheme = random_case(f"later {seed}"), scheme_of(None)
    whole = list(case.histories.values())
    early = max(event.happened_at for each in whole for event in each) + 1
    scheme = random_scheme(f"later {seed}")
    kept = facts_of(case.histories, case.agreement, scheme, early)
    stale = stale_at(case.histories, case.agreement, early)
    for later in (early + DAY // 3, early + 4 * DAY, early + 20 * DAY):
        if stale is not None and stale <= later:
            continue
        assert_same(moved(kept, case, later), case, scheme, later)


@pytest.mark.parametrize("seed", range(40))
def test_facts_hold_back_to_their_last_change(seed: int) -> None:
    case, scheme = random_case(f"back {seed}"), random_scheme(f"back {seed}")
    late = case.now + 10 * DAY
    kept = facts_of(case.histories, case.agreement, scheme, late)
    since = changed_at(case.histories, case.agreement, late)
    for at in (since, since + 1, (since + late) // 2):
        if not entered_since(case, at, late):
            assert_same(moved(kept, case, at), case, scheme, at)


def entered_since(case: Case, start: Instant, end: Instant) -> bool:
    return any(
        start < entered_at <= end
        for _, _, agreement in case.charters
        for versions in agreement.calendars.values()
        for entered_at, _ in versions.versions[1:]
    )


def moved(facts: Facts, case: Case, at: Instant) -> Facts:
    """The same facts, read at another instant."""
    counts = counts_of(facts.tickets, facts.outcomes, case.agreement, at)
    return Facts(facts.scheme, at, facts.tickets, facts.outcomes, counts)


def assert_same(kept: Facts, case: Case, scheme: Scheme, at: Instant) -> None:
    anew = facts_of(case.histories, case.agreement, scheme, at)
    for name in scheme.named:
        for clock in ClockName:
            assert Counter(told(kept, clock, name)) == Counter(told(anew, clock, name))
    for one, other in zip(kept.tickets, anew.tickets, strict=True):
        assert one.ticket == other.ticket
        assert one.ownerless_at(kept.counts, at) == other.ownerless_at(anew.counts, at)
        assert one.lost_at(kept.counts) == other.lost_at(anew.counts)
        assert one[:12] == other[:12]


def told(facts: Facts, clock: ClockName, name: str) -> Iterator[tuple[object, ...]]:
    for each in facts.units(clock, name):
        due_at = each.due_at if each.ended_at is not None or not each.is_paused else None
        verdict, used = each.verdict_at(facts.at), each.used_at(facts.counts)
        yield each.tickets, each.cycle, each.ended_at, due_at, verdict, used, each.priority


@pytest.mark.parametrize("seed", range(25))
def test_attainment_and_times_are_those_of_the_readings(seed: int) -> None:
    case, scheme = random_case(f"sum {seed}"), random_scheme(f"sum {seed}")
    facts, period = facts_of(case.histories, case.agreement, scheme, case.now), period_of(case)
    for name, lens in scheme.named.items():
        for clock in ClockName:
            mine = [each for each in readings(case, lens, case.now) if each.clock is clock]
            units = [each for each in mine if in_population(each, lens, period)]
            judged = [each for each in units if each.verdict.is_judged]
            met = sum(each.verdict.is_met for each in judged)
            figure = attainment(facts, clock, name, period)
            assert figure.value == (met / len(judged) if judged else None)
            assert figure.count == len(judged)
            assert figure.undecided == sum(each.verdict is Verdict.UNDECIDED for each in units)
            assert len(figure.backing) == len(units)
            assert figure.still_open == sum(each.ended_at is None for each in units)
            begun = [
                each
                for each in mine
                if period.holds(each.started_at) and each.verdict not in APART[1:]
            ]
            ended, still_open = counted(facts, period).spans(clock, name)
            assert sorted(ended) == sorted(each.used for each in begun if each.ended_at is not None)
            assert sorted(still_open) == sorted(
                each.used for each in begun if each.ended_at is None
            )


@pytest.mark.parametrize("seed", range(25))
def test_parts_add_up_and_mixtures_are_what_each_lens_says(seed: int) -> None:
    case, scheme = random_case(f"parts {seed}"), random_scheme(f"parts {seed}")
    facts, period = facts_of(case.histories, case.agreement, scheme, case.now), period_of(case)
    sorts = counted(facts, period).outcomes
    rng = random.Random(seed)
    usual, lived = scheme.named[scheme.usual], scheme.named[scheme.lived]
    for clock in ClockName:
        values = values_of(sorts, scheme, clock)
        for number in {0, len(values) - 1, *(rng.randrange(len(values)) for _ in range(6))}:
            taken = [name for place, name in enumerate(scheme.settings) if number >> place & 1]
            lens = mixture(usual, lived, tuple(taken))
            units = [
                each
                for each in readings(case, lens, case.now)
                if each.clock is clock and in_population(each, lens, period)
            ]
            judged = [each for each in units if each.verdict.is_judged]
            met = sum(each.verdict.is_met for each in judged)
            assert values[number] == (met / len(judged) if judged else None)
        found = mirage(facts, clock, period)
        if found.gap is None:
            assert found.parts == ()
            continue
        assert abs(sum(part.points for part in found.parts) - found.gap) < 1e-9
        assert {part.setting for part in found.parts} == set(scheme.settings)
        for part in found.parts:
            bit = 1 << scheme.settings.index(part.setting)
            if all(values[each] == values[each ^ bit] for each in values):
                assert part.points == 0


@pytest.mark.parametrize("seed", range(12))
def test_tickets_of_a_part_are_those_that_the_setting_alone_changes(seed: int) -> None:
    case, scheme = random_case(f"alone {seed}"), random_scheme(f"alone {seed}")
    facts, period = facts_of(case.histories, case.agreement, scheme, case.now), period_of(case)
    usual, lived = scheme.named[scheme.usual], scheme.named[scheme.lived]

    def verdicts(taken: list[str], clock: ClockName) -> dict[str, list[tuple[int, bool]]]:
        lens = mixture(usual, lived, tuple(taken))
        found: dict[str, list[tuple[int, bool]]] = {}
        for each in readings(case, lens, case.now):
            is_judged = each.verdict.is_judged and in_population(each, lens, period)
            if each.clock is clock and is_judged:
                found.setdefault(each.tickets[0], []).append((each.cycle, each.verdict.is_met))
        return {ticket: sorted(said) for ticket, said in found.items()}

    every = list(scheme.settings)
    for clock in ClockName:
        told = changed_tickets(facts, clock, period)
        none, whole = verdicts([], clock), verdicts(every, clock)
        for name in every:
            alone = verdicts([name], clock)
            without = verdicts([each for each in every if each != name], clock)
            assert told[name] == sorted(
                ticket
                for ticket in case.histories
                if none.get(ticket) != alone.get(ticket) or whole.get(ticket) != without.get(ticket)
            )
