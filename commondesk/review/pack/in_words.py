"""English sentences known again, and told in the language of whoever reads them.

Figures, what a reader met in a file, and how far it carries each figure are told in English, are
kept so in figures.json, and go through `in_words` where a page shows them. Each sentence is made
from a text that is marked; those with values in them are listed here.
"""

from __future__ import annotations

import re
from functools import cache

from commondesk.core import texts
from commondesk.core.metrics.promise import TITLES as PROMISES
from commondesk.core.texts import gettext, gettext_noop, number
from commondesk.readers import wordings as read
from commondesk.review import lenses
from commondesk.review.parts import PART_WORDS, part_title

# ---- titles -------------------------------------------------------------------------------

RESOLUTION_BY_LENS = gettext_noop("Resolution, by %(lens)s")
RESOLUTION_OF = gettext_noop("Resolution, %(slice)s")
SETTING_CHANGES = gettext_noop("Verdict changes when this setting alone is switched: %(setting)s")
MISSED_BY_FLAG = gettext_noop("Missed by the vendor’s own flag (%(flag)s)")
ROWS_BY_FLAG = gettext_noop("Rows that say so (%(flag)s): the classic wrong number")
PING_PONG_BETWEEN = gettext_noop("Ping-pong between %(one)s and %(other)s")

# ---- caveats and reasons ------------------------------------------------------------------

WORKING_TIME_OF = gettext_noop("working time of %(calendar)s")
RULE_CLOSES = gettext_noop(
    "%(low)s to %(high)s h after the last resolve: a rule closes, not a person; a clock that ends"
    " at closing measures the rule"
)
MONTH_ENDS = gettext_noop("%(count)s of the %(all)s days with resolves are such days")
STEPS_BEFORE = gettext_noop("the two steps before hold %(count)s each on average")
WHO_ASKED = gettext_noop(
    "by the %(count)s people who asked: how many could have asked is not in the file"
)

PATTERNS = (
    SETTING_CHANGES,
    MISSED_BY_FLAG,
    ROWS_BY_FLAG,
    PING_PONG_BETWEEN,
    WORKING_TIME_OF,
    RULE_CLOSES,
    MONTH_ENDS,
    STEPS_BEFORE,
    WHO_ASKED,
    RESOLUTION_BY_LENS,
    RESOLUTION_OF,
    *read.PATTERNS,
)
"""Texts with something in them, the longer of two that begin alike first."""
_NUMBERS = frozenset({"count", "all", "share", "rows", "hours", "low", "high"})
_TEXTS = frozenset({"rule", "taken"})
"""What is a text of ours again, and not a name from the file."""
_HOLE = re.compile(r"%\\\((\w+)\\\)s")
_PLAIN = re.compile(r"([\d,]+)(\.\d+)?(%)?")


def in_words(kept: str) -> str:
    """A sentence that was kept, as its reader shall read it; an unknown one as it is."""
    if not kept or texts.language() == texts.ENGLISH:
        return kept
    if (whole := gettext(kept)) != kept:
        return whole
    for pattern in PATTERNS:
        if found := _reader(pattern).fullmatch(kept):
            return gettext(pattern) % {
                name: _filled(name, said) for name, said in found.groupdict().items()
            }
    return _promise(kept) or kept


def _promise(kept: str) -> str:
    """A title such as `Resolution on time, P1, contract`; empty if it is none."""
    title, *of = kept.split(", ")
    if not of or title not in PROMISES.values():
        return ""
    return ", ".join((gettext(title), *of[:-1], lenses.name(of[-1])))


def _filled(name: str, said: str) -> str:
    if name in _NUMBERS:
        return number_in_words(said)
    if name in _TEXTS:
        return in_words(said)
    if name == "lens":
        return lenses.name(said)
    if name == "setting" and said in PART_WORDS:
        return part_title(said)
    return said


def number_in_words(said: str) -> str:
    """A number as English sets it, such as `24,918` or `36.6%`, as the reader's language does."""
    found = _PLAIN.fullmatch(said)
    if found is None:
        return said
    whole, rest, percent = found.groups()
    value = float(f"{whole.replace(',', '')}{rest or ''}")
    return number(value, len(rest) - 1 if rest else 0) + ("\u00a0%" if percent else "")


@cache
def _reader(pattern: str) -> re.Pattern[str]:
    """Finds what was filled into a text."""
    return re.compile(_HOLE.sub(r"(?P<\1>.+?)", re.escape(pattern)), re.DOTALL)
