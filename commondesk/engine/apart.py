"""Apart: tickets that one case may join, or that only the reference reads, in groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from commondesk.core.record.instant import Instant, Span
from commondesk.core.service_level.cases import Histories, cases_of

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


def cases_among(
    histories: Histories, numbers: Mapping[str, int], spans: Iterable[Span | None], at: Instant
) -> list[Group]:
    """Those of a group that really make a case together under some lens, or were merged."""
    pairs: list[tuple[int, int]] = []
    survivors = set()
    for span in spans:
        for case in cases_of(histories, span, at):
            first, *rest = (numbers[each] for each in case.tickets)
            survivors |= {first, *rest}
            pairs += [(first, other) for other in rest]
            pairs += [(first, numbers[part.story.tickets[0]]) for part in case.parts]
    merged = sorted(set(numbers.values()) - survivors)
    return _joined([*pairs, *((each, each) for each in merged)], least=1)


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
