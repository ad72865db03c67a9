"""Apart: tickets that one case may join, or that only the reference reads, in groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from commondesk.core.record.instant import Instant, Span
from commondesk.core.service_level.cases import Histories, cases_of
from commondesk.core.service_level.story import Story

from .database import Database, statement, table_of, written_out

Group = tuple[int, ...]


def groups_of(database: Database, farthest: Span) -> list[Group]:
    """Tickets that were merged, or that a lens may join to one case, with all that may belong.

    More may be in a group than belong together, never fewer.
    """
    pairs = [(int(one), int(other)) for one, other in database.rows(statement("pairs"))]
    if not farthest:
        merges = database.rows(statement("merges"))
        return _joined((int(one), int(other)) for one, other in merges)
    named = {each for pair in pairs for each in pair}
    classes: dict[tuple[object, ...], list[int]] = {}
    near = written_out(statement("near"), None, {"FARTHEST": str(farthest)})
    _keep_named(database, named)
    for ticket, *key in database.rows(near):
        classes.setdefault(tuple(key), []).append(int(ticket))
    for members in classes.values():
        pairs += [(members[0], other) for other in members[1:]]
    return _joined(pairs)


@dataclass(frozen=True)
class Apart:
    """What became of some tickets that may make cases.

    whole: those that the reference reads under every lens, in groups. cases: those that make a case
    under lenses that join tickets within a span, and are read by themselves under the others.
    """

    whole: list[Group]
    cases: dict[Span, list[Story]]

    def joins(self, spans: Sequence[Span | None], numbers: Mapping[str, int]) -> dict[int, int]:
        """By ticket, the set of the spans within which it makes a case with others."""
        found: dict[int, int] = {}
        for span, cases in self.cases.items():
            for case in cases:
                for stream in case.tickets:
                    mark = 1 << spans.index(span)
                    found[numbers[stream]] = found.get(numbers[stream], 0) | mark
        return found


def set_apart(
    histories: Histories,
    numbers: Mapping[str, int],
    spans: Iterable[Span | None],
    unread: Set[int],
    at: Instant,
) -> Apart:
    """Those of some tickets that were merged, or really make a case together under some lens.

    Where SQL cannot read one of a case, the reference reads all of it.
    """
    joining = [span for span in spans if span is not None]
    within: Sequence[Span | None] = joining or [None]
    known = {span: cases_of(histories, span, at) for span in within}
    pairs: list[tuple[int, int]] = []
    survivors = set()
    for case in (each for cases in known.values() for each in cases):
        first, *rest = (numbers[each] for each in case.tickets)
        survivors |= {first, *rest}
        pairs += [(first, other) for other in rest]
        pairs += [(first, numbers[part.story.tickets[0]]) for part in case.parts]
    merged = sorted(set(numbers.values()) - survivors)
    groups = _joined([*pairs, *((each, each) for each in merged)], least=1)
    whole = [group for group in groups if not unread.isdisjoint(group)]
    taken = {each for group in whole for each in group}
    return Apart(
        whole,
        {
            span: [
                case
                for case in known[span]
                if len(case.tickets) > 1 and numbers[case.tickets[0]] not in taken
            ]
            for span in joining
        },
    )


def _keep_named(database: Database, named: Iterable[int]) -> None:
    database.keep("named", table_of({"ticket": "int64"}, [(each,) for each in sorted(named)]))


def _joined(pairs: Iterable[tuple[int, int]], *, least: int = 2) -> list[Group]:
    """The groups that pairs make."""
    leader: dict[int, int] = {}

    def led_by(ticket: int) -> int:
        leader.setdefault(ticket, ticket)
        while leader[ticket] != ticket:
            leader[ticket] = leader[leader[ticket]]
            ticket = leader[ticket]
        return ticket

    for one, other in pairs:
        leader[led_by(one)] = led_by(other)
    groups: dict[int, list[int]] = {}
    for ticket in leader:
        groups.setdefault(led_by(ticket), []).append(ticket)
    return [tuple(sorted(each)) for each in groups.values() if len(each) >= least]
