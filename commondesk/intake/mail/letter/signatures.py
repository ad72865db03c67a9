"""Where a signature begins at the end of what somebody wrote; only where it is plainly one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .heads import is_rule
from .languages import CLOSINGS, DEVICES, DISCLAIMERS, MOBILE_FOOTERS

MOST_LINES = 15
MOST_LINES_LOOKED_AT = 40
LONGEST_LINE = 90
LONGEST_FOOTER = 120
LONGEST_NAME = 40

_DELIMITER = re.compile(r"--[ \t\xa0]*")
_POSTSCRIPT = re.compile(
    r"\s*(?:p\.?\s?s\.?\s?[:.]|n\.?b\.?\s?:|з\.?ы\.?\s?:|追伸|又及)", re.IGNORECASE
)
_CONTACT = re.compile(
    r"""
    \+?\(?\d[\d\s()./‑–-]{6,}\d             # a telephone number
    | [^\s<>@]{1,64}@[^\s<>@]{1,255}\.\w\w  # an address
    | \b(?:www\.|https?://)\S
    | \b(?:GmbH|AG|Ltd|Inc|LLC|B\.?V\.?|S\.?A\.?|S\.?r\.?l|Sp\.\s?z\s?o\.?o|A/S|ApS|AB|Oy|Lda)\b
    | 株式会社 | 有限会社 | 有限公司 | ООО
    | \b(?:tel|phone|mobile|mobil|fax|tlf|тел)\b\s?[.:]
    | 電話 | 电话 | ＴＥＬ
    """,
    re.IGNORECASE | re.VERBOSE,
)
_DEVICE = re.compile("|".join(map(re.escape, DEVICES)))
_SENTENCE_END = re.compile(r"[?!;]\s*$|[?？。]")


def start_of(lines: Sequence[str], first: int, end: int) -> tuple[int, str]:
    """The line where the signature of lines[first:end] begins, or end; and its language."""
    end_of_text = _without_blanks(lines, first, end)
    lowest = max(first, end_of_text - MOST_LINES_LOOKED_AT)
    for find in (_delimited, _mobile, _closed, _framed):
        start, language = find(lines, lowest, end_of_text)
        if start < end_of_text:
            return _earlier(lines, lowest, start), language
    return end, ""


def _earlier(lines: Sequence[str], lowest: int, start: int) -> int:
    """A closing with a name may stand above a delimiter or a device's line: it belongs to it."""
    end = _without_blanks(lines, lowest, start)
    closed, _ = _closed(lines, lowest, end)
    return closed if closed < end else start


def _delimited(lines: Sequence[str], lowest: int, end: int) -> tuple[int, str]:
    """The agreed mark of mail programs: two dashes alone in a line."""
    for at in range(end - 1, lowest - 1, -1):
        if _DELIMITER.fullmatch(lines[at]):
            is_short = sum(1 for line in lines[at:end] if line.strip()) - 1 <= MOST_LINES
            return (at if is_short and not _has_postscript(lines, at, end) else end), ""
    return end, ""


def _mobile(lines: Sequence[str], lowest: int, end: int) -> tuple[int, str]:
    """A device's line, the last or the last but one or two."""
    for at in range(max(lowest, end - 4), end):
        language = _language_of_footer(lines[at])
        if language and all(
            _language_of_footer(line) or _is_bare_link(line) or not line.strip()
            for line in lines[at:end]
        ):
            start = at - 1 if at > lowest and is_rule(lines[at - 1]) else at
            return start, language
    return end, ""


def _language_of_footer(line: str) -> str:
    if len(line) > 400:
        return ""
    plain = line.strip(" \t\xa0*_[(<>")[:LONGEST_FOOTER].lower()
    if len(plain.partition("<")[0]) > 80 or not _DEVICE.search(plain):
        return ""
    return next((name for start, name in _FOOTERS if plain.startswith(start)), "")


def _is_bare_link(line: str) -> bool:
    plain = line.strip(" \t<>[]()")
    return plain.startswith(("http://", "https://")) and " " not in plain


def _closed(lines: Sequence[str], lowest: int, end: int) -> tuple[int, str]:
    """A closing such as `Kind regards`, a name, and what belongs to it, to the end."""
    for at in range(end - 1, lowest - 1, -1):
        language = _CLOSINGS.get(_closing_in(lines[at]), "")
        if language:
            return (at if _is_signature(lines, at + 1, end) else end), language
    return end, ""


def _closing_in(line: str) -> str:
    return line.strip(" \t\xa0*_,.!，。-").lower() if len(line) <= 60 else ""


def _is_signature(lines: Sequence[str], first: int, end: int) -> bool:
    """Names, addresses, numbers; at most one sentence-like line where contacts are given."""
    block = [line for line in lines[first:end] if line.strip()]
    if not block or len(block) > MOST_LINES or _has_postscript(lines, first, end):
        return False
    if any(line.lstrip().startswith(">") for line in block):
        return False
    plain = [line for line in block if not _is_disclaimer(line)]
    if any(len(line) > LONGEST_LINE and not _CONTACT.search(line) for line in plain):
        return False
    has_contact = any(_CONTACT.search(line[:500]) for line in plain)
    if has_contact:
        return _is_name(plain[0])
    return len(plain) <= 3 and all(_is_name(line) for line in plain)


def _is_name(line: str) -> bool:
    """Short and no sentence: a name, a role, a team, a company."""
    return len(line.strip()) <= LONGEST_NAME and not _SENTENCE_END.search(line)


def _is_disclaimer(line: str) -> bool:
    low = line[:2000].lower()
    return any(word in low for word in DISCLAIMERS)


def _framed(lines: Sequence[str], lowest: int, end: int) -> tuple[int, str]:
    """A block with contacts below a line drawn across, as is usual in Japan."""
    for at in range(end - 2, lowest - 1, -1):
        if is_rule(lines[at]):
            block = [line for line in lines[at + 1 : end] if line.strip()]
            contacts = sum(1 for line in block if _CONTACT.search(line[:500]))
            is_short = all(len(line) <= LONGEST_LINE for line in block)
            is_one = contacts >= 2 and is_short and len(block) <= 12 and _is_name(block[0])
            return (at if is_one and not _has_postscript(lines, at, end) else end), ""
    return end, ""


def _has_postscript(lines: Sequence[str], first: int, end: int) -> bool:
    return any(_POSTSCRIPT.match(line) for line in lines[first:end])


def _without_blanks(lines: Sequence[str], first: int, end: int) -> int:
    while end > first and not lines[end - 1].strip():
        end -= 1
    return end


_FOOTERS = tuple(
    (start, language) for language, starts in MOBILE_FOOTERS.items() for start in starts
)
# Of languages that share a phrase, the first in the table.
_CLOSINGS: dict[str, str] = {}
for _language, _phrases in CLOSINGS.items():
    for _phrase in _phrases:
        _CLOSINGS.setdefault(_phrase, _language)
