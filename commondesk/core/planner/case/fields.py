"""Fields of a case as people write them: each is read by its kind, and what is wrong is collected.

A reader asks a `Part` for its fields by name and closes with `end`, which complains of the names
nobody asked for. A field that cannot be read is None, or the default: the complaint tells why, and
reading goes on, so that all complaints are told at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import isclose
from typing import TypeVar, overload

from ...record.codec import Json
from ...texts import gettext, number

MOST = 1e12
"""No number of a case is larger."""
MOST_ROWS = 2_000
LONGEST_TEXT = 4_000
FEW = 12
"""So many names are listed beside the one that was perhaps meant."""
NOTES = ("note", "notes")
"""May stand anywhere, and are not read."""

D = TypeVar("D")


class Unfit(ValueError):
    """What one field cannot be; the sentence says what is allowed."""


# ---- complaints ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong, where (`cost.options.msp.fee`, `roster.regions[2].zone`), and what to do."""

    place: str
    what: str
    line: int | None = None
    """The line of the text it was read from, where that is known."""

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


class Complaints:
    """All that is wrong with a case, in the order in which it was found."""

    def __init__(self) -> None:
        self._found: list[Complaint] = []

    @property
    def found(self) -> tuple[Complaint, ...]:
        return tuple(self._found)

    def add(self, place: str, what: str) -> None:
        """Complain; a place is told of once."""
        if all(each.place != place for each in self._found):
            self._found.append(Complaint(place, what))


# ---- values -------------------------------------------------------------------------------

SHAPES = ("pert", "triangular", "lognormal", "uniform")
"""How likely the values between low and high are; the low and high of a log-normal are its 5 %
and 95 % points, those of the others are their ends."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number as a person knows it: what is likely, how far it may lie either way, and who says
    so. Where no range was given, low and high are the likely one."""

    likely: float
    low: float
    high: float
    source: str = ""
    shape: str = SHAPES[0]

    @property
    def is_range(self) -> bool:
        return self.low < self.high

    @classmethod
    def sure(cls, number: float, source: str = "") -> Value:
        return cls(number, number, number, source)


_PLAIN = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")


def number_of(data: Json) -> float:
    """A plain number. Raises Unfit."""
    text = data.strip() if isinstance(data, str) else ""
    if _PLAIN.fullmatch(text):
        data = float(text)
    elif re.fullmatch(r"[-+]?\d[\d ,'_\u00a0\u202f]*(\.\d+)?", text):
        plain = re.sub(r"[ ,'_\u00a0\u202f]", "", text)
        raise Unfit(
            gettext("%(given)s: write the number without commas or spaces, such as %(plain)s")
            % {"given": shown(data), "plain": plain}
        )
    if isinstance(data, bool) or not isinstance(data, int | float):
        raise Unfit(gettext("wants a number, not %(given)s") % {"given": shown(data)})
    return _finite(data)


def share_of(data: Json) -> float:
    """A share from 0 to 1, written `30 %` or `0.3`. Raises Unfit."""
    text = data.strip() if isinstance(data, str) else ""
    if text.endswith("%") and _PLAIN.fullmatch(text[:-1].strip()):
        return _finite(float(text[:-1])) / 100
    share = number_of(data)
    if 1 < share <= 100:
        raise Unfit(
            gettext("%(given)s is no share; write %(percent)s %% or %(share)s")
            % {"given": shown(data), "percent": f"{share:g}", "share": f"{share / 100:g}"}
        )
    return share


_HOURS = {
    "s": 1 / 3600, "sec": 1 / 3600, "second": 1 / 3600, "seconds": 1 / 3600,
    "m": 1 / 60, "min": 1 / 60, "mins": 1 / 60, "minute": 1 / 60, "minutes": 1 / 60,
    "h": 1.0, "hour": 1.0, "hours": 1.0,
    "d": 24.0, "day": 24.0, "days": 24.0,
    "w": 168.0, "week": 168.0, "weeks": 168.0,
}  # fmt: skip
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)\s*")


def hours_of(data: Json) -> float:
    """A duration in hours, written with its unit: `30 min`, `4 h`, `1 h 30 min`, `2 days` (of 24
    hours). Raises Unfit."""
    if isinstance(data, int | float) and not isinstance(data, bool):
        if data == 0:
            return 0.0
        raise Unfit(
            gettext("%(given)s has no unit; write %(given)s min, %(given)s h or %(given)s days")
            % {"given": shown(data)}
        )
    text = data.strip().lower() if isinstance(data, str) else ""
    parts = _SPAN.findall(text)
    if not parts or _SPAN.sub("", text):
        raise Unfit(
            gettext("wants a duration such as 30 min, 4 h or 2 days, not %(given)s")
            % {"given": shown(data)}
        )
    for _amount, unit in parts:
        if unit not in _HOURS:
            raise Unfit(
                gettext("%(unit)s is no unit of time; write s, min, h, days or weeks")
                % {"unit": shown(unit)}
            )
    return _finite(sum(float(amount) * _HOURS[unit] for amount, unit in parts))


_MONEY = re.compile(r"(?:([A-Z]{3})\s*)?([-+]?[\d.]+)\s*([A-Z]{3})?")


def money_of(currency: str) -> Callable[[Json], float]:
    """Reads an amount in the currency of the case: `8000` or `8000 USD`, never another's."""

    def read(data: Json) -> float:
        text = data.strip() if isinstance(data, str) else ""
        found = _MONEY.fullmatch(text)
        if found is None or not (found[1] or found[3]):
            return number_of(data)
        named = found[1] or found[3]
        if currency and named != currency:
            raise Unfit(
                gettext(
                    "is in %(named)s, and the case is in %(currency)s; convert it, or change"
                    " company.currency"
                )
                % {"named": named, "currency": currency}
            )
        return number_of(found[2])

    return read


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise Unfit(gettext("is no number that can be reckoned with; write the number itself"))
    return float(value)


def shown(data: Json) -> str:
    """What was found, short enough to be told."""
    if data is None:
        return gettext("nothing")
    if isinstance(data, dict):
        return gettext("names with values")
    if isinstance(data, list):
        return gettext("a list")
    if isinstance(data, bool):
        return gettext("yes") if data else gettext("no")
    text = data if isinstance(data, str) else f"{data:.12g}"
    text = text if len(text) <= 40 else f"{text[:37]}…"
    return repr(text) if isinstance(data, str) else text


def suggestion(name: str, known: Iterable[str]) -> str:
    """The end of a sentence: what was meant perhaps, and what is known."""
    listed = [str(each) for each in known]
    close = get_close_matches(name, listed, n=1, cutoff=0.6)
    if close and len(listed) > FEW:
        return gettext("did you mean %(close)s?") % {"close": close[0]}
    if close:
        return gettext("did you mean %(close)s? Known: %(names)s") % {
            "close": close[0],
            "names": ", ".join(listed),
        }
    return gettext("known: %(names)s") % {"names": ", ".join(listed)}


# ---- parts --------------------------------------------------------------------------------


@dataclass(slots=True)
class Part:
    """Names with values at a place of the case, being read."""

    place: str
    data: Mapping[str, Json]
    complaints: Complaints
    currency: str = ""
    """Of the whole case: three letters; empty where none is set."""
    _asked: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, data: Json, place: str, complaints: Complaints, currency: str = "") -> Part:
        """The part at a place; anything but names with values is complained of, and reads empty."""
        if isinstance(data, dict):
            return cls(place, data, complaints, currency)
        if data is not None:
            complaints.add(
                place,
                gettext("wants names with values, not %(given)s") % {"given": shown(data)},
            )
        return cls(place, {}, complaints, currency)

    def where(self, name: str) -> str:
        """The place of a field."""
        return f"{self.place}.{name}" if self.place else name

    def has(self, name: str) -> bool:
        """Whether the field is given. Counts as asking for it."""
        self._asked.append(name)
        return self.data.get(name) is not None

    def wrong(self, name: str, what: str) -> None:
        """Complain of a field."""
        self.complaints.add(self.where(name), what)

    def one_of(self, *names: str, is_needed: bool = False) -> str | None:
        """The one of several names that is given; two are a contradiction, and complained of."""
        given = [name for name in names if self.has(name)]
        if len(given) > 1:
            self.wrong(
                given[1],
                gettext("says again what %(other)s says; keep one of the two")
                % {"other": given[0]},
            )
        if not given and is_needed:
            self.wrong(names[0], gettext("is missing; give %(names)s") % {"names": _either(names)})
        return given[0] if given else None

    def end(self) -> None:
        """Complain of every name that nobody asked for."""
        known = list(dict.fromkeys(self._asked))
        for name in self.data:
            if name not in known and name not in NOTES:
                self.wrong(
                    name[:80],
                    gettext("is not known here; %(known)s") % {"known": suggestion(name, known)},
                )

    # numbers

    def value(
        self,
        name: str,
        kind: Callable[[Json], float] = number_of,
        *,
        least: float = 0.0,
        most: float = MOST,
        unit: str = "",
        needed: bool = False,
        shapes: tuple[str, ...] = SHAPES,
    ) -> Value | None:
        """A number that may be a range: `5`, `{value: 5, source: "…"}` or
        `{low: 4, likely: 5, high: 8}` with `shape` and `source`. unit is told in complaints."""
        data = self._given(name, needed)
        if data is None:
            return None
        if not isinstance(data, dict):
            sure = self._number(name, data, kind, least, most, unit)
            return None if sure is None else Value.sure(sure)
        inner = Part(self.where(name), data, self.complaints, self.currency)
        found = inner._range(kind, least, most, unit, shapes)
        inner.end()
        return found

    @overload
    def number(
        self, name: str, kind: Callable[[Json], float] = ..., *, least: float = ...,
        most: float = ..., unit: str = ..., needed: bool = ..., default: float,
    ) -> float: ...  # fmt: skip

    @overload
    def number(
        self, name: str, kind: Callable[[Json], float] = ..., *, least: float = ...,
        most: float = ..., unit: str = ..., needed: bool = ..., default: None = ...,
    ) -> float | None: ...  # fmt: skip

    def number(
        self,
        name: str,
        kind: Callable[[Json], float] = number_of,
        *,
        least: float = 0.0,
        most: float = MOST,
        unit: str = "",
        needed: bool = False,
        default: float | None = None,
    ) -> float | None:
        """One number, perhaps as `{value, source}`; a range is complained of."""
        found = self.value(name, kind, least=least, most=most, unit=unit, needed=needed)
        if found is None:
            return default
        if found.is_range:
            self.wrong(name, gettext("wants one number here, not a range"))
            return default
        return found.likely

    @overload
    def whole(
        self, name: str, *, least: int = ..., most: int = ..., unit: str = ...,
        needed: bool = ..., default: int,
    ) -> int: ...  # fmt: skip

    @overload
    def whole(
        self, name: str, *, least: int = ..., most: int = ..., unit: str = ...,
        needed: bool = ..., default: None = ...,
    ) -> int | None: ...  # fmt: skip

    def whole(
        self,
        name: str,
        *,
        least: int = 0,
        most: int = 10**9,
        unit: str = "",
        needed: bool = False,
        default: int | None = None,
    ) -> int | None:
        """A whole number."""
        found = self.number(name, least=least, most=most, unit=unit, needed=needed)
        if found is None:
            return default
        if found != int(found):
            self.wrong(
                name, gettext("wants a whole number, not %(given)s") % {"given": f"{found:g}"}
            )
            return default
        return int(found)

    def share(
        self, name: str, *, most: float = 1.0, needed: bool = False, default: float | None = None
    ) -> float | None:
        """A share from 0 to 1: `30 %` or `0.3`."""
        return self.number(name, share_of, most=most, needed=needed, default=default)

    def hours(
        self,
        name: str,
        *,
        least: float = 0.0,
        most: float = 10 * 365 * 24.0,
        needed: bool = False,
        default: float | None = None,
    ) -> float | None:
        """A duration with its unit, in hours."""
        return self.number(
            name, hours_of, least=least, most=most, unit="h", needed=needed, default=default
        )

    def money(
        self, name: str, *, least: float = 0.0, most: float = MOST, needed: bool = False
    ) -> Value | None:
        """An amount in the currency of the case; may be a range."""
        return self.value(
            name,
            money_of(self.currency),
            least=least,
            most=most,
            unit=self.currency,
            needed=needed,
        )

    def numbers(
        self, name: str, *, count: int | None = None, least: float = 0.0, most: float = MOST
    ) -> tuple[float, ...] | None:
        """A list of plain numbers, of a given length if one is given."""
        data = self._given(name, False)
        if data is None:
            return None
        if not isinstance(data, list) or (count is not None and len(data) != count):
            found = len(data) if isinstance(data, list) else shown(data)
            wanted = count if count is not None else gettext("some")
            self.wrong(
                name,
                gettext("wants a list of %(count)s numbers, not %(found)s")
                % {"count": wanted, "found": found},
            )
            return None
        read = [
            self._number(f"{name}[{index}]", each, number_of, least, most, "")
            for index, each in enumerate(data[:MOST_ROWS], 1)
        ]
        return None if None in read else tuple(each for each in read if each is not None)

    # words

    def text(
        self, name: str, *, needed: bool = False, default: str = "", longest: int = LONGEST_TEXT
    ) -> str:
        """A text, without white space at its ends."""
        data = self._given(name, needed)
        if data is None:
            return default
        if isinstance(data, bool | dict | list):
            self.wrong(name, gettext("wants a text, not %(given)s") % {"given": shown(data)})
            return default
        text = str(data).strip()
        if len(text) > longest:
            self.wrong(
                name, gettext("is longer than %(most)s characters") % {"most": number(longest)}
            )
            return default
        return text

    def choice(
        self, name: str, choices: Iterable[str], *, needed: bool = False, default: str = ""
    ) -> str:
        """One of the choices, or the default."""
        known = tuple(choices)
        data = self._given(name, needed)
        if data is None:
            return default
        text = str(data) if isinstance(data, str | int | float) else ""
        if text in known:
            return text
        self.wrong(
            name,
            gettext("%(given)s is none of these; %(known)s")
            % {"given": shown(data), "known": suggestion(str(data)[:80], known)},
        )
        return default

    @overload
    def yes(self, name: str, *, default: bool) -> bool: ...

    @overload
    def yes(self, name: str, *, default: None = ...) -> bool | None: ...

    def yes(self, name: str, *, default: bool | None = None) -> bool | None:
        """Yes or no: `yes`, `no`, `true` or `false`."""
        data = self._given(name, False)
        if data is None:
            return default
        known = {"yes": True, "true": True, "no": False, "false": False}
        if isinstance(data, bool):
            return data
        if isinstance(data, str) and data.strip().lower() in known:
            return known[data.strip().lower()]
        self.wrong(name, gettext("wants yes or no, not %(given)s") % {"given": shown(data)})
        return default

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; one text alone is a list of one."""
        data = self._given(name, False)
        if data is None:
            return ()
        rows = data if isinstance(data, list) else [data]
        found = []
        for index, each in enumerate(rows[:MOST_ROWS], 1):
            if isinstance(each, bool | dict | list) or each is None:
                self.wrong(
                    f"{name}[{index}]",
                    gettext("wants a text, not %(given)s") % {"given": shown(each)},
                )
            elif str(each).strip():
                found.append(str(each).strip()[:LONGEST_TEXT])
        return tuple(found)

    # what lies inside

    def part(self, name: str) -> Part | None:
        """The names with values under a name; None where it is not given."""
        data = self._given(name, False)
        if data is None:
            return None
        return Part.of(data, self.where(name), self.complaints, self.currency)

    def rows(self, name: str, *, needed: bool = False) -> Iterator[Part]:
        """Each row of a list of names with values, as `name[1]`, `name[2]`, …"""
        data = self._given(name, needed)
        if data is None:
            return
        if not isinstance(data, list):
            self.wrong(name, gettext("wants a list, not %(given)s") % {"given": shown(data)})
            return
        if len(data) > MOST_ROWS:
            self.wrong(
                name,
                gettext("has %(count)s rows; at most %(most)s are read")
                % {"count": len(data), "most": MOST_ROWS},
            )
        for index, each in enumerate(data[:MOST_ROWS], 1):
            place = f"{self.where(name)}[{index}]"
            yield Part.of({} if each is None else each, place, self.complaints, self.currency)

    def named(self, name: str, *, needed: bool = False) -> Iterator[tuple[str, Part]]:
        """Each name under a name, with what stands there."""
        if not (data := self._given(name, needed)):
            return
        inner = Part.of(data, self.where(name), self.complaints, self.currency)
        for key in list(inner.data)[:MOST_ROWS]:
            part = inner.part(key) or Part(inner.where(key), {}, self.complaints, self.currency)
            yield key, part

    # how it is read

    def _given(self, name: str, needed: bool) -> Json:
        if not self.has(name) and needed:
            self.wrong(name, gettext("is missing; give it a value"))
        return self.data.get(name)

    def _number(
        self,
        name: str,
        data: Json,
        kind: Callable[[Json], float],
        least: float,
        most: float,
        unit: str,
    ) -> float | None:
        try:
            found = kind(data)
        except (Unfit, OverflowError) as unfit:
            self.wrong(name, str(unfit))
            return None
        if least <= found <= most or isclose(found, most) or isclose(found, least):
            return min(max(found, least), most)
        said = gettext("less than") if found < least else gettext("more than")
        bound = least if found < least else most
        self.wrong(
            name,
            gettext("%(given)s is %(said)s %(bound)s; is the number, and its unit, meant?")
            % {
                "given": f"{_told(found)} {unit}".strip(),
                "said": said,
                "bound": f"{_told(bound)} {unit}".strip(),
            },
        )
        return None

    def _range(
        self,
        kind: Callable[[Json], float],
        least: float,
        most: float,
        unit: str,
        shapes: tuple[str, ...],
    ) -> Value | None:
        def read(name: str) -> float | None:
            data = self._given(name, False)
            return None if data is None else self._number(name, data, kind, least, most, unit)

        before = len(self.complaints.found)
        sure, low, likely, high = (read(each) for each in ("value", "low", "likely", "high"))
        source = self.text("source")
        shape = self.choice("shape", shapes, default=shapes[0])
        if len(self.complaints.found) > before:
            return None
        if sure is not None:
            if any(each is not None for each in (low, likely, high)):
                self.wrong("value", gettext("stands beside a range; keep the one or the other"))
                return None
            return Value.sure(sure, source)
        if low is None or high is None:
            if likely is not None and low is None and high is None:
                return Value.sure(likely, source)
            missing = "low" if low is None else "high"
            self.wrong(missing, gettext("is missing; a range is low, likely and high"))
            return None
        if likely is None:
            if shape not in ("lognormal", "uniform"):
                self.wrong("likely", gettext("is missing; a range is low, likely and high"))
                return None
            likely = math.sqrt(low * high) if shape == "lognormal" else (low + high) / 2
        if not low <= likely <= high:
            self.wrong(
                "likely",
                gettext("%(likely)s does not lie between low, %(low)s, and high, %(high)s")
                % {"likely": _told(likely), "low": _told(low), "high": _told(high)},
            )
            return None
        if shape == "lognormal" and low <= 0 < high:
            self.wrong("low", gettext("must be over 0 for a log-normal range"))
            return None
        return Value(likely, low, high, source, shape)


def _told(found: float) -> str:
    return f"{found:,.12g}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _either(names: Iterable[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} {gettext('or')} {last}" if rest else last
