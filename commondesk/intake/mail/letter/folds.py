"""Which stretches of a letter are quotes and signatures. When in doubt nothing is folded.

The text is only marked, never changed: what is folded is one tap away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .. import addresses
from ..understood import QUOTE, SIGNATURE, Folded, Mailbox
from . import heads, signatures
from .languages import ANSWER_PREFIXES, FORWARD_PREFIXES, FROM

MOST_HEADS = 2_000
"""Lines that look like heads and are looked at; of those beyond, none is one."""
MOST_SIGNED = 50
MOST_BLANKS_IN_A_QUOTE = 3
MOST_LINES_TO_A_HEAD = 8

_OWN, _QUOTED, _REST, _FORWARDED = "own", "quoted", "rest", "forwarded"
_PREFIX = re.compile(
    r"\s*(?:\[[^\]]{0,40}\]\s*)?([^\W\d_]{1,8})\s?(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:：]"
)
_QUOTE_MARK = re.compile(r"[ \t\xa0]{0,3}>")
_MAILTO = re.compile(r"<mailto:[^<>]*>|\[mailto:([^\[\]]*)\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a text says and what lies folded in it."""

    text: str
    visible: str
    folds: tuple[Folded, ...] = ()
    language: str = ""
    forwarded_from: Mailbox | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines from first to before last that are of one kind."""

    kind: str
    first: int
    last: int


def letter_of(
    text: str,
    *,
    subject: str = "",
    is_answer: bool = True,
    quoted: frozenset[int] = frozenset(),
) -> Letter:
    """The text with its folds.

    is_answer says that the mail names another one that it answers; quoted are the lines that are
    quotes by their HTML.
    """
    lines = text.split("\n")
    is_quoted = [bool(_QUOTE_MARK.match(line)) for line in lines]
    for at in quoted:
        is_quoted[at] = True
    prefix = _prefix_of(subject)
    is_forward = prefix in FORWARD_PREFIXES
    walk = _Walk(lines, is_quoted, is_forward, is_answer or prefix in ANSWER_PREFIXES)
    folded = _folded(lines, list(walk.stretches()), walk)
    for kinds in ((QUOTE, SIGNATURE), (QUOTE,)):
        # A mail always shows something: its signature if nothing else was written, or all of it.
        folds = tuple(_by_characters(text, lines, [each for each in folded if each[0] in kinds]))
        visible = without(folds, text)
        if visible.strip():
            return Letter(text, visible, folds, walk.language, walk.forwarded_from)
    return Letter(text, text, (), walk.language, walk.forwarded_from)


def without(folds: Sequence[Folded], text: str) -> str:
    """The text without its folds."""
    pieces, at = [], 0
    for fold in folds:
        pieces.append(text[at : fold.start])
        at = fold.end
    return "".join((*pieces, text[at:]))


def _prefix_of(subject: str) -> str:
    found = _PREFIX.match(subject[:100])
    return found[1].lower() if found else ""


@dataclass(slots=True)
class _Walk:
    """One walk through the lines, from the top."""

    lines: list[str]
    is_quoted: list[bool]
    is_forward: bool
    is_answer: bool
    language: str = ""
    forwarded_from: Mailbox | None = None
    attributions: dict[int, heads.Attribution] = field(default_factory=dict)
    blocks_left: int = MOST_HEADS

    def stretches(self) -> Iterator[Stretch]:
        """The lines cut into the writer's own, quotes, and what follows a head to the end."""
        self.attributions = self._found_attributions()
        own = at = 0
        while at < len(self.lines):
            kind, end = self._kind_at(at)
            if kind == _OWN:
                at = end
                continue
            if at > own:
                yield Stretch(_OWN, own, at)
            yield Stretch(kind, at, end)
            own = at = end
        if at > own:
            yield Stretch(_OWN, own, at)

    def _kind_at(self, at: int) -> tuple[str, int]:
        """What begins at this line, and where it ends."""
        line, end = self.lines[at], len(self.lines)
        if not self._may_begin_something(at):
            return _OWN, at + 1
        announced = heads.announcement(line)
        if announced and announced[0] == _FORWARDED and not line.lstrip().startswith(">"):
            self.learn(announced[1])
            self._learn_writer(at + 1)
            return _FORWARDED, end
        head = self._head_at(at)
        run_end = self._end_of_run(head.last if head else at)
        if run_end and (head or self.is_answer):
            self.learn(head.language if head else "")
            return _QUOTED, run_end
        if not (head and head.is_sure):
            return _OWN, max(run_end, at + 1)
        self.learn(head.language)
        if self.is_answer and not self.is_forward:
            return _REST, end
        # In a mail that answers nothing, another mail is what it is about.
        self._learn_writer(at)
        return _FORWARDED, end

    def _may_begin_something(self, at: int) -> bool:
        """False for most lines: they are judged by their first character and their colon."""
        if self.is_quoted[at] or at in self.attributions:
            return True
        line = self.lines[at].lstrip()
        return bool(line) and (not line[0].isalnum() or ":" in line[:40] or "：" in line[:40])

    def _head_at(self, at: int) -> heads.Attribution | None:
        """The head that begins here, a line drawn above it included."""
        if self.is_quoted[at]:
            return None
        below = self._next_written(at + 1) if heads.is_rule(self.lines[at]) else at
        if below >= len(self.lines) or self.is_quoted[below]:
            return None
        if announced := heads.announcement(self.lines[below]):
            return heads.Attribution(at, below + 1, announced[1], True)
        if below in self.attributions:
            found = self.attributions[below]
            return heads.Attribution(at, found.last, found.language, found.is_sure)
        block = self._block_at(below)
        return heads.Attribution(at, block.last, block.language, True) if block else None

    def _block_at(self, at: int) -> heads.Block | None:
        if self.blocks_left <= 0 or not heads.is_label(self.lines[at]):
            return None
        self.blocks_left -= 1
        return heads.block_at(self.lines, at)

    def _found_attributions(self) -> dict[int, heads.Attribution]:
        found: dict[int, heads.Attribution] = {}
        looked_at = 0
        for at, line in enumerate(self.lines):
            if self.is_quoted[at] or not heads.may_end_attribution(line):
                continue
            looked_at += 1
            if looked_at > MOST_HEADS:
                break
            if attribution := heads.attribution_ending_at(self.lines, at):
                found.setdefault(attribution.first, attribution)
        return found

    def _end_of_run(self, first: int) -> int:
        """Past the quoted lines that begin here or after a blank line; 0 if none do."""
        at = end = self._next_written(first) if first < len(self.lines) else first
        if at - first > MOST_BLANKS_IN_A_QUOTE or at >= len(self.lines) or not self.is_quoted[at]:
            return 0
        while at < len(self.lines) and (self.is_quoted[at] or not self.lines[at].strip()):
            if self.is_quoted[at]:
                end = at + 1
            elif at - end >= MOST_BLANKS_IN_A_QUOTE:
                break
            at += 1
        return end

    def _next_written(self, at: int) -> int:
        while at < len(self.lines) and not self.lines[at].strip() and not self.is_quoted[at]:
            at += 1
        return at

    def learn(self, language: str) -> None:
        self.language = self.language or language

    def _learn_writer(self, at: int) -> None:
        """Who wrote what is forwarded, from the lines above it."""
        for below in range(at, min(at + MOST_LINES_TO_A_HEAD, len(self.lines))):
            block = heads.block_at(self.lines, below)
            if block:
                self.learn(block.language)
                self.forwarded_from = _mailbox_in(block.values[FROM])
                return


def _mailbox_in(value: str) -> Mailbox | None:
    plain = _MAILTO.sub(lambda found: f"<{found[1]}>" if found[1] else "", value[:1000])
    try:
        return addresses.sole_mailbox([plain.replace("*", "").strip()])
    except addresses.Ambiguous:
        return None


def _folded(
    lines: Sequence[str], stretches: Sequence[Stretch], walk: _Walk
) -> list[tuple[str, int, int]]:
    """What is folded, by lines: kind, first line, and the line after the last."""
    signed = _signed(lines, stretches, walk)
    answered = _answered(lines, stretches, signed)
    folded: list[tuple[str, int, int]] = []
    for stretch in stretches:
        if stretch.kind in (_QUOTED, _REST) and stretch not in answered:
            folded.append((QUOTE, stretch.first, stretch.last))
        elif signed.get(stretch, stretch.last) < stretch.last:
            folded.append((SIGNATURE, signed[stretch], stretch.last))
    return folded


def _signed(lines: Sequence[str], stretches: Sequence[Stretch], walk: _Walk) -> dict[Stretch, int]:
    """Where the signature begins in what is the writer's own, if it has one."""
    found = {}
    for stretch in [each for each in stretches if each.kind == _OWN][-MOST_SIGNED:]:
        found[stretch], language = signatures.start_of(lines, stretch.first, stretch.last)
        walk.learn(language)
    return found


def _answered(
    lines: Sequence[str], stretches: Sequence[Stretch], signed: Mapping[Stretch, int]
) -> set[Stretch]:
    """Quotes between words of the writer's own, which make no sense without them.

    A sole quote is folded: what stands below it is the answer to all of it.
    """
    if sum(stretch.kind in (_QUOTED, _REST) for stretch in stretches) < 2:
        return set()
    return {
        quote
        for quote, own in pairwise(stretches)
        if quote.kind == _QUOTED
        and own.kind == _OWN
        and _has_words(lines, own.first, signed.get(own, own.last))
    }


def _has_words(lines: Sequence[str], first: int, last: int) -> bool:
    return any(line.strip() for line in lines[first:last])


def _by_characters(
    text: str, lines: Sequence[str], folded: Sequence[tuple[str, int, int]]
) -> Iterator[Folded]:
    """The folds with the blank lines around them, so that what is left reads well."""
    starts = _starts_of(lines)
    tail = _first_of_tail(lines, folded)
    before = 0
    for place, (kind, first, last) in enumerate(folded):
        follows = folded[place + 1][1] if place + 1 < len(folded) else len(lines)
        while last < follows and not lines[last].strip():
            last += 1
        start = len(text[: starts[first]].rstrip()) if place == tail else starts[first]
        start = max(before, start)
        if start < starts[last]:
            yield Folded(kind, start, starts[last])
            before = starts[last]


def _first_of_tail(lines: Sequence[str], folded: Sequence[tuple[str, int, int]]) -> int:
    """The first of the folds below which nothing is shown."""
    tail, below = len(folded), len(lines)
    for place in range(len(folded) - 1, -1, -1):
        _, first, last = folded[place]
        if _has_words(lines, last, below):
            break
        tail, below = place, first
    return tail


def _starts_of(lines: Sequence[str]) -> list[int]:
    """Where each line begins, and after the last the end of the text."""
    starts, at = [], 0
    for line in lines:
        starts.append(at)
        at += len(line) + 1
    return [*starts, max(0, at - 1)]
