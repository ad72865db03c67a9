"""What others ask of a desk, as far as an export can tell; what it lacks is said, not guessed."""

from __future__ import annotations

from collections.abc import Iterator

from commondesk.core.metrics import sources
from commondesk.core.metrics.counting import AFTER_THE_FACT
from commondesk.core.metrics.figure import Figure
from commondesk.core.metrics.signs import NEW
from commondesk.core.record.events import Channel
from commondesk.core.texts import gettext_noop
from commondesk.readers.export import Support
from commondesk.review.pack import counting, in_words
from commondesk.review.pack.material import Material
from commondesk.review.pack.tables import texts_of

Told = tuple[str, Figure, Support, str]


def figures(material: Material) -> Iterator[Told]:
    """Every such figure: its key, the figure, how far the export carries it, and why no further."""
    yield _found_first(material)
    yield _per_head(material)
    yield _new_hands(material)
    yield _first_contact(material)


def _found_first(material: Material) -> Told:
    tables = material.tables
    kinds = texts_of(sources.TROUBLE)
    tables.execute(
        "CREATE OR REPLACE TABLE pack.troubles AS SELECT r.place, t.kind, t.channel"  # noqa: S608
        " FROM pack.told t JOIN pack.rows r ON r.stream = t.ticket"
        f" WHERE t.kind IN {kinds} AND r.opening <> '{AFTER_THE_FACT}'"
    )
    by_machine = (
        f"kind IN {texts_of(sources.FOUND_BY_MACHINE)} OR channel = '{Channel.MONITORING.value}'"
    )
    troubles, mine, told_of = tables.row(
        f"SELECT COUNT(*), COUNT(CASE WHEN {by_machine} THEN 1 END),"  # noqa: S608
        f" COUNT(CASE WHEN channel <> '{Channel.IMPORT.value}' THEN 1 END) FROM pack.troubles"
    )
    support, reason = Support.EXACT, ""
    if not mine:
        support = Support.PROXY if told_of else Support.NONE
        reason = gettext_noop(
            "the file names no ticket that monitoring told of; it may have no word for it"
        )
    figure = counting.share(
        material, f"place IN (SELECT place FROM pack.troubles WHERE {by_machine})",  # noqa: S608
        int(troubles) if mine or told_of else 0, name="found_first",
        title=gettext_noop("Found by monitoring before a user"),
    )  # fmt: skip
    return figure.name, figure, support, reason


def _per_head(material: Material) -> Told:
    heads = material.tables.number(
        "SELECT COUNT(DISTINCT requester) FROM pack.rows WHERE requester <> ''"
    )
    figure = sources.per_head(
        len(material.exhibit.tickets), heads, material.at, period=material.period
    )
    support = Support.PROXY if heads else Support.NONE
    reason = in_words.WHO_ASKED % {"count": f"{heads:,}"}
    return (
        figure.name,
        figure,
        support,
        reason if heads else gettext_noop("the file names nobody who asked"),
    )


def _new_hands(material: Material) -> Told:
    """By the last owner and the first work of theirs that the file shows."""
    known_from = material.period.start + NEW
    material.tables.execute(
        "CREATE OR REPLACE TABLE pack.hands AS SELECT place, touched_at,"
        " MIN(touched_at) OVER (PARTITION BY owner) AS since FROM pack.rows"
        " WHERE owner <> '' AND touched_at IS NOT NULL"
    )
    cohort = material.tables.number(
        f"SELECT COUNT(*) FROM pack.hands WHERE touched_at >= {known_from}"  # noqa: S608
    )
    figure = counting.share(
        material,
        f"place IN (SELECT place FROM pack.hands WHERE touched_at >= {known_from}"  # noqa: S608
        f" AND touched_at - since < {NEW})",
        cohort, name="new_hands",
        title=gettext_noop("Worked by people under 90 days on the account"),
        caveats=(
            gettext_noop("work from the 90th day of the file on: before, everybody is new to it"),
        ),
    )  # fmt: skip
    reason = gettext_noop("by the last owner, and since when the file shows them at work")
    if not cohort:
        return (
            figure.name,
            figure,
            Support.NONE,
            gettext_noop("the file names no owner after its 90th day"),
        )
    return figure.name, figure, Support.PROXY, reason


def _first_contact(material: Material) -> Told:
    """An upper bound: never handed on, never paused, never back. More cannot have been."""
    solved = "len(resolved_ats) > 0"
    figure = counting.share(
        material, f"{solved} AND len(teams) <= 1 AND len(paused_ats) = 0 AND reopens = 0",
        material.tables.count(solved), name="first_contact",
        title=gettext_noop("Settled in the first contact, at most"), caveats=(sources.LINE_WORDS,),
    )  # fmt: skip
    reason = gettext_noop(
        "never handed on, never made to wait, never back; the contacts are not counted"
    )
    return figure.name, figure, Support.PROXY, reason
