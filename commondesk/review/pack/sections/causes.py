"""Where the time goes: repeat offenders, and what keeps coming back."""

from __future__ import annotations

from commondesk.core import texts
from commondesk.core.metrics.offenders import Pareto
from commondesk.core.texts import gettext, pgettext, pgettext_noop
from commondesk.review.pack import charts, telling
from commondesk.review.pack.blocks import Chart, Section, Table, cell, number, same_numbers
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.groups.causes import MOST_GROUPS, MOST_OFFENDERS, label_of
from commondesk.review.pack.machine import Plain

KINDS = {
    "service": pgettext_noop("by what", "service"),
    "category": pgettext_noop("by what", "category"),
    "item": pgettext_noop("by what", "item"),
    "site": pgettext_noop("by what", "site"),
    "requester": pgettext_noop("by what", "person who asked"),
    "team": pgettext_noop("by what", "team that had it last"),
}


def section(figures: Figures) -> Section | None:
    """What costs most time, by each kind that the export names."""
    if not figures.paretos and not figures.recurring:
        return None
    found = [_pareto(kind, pareto) for kind, pareto in figures.paretos.items()]
    tables = [_recurring(figures)] if figures.recurring else []
    title = gettext("Where the time goes")
    return Section("causes", title, charts=found[:1], pairs=found[1:], tables=tables)


def _pareto(kind: str, pareto: Pareto) -> Chart:
    by = pgettext("by what", KINDS[kind])
    rows = pareto.rows[:MOST_OFFENDERS]
    values: list[dict[str, Plain]] = [
        {"name": each.key, "share": round(each.share, 4), "sum": round(each.cumulated, 4),
         "place": place, "first": place == 0,
         "tip": gettext("%(name)s: %(tickets)s, %(span)s, %(share)s of all time")
                % {"name": each.key, "tickets": telling.tickets(each.tickets),
                   "span": telling.span(each.lost), "share": telling.percent(each.share)}}
        for place, each in enumerate(rows)
    ]  # fmt: skip
    return Chart(
        f"pareto-{kind}",
        gettext(
            "By %(kind)s: %(name)s costs %(share)s of all time lost, the first %(count)s"
            " cost %(sum)s"
        )
        % {
            "kind": by,
            "name": rows[0].key,
            "share": telling.percent(rows[0].share),
            "count": len(rows),
            "sum": telling.percent(rows[-1].cumulated),
        },
        gettext(
            "Time until solved for good, all tickets together; bars are shares, the line"
            " adds them up. %(tickets)s, %(count)s without a %(kind)s."
        )
        % {
            "tickets": telling.tickets(pareto.count),
            "count": texts.number(pareto.unnamed),
            "kind": by,
        },
        charts.pareto(values),
        _offenders(kind, pareto),
    )


def _offenders(kind: str, pareto: Pareto) -> Table:
    by = pgettext("by what", KINDS[kind])
    return same_numbers(
        (telling.begun(by), *_lost_head(), gettext("Share"), gettext("Sum")),
        [
            (cell(each.key), number(each.tickets, f"offender.{kind}.{each.key}"),
             number(each.still_open), number(telling.span(each.lost)),
             number(telling.percent(each.share)), number(telling.percent(each.cumulated)))
            for each in pareto.rows[:MOST_OFFENDERS]
        ],
    )  # fmt: skip


def _recurring(figures: Figures) -> Table:
    """Tickets that say the same, by the time that they cost together."""
    day = figures.material.day
    return Table(
        gettext("What keeps coming back: tickets that say the same"),
        (
            gettext("In the words of one of them"),
            *_lost_head(),
            pgettext("seen", "First"),
            pgettext("seen", "Last"),
        ),
        [
            (cell(label_of(each)), number(len(each.tickets), f"recurring.{rank}"),
             number(each.still_open), number(telling.span(each.lost)),
             number(telling.day(day(each.first_at))), number(telling.day(day(each.last_at))))
            for rank, each in enumerate(figures.recurring, 1)
        ],
        gettext(
            "Found from subjects, services, categories, items and sites; nobody has confirmed them."
            " Groups of three tickets or more, the %(count)s that cost most."
        )
        % {"count": MOST_GROUPS},
    )  # fmt: skip


def _lost_head() -> tuple[str, str, str]:
    return gettext("Tickets"), gettext("Still open"), gettext("Time lost")
