"""What was promised, under every lens."""

from __future__ import annotations

from collections.abc import Sequence

from commondesk.core.texts import gettext
from commondesk.review.pack import telling
from commondesk.review.pack.blocks import Section, Table, figure_head, row_of
from commondesk.review.pack.entry import PROMISE, Entry
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.sections.bridge import bridge


def section(figures: Figures) -> Section:
    """Attainment under every lens, the gap between, and what the vendor's own flag says."""
    tables = _attainment(figures.of(PROMISE))
    words = [_of_lenses() if tables else _no_charter()]
    title = gettext("What was promised")
    if "claimed.missed" in figures:
        words.append(_claimed_words(figures))
        claimed = [figures.entries[key] for key in ("claimed.missed", "claimed.rows")]
        rows = [row_of(each) for each in claimed]
        tables.append(Table(gettext("By the vendor’s own flag"), figure_head(), rows))
        if not figures.material.terms.has_targets:
            missed = telling.value_of(figures["claimed.missed"], figures["claimed.missed"].value)
            told = gettext("%(share)s of tickets missed their target by the vendor’s own flag")
            title = told % {"share": missed}
    bridges = [chart for clock in figures.mirages if (chart := bridge(figures, clock)) is not None]
    return Section("promise", title, words, charts=bridges, tables=tables)


def _attainment(entries: Sequence[Entry]) -> list[Table]:
    """Of all tickets, and by priority; none where no target can be judged."""
    judged = [each for each in entries if each.key.startswith("attainment.")]
    if not judged:
        return []
    head = (gettext("Target and lens"), *figure_head()[1:])
    whole = [row_of(each) for each in judged if _is_whole(each)]
    sliced = [row_of(each) for each in judged if not _is_whole(each)]
    return [
        Table(gettext("Attainment under every lens"), head, whole),
        Table(gettext("Attainment by priority"), head, sliced),
    ]


def _is_whole(entry: Entry) -> bool:
    """Whether it is an attainment of all priorities together."""
    return entry.figure.name.count(".") == 1


def _of_lenses() -> str:
    return gettext(
        "A lens is a way of reading the same events. Under “experienced” a wait on the"
        " requester counts as the desk’s time unless the file shows that a question was"
        " asked."
    )


def _no_charter() -> str:
    return gettext(
        "No charter was given, so no target is known and no lens can judge. With the"
        " charter (--charter FILE) this section shows attainment under every lens and the"
        " gap between."
    )


def _claimed_words(figures: Figures) -> str:
    claims, missed = figures.material.exhibit.claims, figures["claimed.missed"]
    share = claims.rows_missed / claims.rows if claims.rows else 0
    return gettext(
        "By the flag %(flag)s, %(share)s of tickets missed their target. Counting rows gives"
        " %(rows)s: the classic wrong number, since a row is an update, and the flag turns only"
        " after the target is gone. Which target it means the file does not say, and such flags"
        " often judge the closing, not the repair."
    ) % {
        "flag": claims.flag,
        "share": telling.value_of(missed, missed.value),
        "rows": telling.percent(share),
    }
