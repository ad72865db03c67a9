"""Sections: the figures of a pack arranged for reading, from the sentence to the method."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import exp, log

from commondesk.core.metrics import backlog, flow
from commondesk.core.metrics.figure import Unit
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import DAY, HOUR, MINUTE, Instant
from commondesk.readers.export import Finding, Sort, Support
from commondesk.review.pack import charts, signals, telling
from commondesk.review.pack.blocks import (
    FIGURE_HEAD,
    Cell,
    Chart,
    Section,
    Table,
    Tile,
    cell,
    number,
    row_of,
    tile,
)
from commondesk.review.pack.charts import DAYS
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
)
from commondesk.review.pack.machine import Plain
from commondesk.review.pack.sentences import largest_part
from commondesk.review.parts import PART_WORDS

WEEK = timedelta(days=7)
MOST_TEAMS = 8
SORTS = {
    Sort.READ: "Read",
    Sort.DROPPED: "Dropped",
    Sort.REPAIRED: "Repaired",
    Sort.DOUBTFUL: "Doubtful",
    Sort.DISAGREES: "Disagrees",
    Sort.ABSENT: "Absent",
}
KINDS = {
    "service": "service",
    "category": "category",
    "item": "item",
    "site": "site",
    "requester": "person who asked",
    "team": "team that had it last",
}


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
    return Section("figures", "Figures at a glance", tiles=[_tile(figures, key) for key in keys])


def _tile(figures: Figures, key: str) -> Tile:
    entry = figures.entries[key]
    asides = {"ownerless.share": telling.span(figures["ownerless"].value or 0) + " in all"}
    return tile(entry, asides.get(key, ""), is_late=key == "claimed.missed")


# ---- what the file carries ------------------------------------------------------------------


def _quality(figures: Figures) -> Section:
    material = figures.material
    quality, window = material.exhibit.quality, material.window
    tickets = len(material.exhibit.tickets)
    words = [
        f"{quality.rows:,} rows were read as {telling.many(tickets, 'ticket')} with"
        f" {material.tables.lines:,} events, by the reader for"
        f" {material.exhibit.format}. Everything is read as it stood at the last event of the file."
    ]
    if window.outside:
        words.append(
            f"{tickets - window.outside:,} of the {tickets:,} tickets were"
            f" opened from {telling.day(window.first)} to {telling.day(window.last)};"
            f" {window.outside:,} lie outside. That is how the file was cut, not a fall in demand:"
            " figures of flow keep to those days."
        )
    if tickets and not figures["backlog"].count:
        words.append(
            "No ticket of the file is open at its end. If only closed tickets were exported, what"
            " is still waiting is missing from every figure here."
        )
    findings = sorted(
        quality.findings.values(), key=lambda each: (list(SORTS).index(each.sort), -each.count)
    )
    found = Table(
        "What was met in the file",
        ("What became of it", "What", "How often", "For example"),
        [_finding(each) for each in findings],
    )
    carried = Table(
        "How far the file carries each figure",
        ("Figure", "How far", "Why"),
        [
            (cell(title), cell(HOW_FAR[how]), cell(reason))
            for how, title, reason in carried_by(figures)
        ],
        "Figures that are not named here are exact: they can be counted from the file.",
    )
    return Section("quality", _quality_title(figures), words, tables=(carried, found))


def _quality_title(figures: Figures) -> str:
    weak = [support for _, support, _ in _weak(figures)]
    lacking, proxies = weak.count(Support.NONE), weak.count(Support.PROXY)
    return (
        f"What this file can tell: {telling.many(lacking, 'figure')} not at all,"
        f" {proxies:,} only as a proxy"
    )


def _finding(finding: Finding) -> Sequence[Cell]:
    examples = ", ".join(finding.examples[:3])
    more = f" and {len(finding.examples) - 3} more" if len(finding.examples) > 3 else ""
    count = number(finding.count) if finding.count else number("–")
    return cell(SORTS[finding.sort]), cell(finding.text), count, cell(examples + more)


def carried_by(figures: Figures) -> Iterator[tuple[Support, str, str]]:
    """How far the file carries what it does not carry exactly: how far, what, and why."""
    alike: dict[tuple[Support, str], list[str]] = {}
    for title, support, reason in _weak(figures):
        alike.setdefault((support, reason), []).append(title)
    for support in HOW_FAR:
        for (how, reason), titles in alike.items():
            if how is support:
                yield how, "; ".join(titles), reason


HOW_FAR = {Support.NONE: "not at all", Support.PROXY: "as a proxy", Support.EXACT: "exactly"}


def _weak(figures: Figures) -> list[tuple[str, Support, str]]:
    """What is not exact: its name, how far it is carried, and why."""
    material = figures.material
    found = []
    if not material.terms.has_targets:
        reason = "no targets are known: give the charter with --charter"
        found.append(("Attainment under each lens, and the mirage", Support.NONE, reason))
    for name, each in material.exhibit.quality.carries.items():
        title = _NAMES.get(name, name)
        if each.support is not Support.EXACT and title and _concerns(figures, name):
            found.append((title, each.support, each.reason))
    said = material.exhibit.quality.carries
    for entry in figures.entries.values():
        is_said = any(entry.key == name or entry.key.startswith(f"{name}.") for name in said)
        if entry.support is not Support.EXACT and not is_said:
            found.append((entry.figure.title, entry.support, entry.reason))
    if not material.has_messages and not any("response" in name for name in said):
        silent = "the file has no messages"
        found.append(("First human response, next reply, first contact", Support.NONE, silent))
    return list(dict.fromkeys(found))


def _concerns(figures: Figures, name: str) -> bool:
    """Targets are no matter of the file where none are known."""
    return figures.material.terms.has_targets or not name.startswith(("attainment", "part"))


_NAMES = {
    "time.response": "First human response",
    "time.next_reply": "Next reply",
    "time.first_automatic": "First automatic response",
    "time.resolution": "Resolution",
    "time.restore": "Service restored",
    "attainment.response": "First response on time",
    "attainment.next_reply": "Next reply on time",
    "attainment.resolution": "Resolution on time",
    "attainment.restore": "Service restored on time",
    "part": "Parts of the mirage",
    "bucket": "Templated, live and after the fact",
    "backlog": "Open tickets by age",
    "flow": "Inflow and outflow",
    "ownerless": "Time that nobody had it",
    "bounces": "Came back to hands that had it",
    "escalations": "Escalations",
    "reopens": "Reopened",
    "reopens.disguised": "New ticket instead of a reopening",
    "offender": "Repeat offenders",
}
"""The figures of docs/metrics.md, as readers name them."""


# ---- promise --------------------------------------------------------------------------------


def _promise(figures: Figures) -> Section:
    material = figures.material
    entries = [each for each in figures.entries.values() if each.group == "promise"]
    rows = [row_of(each) for each in entries if not each.key.startswith(("part.", "claimed."))]
    tables, words = [], []
    if rows:
        head = ("Target and lens", *FIGURE_HEAD[1:])
        named = [row_of(each) for each in entries if _is_whole(each)]
        tables.append(Table("Attainment under every lens", head, named))
        sliced = [
            row_of(each)
            for each in entries
            if each.key.startswith("attainment.") and not _is_whole(each)
        ]
        tables.append(Table("Attainment by priority", head, sliced))
        words.append(
            "A lens is a way of reading the same events. Under “experienced” a wait on the"
            " requester counts as the desk’s time unless the file shows that a question was asked."
        )
    else:
        words.append(
            "No charter was given, so no target is known and no lens can judge. With the charter"
            " (--charter FILE) this section shows attainment under every lens and the gap between."
        )
    if "claimed.missed" in figures:
        words += _claimed_words(figures)
        claimed = [figures.entries[key] for key in ("claimed.missed", "claimed.rows")]
        tables.append(
            Table("By the vendor’s own flag", FIGURE_HEAD, [row_of(each) for each in claimed])
        )
    bridges = [chart for clock in figures.mirages if (chart := _bridge(figures, clock)) is not None]
    title = "What was promised"
    if "claimed.missed" in figures and not material.terms.has_targets:
        missed = telling.value_of(figures["claimed.missed"], figures["claimed.missed"].value)
        title = f"{missed} of tickets missed their target by the vendor’s own flag"
    return Section("promise", title, words, charts=bridges, tables=tables)


def _is_whole(entry: Entry) -> bool:
    """Whether it is an attainment of all priorities together."""
    name = entry.figure.name
    return name.startswith("attainment.") and name.count(".") == 1


def _claimed_words(figures: Figures) -> list[str]:
    claims, missed = figures.material.exhibit.claims, figures["claimed.missed"]
    share = claims.rows_missed / claims.rows if claims.rows else 0
    return [
        f"By the flag {claims.flag}, {telling.value_of(missed, missed.value)} of tickets missed"
        f" their target. Counting rows gives {telling.percent(share)}: the classic wrong number,"
        " since a row is an update, and the flag turns only after the target is gone. Which target"
        " it means the file does not say, and such flags often judge the closing, not the repair."
    ]


def _bridge(figures: Figures, clock: ClockName) -> Chart | None:
    told = figures.mirages[clock]
    if told.gap is None or told.usual.value is None or told.lived.value is None:
        return None
    usual, lived = 100 * told.usual.value, 100 * told.lived.value
    values: list[dict[str, Plain]] = [
        {"step": f"By {told.usual.lens}", "low": 0, "high": usual, "kind": "usual",
         "text": f"{usual:.1f}", "tip": f"{told.usual.count:,} judged"}
    ]  # fmt: skip
    rows: list[Sequence[Cell]] = [
        (cell(f"By {told.usual.lens}"), number(f"{usual:.1f}"),
         number(told.usual.units, f"attainment.{clock.value}.{told.usual.lens}"))
    ]  # fmt: skip
    at = usual
    for part in told.parts:
        points, title = 100 * part.points, PART_WORDS[part.setting][0]
        low, high = min(at, at - points), max(at, at - points)
        at -= points
        key = f"part.{clock.value}.{part.setting}"
        rows.append((cell(title), number(f"{-points:+.1f}".replace("-", "−")),
                     number(part.tickets, key if part.tickets else "")))  # fmt: skip
        if abs(points) >= 0.05:
            values.append({
                "step": title, "low": low, "high": high,
                "kind": "lost" if points > 0 else "gained",
                "text": f"{-points:+.1f}".replace("-", "−"),
                "tip": f"{part.tickets:,} tickets change when this alone is switched",
            })  # fmt: skip
    values.append({"step": "As people lived it", "low": 0, "high": lived, "kind": "lived",
                   "text": f"{lived:.1f}", "tip": f"{told.lived.count:,} judged"})  # fmt: skip
    key = f"attainment.{clock.value}.{told.lived.lens}"
    rows.append((cell("As people lived it"), number(f"{lived:.1f}"), number(told.lived.units, key)))
    title = largest_part(figures) if clock is ClockName.RESOLUTION else ""
    return Chart(
        f"bridge-{clock.value}",
        title.rstrip(".")
        or f"{clock.value.replace('_', ' ').capitalize()}: the gap is {usual - lived:.1f} points",
        "Targets met per 100, from the usual count to lived experience. The parts add up to the gap"
        " exactly. Tickets are those whose verdict changes when one setting alone is switched.",
        charts.bridge(values),
        Table("The same numbers", ("Step", "Points", "Tickets"), rows),
    )


# ---- speed ----------------------------------------------------------------------------------


def _speed(figures: Figures) -> Section:
    material = figures.material
    defined = [each for key, each in figures.entries.items() if key.startswith("resolved.")]
    tables = [
        Table("Resolution, by each definition of it", _SPANS, [_span_row(each) for each in defined],
              " ".join(_why_they_differ(figures)))
    ]  # fmt: skip
    for by, title in ((BY_PRIORITY, "Priority"), (BY_MONTH, "Month of opening")):
        prefix = f"time.resolution.{by}."
        rows = [
            (cell(key.removeprefix(prefix)), *_span_row(each)[1:])
            for key, each in figures.entries.items()
            if key.startswith(prefix)
        ]
        if rows:
            tables.append(Table(f"Resolution by {title.lower()}", (title, *_SPANS[1:]), rows))
    words = []
    if not material.has_messages:
        words.append(
            "The file has no messages, so nobody can tell when a person first answered. In its"
            " place stands the first sign of work, which is a proxy and says so."
        )
    return Section(
        "speed", "How long things take", words, charts=[_survival(figures)], tables=tables
    )


_SPANS = ("Definition", "Median", "95 % interval", "p75", "p90", "p95", "Mean", "Of", "Still open")


def _span_row(entry: Entry) -> tuple[Cell, ...]:
    figure = entry.figure

    def told(value: float | None) -> Cell:
        return number(telling.value_of(figure, value))

    return (
        cell(figure.title),
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
        f"Why {telling.value_of(claimed, claimed.value)} and"
        f" {telling.value_of(last, last.value)} both are right:"
        f" of the {both:,} tickets that have both times, {same:,} agree within the hour."
    )
    if without:
        middle = material.tables.number(
            "SELECT last_row_at - opened_at FROM pack.rows"  # noqa: S608
            " WHERE last_row_at IS NOT NULL AND claimed_at IS NULL"
            f" ORDER BY 1 LIMIT 1 OFFSET {without // 2}"
        )
        half = f"within {telling.span(middle)}" if middle >= MINUTE else "in the very minute"
        yield (
            f"{without:,} tickets have no resolved_at; half of those were resolved {half} of"
            f" opening, {at_once:,} within the hour. Leaving them out moves the median."
        )


def _survival(figures: Figures) -> Chart:
    material = figures.material
    lenses = list(dict.fromkeys((figures.usual, figures.lived)))
    told = {lens: material.spans(ClockName.RESOLUTION, lens) for lens in lenses}
    curves = {lens: spans.curve() for lens, spans in told.items()}
    figure = figures[f"time.resolution.{figures.lived}"]
    values: list[dict[str, Plain]] = [
        {"by": lens, "lived": lens == figures.lived, "hours": hours, "share": round(share, 4)}
        for lens, curve in curves.items()
        for hours, share in _thinned(curve)
    ]
    marks: list[dict[str, Plain]] = [
        {"hours": max(_SHORTEST, value / HOUR), "share": percent / 100,
         "text": f"{name} {telling.span(value)}"}
        for percent, name in ((50, "median"), (90, "p90"))
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
            *(number(telling.percent(curves[lens].solved_within(at))) for lens in lenses),
        )
        for at in _STEPS
    ]
    hours = ON_THE_WALL if ON_THE_WALL in figure.caveats else "working time"
    half = "Half is not solved yet" if figure.value is None else (
        f"Half is solved within {telling.span(figure.value)}"
    )  # fmt: skip
    tenth = figure.quantiles.get(90)
    slow = "" if tenth is None else f"; one in ten takes longer than {telling.span(tenth)}"
    return Chart(
        "survival",
        half + slow,
        f"Share solved by time since opening ({hours}), Kaplan and Meier, as people lived it"
        + (f" (blue) and by {figures.usual} (grey)" if len(lenses) > 1 else "")
        + f". {figure.count:,} units, {figure.still_open:,} still open, as ticks at their age."
        + " Time in doubling steps.",
        charts.survival(values, marks, waiting),
        Table("The same numbers", ("Within", *(f"Solved, {lens}" for lens in lenses)), rows),
    )


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
        "What comes in, and what waits",
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
        "above": "above its limits",
        "below": "below its limits",
        "run": "the last of eight or more on one side of the mean",
    }
    values: list[dict[str, Plain]] = []
    rows: list[Sequence[Cell]] = []
    for place, each in enumerate(told.stretches):
        day = material.day(each.start)
        signal = words.get(limits.signals.get(place, ""), "")
        tip = f"week of {telling.day(day)}: {each.inflow:,} opened, {each.outflow:,} solved"
        values.append({"week": day.isoformat(), "count": each.inflow, "signal": signal,
                       "tip": f"{tip}; {signal}" if signal else tip})  # fmt: skip
        rows.append((cell(telling.day(day)), number(each.inflow), number(each.outflow),
                     cell(signal)))  # fmt: skip
    outside = sum(kind != "run" for kind in limits.signals.values())
    runs = len(limits.signals) - outside
    if not limits.signals:
        title = f"Inflow is steady at {limits.mean:,.0f} tickets a week"
    else:
        said = [f"{telling.many(outside, 'week')} outside its limits"] if outside else []
        said += [f"a run of {7 + runs} weeks on one side of the mean"] if runs else []
        title = f"Inflow is {limits.mean:,.0f} tickets a week, with {' and '.join(said)}"
    return Chart(
        "process",
        title,
        "New tickets by week, with the natural limits of the process (XmR: mean plus and minus 2.66"
        " times the mean moving range). A week within its limits needs no explanation.",
        charts.process(values, limits.mean, limits.low, limits.high),
        Table("The same numbers", ("Week of", "Opened", "Solved for good", "Signal"), rows),
    )


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
         "tip": f"{count:,} open at the end of {telling.day(day)}"}
        for day, count in zip(days, counts, strict=True)
    ]  # fmt: skip
    peak = max(range(len(counts)), key=lambda place: counts[place])
    return Chart(
        "open",
        f"Open tickets were most on {telling.day(days[peak])}: {counts[peak]:,}",
        "Tickets of the file that were open at the end of each week, as known at its last event.",
        charts.open_ones(values),
        Table("The same numbers", ("End of", "Open"),
              [(cell(telling.day(day)), number(count))
               for day, count in zip(days, counts, strict=True)]),
    )  # fmt: skip


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
        tip = f"{title}: {classes[title]:,} open"
        values.append({"age": title, "count": classes[title], "unowned": alone[title],
                       "old": until > 7 * DAY, "tip": tip})  # fmt: skip
        rows.append((cell(title), number(classes[title]), number(alone[title])))
    day = telling.day(material.day(at - 1))
    return Chart(
        "ages",
        f"{old:,} of {waiting:,} open tickets were older than a week on {day}",
        f"Open at the end of {day} by age, as known at the last event of the file."
        + (" Red: nobody has it." if alone else ""),
        charts.ages(values),
        Table("The same numbers", ("Age", "Open", "Nobody has it"), rows),
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
    values: list[dict[str, Plain]] = [
        {"day": DAYS[one], "hour": other, "count": counts[one, other],
         "tip": f"{DAYS[one]} {other:02}:00 to {other + 1:02}:00: {counts[one, other]:,}"}
        for one in range(7)
        for other in range(24)
    ]  # fmt: skip
    office = sum(counts[one, other] for one in range(5) for other in range(8, 18))
    rows = [
        (cell(DAYS[one]), *(number(counts[one, other]) for other in range(24)),
         number(sum(counts[one, other] for other in range(24))))
        for one in range(7)
    ]  # fmt: skip
    zone = "" if material.exhibit.has_zone else " No zone was given: hours are those of the file."
    return Chart(
        "hours",
        f"Most tickets come on {DAYS[day]} from {hour:02}:00;"
        f" {telling.percent(1 - office / total)} outside weekdays 8 to 18",
        f"{total:,} tickets by the hour of the week in which they were opened: the darker, the"
        f" more, up to {most:,}.{zone}",
        charts.hours_of_week(values, most),
        Table("The same numbers", ("Day", *(str(each) for each in range(24)), "All"), rows),
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
        "Whose hands it was in",
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
         "text": f"{moves[one, other]:,}" if moves[one, other] else "",
         "tip": f"{one} to {other} and back: {moves[one, other]:,} tickets"}
        for one in teams
        for other in teams
        if one != other
    ]  # fmt: skip
    (first, second), most = figures.pairs[0]
    rows = [
        (cell(f"{one} and {other}"),
         number(some, f"bounces.between.{one}.{other}"),
         number(telling.percent(some / figures["bounces.straight"].units)))
        for (one, other), some in figures.pairs[:MOST_PAIRS]
    ]  # fmt: skip
    return Chart(
        "bounces",
        f"{figures['bounces.straight'].units:,} tickets played ping-pong,"
        f" {most:,} of them between {first} and {second}",
        f"Tickets given from one team (rows) to another (columns) and straight back, the"
        f" {len(teams)} teams with most of it. By the teams that a ticket was given to.",
        charts.matrix(values, teams, max(moves.values())),
        Table("The pairs with most of it", ("Between", "Tickets", "Share of all ping-pong"), rows),
    )


# ---- causes ---------------------------------------------------------------------------------


def _causes(figures: Figures) -> Section | None:
    if not figures.paretos and not figures.recurring:
        return None
    found = []
    for kind, pareto in figures.paretos.items():
        rows = pareto.rows[:MOST_OFFENDERS]
        values: list[dict[str, Plain]] = [
            {"name": each.key, "share": round(each.share, 4), "sum": round(each.cumulated, 4),
             "place": place, "first": place == 0,
             "tip": f"{each.key}: {each.tickets:,} tickets, {telling.span(each.lost)},"
                    f" {telling.percent(each.share)} of all time"}
            for place, each in enumerate(rows)
        ]  # fmt: skip
        table = Table(
            "The same numbers",
            (KINDS[kind].capitalize(), "Tickets", "Still open", "Time lost", "Share", "Sum"),
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
                f"By {KINDS[kind]}: {top.key} costs {telling.percent(top.share)} of all time lost,"
                f" the first {len(rows)} cost {telling.percent(rows[-1].cumulated)}",
                f"Time until solved for good, all tickets together; bars are shares, the line adds"
                f" them up. {pareto.count:,} tickets, {pareto.unnamed:,} without a {KINDS[kind]}.",
                charts.pareto(values),
                table,
            )
        )
    tables = [_recurring(figures)] if figures.recurring else []
    return Section(
        "causes", "Where the time goes", charts=found[:1], pairs=found[1:], tables=tables
    )


def _recurring(figures: Figures) -> Table:
    """Tickets that say the same, by the time that they cost together."""
    day = figures.material.day
    return Table(
        "What keeps coming back: tickets that say the same",
        ("In the words of one of them", "Tickets", "Still open", "Time lost", "First", "Last"),
        [
            (cell(label_of(each)), number(len(each.tickets), f"recurring.{rank}"),
             number(each.still_open), number(telling.span(each.lost)),
             number(telling.day(day(each.first_at))), number(telling.day(day(each.last_at))))
            for rank, each in enumerate(figures.recurring, 1)
        ],
        "Found from subjects, services, categories, items and sites; nobody has confirmed them."
        f" Groups of three tickets or more, the {MOST_GROUPS} that cost most.",
    )  # fmt: skip


# ---- signals --------------------------------------------------------------------------------


def _signals(figures: Figures) -> Section:
    entries = [each for each in figures.entries.values() if each.group == "signals"]
    pairs = [each for each in (_closing(figures), _bunching(figures)) if each]
    known = [each for each in entries if each.support is not Support.NONE]
    return Section(
        "signals",
        "Signs that a figure was helped along",
        ["Signs, not verdicts. Each opens its tickets."],
        charts=pairs,
        tables=[Table("Signs", FIGURE_HEAD, [row_of(each) for each in known])],
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
         "tip": f"{place * step} to {(place + 1) * step} h: {bins[place]:,}"}
        for place in range(2 * low // step + 1)
    ]  # fmt: skip
    share = telling.percent(closing.found / closing.closed)
    rows = [
        (cell(f"{place * step} to {(place + 1) * step} h"), number(bins[place]))
        for place in sorted(bins)
        if 100 * bins[place] >= closing.closed
    ]
    rest = closing.closed - sum(count for count in bins.values() if 100 * count >= closing.closed)
    rows.append((cell("any other span"), number(rest)))
    return Chart(
        "closing",
        f"{share} of closings follow the resolve after {low} to {low + 2} h: a rule closes",
        f"Closings by hours since the last resolve. {closing.closed:,} closings,"
        f" {closing.found:,} in the band. What ends at closing says nothing of the repair.",
        charts.histogram(values, "hours from the last resolve to closing"),
        Table("The same numbers", ("After", "Closings"), rows),
    )


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
         "tip": f"{100 * low:.0f} to {100 * (low + signals.STEP):.0f} % of the time: {count:,}"}
        for place, (low, count) in enumerate(bins)
    ]  # fmt: skip
    return Chart(
        "bunching",
        f"{telling.many(bins[-1][1], 'ticket')} resolved in the last twentieth before the target",
        "Resolutions by how much of the time to the due instant had passed. A heap at the end is a"
        " sign that the target, not the trouble, decided when.",
        charts.histogram(values, "per cent of the time to the due instant"),
        Table("The same numbers", ("From, %", "To, %", "Resolved"),
              [(number(str(each["low"])), number(str(each["high"])),
                number(int(str(each["count"])))) for each in values]),
    )  # fmt: skip


_SLICED = tuple(f"time.resolution.{by}." for by in (BY_PRIORITY, BY_MONTH))


# ---- sources --------------------------------------------------------------------------------


def _sources(figures: Figures) -> Section:
    entries = [each for each in figures.entries.values() if each.group == SOURCES]
    known = [each for each in entries if each.support is not Support.NONE]
    return Section(
        "sources",
        "What others ask of a desk",
        [
            "The 70 % of first contact that is often quoted counts, at many desks, any ticket that"
            " its first owner closed. Here it stands beside the most that can have been."
        ],
        tables=[Table("Asked figures", FIGURE_HEAD, [row_of(each) for each in known])],
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
    table = Table("Rates and times", FIGURE_HEAD, [row_of(each) for each in shown])
    return Section(
        "method",
        "How we count",
        [
            "A figure never travels alone: its value stands with how many tickets are in it, how"
            " many of them are still open, a 95 % interval (rates after Wilson, times log-log after"
            " Kaplan and Meier) and its caveats. No data is “no data”, never 0.",
            "Times are distributions: the median counts the still open ones in; the mean stands"
            " beside it because people ask for it.",
            *(f"{each[0].upper()}{each[1:]}." for each in figures.material.terms.caveats),
        ],
        tables=[table],
    )
