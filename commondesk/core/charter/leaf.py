"""Single values of a charter: what each wants, and how it is read from what people wrote."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from ..record.codec import Json
from ..record.instant import DAY, iso_of, parse_instant
from ..service_level.calendar import CalendarError, parse_windows, windows_text
from ..service_level.charter_data import nearest, span_of
from ..texts import gettext

Leaf = str | int | float | bool | tuple[str, ...]
"""A value as a charter keeps it. Spans, limits and instants stay as they are written."""

T = TypeVar("T", bound=Leaf)
SHORT, LONG = 200, 4000
MOST_AMOUNT = 10**9
MOST_ENTRIES = 400
LONGEST_SPAN = 3653 * DAY
_DIGITS = re.compile("[0-9]+")


class Wants(StrEnum):
    """What a value must be."""

    TEXT = "text"
    LONG = "long text"
    KEY = "key"
    SPAN = "span"
    TARGET = "target"
    LEVEL = "level"
    NUMBER = "number"
    AMOUNT = "amount"
    YES = "yes or no"
    CHOICE = "choice"
    CHOICES = "choices"
    TEXTS = "list of texts"
    LIMIT = "limit"
    DECIDER = "decider"
    PERSON = "person"
    INSTANT = "instant"
    SPAN_OR_OFF = "span, or off"
    WINDOWS = "hours of a day"
    ZONE = "time zone"
    DATES = "list of dates"
    DAYS_WITH_HOURS = "list of dates with hours"
    CURRENCY = "currency"


ROLES = ("requester", "agent", "lead", "referent", "decision_maker", "approver", "auditor")
RISKS = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Told:
    """What people are told about a value: its name, meaning, unit and an example.

    What is noted is English; what is asked for is in the language that is spoken.
    """

    label_noted: str
    meaning_noted: str
    wants: Wants = Wants.TEXT
    example_noted: str = ""
    unit_noted: str = ""
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    is_needed: bool = False

    @property
    def label(self) -> str:
        return gettext(self.label_noted)

    @property
    def meaning(self) -> str:
        return gettext(self.meaning_noted)

    @property
    def example(self) -> str:
        return gettext(self.example_noted) if self.example_noted else ""

    @property
    def unit(self) -> str:
        return gettext(self.unit_noted) if self.unit_noted else ""


def told(
    default: T,
    label: str,
    meaning: str,
    wants: Wants = Wants.TEXT,
    example: str = "",
    *,
    unit: str = "",
    choices: Iterable[str] = (),
    least: int = 0,
    most: int = 0,
    is_needed: bool = False,
) -> T:
    """A field of a record, with what people are told about it."""
    listed = tuple(str(each) for each in choices)
    about = Told(label, meaning, wants, example, unit, listed, least, most, is_needed)
    return field(default=default, metadata={"told": about})


class Unfit(ValueError):
    """A value that cannot be read. The text says what to write instead."""


def read(data: Json, about: Told, default: Leaf) -> Leaf:
    """The value that was written; the default where nothing was. Raises Unfit."""
    if data is None or data == "":
        if about.is_needed:
            raise Unfit(
                gettext("is missing; write %(what)s")
                % {"what": f"{about.meaning[:1].lower()}{about.meaning[1:]}"}
            )
        return default if data is None else _nothing(about, default)
    return _READERS[about.wants](data, about)


def _nothing(about: Told, default: Leaf) -> Leaf:
    return "" if isinstance(default, str) else default


# ---- reading each -------------------------------------------------------------------------


def _text(data: Json, about: Told) -> str:
    return _words(data, SHORT, is_one_line=True)


def _long(data: Json, about: Told) -> str:
    return _words(data, LONG, is_one_line=False)


def _words(data: Json, most: int, *, is_one_line: bool) -> str:
    if isinstance(data, bool) or not isinstance(data, str | int | float):
        raise Unfit(gettext("wants words, not %(given)s") % {"given": _shown(data)})
    text = str(data).replace("\r\n", "\n").replace("\r", "\n").strip()
    if is_one_line and "\n" in text:
        raise Unfit(gettext("wants words on one line"))
    if any(unicodedata.category(each) in ("Cc", "Cs") and each != "\n" for each in text):
        raise Unfit(gettext("holds characters that cannot be read; write plain text"))
    if len(text) > most:
        raise Unfit(
            gettext("is %(count)s characters long; at most %(most)s fit")
            % {"count": len(text), "most": most}
        )
    return text


def _key(data: Json, about: Told) -> str:
    text = _text(data, about)
    if len(text) > 100 or "," in text:
        raise Unfit(gettext("is a short name of at most 100 characters, without commas"))
    return text


def _span(data: Json, about: Told) -> str:
    text = _words(data, SHORT, is_one_line=True)
    if _DIGITS.fullmatch(text):
        raise Unfit(
            gettext("%(text)s needs a unit, such as %(text)sm, %(text)sh or %(text)sd")
            % {"text": text}
        )
    try:
        span = span_of(text)
    except ValueError as wrong:
        raise Unfit(str(wrong)) from None
    if span == 0:
        raise Unfit(gettext("0 is no span; write one such as 30m, or leave it out"))
    if span > LONGEST_SPAN:
        raise Unfit(gettext("%(text)s is longer than ten years") % {"text": repr(text)})
    return text


def _target(data: Json, about: Told) -> str:
    text = _words(data, SHORT, is_one_line=True)
    if text == "none":
        return ""
    if text.endswith("bd"):
        number = text.removesuffix("bd").strip()
        if not _DIGITS.fullmatch(number) or not 0 < int(number) < 1000:
            raise Unfit(
                gettext("%(text)s is no number of business days such as 2bd") % {"text": repr(text)}
            )
        return f"{int(number)}bd"
    if re.fullmatch("0+", text):
        raise Unfit(gettext("0 is no target; leave it out, or write none"))
    try:
        return _span(text, about)
    except Unfit as wrong:
        if re.fullmatch(r"(0+[smhd])+", text):
            raise Unfit(gettext("0 is no target; leave it out, or write none")) from None
        raise Unfit(
            gettext("%(wrong)s; or business days such as 2bd, or none") % {"wrong": wrong}
        ) from None


def _level(data: Json, about: Told) -> int:
    if isinstance(data, str) and re.fullmatch("[0-4]", data.strip()):
        data = int(data.strip())
    if isinstance(data, bool) or not isinstance(data, int) or not 0 <= data <= 4:
        raise Unfit(
            gettext("wants a level from 1 (critical) to 4 (convenient), or 0 while it is unknown")
        )
    return data


def _number(data: Json, about: Told) -> int:
    if isinstance(data, bool) or not isinstance(data, int):
        raise Unfit(gettext("wants a whole number, not %(given)s") % {"given": _shown(data)})
    if not about.least <= data <= about.most:
        raise Unfit(
            gettext("%(number)s is outside %(least)s to %(most)s")
            % {"number": data, "least": about.least, "most": about.most}
        )
    return data


def _amount(data: Json, about: Told) -> int | float:
    if isinstance(data, bool) or not isinstance(data, int | float) or not math.isfinite(data):
        raise Unfit(
            gettext("wants a number such as 1200 or 49.50, not %(given)s") % {"given": _shown(data)}
        )
    if not 0 <= data <= MOST_AMOUNT:
        raise Unfit(gettext("wants a number from 0 to %(most)s") % {"most": MOST_AMOUNT})
    if round(data, 2) != data:
        raise Unfit(gettext("has at most two decimals"))
    return int(data) if data == int(data) else data


def _yes(data: Json, about: Told) -> bool:
    known = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
    if isinstance(data, bool):
        return data
    if isinstance(data, str) and data.lower() in known:
        return known[data.lower()]
    raise Unfit(gettext("wants true or false, not %(given)s") % {"given": _shown(data)})


def _choice(data: Json, about: Told) -> str:
    text = str(data) if isinstance(data, str | int) and not isinstance(data, bool) else ""
    if text not in about.choices:
        raise Unfit(
            gettext("%(given)s is none of these: %(known)s")
            % {"given": _shown(data), "known": nearest(str(data), about.choices)}
        )
    return text


def _choices(data: Json, about: Told) -> tuple[str, ...]:
    if data == "all":
        return about.choices
    chosen = {_choice(each, about) for each in _list(data)}
    return tuple(each for each in about.choices if each in chosen)


def _texts(data: Json, about: Told) -> tuple[str, ...]:
    return tuple(text for each in _list(data) if (text := _text(each, about)))


def _list(data: Json) -> list[Json]:
    if not isinstance(data, list):
        raise Unfit(gettext("wants a list, not %(given)s") % {"given": _shown(data)})
    if len(data) > MOST_ENTRIES:
        raise Unfit(
            gettext("has %(count)s entries; at most %(most)s fit")
            % {"count": len(data), "most": MOST_ENTRIES}
        )
    return data


LIMIT = re.compile(r"up to (\d{1,9}(?:\.\d{1,2})?)(?: ([A-Z]{3}))?|up to (low|medium|high) risk")


def _limit(data: Json, about: Told) -> str:
    text = _words(data, SHORT, is_one_line=True)
    if text == "any" or LIMIT.fullmatch(text):
        return text
    raise Unfit(
        gettext(
            "%(text)s is no limit; write any, or money such as up to 500 or up to 500 EUR,"
            " or risk: up to low risk, up to medium risk, up to high risk"
        )
        % {"text": repr(text)}
    )


def _decider(data: Json, about: Told) -> str:
    text = _words(data, SHORT, is_one_line=True)
    if text in ROLES:
        return text
    if text.startswith("person ") and is_uuid(text.removeprefix("person ")):
        return text
    raise Unfit(
        gettext("%(text)s is no role, and no `person` with an id: %(known)s")
        % {"text": repr(text), "known": nearest(text, ROLES)}
    )


def _person(data: Json, about: Told) -> str:
    text = _words(data, SHORT, is_one_line=True)
    if not is_uuid(text):
        raise Unfit(
            gettext("%(text)s is nobody's id; choose a person, or write their id")
            % {"text": repr(text)}
        )
    return text


def is_uuid(text: str) -> bool:
    """Whether a text is the id of something of ours."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _instant(data: Json, about: Told) -> str:
    text = _words(data, SHORT, is_one_line=True)
    try:
        return iso_of(parse_instant(text))
    except (ValueError, OverflowError):
        raise Unfit(
            gettext("%(text)s is no instant such as 2025-04-01T00:00:00Z") % {"text": repr(text)}
        ) from None


def _span_or_off(data: Json, about: Told) -> str:
    if data is False or data in ("off", "none"):
        return "off"
    try:
        return _span(data, about)
    except Unfit as wrong:
        raise Unfit(gettext("%(wrong)s; or off") % {"wrong": wrong}) from None


def _windows(data: Json, about: Told) -> str:
    text = _words(data, SHORT, is_one_line=True)
    try:
        return "" if text == "closed" else windows_text(parse_windows(text))
    except CalendarError as wrong:
        raise Unfit(str(wrong)) from None


def _zone(data: Json, about: Told) -> str:
    text = _words(data, SHORT, is_one_line=True)
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise Unfit(
            gettext("%(text)s is no time zone such as Europe/Berlin") % {"text": repr(text)}
        ) from None
    return text


def _dates(data: Json, about: Told) -> tuple[str, ...]:
    return tuple(sorted({_date(each) for each in _texts(data, about)}))


def _days_with_hours(data: Json, about: Told) -> tuple[str, ...]:
    days: dict[str, str] = {}
    for text in _texts(data, about):
        day, _, hours = text.partition(" ")
        days[_date(day)] = _windows(hours, about)
    return tuple(f"{day} {hours}".strip() for day, hours in sorted(days.items()))


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Unfit(
            gettext("%(text)s is no date such as 2025-12-24") % {"text": repr(text)}
        ) from None


def _currency(data: Json, about: Told) -> str:
    text = _words(data, SHORT, is_one_line=True)
    if not re.fullmatch("[A-Z]{3}", text):
        raise Unfit(
            gettext("%(text)s is no currency; write three capital letters such as EUR")
            % {"text": repr(text)}
        )
    return text


def _shown(data: Json) -> str:
    text = repr(data)
    return text if len(text) <= 60 else f"{text[:57]}…"


_READERS: dict[Wants, Callable[[Json, Told], Leaf]] = {
    Wants.TEXT: _text,
    Wants.LONG: _long,
    Wants.KEY: _key,
    Wants.SPAN: _span,
    Wants.TARGET: _target,
    Wants.LEVEL: _level,
    Wants.NUMBER: _number,
    Wants.AMOUNT: _amount,
    Wants.YES: _yes,
    Wants.CHOICE: _choice,
    Wants.CHOICES: _choices,
    Wants.TEXTS: _texts,
    Wants.LIMIT: _limit,
    Wants.DECIDER: _decider,
    Wants.PERSON: _person,
    Wants.INSTANT: _instant,
    Wants.SPAN_OR_OFF: _span_or_off,
    Wants.WINDOWS: _windows,
    Wants.ZONE: _zone,
    Wants.DATES: _dates,
    Wants.DAYS_WITH_HOURS: _days_with_hours,
    Wants.CURRENCY: _currency,
}
