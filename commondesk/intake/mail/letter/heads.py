"""What mail programs write above the mail that is answered or forwarded: three kinds of heads.

A head is recognised from its lines alone; what it means is decided in folds.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .languages import (
    ATTRIBUTION_STARTS,
    FORWARDED_MESSAGE,
    FROM,
    HEADER_LABELS,
    LANGUAGES,
    ORIGINAL_MESSAGE,
    SENT,
    SUBJECT,
    TO,
    WROTE,
)

MOST_LINES_OF_ATTRIBUTION = 4
LONGEST_ATTRIBUTION = 400
LONGEST_LABEL = 30
EAST_ASIAN = "\u2e80"
MOST_LINES_OF_BLOCK = 14

_DASHES = re.compile(r"^[\s>]*(?:[-_*=—–]\s?){2,}|(?:\s?[-_*=—–]){2,}\s*$")
_ONLY_RULE = re.compile(r"[ \t]*[_=*—–-]{5,}[ \t]*")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d\d")
_TIME = re.compile(r"\d{1,2}[:.h：]\d{2}|\d{1,2}時\d{1,2}分|\d{1,2}\s?[ap]m\b", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,255}")
_STARTS_WITH_DATE = re.compile(
    r"\W?(?:[^\W\d_]{2,12}\.?,?\s+)?(?:\d{1,4}\s?[./年-]|\d{1,2}\.?\s+[^\W\d_]{3,})"
)
_COLONS = (":", "：")


@dataclass(frozen=True, slots=True)
class Attribution:
    """Lines such as `On Monday, Rita wrote:`, from the first to before the last."""

    first: int
    last: int
    language: str
    is_sure: bool
    """True if it stands for a quote even where no mark of quoting follows."""


@dataclass(slots=True)
class Block:
    """Lines such as `From: … Sent: … To: … Subject: …`, with a line above that announces them."""

    first: int
    last: int
    values: dict[str, str] = field(default_factory=dict)
    language: str = ""


def may_end_attribution(line: str) -> bool:
    end = line.rstrip(" \t\xa0*_")
    return end.endswith((*_COLONS, "写道", "寫道", "書きました", "書きました。"))


def attribution_ending_at(lines: Sequence[str], last: int) -> Attribution | None:
    """The attribution whose last line this is: of its possible beginnings the likeliest."""
    best: Attribution | None = None
    best_worth = (False, False)
    text = ""
    for first in range(last, max(-1, last - MOST_LINES_OF_ATTRIBUTION), -1):
        line = lines[first].strip(" \t\xa0*_")
        if best_worth[0] and not ("@" in line or _WROTE.search(line.lower())):
            break
        text = f"{line} {text}".rstrip()
        if not line or line[0] == ">" or len(text) > LONGEST_ATTRIBUTION:
            break
        found = _judged(text, first, last + 1)
        if found and _is_whole(line):
            worth = (_has_start(text.lower(), found.language), "@" in text)
            if best is None or worth > best_worth or (worth[1] and not best_worth[1]):
                best, best_worth = found, worth
    return best


def _is_whole(line: str) -> bool:
    """False for the rest of a wrapped attribution: an address or a verb alone."""
    return not line.startswith("<") and not _WROTE.fullmatch(line.rstrip(":： ").lower())


def _judged(text: str, first: int, last: int) -> Attribution | None:
    low = text.lower()
    language = _language_of_wrote(low)
    has_address = "@" in text and bool(_ADDRESS.search(text))
    has_time, has_year = bool(_TIME.search(text)), bool(_YEAR.search(text))
    if not (language or has_address or has_time or has_year):
        return None
    if not language:
        # `2025-03-10 10:00 GMT+01:00 Rita <rita@acme.example>:`, or in a language we do not know.
        is_sure = has_address and has_time and text.rstrip(":： ").endswith((">", ")", "]"))
    elif has_address:
        is_sure = has_time or has_year
    else:
        is_sure = has_time and has_year and _has_start(low, language)
    return Attribution(first, last, language, is_sure)


def _language_of_wrote(low: str) -> str:
    """The language of a word that says somebody wrote; of a word of two, the one it begins in."""
    found = _WROTE.search(low)
    if not found:
        return ""
    languages = _LANGUAGES_OF_WROTE[found[0]]
    return next((each for each in languages if _begins_in(low, each)), languages[0])


def _has_start(low: str, language: str) -> bool:
    return bool(_STARTS_WITH_DATE.match(low)) or _begins_in(low, language)


def _begins_in(low: str, language: str) -> bool:
    starts = ATTRIBUTION_STARTS.get(language, ())
    return any(low.startswith(each) and _is_word_end(low, len(each)) for each in starts)


def _is_word_end(low: str, at: int) -> bool:
    """East Asian words end without a mark."""
    return not low[at : at + 1].isalpha() or low[at - 1] >= EAST_ASIAN


def block_at(lines: Sequence[str], first: int) -> Block | None:
    """The header block that begins at this line: who, when, and to whom or about what."""
    if not is_label(lines[first]):
        return None
    roles: dict[str, str] = {}
    languages: list[str] = []
    last, strangers = first, 0
    for at in range(first, min(len(lines), first + MOST_LINES_OF_BLOCK)):
        label, value = _label_and_value(lines[at])
        meant = _ROLES.get(label, ())
        if meant:
            role = next((each for _, each in meant if each not in roles), meant[0][1])
            roles.setdefault(role, value)
            languages.extend(language for language, _ in meant)
            last, strangers = at + 1, 0
        elif not lines[at].strip(" \t>*_") and not (
            at + 1 < len(lines) and is_label(lines[at + 1])
        ):
            break
        else:
            # Long lists of addresses go over several lines, and some programs leave lines between.
            strangers += 1
            if strangers > 3:
                break
    if FROM not in roles or SENT not in roles or not (TO in roles or SUBJECT in roles):
        return None
    if not any(each.isdigit() for each in roles[SENT]) and "@" not in roles[FROM]:
        return None
    return Block(first, last, roles, max(languages, key=languages.count))


def is_label(line: str) -> bool:
    return _label_and_value(line)[0] in _ROLES


def _label_and_value(line: str) -> tuple[str, str]:
    plain = line[:2000].lstrip(" \t\xa0>*_\u3000")
    at = min((found for colon in _COLONS if (found := plain.find(colon)) > 0), default=-1)
    if not 0 < at <= LONGEST_LABEL:
        return "", ""
    return plain[:at].rstrip(" \t\xa0*_\u3000").lower(), plain[at + 1 :].strip(" \t\xa0*_;\u3000")


def announcement(line: str) -> tuple[str, str] | None:
    """("original" or "forwarded", language) for a line that only announces another mail."""
    if not 6 <= len(line) <= 200:
        return None
    bare = _DASHES.sub("", line.strip(" \t\xa0>*")).strip(" \t\xa0*")
    has_dashes = bare != line.strip(" \t\xa0>*")
    phrase = bare.rstrip(":： .").lower()
    if not (has_dashes or bare.endswith(_COLONS)):
        return None
    if phrase in _ANNOUNCEMENTS:
        return _ANNOUNCEMENTS[phrase]
    # `----- Forwarded by Rita/Acme on 10.03.2025 10:00 -----`
    by = next(
        (each for each in ("forwarded by ", "weitergeleitet von ") if phrase.startswith(each)), ""
    )
    return ("forwarded", "de" if by[:1] == "w" else "en") if by and has_dashes else None


def is_rule(line: str) -> bool:
    """A line drawn across."""
    return bool(_ONLY_RULE.fullmatch(line))


def _pattern_of(words: Iterable[str]) -> re.Pattern[str]:
    """Any of the words, the longest first; letters must not go on, but for East Asian ones."""
    longest_first = sorted(words, key=len, reverse=True)
    alone = "|".join(re.escape(word) for word in longest_first if word[0] < EAST_ASIAN)
    within = "|".join(re.escape(word) for word in longest_first if word[0] >= EAST_ASIAN)
    return re.compile(rf"(?<![^\W\d_])(?:{alone})(?![^\W\d_])|{within}")


_LANGUAGES_OF_WROTE = {
    word: tuple(language for language in LANGUAGES if word in WROTE[language])
    for words in WROTE.values()
    for word in words
}
_WROTE = _pattern_of(_LANGUAGES_OF_WROTE)
_ROLES: dict[str, tuple[tuple[str, str], ...]] = {}
for _language, _labels in HEADER_LABELS.items():
    for _role, _names in _labels.items():
        for _name in _names:
            _ROLES[_name] = (*_ROLES.get(_name, ()), (_language, _role))
_ANNOUNCEMENTS = {
    phrase: (kind, language)
    for kind, table in (("original", ORIGINAL_MESSAGE), ("forwarded", FORWARDED_MESSAGE))
    for language, phrases in table.items()
    for phrase in phrases
}
