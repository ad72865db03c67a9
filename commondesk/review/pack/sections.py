"""Sections: the figures of a pack arranged for reading, from the sentence to the method."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import exp, log

from commondesk.core import texts
from commondesk.core.metrics import backlog, flow
from commondesk.core.metrics.figure import Figure, Unit
from commondesk.core.metrics.flow import Limits
from commondesk.core.metrics.words import clock_words
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import DAY, HOUR, MINUTE, Instant
from commondesk.core.texts import gettext, gettext_noop, ngettext, pgettext, pgettext_noop
from commondesk.readers.export import Finding, Sort, Support
from commondesk.review import lenses
from commondesk.review.pack import charts, signals, telling
from commondesk.review.pack.blocks import (
    Cell,
    Chart,
    Section,
    Table,
    Tile,
    cell,
    figure_head,
    number,
    row_of,
    tile,
)
from commondesk.review.pack.curves import Curve
from commondesk.review.pack.figures import (
    BY_MONTH,
    BY_PRIORITY,
    MOST_GROUPS,
    MOST_OFFENDERS,
    MOST_PAIRS,
    ON_THE_WALL,
    PROMISE,
    SIGNALS,
    SOURCES,
    Entry,
    Figures,
    label_of,
    open_at,
    title_of,
)
from commondesk.review.pack.in_words import in_words
from commondesk.review.pack.machine import Plain
from commondesk.review.pack.sentences import half_and_tenth, largest_part
from commondesk.review.parts import part_title

WEEK = timedelta(days=7)
MOST_TEAMS = 8
SORTS = {
    Sort.READ: pgettext_noop("what became of it", "Read"),
    Sort.DROPPED: pgettext_noop("what became of it", "Dropped"),
    Sort.REPAIRED: pgettext_noop("what became of it", "Repaired"),
    Sort.DOUBTFUL: pgettext_noop("what became of it", "Doubtful"),
    Sort.DISAGREES: pgettext_noop("what became of it", "Disagrees"),
    Sort.ABSENT: pgettext_noop("what became of it", "Absent"),
}
KINDS = {
    "service": pgettext_noop("by what", "service"),
    "category": pgettext_noop("by what", "category"),
    "item": pgettext_noop("by what", "item"),
    "site": pgettext_noop("by what", "site"),
    "requester": pgettext_noop("by what", "person who asked"),
    "team": pgettext_noop("by what", "team that had it last"),
}
SAME_NUMBERS = gettext_noop("The same numbers")


def sections(figures: Figures) -> list[Section]:
    """All sections, in the order of reading."""
    found = [
        _summary(figures),
        _quality(figures),
        _promise(figures),
        _speed(figures),
        _flow(figures),
        _hands(figures),
        _causes(figures),
        _signals(figures),
        _sources(figures),
        _method(figures),
    ]
    return [each for each in found if each is not None]


# ---- the figures at a glance ----------------------------------------------------------------


def _summary(figures: Figures) -> Section:
    wanted = (
        f"time.resolution.{figures.lived}",
        "time.first_touch",
        f"time.response.{figures.lived}",
        f"attainment.resolution.{figures.usual}",
        f"attainment.resolution.{figures.lived}",
        "claimed.missed",
        "reopens",
        "bounces.straight",
        "ownerless.share",
        "closing.automatic",
        "missing_updates",
    )
    keys = [key for key in dict.fromkeys(wanted) if key in figures]
    return Section(
        "figures", gettext("Figures at a glance"), tiles=[_tile(figures, key) for key in keys]
    )


def _tile(figures: Figures, key: str) -> Tile:
    entry = figures.entries[key]
    aside = ""
    if key == "ownerless.share":
        told = telling.span(figures["ownerless"].value or 0)
        aside = gettext("%(span)s in all") % {"span": told}
    return tile(entry, aside, is_late=key == "claimed.missed")


# ---- what the file carries ------------------------------------------------------------------


def _quality(figures: Figures) -> Section:
    material = figures.material
    quality, window = material.exhibit.quality, material.window
    tickets = len(material.exhibit.tickets)
    words = [
        gettext(
            "%(rows)s rows were read as %(tickets)s with %(events)s events, by the reader for"
            " %(format)s. Everything is read as it stood at the last event of the file."
        )
        % {
            "rows": texts.number(quality.rows),
            "tickets": telling.tickets(tickets),
            "events": texts.number(material.tables.lines),
            "format": in_words(material.exhibit.format),
        }
    ]
    if window.outside:
        words.append(
            gettext(
                "%(inside)s of the %(all)s tickets were opened from %(first)s to %(last)s;"
                " %(outside)s lie outside. That is how the file was cut, not a fall in demand:"
                " figures of flow keep to those days."
            )
            % {
                "inside": texts.number(tickets - window.outside),
                "all": texts.number(tickets),
                "first": telling.day(window.first),
                "last": telling.day(window.last),
                "outside": texts.number(window.outside),
            }
        )
    if tickets and not figures["backlog"].count:
        words.append(
            gettext(
                "No ticket of the file is open at its end. If only closed tickets were exported,"
                " what is still waiting is missing from every figure here."
            )
        )
    findings = sorted(
        quality.findings.values(), key=lambda each: (list(SORTS).index(each.sort), -each.count)
    )
    found = Table(
        gettext("What was met in the file"),
        (
            gettext("What became of it"),
            pgettext("found", "What"),
            gettext("How often"),
            gettext("For example"),
        ),
        [_finding(each) for each in findings],
    )
    carried = Table(
        gettext("How far the file carries each figure"),
        (gettext("Figure"), gettext("How far"), pgettext("reason", "Why")),
        [
            (cell(title), cell(gettext(HOW_FAR[how])), cell(reason))
            for how, title, reason in carried_by(figures)
        ],
        gettext("Figures that are not named here are exact: they can be counted from the file."),
    )
    return Section("quality", _quality_title(figures), words, tables=(carried, found))


def _quality_title(figures: Figures) -> str:
    weak = [support for _, support, _ in _weak(figures)]
    lacking, proxies = weak.count(Support.NONE), weak.count(Support.PROXY)
    return gettext("What this file can tell: %(figures)s not at all, %(count)s only as a proxy") % {
        "figures": telling.figures(lacking),
        "count": texts.number(proxies),
    }


def _finding(finding: Finding) -> Sequence[Cell]:
    examples = ", ".join(finding.examples[:3])
    if (more := len(finding.examples) - 3) > 0:
        told = ngettext("%(names)s and %(count)s more", "%(names)s and %(count)s more", more)
        examples = told % {"names": examples, "count": more}
    count = number(finding.count) if finding.count else number("–")
    sort = pgettext("what became of it", SORTS[finding.sort])
    return cell(sort), cell(in_words(finding.text)), count, cell(examples)


def carried_by(figures: Figures) -> Iterator[tuple[Support, str, str]]:
    """How far the file carries what it does not carry exactly: how far, what, and why."""
    alike: dict[tuple[Support, str], list[str]] = {}
    for title, support, reason in _weak(figures):
        alike.setdefault((support, reason), []).append(title)
    for support in HOW_FAR:
        for (how, reason), titles in alike.items():
            if how is support:
                yield how, telling.listed(titles), reason


HOW_FAR = {
    Support.NONE: gettext_noop("not at all"),
    Support.PROXY: gettext_noop("as a proxy"),
    Support.EXACT: gettext_noop("exactly"),
}


def _weak(figures: Figures) -> list[tuple[str, Support, str]]:
    """What is not exact: its name, how far it is carried, and why."""
    material = figures.material
    found = []
    if not material.terms.has_targets:
        title = gettext("Attainment under each lens, and the mirage")
        found.append((title, Support.NONE, gettext(signals.NO_TARGETS)))
    for name, each in material.exhibit.quality.carries.items():
        title = gettext(_NAMES[name]) if name in _NAMES else name
        if each.support is not Support.EXACT and title and _concerns(figures, name):
            found.append((title, each.support, in_words(each.reason)))
    said = material.exhibit.quality.carries
    for entry in figures.entries.values():
        is_said = any(entry.key == name or entry.key.startswith(f"{name}.") for name in said)
        if entry.support is not Support.EXACT and not is_said:
            title = title_of(entry.key, entry.figure.title)
            found.append((title, entry.support, in_words(entry.reason)))
    if not material.has_messages and not any("response" in name for name in said):
        title = gettext("First human response, next reply, first contact")
        found.append((title, Support.NONE, gettext("the file has no messages")))
    return list(dict.fromkeys(found))


def _concerns(figures: Figures, name: str) -> bool:
    """Targets are no matter of the file where none are known."""
    return figures.material.terms.has_targets or not name.startswith(("attainment", "part"))


_NAMES = {
    "time.response": gettext_noop("First human response"),
    "time.next_reply": gettext_noop("Next reply"),
    "time.first_automatic": gettext_noop("First automatic response"),
    "time.resolution": gettext_noop("Resolution"),
    "time.restore": gettext_noop("Service restored"),
    "attainment.response": gettext_noop("First response on time"),
    "attainment.next_reply": gettext_noop("Next reply on time"),
    "attainment.resolution": gettext_noop("Resolution on time"),
    "attainment.restore": gettext_noop("Service restored on time"),
    "part": gettext_noop("Parts of the mirage"),
    "bucket": gettext_noop("Templated, live and after the fact"),
    "backlog": gettext_noop("Open tickets by age"),
    "flow": gettext_noop("Inflow and outflow"),
    "ownerless": gettext_noop("Time that nobody had it"),
    "bounces": gettext_noop("Came back to hands that had it"),
    "escalations": gettext_noop("Escalations"),
    "reopens": gettext_noop("Reopened"),
    "reopens.disguised": gettext_noop("New ticket instead of a reopening"),
    "offender": gettext_noop("Repeat offenders"),
    "by priority": gettext_noop("by priority"),
}
"""The figures of docs/metrics.md, as readers name them."""


# ---- promise --------------------------------------------------------------------------------


def _promise(figures: Figures) -> Section:
    material = figures.material
    entries = [each for each in figures.entries.values() if each.group == "promise"]
    rows = [row_of(each) for each in entries if not each.key.startswith(("part.", "claimed."))]
    tables, words = [], []
    if rows:
        head = (gettext("Target and lens"), *figure_head()[1:])
        named = [row_of(each) for each in entries if _is_whole(each)]
        tables.append(Table(gettext("Attainment under every lens"), head, named))
        sliced = [
            row_of(each)
            for each in entries
            if each.key.startswith("attainment.") and not _is_whole(each)
        ]
        tables.append(Table(gettext("Attainment by priority"), head, sliced))
        words.append(
            gettext(
                "A lens is a way of reading the same events. Under “experienced” a wait on the"
                " requester counts as the desk’s time unless the file shows that a question was"
                " asked."
            )
        )
    else:
        words.append(
            gettext(
                "No charter was given, so no target is known and no lens can judge. With the"
                " charter (--charter FILE) this section shows attainment under every lens and the"
                " gap between."
            )
        )
    title = gettext("What was promised")
    if "claimed.missed" in figures:
        words += _claimed_words(figures)
        claimed = [figures.entries[key] for key in ("claimed.missed", "claimed.rows")]
        tables.append(
            Table(
                gettext("By the vendor’s own flag"),
                figure_head(),
                [row_of(each) for each in claimed],
            )
        )
        if not material.terms.has_targets:
            missed = telling.value_of(figures["claimed.missed"], figures["claimed.missed"].value)
            told = gettext("%(share)s of tickets missed their target by the vendor’s own flag")
            title = told % {"share": missed}
    bridges = [chart for clock in figures.mirages if (chart := _bridge(figures, clock)) is not None]
    return Section("promise", title, words, charts=bridges, tables=tables)


def _is_whole(entry: Entry) -> bool:
    """Whether it is an attainment of all priorities together."""
    name = entry.figure.name
    return name.startswith("attainment.") and name.count(".") == 1


def _claimed_words(figures: Figures) -> list[str]:
    claims, missed = figures.material.exhibit.claims, figures["claimed.missed"]
    share = claims.rows_missed / claims.rows if claims.rows else 0
    return [
        gettext(
            "By the flag %(flag)s, %(share)s of tickets missed their target. Counting rows gives"
            " %(rows)s: the classic wrong number, since a row is an update, and the flag turns only"
            " after the target is gone. Which target it means the file does not say, and such flags"
            " often judge the closing, not the repair."
        )
        % {
            "flag": claims.flag,
            "share": telling.value_of(missed, missed.value),
            "rows": telling.percent(share),
        }
    ]


def _bridge(figures: Figures, clock: ClockName) -> Chart | None:
    told = figures.mirages[clock]
    if told.gap is None or told.usual.value is None or told.lived.value is None:
        return None
    usual, lived = 100 * told.usual.value, 100 * told.lived.value
    by_usual = gettext("By %(lens)s") % {"lens": lenses.name(told.usual.lens)}
    as_lived = gettext("As people lived it")
    values: list[dict[str, Plain]] = [
        {"step": by_usual, "low": 0, "high": usual, "kind": "usual",
         "text": texts.number(usual, 1), "tip": _judged(told.usual.count)}
    ]  # fmt: skip
    rows: list[Sequence[Cell]] = [
        (cell(by_usual), number(texts.number(usual, 1)),
         number(told.usual.units, f"attainment.{clock.value}.{told.usual.lens}"))
    ]  # fmt: skip
    at = usual
    for part in told.parts:
        points, title = 100 * part.points, part_title(part.setting)
        low, high = min(at, at - points), max(at, at - points)
        at -= points
        key = f"part.{clock.value}.{part.setting}"
        rows.append((cell(title), number(telling.signed(-points)),
                     number(part.tickets, key if part.tickets else "")))  # fmt: skip
        if abs(points) >= 0.05:
            tip = ngettext(
                "%(count)s tickets change when this alone is switched",
                "%(count)s tickets change when this alone is switched",
                part.tickets,
            )
            values.append({
                "step": title, "low": low, "high": high,
                "kind": "lost" if points > 0 else "gained",
                "text": telling.signed(-points),
                "tip": tip % {"count": texts.number(part.tickets)},
            })  # fmt: skip
    values.append({"step": as_lived, "low": 0, "high": lived, "kind": "lived",
                   "text": texts.number(lived, 1), "tip": _judged(told.lived.count)})  # fmt: skip
    key = f"attainment.{clock.value}.{told.lived.lens}"
    rows.append((cell(as_lived), number(texts.number(lived, 1)), number(told.lived.units, key)))
    title = largest_part(figures) if clock is ClockName.RESOLUTION else ""
    if not title:
        gap = gettext("%(clock)s: the gap is %(points)s points")
        named = _begun(clock_words(clock.value))
        title = gap % {"clock": named, "points": texts.number(usual - lived, 1)}
    return Chart(
        f"bridge-{clock.value}",
        title.rstrip("."),
        gettext(
            "Targets met per 100, from the usual count to lived experience. The parts add up to the"
            " gap exactly. Tickets are those whose verdict changes when one setting alone is"
            " switched."
        ),
        charts.bridge(values),
        Table(
            gettext(SAME_NUMBERS), (gettext("Step"), gettext("Points"), gettext("Tickets")), rows
        ),
    )


def _judged(count: int) -> str:
    return ngettext("%(count)s judged", "%(count)s judged", count) % {"count": texts.number(count)}


def _begun(words: str) -> str:
    """Words at the beginning of a sentence."""
    return words[:1].upper() + words[1:]


# ---- speed ----------------------------------------------------------------------------------


def _speed(figures: Figures) -> Section:
    material = figures.material
    defined = [each for key, each in figures.entries.items() if key.startswith("resolved.")]
    tables = [
        Table(
            gettext("Resolution, by each definition of it"),
            _span_head(gettext("Definition")),
            [_span_row(each) for each in defined],
            " ".join(_why_they_differ(figures)),
        )
    ]
    for by, title, head in (
        (BY_PRIORITY, gettext("Resolution by priority"), pgettext("of a table", "Priority")),
        (BY_MONTH, gettext("Resolution by month of opening"), gettext("Month of opening")),
    ):
        prefix = f"time.resolution.{by}."
        rows = [
            (cell(key.removeprefix(prefix)), *_span_row(each)[1:])
            for key, each in figures.entries.items()
            if key.startswith(prefix)
        ]
        if rows:
            tables.append(Table(title, _span_head(head), rows))
    words = []
    if not material.has_messages:
        words.append(
            gettext(
                "The file has no messages, so nobody can tell when a person first answered. In its"
                " place stands the first sign of work, which is a proxy and says so."
            )
        )
    charts_ = [_survival(figures)]
    return Section("speed", gettext("How long things take"), words, charts=charts_, tables=tables)


def _span_head(first: str) -> tuple[str, ...]:
    middle, interval, mean = gettext("Median"), gettext("95 % interval"), gettext("Mean")
    of, still_open = pgettext("of how many", "Of"), gettext("Still open")
    return (first, middle, interval, "p75", "p90", "p95", mean, of, still_open)


def _span_row(entry: Entry) -> tuple[Cell, ...]:
    figure = entry.figure

    def told(value: float | None) -> Cell:
        return number(telling.value_of(figure, value))

    return (
        cell(title_of(entry.key, figure.title)),
        told(figure.value),
        number(telling.interval_of(figure, figure.interval) or "–"),
        *(told(figure.quantiles.get(percent)) for percent in (75, 90, 95)),
        number("–") if figure.mean is None else told(figure.mean),
        number(figure.units, entry.key if figure.units else ""),
        number(figure.still_open),
    )


def _why_they_differ(figures: Figures) -> Iterator[str]:
    """Whether the file's own resolved_at and the rows tell of other times, or of other tickets."""
    material = figures.material
    claims = material.exhibit.claims
    if not claims.dated or "resolved.last_row" not in figures:
        return
    both, same, without, at_once = material.tables.row(
        "SELECT COUNT(claimed_at), COUNT(CASE WHEN claimed_at IS NOT NULL"  # noqa: S608
        f" AND abs(claimed_at - last_row_at) < {HOUR} THEN 1 END),"
        " COUNT(CASE WHEN claimed_at IS NULL THEN 1 END),"
        f" COUNT(CASE WHEN claimed_at IS NULL AND last_row_at - opened_at < {HOUR} THEN 1 END)"
        " FROM pack.rows WHERE last_row_at IS NOT NULL"
    )
    claimed, last = figures["resolved.claimed"], figures["resolved.last_row"]
    yield (
        gettext(
            "Why %(claimed)s and %(last)s both are right: of the %(both)s tickets that have both"
            " times, %(same)s agree within the hour."
        )
        % {
            "claimed": telling.value_of(claimed, claimed.value),
            "last": telling.value_of(last, last.value),
            "both": texts.number(both),
            "same": texts.number(same),
        }
    )
    if without:
        middle = material.tables.number(
            "SELECT last_row_at - opened_at FROM pack.rows"  # noqa: S608
            " WHERE last_row_at IS NOT NULL AND claimed_at IS NULL"
            f" ORDER BY 1 LIMIT 1 OFFSET {without // 2}"
        )
        told = gettext(
            "%(count)s tickets have no resolved_at; half of those were resolved in the very minute"
            " of opening, %(soon)s within the hour. Leaving them out moves the median."
        )
        if middle >= MINUTE:
            told = gettext(
                "%(count)s tickets have no resolved_at; half of those were resolved within %(span)s"
                " of opening, %(soon)s within the hour. Leaving them out moves the median."
            )
        yield told % {
            "count": texts.number(without),
            "span": telling.span(middle),
            "soon": texts.number(at_once),
        }


def _survival(figures: Figures) -> Chart:
    material = figures.material
    both = list(dict.fromkeys((figures.usual, figures.lived)))
    told = {lens: material.spans(ClockName.RESOLUTION, lens) for lens in both}
    curves = {lens: spans.curve() for lens, spans in told.items()}
    figure = figures[f"time.resolution.{figures.lived}"]
    values: list[dict[str, Plain]] = [
        {"by": lens, "lived": lens == figures.lived, "hours": hours, "share": round(share, 4)}
        for lens, curve in curves.items()
        for hours, share in _thinned(curve)
    ]
    marks: list[dict[str, Plain]] = [
        {"hours": max(_SHORTEST, value / HOUR), "share": percent / 100,
         "text": name % {"span": telling.span(value)}}
        for percent, name in ((50, gettext("median %(span)s")), (90, gettext("p90 %(span)s")))
        if (value := figure.quantiles.get(percent)) is not None
    ]  # fmt: skip
    lived = curves[figures.lived]
    waiting: list[dict[str, Plain]] = [
        {"hours": max(_SHORTEST, span / HOUR), "share": round(lived.solved_within(span), 4)}
        for span in sorted(told[figures.lived].still_open.tolist())[
            :: max(1, figure.still_open // 200)
        ]
    ]
    rows = [
        (
            cell(telling.span(at)),
            *(number(telling.percent(curves[lens].solved_within(at))) for lens in both),
        )
        for at in _STEPS
    ]
    return Chart(
        "survival",
        half_and_tenth(figure) or gettext("Half is not solved yet"),
        _survival_words(figures, figure, is_double=len(both) > 1),
        charts.survival(values, marks, waiting),
        Table(
            gettext(SAME_NUMBERS),
            (
                gettext("Within"),
                *(gettext("Solved, %(lens)s") % {"lens": lenses.name(lens)} for lens in both),
            ),
            rows,
        ),
    )


def _survival_words(figures: Figures, figure: Figure, *, is_double: bool) -> str:
    is_wall = ON_THE_WALL in figure.caveats
    hours = gettext(ON_THE_WALL) if is_wall else gettext("working time")
    told = gettext(
        "Share solved by time since opening (%(hours)s), Kaplan and Meier, as people lived it."
        " %(count)s units, %(open)s still open, as ticks at their age. Time in doubling steps."
    )
    if is_double:
        told = gettext(
            "Share solved by time since opening (%(hours)s), Kaplan and Meier, as people lived it"
            " (blue) and by %(lens)s (grey). %(count)s units, %(open)s still open, as ticks at"
            " their age. Time in doubling steps."
        )
    return told % {
        "hours": hours,
        "lens": lenses.name(figures.usual),
        "count": texts.number(figure.count),
        "open": texts.number(figure.still_open),
    }


_SHORTEST = 0.25
_STEP = 0.02
_STEPS = tuple(HOUR * each // 4 for each in (1, 4, 16, 32, 48, 96, 192, 288, 672, 1344, 2688, 8640))


def _thinned(curve: Curve) -> Iterator[tuple[float, float]]:
    """The share solved at steps even to the eye on a time axis of doubling steps."""
    yield _SHORTEST, curve.solved_within(_SHORTEST * HOUR)
    spans, shares = curve.spans, curve.shares
    last = log(_SHORTEST)
    place = int(spans.searchsorted(_SHORTEST * HOUR, side="right"))
    while place < len(spans):
        hours = int(spans[place]) / HOUR
        if log(hours) - last >= _STEP:
            last = log(hours)
            yield round(hours, 3), 1 - float(shares[place])
        # A span an instant short of the next step is looked at, too.
        place = max(place + 1, int(spans.searchsorted(exp(last + _STEP) * HOUR - 1, side="left")))


# ---- flow -----------------------------------------------------------------------------------


def _flow(figures: Figures) -> Section:
    return Section(
        "flow",
        gettext("What comes in, and what waits"),
        charts=[each for each in (_process(figures), _hours(figures)) if each],
        pairs=[each for each in (_open_by_week(figures), _ages(figures)) if each],
    )


def _bounds(figures: Figures) -> list[Instant]:
    """The beginnings of the whole weeks of the window, and the end of the last."""
    material = figures.material
    window = material.window
    count = max(1, ((window.last - window.first).days + 1) // 7)
    return [material.midnight(window.first, days=7 * each) for each in range(count + 1)]


def _process(figures: Figures) -> Chart | None:
    material = figures.material
    told = flow.flow(material.facts, material.period, _bounds(figures))
    limits = told.inflow
    if limits is None:
        return None
    words = {
        "above": gettext("above its limits"),
        "below": gettext("below its limits"),
        "run": gettext("the last of eight or more on one side of the mean"),
    }
    values: list[dict[str, Plain]] = []
    rows: list[Sequence[Cell]] = []
    for place, each in enumerate(told.stretches):
        day = material.day(each.start)
        signal = words.get(limits.signals.get(place, ""), "")
        tip = gettext("week of %(day)s: %(opened)s opened, %(solved)s solved") % {
            "day": telling.day(day),
            "opened": texts.number(each.inflow),
            "solved": texts.number(each.outflow),
        }
        values.append({"week": day.isoformat(), "count": each.inflow, "signal": signal,
                       "tip": f"{tip}; {signal}" if signal else tip})  # fmt: skip
        rows.append((cell(telling.day(day)), number(each.inflow), number(each.outflow),
                     cell(signal)))  # fmt: skip
    return Chart(
        "process",
        _process_title(limits),
        gettext(
            "New tickets by week, with the natural limits of the process (XmR: mean plus and minus"
            " 2.66 times the mean moving range). A week within its limits needs no explanation."
        ),
        charts.process(values, limits.mean, limits.low, limits.high),
        Table(
            gettext(SAME_NUMBERS),
            (
                gettext("Week of"),
                pgettext("how many", "Opened"),
                pgettext("how many", "Solved for good"),
                gettext("Signal"),
            ),
            rows,
        ),
    )


def _process_title(limits: Limits) -> str:
    mean = texts.number(limits.mean)
    outside = sum(kind != "run" for kind in limits.signals.values())
    runs = len(limits.signals) - outside
    if not limits.signals:
        return gettext("Inflow is steady at %(mean)s tickets a week") % {"mean": mean}
    said = []
    if outside:
        weeks = ngettext(
            "%(count)s week outside its limits", "%(count)s weeks outside its limits", outside
        )
        said.append(weeks % {"count": texts.number(outside)})
    if runs:
        run = gettext("a run of %(count)s weeks on one side of the mean")
        said.append(run % {"count": 7 + runs})
    told = gettext("Inflow is %(mean)s tickets a week, with %(what)s")
    return told % {"mean": mean, "what": gettext(" and ").join(said)}


def _open_by_week(figures: Figures) -> Chart | None:
    material = figures.material
    ends = [each for each in _bounds(figures)[1:] if each <= material.at + DAY]
    started, settled = material.tables.open_stretches
    # What was never settled comes last of all.
    counts = [int((settled[: started.searchsorted(end, side="right")] > end).sum()) for end in ends]
    if not counts or not max(counts):
        return None
    days = [material.day(end - 1) for end in ends]
    values: list[dict[str, Plain]] = [
        {"week": day.isoformat(), "open": count,
         "tip": gettext("%(count)s open at the end of %(day)s")
                % {"count": texts.number(count), "day": telling.day(day)}}
        for day, count in zip(days, counts, strict=True)
    ]  # fmt: skip
    peak = max(range(len(counts)), key=lambda place: counts[place])
    return Chart(
        "open",
        gettext("Open tickets were most on %(day)s: %(count)s")
        % {"day": telling.day(days[peak]), "count": texts.number(counts[peak])},
        gettext(
            "Tickets of the file that were open at the end of each week, as known at its last"
            " event."
        ),
        charts.open_ones(values),
        Table(
            gettext(SAME_NUMBERS),
            (gettext("End of"), pgettext("how many", "Open")),
            [
                (cell(telling.day(day)), number(count))
                for day, count in zip(days, counts, strict=True)
            ],
        ),
    )


def _ages(figures: Figures) -> Chart | None:
    """By age at the end, or, where nothing is open any more, at the end of the window."""
    material = figures.material
    at = material.at
    if not figures["backlog"].count:
        at = min(at, material.midnight(material.window.last, days=1))
    age = f"{at} - started_at"
    lower = [0, *(until for _, until in backlog.AGES)]
    told = material.tables.rows(
        f"SELECT {' + '.join(f'CAST({age} >= {each} AS INTEGER)' for each in lower)} - 1, COUNT(*),"  # noqa: S608
        f" COUNT(CASE WHEN is_alone = 1 THEN 1 END),"
        f" COUNT(CASE WHEN {age} > {7 * DAY} THEN 1 END)"
        f" FROM ticket_facts WHERE {open_at(at)} GROUP BY 1"
    )
    if not told:
        return None
    titles = [title for title, _ in backlog.AGES]
    classes = Counter({titles[place]: count for place, count, _, _ in told})
    is_now = at == material.at
    alone = Counter({titles[place]: some for place, _, some, _ in told if is_now and some})
    waiting, old = classes.total(), sum(each for *_, each in told)
    values: list[dict[str, Plain]] = []
    rows: list[Sequence[Cell]] = []
    for title, until in backlog.AGES:
        age_in_words = gettext(title)
        tip = gettext("%(age)s: %(count)s open") % {
            "age": age_in_words,
            "count": texts.number(classes[title]),
        }
        values.append({"age": age_in_words, "count": classes[title], "unowned": alone[title],
                       "old": until > 7 * DAY, "tip": tip})  # fmt: skip
        rows.append((cell(age_in_words), number(classes[title]), number(alone[title])))
    day = telling.day(material.day(at - 1))
    return Chart(
        "ages",
        gettext("%(old)s of %(all)s open tickets were older than a week on %(day)s")
        % {"old": texts.number(old), "all": texts.number(waiting), "day": day},
        " ".join(
            filter(
                None,
                (
                    gettext(
                        "Open at the end of %(day)s by age, as known at the last event of the file."
                    )
                    % {"day": day},
                    gettext("Red: nobody has it.") if alone else "",
                ),
            )
        ),
        charts.ages(values),
        Table(
            gettext(SAME_NUMBERS),
            (
                pgettext("of a ticket", "Age"),
                pgettext("how many", "Open"),
                gettext("Nobody has it"),
            ),
            rows,
        ),
    )


def _hours(figures: Figures) -> Chart | None:
    material = figures.material
    query = (
        "SELECT h.weekday, h.clock, COUNT(*) FROM pack.rows r"
        " JOIN pack.hours h ON h.hour = r.opened_hour GROUP BY h.weekday, h.clock"
    )
    counts = Counter({(one, other): count for one, other, count in material.tables.rows(query)})
    if not counts:
        return None
    total = sum(counts.values())
    (day, hour), most = max(counts.items(), key=lambda each: (each[1], -each[0][0], -each[0][1]))
    days = [telling.weekday(place) for place in range(7)]
    values: list[dict[str, Plain]] = [
        {"day": days[one], "hour": other, "count": counts[one, other],
         "tip": gettext("%(day)s %(from)s to %(to)s: %(count)s")
                % {"day": days[one], "from": f"{other:02}:00", "to": f"{other + 1:02}:00",
                   "count": texts.number(counts[one, other])}}
        for one in range(7)
        for other in range(24)
    ]  # fmt: skip
    office = sum(counts[one, other] for one in range(5) for other in range(8, 18))
    rows = [
        (cell(days[one]), *(number(counts[one, other]) for other in range(24)),
         number(sum(counts[one, other] for other in range(24))))
        for one in range(7)
    ]  # fmt: skip
    told = gettext(
        "%(tickets)s by the hour of the week in which they were opened: the darker, the more, up to"
        " %(most)s."
    )
    words = [told % {"tickets": telling.tickets(total), "most": texts.number(most)}]
    if not material.exhibit.has_zone:
        words.append(gettext("No zone was given: hours are those of the file."))
    return Chart(
        "hours",
        gettext("Most tickets come on %(day)s from %(hour)s; %(share)s outside weekdays 8 to 18")
        % {
            "day": days[day],
            "hour": f"{hour:02}:00",
            "share": telling.percent(1 - office / total),
        },
        " ".join(words),
        charts.hours_of_week(values, most, days),
        Table(
            gettext(SAME_NUMBERS),
            (gettext("Day"), *(str(each) for each in range(24)), pgettext("of all", "All")),
            rows,
        ),
    )


# ---- hands ----------------------------------------------------------------------------------


def _hands(figures: Figures) -> Section:
    entries = [
        figures.entries[key]
        for key in ("bounces.straight", "bounces", "ownerless.share", "ownerless.never")
    ]
    picture = _matrix(figures)
    return Section(
        "hands",
        gettext("Whose hands it was in"),
        tiles=[
            _tile(figures, each.key) for each in entries
        ],
        charts=[picture] if picture else [],
    )  # fmt: skip


def _matrix(figures: Figures) -> Chart | None:
    material = figures.material
    query = "SELECT one, other, COUNT(*) FROM pack.trips GROUP BY one, other"
    moves = Counter({(one, other): count for one, other, count in material.tables.rows(query)})
    if not moves:
        return None
    weight: Counter[str] = Counter()
    for pair, count in moves.items():
        weight[pair[0]] += count
        weight[pair[1]] += count
    teams = sorted(weight, key=lambda team: (-weight[team], team))[:MOST_TEAMS]
    values: list[dict[str, Plain]] = [
        {"from": one, "to": other, "count": moves[one, other],
         "text": texts.number(moves[one, other]) if moves[one, other] else "",
         "tip": gettext("%(one)s to %(other)s and back: %(tickets)s")
                % {"one": one, "other": other, "tickets": telling.tickets(moves[one, other])}}
        for one in teams
        for other in teams
        if one != other
    ]  # fmt: skip
    (first, second), most = figures.pairs[0]
    rows = [
        (cell(gettext("%(one)s and %(other)s") % {"one": one, "other": other}),
         number(some, f"bounces.between.{one}.{other}"),
         number(telling.percent(some / figures["bounces.straight"].units)))
        for (one, other), some in figures.pairs[:MOST_PAIRS]
    ]  # fmt: skip
    return Chart(
        "bounces",
        gettext(
            "%(count)s tickets played ping-pong, %(most)s of them between %(first)s and %(second)s"
        )
        % {
            "count": texts.number(figures["bounces.straight"].units),
            "most": texts.number(most),
            "first": first,
            "second": second,
        },
        gettext(
            "Tickets given from one team (rows) to another (columns) and straight back, the"
            " %(count)s teams with most of it. By the teams that a ticket was given to."
        )
        % {"count": len(teams)},
        charts.matrix(values, teams, max(moves.values())),
        Table(
            gettext("The pairs with most of it"),
            (gettext("Between"), gettext("Tickets"), gettext("Share of all ping-pong")),
            rows,
        ),
    )


# ---- causes ---------------------------------------------------------------------------------


def _causes(figures: Figures) -> Section | None:
    if not figures.paretos and not figures.recurring:
        return None
    found = []
    for kind, pareto in figures.paretos.items():
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
        table = Table(
            gettext(SAME_NUMBERS),
            (_begun(by), *_lost_head(), gettext("Share"), gettext("Sum")),
            [
                (cell(each.key), number(each.tickets, f"offender.{kind}.{each.key}"),
                 number(each.still_open), number(telling.span(each.lost)),
                 number(telling.percent(each.share)), number(telling.percent(each.cumulated)))
                for each in rows
            ],
        )  # fmt: skip
        top = rows[0]
        found.append(
            Chart(
                f"pareto-{kind}",
                gettext(
                    "By %(kind)s: %(name)s costs %(share)s of all time lost, the first %(count)s"
                    " cost %(sum)s"
                )
                % {
                    "kind": by,
                    "name": top.key,
                    "share": telling.percent(top.share),
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
                table,
            )
        )
    tables = [_recurring(figures)] if figures.recurring else []
    title = gettext("Where the time goes")
    return Section("causes", title, charts=found[:1], pairs=found[1:], tables=tables)


def _lost_head() -> tuple[str, str, str]:
    return gettext("Tickets"), gettext("Still open"), gettext("Time lost")


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


# ---- signals --------------------------------------------------------------------------------


def _signals(figures: Figures) -> Section:
    entries = [each for each in figures.entries.values() if each.group == "signals"]
    pairs = [each for each in (_closing(figures), _bunching(figures)) if each]
    known = [each for each in entries if each.support is not Support.NONE]
    return Section(
        "signals",
        gettext("Signs that a figure was helped along"),
        [gettext("Signs, not verdicts. Each opens its tickets.")],
        charts=pairs,
        tables=[Table(gettext("Signs"), figure_head(), [row_of(each) for each in known])],
    )


def _closing(figures: Figures) -> Chart | None:
    material = figures.material
    closing = signals.closing_of(material)
    if not closing.is_automatic:
        return None
    low = closing.low // HOUR
    waits: dict[int, int] = dict(
        material.tables.rows(
            "SELECT pack.hour_of(closed_at - COALESCE(last_row_at, resolved_at)), COUNT(*)"  # noqa: S608
            f" FROM pack.rows WHERE {signals.CLOSED} GROUP BY 1"
        )
    )
    step = max(1, low // 30)
    bins: Counter[int] = Counter()
    for hour, count in waits.items():
        if 0 <= hour < 2 * low:
            bins[hour // step] += count
    values: list[dict[str, Plain]] = [
        {"low": place * step, "high": (place + 1) * step, "count": bins[place],
         "is_marked": low // step <= place <= (low + 1) // step,
         "tip": gettext("%(hours)s: %(count)s")
                % {"hours": _hours_of(place, step), "count": texts.number(bins[place])}}
        for place in range(2 * low // step + 1)
    ]  # fmt: skip
    share = telling.percent(closing.found / closing.closed)
    rows = [
        (cell(_hours_of(place, step)), number(bins[place]))
        for place in sorted(bins)
        if 100 * bins[place] >= closing.closed
    ]
    rest = closing.closed - sum(count for count in bins.values() if 100 * count >= closing.closed)
    rows.append((cell(gettext("any other span")), number(rest)))
    return Chart(
        "closing",
        gettext(
            "%(share)s of closings follow the resolve after %(low)s to %(high)s h: a rule closes"
        )
        % {"share": share, "low": low, "high": low + 2},
        gettext(
            "Closings by hours since the last resolve. %(closed)s closings, %(found)s in the band."
            " What ends at closing says nothing of the repair."
        )
        % {"closed": texts.number(closing.closed), "found": texts.number(closing.found)},
        charts.histogram(values, gettext("hours from the last resolve to closing")),
        Table(gettext(SAME_NUMBERS), (pgettext("a span", "After"), gettext("Closings")), rows),
    )


def _hours_of(place: int, step: int) -> str:
    ends = {"low": place * step, "high": (place + 1) * step}
    return gettext("%(low)s to %(high)s h") % ends


def _bunching(figures: Figures) -> Chart | None:
    material = figures.material
    if not material.terms.has_targets:
        return None
    bins = signals.bunching_of(material, figures.usual)
    if not bins:
        return None
    values: list[dict[str, Plain]] = [
        {"low": round(100 * low), "high": round(100 * (low + signals.STEP)), "count": count,
         "is_marked": place == len(bins) - 1,
         "tip": gettext("%(low)s to %(high)s %% of the time: %(count)s")
                % {"low": f"{100 * low:.0f}", "high": f"{100 * (low + signals.STEP):.0f}",
                   "count": texts.number(count)}}
        for place, (low, count) in enumerate(bins)
    ]  # fmt: skip
    return Chart(
        "bunching",
        gettext("%(tickets)s resolved in the last twentieth before the target")
        % {"tickets": telling.tickets(bins[-1][1])},
        gettext(
            "Resolutions by how much of the time to the due instant had passed. A heap at the end"
            " is a sign that the target, not the trouble, decided when."
        ),
        charts.histogram(values, gettext("per cent of the time to the due instant")),
        Table(
            gettext(SAME_NUMBERS),
            (gettext("From, %"), gettext("To, %"), pgettext("how many", "Resolved")),
            [
                (
                    number(str(each["low"])),
                    number(str(each["high"])),
                    number(int(str(each["count"]))),
                )
                for each in values
            ],
        ),
    )


_SLICED = tuple(f"time.resolution.{by}." for by in (BY_PRIORITY, BY_MONTH))


# ---- sources --------------------------------------------------------------------------------


def _sources(figures: Figures) -> Section:
    entries = [each for each in figures.entries.values() if each.group == SOURCES]
    known = [each for each in entries if each.support is not Support.NONE]
    return Section(
        "sources",
        gettext("What others ask of a desk"),
        [
            gettext(
                "The 70 % of first contact that is often quoted counts, at many desks, any ticket"
                " that its first owner closed. Here it stands beside the most that can have been."
            )
        ],
        tables=[Table(gettext("Asked figures"), figure_head(), [row_of(each) for each in known])],
    )


# ---- method ---------------------------------------------------------------------------------


def _method(figures: Figures) -> Section:
    shown = [
        each
        for each in figures.entries.values()
        if (each.figure.unit is not Unit.COUNT or each.key in ("volume", "backlog"))
        and each.group not in (SIGNALS, PROMISE, SOURCES)
        and not each.key.startswith(_SLICED)
    ]
    table = Table(gettext("Rates and times"), figure_head(), [row_of(each) for each in shown])
    caveats = [in_words(each) for each in figures.material.terms.caveats]
    return Section(
        "method",
        gettext("How we count"),
        [
            gettext(
                "A figure never travels alone: its value stands with how many tickets are in it,"
                " how many of them are still open, a 95 % interval (rates after Wilson, times"
                " log-log after Kaplan and Meier) and its caveats. No data is “no data”, never 0."
            ),
            gettext(
                "Times are distributions: the median counts the still open ones in; the mean"
                " stands beside it because people ask for it."
            ),
            *(f"{_begun(each)}." for each in caveats),
        ],
        tables=[table],
    )
