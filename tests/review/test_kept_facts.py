"""The facts that are kept equal those of the pure core, however they came to be."""

from __future__ import annotations

import random
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from commondesk.core.metrics import backlog, bounces, bunching, flow, offenders
from commondesk.core.metrics.changed import changed_tickets
from commondesk.core.metrics.counting import counted
from commondesk.core.metrics.facts import Facts, facts_of
from commondesk.core.metrics.figure import Figure, Period
from commondesk.core.metrics.mirage import backing_of
from commondesk.core.metrics.outcome import belongs
from commondesk.core.metrics.scheme import Scheme, scheme_of
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import Event
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import DAY, Instant
from commondesk.core.service_level.charter_data import lens_of
from commondesk.core.service_level.clock import Verdict
from commondesk.ledger import store
from commondesk.readers.case_file import Case, case_of
from commondesk.review import behind, differences, figures, kept, refresh
from commondesk.review.causes import pairs
from commondesk.review.counted import KeptCounts
from commondesk.review.figures import Sheet
from commondesk.review.models import FactsMade, OutcomeFact, TicketFact
from tests.oracle import generator


class House:
    """A company with the record of a random case, taken in bit by bit."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rng = random.Random(f"house {seed}")
        self.company: UUID = uuid4()
        self.case: Case = case_of(generator.random_case(self.rng))
        has_contract = self.rng.random() < 0.8
        contract = lens_of(generator.random_lens(self.rng)) if has_contract else None
        self.scheme: Scheme = scheme_of(contract)
        monkeypatch.setattr(refresh, "scheme_for", lambda _company, _at: self.scheme)
        monkeypatch.setattr(refresh, "agreements_of", lambda _company: self.case.agreement)

    @property
    def told(self) -> list[Event]:
        """Every event, in the order in which they happened."""
        every = [event for history in self.case.histories.values() for event in history]
        return sorted(every, key=lambda each: (each.happened_at, each.stream, each.position))

    @property
    def end(self) -> Instant:
        return max(self.case.now, self.told[-1].happened_at) + 1

    def write(self, some: list[Event]) -> None:
        """Add events to the record."""
        drafts = [
            Draft(each.stream, each.happened_at, each.actor, each.body, each.certainty)
            for each in some
        ]
        with transaction.atomic():
            store.append(self.company, drafts, learnt_at=some[-1].happened_at)

    def refresh(self, at: Instant) -> None:
        while not refresh.refresh(self.company, at).is_nothing:
            pass

    def taken_in_bit_by_bit(self) -> None:
        """Write the record in pieces of any size, and look after each."""
        rest = self.told
        while rest:
            size = self.rng.randint(1, 6)
            some, rest = rest[:size], rest[size:]
            self.write(some)
            if self.rng.random() < 0.8:
                self.refresh(some[-1].happened_at + self.rng.randrange(DAY))
        self.refresh(self.end)

    def period_until(self, end: Instant) -> Period:
        return Period(end - self.rng.randint(1, 30) * DAY, end)

    def kept(self, period: Period) -> Facts:
        return kept.facts_of(self.company, period, period.end)

    def pure(self, at: Instant) -> Facts:
        streams = {each.stream for each in self.told}
        told = {stream: store.history(self.company, stream) for stream in streams}
        histories = {stream: history for stream, history in told.items() if history}
        return facts_of(histories, self.case.agreement, self.scheme, at)

    def assert_same(self, period: Period, at: Instant) -> None:
        mine = Sheet(self.company, period, at, kept.facts_of(self.company, period, at), ())
        pure = Sheet(self.company, period, at, self.pure(at), ())
        assert figures_of(mine) == figures_of(pure)
        assert tables_of(mine.facts, period) == tables_of(pure.facts, period)
        for clock in figures.JUDGED:
            one, other = mine.mirage(clock), pure.mirage(clock)
            assert (one.gap, one.parts) == (other.gap, other.parts)
            for lens in mine.facts.scheme.named:
                told = pairs.moves_of(mine, clock, lens, mine.lived)
                assert told == moves_by_hand(pure, clock, lens, pure.lived)

    def assert_same_behind(self, period: Period, at: Instant) -> None:
        """What a figure opens, page by page and all at once, is what the core finds behind it."""
        mine = Sheet(self.company, period, at, kept.facts_of(self.company, period, at), ())
        pure = Sheet(self.company, period, at, self.pure(at), ())
        made = figures.makers(pure)
        told = {(key, ""): figure().backing for key, figure in made.items()}
        for clock in figures.JUDGED:
            for setting, tickets in changed_tickets(pure.facts, clock, period).items():
                found = backing_of(tickets, pure.facts, clock)
                told[f"part.{clock.value}.{setting}", ""] = found
        for kind in offenders.KINDS:
            for row in offenders.offenders(pure.facts, kind, period).rows:
                figure = offenders.offender(pure.facts, kind, row.key, period)
                told[f"offender.{kind}", row.key] = figure.backing
        for (key, of), units in told.items():
            size, first, paged = self.rng.randint(1, 4), 0, []
            while some := behind.units_of(mine, key, of, first=first, most=size):
                paged += [unit.backing for unit in some]
                first += size
            listed = [each.backing for some in behind.every_unit(mine, key, of) for each in some]
            assert sorted(paged, key=str) == sorted(units, key=str), key
            assert sorted(listed, key=str) == sorted(units, key=str), key
            if key.startswith(("attainment", "time")):
                late = [unit.verdict == "missed" for unit in paged]
                assert late == sorted(late, reverse=True), key


def figures_of(sheet: Sheet) -> dict[str, tuple[object, ...]]:
    return {key: whole(make()) for key, make in figures.makers(sheet).items()}


def whole(figure: Figure) -> tuple[object, ...]:
    return figure, sorted(figure.backing, key=str)


def moves_by_hand(
    sheet: Sheet, clock: ClockName, one: str, other: str
) -> dict[tuple[str, str], list[str]]:
    """By looking at every unit: the tickets of which two lenses say different things."""
    said: dict[str, dict[str, str]] = {one: {}, other: {}}
    for lens, verdicts in said.items():
        population = sheet.facts.scheme.named[lens].population
        for unit in sheet.facts.units(clock, lens):
            verdict = unit.verdict_at(sheet.at)
            is_in = belongs(verdict, unit.due_at, unit.ended_at, population, sheet.period)
            if is_in and verdict.is_judged:
                before = verdicts.get(unit.ticket)
                now = "missed" if verdict is Verdict.MISSED else "met"
                verdicts[unit.ticket] = "missed" if "missed" in (before, now) else now
    found: dict[tuple[str, str], list[str]] = {}
    for ticket in sorted(said[one].keys() | said[other].keys()):
        move = said[one].get(ticket, "not"), said[other].get(ticket, "not")
        if move[0] != move[1]:
            found.setdefault(move, []).append(ticket)
    return found


def tables_of(facts: Facts, period: Period) -> tuple[object, ...]:
    bounds = [*range(period.start, period.end, DAY), period.end]
    causes = [offenders.offenders(facts, kind, period) for kind in offenders.KINDS]
    flows = bounces.flows(facts, period), flow.flow(facts, period, bounds)
    near = [bunching.bunching(facts, lens, period) for lens in facts.scheme.named]
    return backlog.by_age(facts, period), flows, causes, near


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(16))
def test_figures_are_those_of_the_core_now(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(seed, monkeypatch)
    house.taken_in_bit_by_bit()
    for later in (0, DAY // 2, 9 * DAY):
        house.refresh(house.end + later)
        house.assert_same(house.period_until(house.end + later), house.end + later)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(16))
def test_figures_are_those_of_the_core_at_any_period_s_end(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(seed, monkeypatch)
    house.taken_in_bit_by_bit()
    start = house.told[0].happened_at
    for _ in range(4):
        at = house.rng.randint(start, house.end)
        house.assert_same(house.period_until(at), at)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_an_end_that_was_read_before_has_what_was_learnt_since(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(seed, monkeypatch)
    at = house.rng.randint(house.told[0].happened_at, house.end)
    period = house.period_until(at)
    streams = sorted({each.stream for each in house.told})
    house.rng.shuffle(streams)
    late = [each for stream in streams for each in house.told if each.stream == stream]
    size = len(late) // 3 + 1
    for start in range(0, len(late), size):
        house.write(late[start : start + size])
        house.refresh(house.end)
        house.assert_same(period, at)
        house.assert_same(period, at)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(8))
def test_what_the_database_counts_is_what_the_facts_come_to(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(seed, monkeypatch)
    house.taken_in_bit_by_bit()
    start = house.told[0].happened_at
    for _ in range(3):
        first, last = sorted(house.rng.sample(range(start - DAY, house.end + 9 * DAY), 2))
        period, at = Period(first, last), min(last, house.end)
        mine = counted(kept.facts_of(house.company, period, at), period)
        pure = counted(house.pure(at), period)
        assert isinstance(mine, KeptCounts)
        assert mine.outcomes == pure.outcomes
        assert (mine.begun, mine.solved, mine.alone) == (pure.begun, pure.solved, pure.alone)
        for clock in figures.JUDGED:
            assert mine.changed(clock) == pure.changed(clock)
            for lens in house.scheme.named:
                pairs = zip(mine.spans(clock, lens), pure.spans(clock, lens), strict=True)
                assert all(sorted(one) == sorted(other) for one, other in pairs)
        house.assert_same(period, at)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(12))
def test_a_figure_opens_what_the_core_finds_behind_it(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(seed, monkeypatch)
    house.taken_in_bit_by_bit()
    start = house.told[0].happened_at
    for place in range(3):
        at = house.end if place == 0 else house.rng.randint(start, house.end)
        later = house.rng.choice((0, 3 * DAY)) if place == 0 else 0
        house.assert_same_behind(Period(at - house.rng.randint(1, 30) * DAY, at + later), at)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(8))
def test_made_anew_they_are_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(seed, monkeypatch)
    house.taken_in_bit_by_bit()
    period = house.period_until(house.end)
    before = figures_of(figures.Sheet(house.company, period, house.end, house.kept(period), ()))
    count = TicketFact.objects.count(), OutcomeFact.objects.count()
    refresh.rebuild(house.company, house.end)
    after = figures_of(figures.Sheet(house.company, period, house.end, house.kept(period), ()))
    assert before == after
    assert count == (TicketFact.objects.count(), OutcomeFact.objects.count())


@pytest.mark.django_db
@pytest.mark.parametrize("more", [0, 1])
def test_nothing_is_left_to_make_anew(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(1, monkeypatch)
    house.taken_in_bit_by_bit()
    tickets = len({each.stream for each in house.told})
    monkeypatch.setattr(refresh, "TICKETS", tickets + more)
    refresh.rebuild(house.company, house.end)
    assert FactsMade.objects.get(company=house.company).redo_after is None


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(8))
def test_what_is_kept_is_compared_with_the_record(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(seed, monkeypatch)
    house.taken_in_bit_by_bit()
    numbers = {each.stream: place for place, each in enumerate(house.told)}
    at = house.end + DAY
    house.refresh(at)
    assert differences.of_tickets(house.company, numbers, at) == []
    for model in (TicketFact, OutcomeFact):
        row = model._default_manager.filter(company=house.company).first()
        if row is not None:
            held, row.alike = row.alike, f"{row.alike},"
            row.save()
            assert len(differences.of_tickets(house.company, numbers, at)) == 2
            row.alike = held
            row.save()
