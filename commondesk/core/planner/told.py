"""A figure that can say how it came about: its formula, the values in it, where they are from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import floor, isfinite, log10

from ..texts import number

_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9.]*")
_SIGNS = {"*": "×", "/": "÷", "-": "−"}
_NO_VALUE = "?"


@dataclass(frozen=True, slots=True)
class Explained:
    """A value with its reasons.

    value None is "cannot be told yet", never 0. unit is in words (`USD a year`, `agents`, `share`).
    formula is arithmetic over names (`agents / (1 - shrinkage)`), empty for a value that was given;
    values holds what stands for each name, itself explained where that helps. source says where a
    given value is from (`typed`, `000: salary of one first-line agent`).
    """

    value: float | None
    unit: str = ""
    formula: str = ""
    values: Mapping[str, float | Explained | None] = field(default_factory=dict)
    source: str = ""

    def in_words(self, labels: Mapping[str, str] | None = None) -> str:
        """The formula with its names in words: `agents ÷ (1 − shrinkage)`."""
        known = labels or {}
        return _filled(
            self.formula,
            {name: known.get(name, name.replace("_", " ")) for name in self.values},
        )

    def with_values(self) -> str:
        """The formula with its values in it: `4 ÷ (1 − 0.3) = 5.71`. The value alone if given."""
        if not self.formula:
            return shown(self.value)
        filled = _filled(self.formula, {name: shown(worth(v)) for name, v in self.values.items()})
        worked = shown(self.value)
        return worked if filled == worked else f"{filled} = {worked}"


def given(value: float | None, unit: str = "", source: str = "") -> Explained:
    """A value that was not worked out but given, with where it is from."""
    return Explained(value, unit, source=source)


def worth(value: float | Explained | None) -> float | None:
    """The number of a value that may be explained."""
    return value.value if isinstance(value, Explained) else value


def shown(value: float | None) -> str:
    """A number as a reader wants it: `107,400`, `0.25`, `26.9`; `?` for none."""
    if value is None or not isfinite(value):
        return _NO_VALUE if value is None or value != value else ("∞" if value > 0 else "−∞")
    size = abs(value)
    if size >= 1_000 or value == int(value):
        return number(value)
    places = 2 if size >= 1 else max(4, 1 - floor(log10(size)))
    return number(value, _places(f"{value:.{places}f}"))


def _places(text: str) -> int:
    """How many places behind the point matter."""
    return len(text.partition(".")[2].rstrip("0"))


def _filled(formula: str, words: Mapping[str, str]) -> str:
    """A formula with its names replaced and its signs as people write them."""
    signed = re.sub(r" ([*/-]) ", lambda match: f" {_SIGNS[match[1]]} ", formula)
    return _NAME.sub(lambda match: words.get(match[0], match[0]), signed)
