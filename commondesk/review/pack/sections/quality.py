"""What the file carries, and what was met in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from commondesk.core import texts
from commondesk.core.texts import gettext, gettext_noop, ngettext, pgettext, pgettext_noop
from commondesk.readers.export import Finding, Sort, Support
from commondesk.review.pack import signals, telling
from commondesk.review.pack.blocks import Cell, Section, Table, cell, number
from commondesk.review.pack.entry import title_of
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.in_words import in_words

SORTS = {
    Sort.READ: pgettext_noop("what became of it", "Read"),
    Sort.DROPPED: pgettext_noop("what became of it", "Dropped"),
    Sort.REPAIRED: pgettext_noop("what became of it", "Repaired"),
    Sort.DOUBTFUL: pgettext_noop("what became of it", "Doubtful"),
    Sort.DISAGREES: pgettext_noop("what became of it", "Disagrees"),
    Sort.ABSENT: pgettext_noop("what became of it", "Absent"),
}
HOW_FAR = {
    Support.NONE: gettext_noop("not at all"),
    Support.PROXY: gettext_noop("as a proxy"),
    Support.EXACT: gettext_noop("exactly"),
}


def section(figures: Figures) -> Section:
    """What was read, how far it carries each figure, and what was odd in it."""
    tables = (_carried(figures), _found(figures))
    return Section("quality", _title(figures), list(_words(figures)), tables=tables)


def _title(figures: Figures) -> str:
    weak = [support for _, support, _ in _weak(figures)]
    lacking, proxies = weak.count(Support.NONE), weak.count(Support.PROXY)
    return gettext("What this file can tell: %(figures)s not at all, %(count)s only as a proxy") % {
        "figures": telling.figures(lacking),
        "count": texts.number(proxies),
    }


def _words(figures: Figures) -> Iterator[str]:
    material = figures.material
    quality, window = material.exhibit.quality, material.window
    tickets = len(material.exhibit.tickets)
    yield gettext(
        "%(rows)s rows were read as %(tickets)s with %(events)s events, by the reader for"
        " %(format)s. Everything is read as it stood at the last event of the file."
    ) % {
        "rows": texts.number(quality.rows),
        "tickets": telling.tickets(tickets),
        "events": texts.number(material.tables.lines),
        "format": in_words(material.exhibit.format),
    }
    if window.outside:
        yield gettext(
            "%(inside)s of the %(all)s tickets were opened from %(first)s to %(last)s;"
            " %(outside)s lie outside. That is how the file was cut, not a fall in demand:"
            " figures of flow keep to those days."
        ) % {
            "inside": texts.number(tickets - window.outside),
            "all": texts.number(tickets),
            "first": telling.day(window.first),
            "last": telling.day(window.last),
            "outside": texts.number(window.outside),
        }
    if tickets and not figures["backlog"].count:
        yield gettext(
            "No ticket of the file is open at its end. If only closed tickets were exported,"
            " what is still waiting is missing from every figure here."
        )


def _found(figures: Figures) -> Table:
    findings = sorted(
        figures.material.exhibit.quality.findings.values(),
        key=lambda each: (list(SORTS).index(each.sort), -each.count),
    )
    return Table(
        gettext("What was met in the file"),
        (
            gettext("What became of it"),
            pgettext("found", "What"),
            gettext("How often"),
            gettext("For example"),
        ),
        [_finding(each) for each in findings],
    )


def _finding(finding: Finding) -> Sequence[Cell]:
    examples = ", ".join(finding.examples[:3])
    if (more := len(finding.examples) - 3) > 0:
        told = ngettext("%(names)s and %(count)s more", "%(names)s and %(count)s more", more)
        examples = told % {"names": examples, "count": more}
    count = number(finding.count) if finding.count else number("–")
    sort = pgettext("what became of it", SORTS[finding.sort])
    return cell(sort), cell(in_words(finding.text)), count, cell(examples)


def _carried(figures: Figures) -> Table:
    return Table(
        gettext("How far the file carries each figure"),
        (gettext("Figure"), gettext("How far"), pgettext("reason", "Why")),
        [
            (cell(title), cell(gettext(HOW_FAR[how])), cell(reason))
            for how, title, reason in carried_by(figures)
        ],
        gettext("Figures that are not named here are exact: they can be counted from the file."),
    )


def carried_by(figures: Figures) -> Iterator[tuple[Support, str, str]]:
    """How far the file carries what it does not carry exactly: how far, what, and why."""
    alike: dict[tuple[Support, str], list[str]] = {}
    for title, support, reason in _weak(figures):
        alike.setdefault((support, reason), []).append(title)
    for support in HOW_FAR:
        for (how, reason), titles in alike.items():
            if how is support:
                yield how, telling.listed(titles), reason


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
