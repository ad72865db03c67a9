"""The figures of a pack, by key: each with its support, in the order in which they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property, partial

from commondesk.core.metrics.figure import Figure
from commondesk.core.metrics.mirage import Mirage, mirage
from commondesk.core.metrics.offenders import Pareto, offenders
from commondesk.core.metrics.recurring import Recurrence
from commondesk.core.record.events import ClockName
from commondesk.readers.export import Support
from commondesk.review.pack import signals, sources
from commondesk.review.pack.entry import SIGNALS, SOURCES, Entry
from commondesk.review.pack.groups import causes, flow, hands, promise, quality, speed
from commondesk.review.pack.material import Material
from commondesk.review.pack.sharing import beside

KINDS = ("service", "category", "item", "site", "requester", "team")


@dataclass(frozen=True)
class Figures:
    """All figures of a pack."""

    material: Material

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """Every figure by its key."""
        return self._worked_out[0]

    @property
    def recurring(self) -> tuple[Recurrence, ...]:
        """Groups of tickets that say the same, most time lost first."""
        return self._worked_out[1]

    @cached_property
    def _worked_out(self) -> tuple[dict[str, Entry], tuple[Recurrence, ...]]:
        """The figures, and what recurs: where there is much to compare, a process beside this one
        does that, and must not ask the database."""
        said = self.material.tables.arrow(causes.SAID)
        with ExitStack() as stack:
            grouped: Callable[[], tuple[Recurrence, ...]] = partial(causes.recurrences_of, said)
            if said.num_rows >= causes.MANY:
                grouped = stack.enter_context(beside(grouped))
            before, after = list(self._before_recurring()), list(self._after_recurring())
            recurring = grouped()
        self._keep_members(recurring)
        entries = [*before, *causes.recurring(self.material, recurring), *after]
        return {each.key: self._as_carried(each) for each in entries}, recurring

    def _keep_members(self, groups: Sequence[Recurrence]) -> None:
        members = [(rank, each) for rank, group in enumerate(groups, 1) for each in group.tickets]
        self.material.tables.keep("recurring", {"rank": "int32", "ticket": "string"}, members)

    def _as_carried(self, entry: Entry) -> Entry:
        """The figure with what its reader said of how far the file carries it."""
        said = self.material.exhibit.quality.carries
        name = entry.key
        while name and name not in said:
            name = name.rpartition(".")[0]
        if not name or entry.support is not Support.EXACT:
            return entry
        return replace(entry, support=said[name].support, reason=said[name].reason)

    def __getitem__(self, key: str) -> Figure:
        return self.entries[key].figure

    def __contains__(self, key: str) -> bool:
        return key in self.entries

    def of(self, group: str) -> list[Entry]:
        """The figures of a group."""
        return [each for each in self.entries.values() if each.group == group]

    def known(self, group: str) -> list[Entry]:
        """Those of a group that the file carries, at least as a proxy."""
        return [each for each in self.of(group) if each.support is not Support.NONE]

    @property
    def usual(self) -> str:
        """The lens of the usual count."""
        return self.material.usual

    @property
    def lived(self) -> str:
        """The lens of what people lived."""
        return self.material.lived

    @cached_property
    def mirages(self) -> dict[ClockName, Mirage]:
        """The gap of each clock that can be judged, where both lenses have data."""
        material = self.material
        told = {
            clock: mirage(material.facts, clock, material.period, material.terms.caveats)
            for clock in material.judged
        }
        return {clock: each for clock, each in told.items() if each.gap is not None}

    @cached_property
    def paretos(self) -> dict[str, Pareto]:
        """Repeat offenders by kind, where the export names any."""
        found = {}
        for kind in KINDS:
            told = offenders(self.material.facts, kind, self.material.period)
            if len(told.rows) > 1 and told.unnamed < told.count / 2:
                found[kind] = told
        return found

    @cached_property
    def pairs(self) -> list[tuple[tuple[str, str], int]]:
        """The pairs of teams with ping-pong, each with the number of its tickets, most first."""
        query = (
            "SELECT least(one, other), greatest(one, other), COUNT(DISTINCT place)"
            " FROM pack.trips GROUP BY ALL"
        )
        told = [
            ((one, other), int(number)) for one, other, number in self.material.tables.rows(query)
        ]
        return sorted(told, key=lambda each: (-each[1], each[0]))

    def _before_recurring(self) -> Iterator[Entry]:
        material = self.material
        yield from speed.entries(material)
        yield from promise.entries(material, self.mirages)
        yield from flow.entries(material)
        yield from hands.entries(material, self.pairs)
        yield from quality.entries(material)
        yield from causes.offenders(material, self.paretos)

    def _after_recurring(self) -> Iterator[Entry]:
        for key, figure, support, reason in signals.signals(self.material, self.usual):
            yield Entry(key, SIGNALS, figure, support, reason)
        for key, figure, support, reason in sources.figures(self.material):
            yield Entry(key, SOURCES, figure, support, reason)
