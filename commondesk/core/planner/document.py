"""A document of headings, paragraphs, lists, tables and ranges: as plain text for a terminal, as
Markdown to go on editing, as one page of HTML."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from ..texts import gettext, language, number


@dataclass(frozen=True, slots=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class List:
    items: tuple[str, ...]
    is_numbered: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """One line of a chart: from the low to the high end, and the middle."""

    label: str
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Ranges:
    """A chart that answers one question, told by its title; all in one unit."""

    title: str
    unit: str
    rows: tuple[Range, ...]

    def table(self) -> Table:
        """The same numbers as a table."""
        head = ("", gettext("low"), gettext("middle"), gettext("high"))
        told = tuple(
            (each.label, *(amount(v) for v in (each.low, each.middle, each.high)))
            for each in self.rows
        )
        return Table(head, told)


def amount(value: float) -> str:
    """A number as short as it may be told: `107,400`, `12.5`."""
    return number(value) if abs(value) >= 100 or value == int(value) else number(value, 1)


Block = str | Table | List | Ranges
"""A paragraph, a table, a list or a chart."""


@dataclass(frozen=True, slots=True)
class Chapter:
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    intro: str
    chapters: tuple[Chapter, ...]


# ---- plain text ---------------------------------------------------------------------------

WIDTH = 96


def plain(document: Document) -> str:
    """The document for a terminal."""
    lines = [document.title, "=" * len(document.title), ""]
    if document.intro:
        lines += [*_wrapped(document.intro), ""]
    for chapter in document.chapters:
        if chapter.title:
            lines += [chapter.title, "-" * len(chapter.title)]
        for block in chapter.blocks:
            lines += [*_plain_block(block), ""]
    return "\n".join(lines).rstrip() + "\n"


def _plain_block(block: Block) -> Iterator[str]:
    match block:
        case Ranges():
            yield f"{block.title} ({block.unit})"
            yield from _plain_table(block.table())
        case Table():
            yield from _plain_table(block)
        case List(items, is_numbered):
            for index, item in enumerate(items, 1):
                mark = f"{index:>2}. " if is_numbered else "  - "
                yield from _wrapped(item, mark)
        case str():
            yield from _wrapped(block)


def _plain_table(table: Table) -> Iterator[str]:
    rows = [table.head, *table.rows] if any(table.head) else list(table.rows)
    if not rows:
        return
    columns = range(len(rows[0]))
    wide = [max(len(row[at]) for row in rows) for at in columns]
    room = WIDTH - 2 * (len(wide) - 1)
    while sum(wide) > room and max(wide) > 12:
        wide[wide.index(max(wide))] -= 1
    is_number = [_is_figure(table, at) for at in columns]
    for index, row in enumerate(rows):
        cells = [textwrap.wrap(cell, wide[at]) or [""] for at, cell in enumerate(row)]
        for line in range(max(map(len, cells))):
            parts = [each[line] if line < len(each) else "" for each in cells]
            told = [
                part.rjust(width) if right else part.ljust(width)
                for part, width, right in zip(parts, wide, is_number, strict=True)
            ]
            yield "  ".join(told).rstrip()
        if index == 0 and any(table.head):
            yield "  ".join("-" * width for width in wide)


def _is_figure(table: Table, at: int) -> bool:
    """Whether a column holds numbers, and is set to the right."""
    cells = [row[at] for row in table.rows]
    return any(map(re.compile(r"\d").search, cells)) and all(map(_FIGURE.fullmatch, cells))


_FIGURE = re.compile(r"[-−+~≥ ]*[\d.,\s\u202f\u00a0]*%?(?: \([-−+][\d.,\u202f\u00a0]+\))?|–|\?")


def _wrapped(text: str, mark: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=mark, subsequent_indent=" " * len(mark))


# ---- Markdown -----------------------------------------------------------------------------


def markdown(document: Document) -> str:
    """The document as Markdown; what people wrote stays text and becomes no mark-up."""
    lines = [f"# {_md(document.title)}", ""]
    if document.intro:
        lines += [_md(document.intro), ""]
    for chapter in document.chapters:
        lines += [f"## {_md(chapter.title)}", ""]
        for block in chapter.blocks:
            lines += [*_md_block(block), ""]
    return "\n".join(lines).rstrip() + "\n"


def _md_block(block: Block) -> Iterator[str]:
    match block:
        case Ranges():
            yield f"{_md(block.title)} ({_md(block.unit)})"
            yield ""
            yield from _md_block(block.table())
        case Table(head, rows):
            yield _md_row(head)
            yield _md_row(["---"] * len(head), is_rule=True)
            yield from (_md_row(row) for row in rows)
        case List(items, is_numbered):
            for index, item in enumerate(items, 1):
                yield f"{f'{index}.' if is_numbered else '-'} {_md(item)}"
        case str():
            yield _md(block)


def _md_row(cells: Sequence[str], is_rule: bool = False) -> str:
    return f"| {' | '.join(cells if is_rule else [_md(each) for each in cells])} |"


def _md(text: str) -> str:
    safe = re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(text.split()))
    return re.sub(r"^([-+]|\d+\.) ", r"\\\1 ", safe)


# ---- HTML ---------------------------------------------------------------------------------

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:54rem;margin:2rem auto;padding:0 1rem;
color:#1d2430;background:#fff}h1{font-size:1.7rem;line-height:1.2}h2{font-size:1.2rem;
margin-top:2rem}table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{border-bottom:1px
solid #cbd2dc;padding:.4rem .6rem .4rem 0;text-align:left;vertical-align:top}li{margin:.4rem 0}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}svg{max-width:44rem}
@media print{body{margin:0;max-width:none;font-size:11pt}h2{break-after:avoid}tr,li{
break-inside:avoid}}
"""


def html(document: Document) -> str:
    """The document as one page that needs nothing else, to open in any word processor."""
    parts = [
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(document.title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(document.title)}</h1><p>{escape(document.intro)}</p>",
    ]
    for chapter in document.chapters:
        parts.append(f"<h2>{escape(chapter.title)}</h2>")
        parts += [_html_block(block) for block in chapter.blocks]
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _html_block(block: Block) -> str:
    match block:
        case Ranges():
            return f"{svg(block)}{_html_block(block.table())}"
        case Table(head, rows):
            right = [_is_figure(block, at) for at in range(len(head))]
            top = "".join(map(_head_cell, head, right)) if any(head) else ""
            body = "".join(f"<tr>{''.join(map(_cell, row, right))}</tr>" for row in rows)
            return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
        case List(items, is_numbered):
            tag = "ol" if is_numbered else "ul"
            return f"<{tag}>{''.join(f'<li>{escape(each)}</li>' for each in items)}</{tag}>"
        case str():
            return f"<p>{escape(block)}</p>"


def _head_cell(text: str, is_right: bool) -> str:
    return f'<th scope="col"{_RIGHT if is_right else ""}>{escape(text)}</th>'


def _cell(text: str, is_right: bool) -> str:
    return f"<td{_RIGHT if is_right else ''}>{escape(text)}</td>"


_RIGHT = ' class="n"'


# ---- charts -------------------------------------------------------------------------------

_ROW = 46
_CHART = 560


def svg(ranges: Ranges) -> str:
    """The chart as SVG: a bar from the low to the high end, and a stroke in the middle."""
    most = max((each.high for each in ranges.rows), default=0.0)
    least = min(0.0, min((each.low for each in ranges.rows), default=0.0))
    room = (most - least) or 1.0
    base = 30 + _ROW * len(ranges.rows)

    def x(value: float) -> float:
        return round((value - least) / room * _CHART, 1)

    bars = []
    for index, each in enumerate(ranges.rows):
        y = 44 + _ROW * index
        bars.append(
            f'<text x="0" y="{y - 5}">{escape(each.label)}</text>'
            f'<rect x="{x(each.low)}" y="{y}" width="{max(x(each.high) - x(each.low), 2)}"'
            f' height="18" rx="3" fill="#9fb8d9"/>'
            f'<rect x="{x(each.middle) - 1.5}" y="{y - 2}" width="3" height="22" fill="#1f4e8c"/>'
            f'<text x="{x(each.high) + 8}" y="{y + 14}">{amount(each.middle)}</text>'
        )
    axis = (
        f'<line x1="{x(0)}" y1="26" x2="{x(0)}" y2="{base + 4}" stroke="#8792a2"/>'
        f'<text x="{x(0)}" y="{base + 20}">0</text>'
    )
    title = escape(f"{ranges.title} ({ranges.unit})")
    return (
        f'<svg viewBox="-2 0 {_CHART + 110} {base + 28}" role="img" font-size="13"'
        f' font-family="system-ui, sans-serif" fill="#1d2430" xmlns="http://www.w3.org/2000/svg">'
        f'<title>{title}</title><text x="0" y="14" font-weight="600">{title}</text>'
        f"{axis}{''.join(bars)}</svg>"
    )
