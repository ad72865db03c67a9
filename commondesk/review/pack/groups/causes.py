"""Causes: repeat offenders, and tickets that say the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from commondesk.core.metrics.offenders import Pareto
from commondesk.core.metrics.recurring import Matter, Recurrence, recurrences
from commondesk.core.texts import gettext_noop
from commondesk.review.pack import counting
from commondesk.review.pack.entry import CAUSES, Entry
from commondesk.review.pack.material import Material
from commondesk.review.pack.rows import text_of

if TYPE_CHECKING:
    import pyarrow as pa

MOST_OFFENDERS = 10
MOST_GROUPS = 15
MANY = 20_000
"""From so many tickets with words on, another process compares them meanwhile."""
LABEL = 90
"""Characters of a label."""


def offenders(material: Material, paretos: Mapping[str, Pareto]) -> Iterator[Entry]:
    """The tickets of each repeat offender."""
    for kind, pareto in paretos.items():
        for each in pareto.rows[:MOST_OFFENDERS]:
            figure = counting.count(
                material, f"{kind} = {text_of(each.key)}", name=f"offender.{kind}.{each.key}",
                title=each.key, caveats=(gettext_noop("time until it was solved for good"),),
            )  # fmt: skip
            yield Entry(figure.name, CAUSES, figure)


def recurring(material: Material, groups: Sequence[Recurrence]) -> Iterator[Entry]:
    """The tickets of each group that says the same."""
    for rank, group in enumerate(groups, 1):
        figure = counting.count(
            material, f"stream IN (SELECT ticket FROM pack.recurring WHERE rank = {rank})",  # noqa: S608
            name=f"recurring.{rank}", title=label_of(group),
            caveats=(
                gettext_noop("found from words and facts; a guess, which nobody has confirmed"),
            ),
        )  # fmt: skip
        yield Entry(figure.name, CAUSES, figure)


def recurrences_of(said: pa.Table) -> tuple[Recurrence, ...]:
    """The groups of tickets that say the same, of the columns of SAID."""
    return recurrences(_matters(said), most=MOST_GROUPS)


def _matters(said: pa.Table) -> Iterator[Matter]:
    texts: dict[str, str] = {}
    facts: dict[tuple[str, ...], tuple[str, ...]] = {}
    for batch in said.to_batches(MANY):
        rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        for stream, subject, *named, opened_at, lost, is_open in rows:
            about = tuple(named)
            if about not in facts:
                kinds = zip(("service", "category", "item", "site"), named, strict=True)
                facts[about] = tuple(f"{kind}:{name}" for kind, name in kinds if name)
            yield Matter(
                ticket=stream,
                words=texts.setdefault(subject, subject),
                facts=facts[about],
                opened_at=opened_at,
                lost=lost,
                is_open=is_open,
            )


SAID = """
SELECT stream, subject, service, category, item, site, opened_at, lost, is_unsettled
FROM pack.rows
WHERE is_told AND subject <> ''
"""


def label_of(group: Recurrence) -> str:
    """The words of the ticket most like the others, cut to a line."""
    words = " ".join(group.label.split())
    return words if len(words) <= LABEL else f"{words[: LABEL - 1]}…"
