"""A scoping sheet becomes the draft of a charter: what it says is filled in, no more."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from ...charter import writing
from ...charter.reading import charter_of
from ...charter.schema import DAYS, About, Boundary, ChannelRow, Charter, Hours, Points, Scope
from ...record.codec import Json
from ...service_level.charter_data import days_of
from ...texts import gettext
from ..diagnosis.answers import Coverage, Option
from .sheet import Sheet

_TEMPLATES = {
    Option.CO_MANAGED: "co-managed",
    Option.INTERNAL: "small-business",
    Option.INTERNAL_PLUS_ON_DEMAND: "small-business",
    Option.ON_DEMAND: "small-business",
    Option.HYBRID_AI_EXPERT: "small-business",
}
_POINTS = {
    "criticality": "criticality",
    "scope": "scope",
    "hours_channels": "coverage",
    "documentation": "documentation",
    "escalation": "escalation",
    "internal_referent": "referent",
}
"""The points of the sheet, and what a charter calls them."""


def template_for(option: Option, coverage: Coverage) -> str:
    """The name of the charter template that is nearest to an option."""
    if option in _TEMPLATES:
        return _TEMPLATES[option]
    return "follow-the-sun" if coverage is Coverage.ROUND_THE_CLOCK else "help-desk-8x5"


def drafted(sheet: Sheet, title: str = "", base: Charter | None = None) -> Charter:
    """The charter as far as the sheet tells it, over a base such as a template.

    What the sheet leaves empty stays as the base has it, but for the six points.
    """
    before = base or Charter()
    return replace(
        before,
        about=_about(before.about, sheet, title),
        scope=_scope(before.scope, sheet),
        boundaries=tuple(
            Boundary(ends=each.where, other_side=each.other_side, handed_over=each.handed_over)
            for each in sheet.ends
        )
        or before.boundaries,
        channels=tuple(ChannelRow(channel=each) for each in sheet.channels) or before.channels,
        calendars=_calendars(before, sheet),
        points=_points(sheet),
    )


def document_of(sheet: Sheet, title: str = "", base: Charter | None = None) -> dict[str, Json]:
    """The draft as plain data that the charter's reader accepts. Raises CharterError if not."""
    document = writing.document_of(drafted(sheet, title, base))
    charter_of(document)
    return dict(document)


def _about(before: About, sheet: Sheet, title: str) -> About:
    name = before.calendar or (_calendar_name(sheet) if sheet.week else "")
    return replace(before, title=title or before.title, calendar=name)


def _scope(before: Scope, sheet: Sheet) -> Scope:
    judged = gettext("In six months we judge by: %(success)s") % {"success": sheet.success}
    reason = "\n".join([sheet.why, judged] if sheet.success else [sheet.why]).strip()
    return Scope(
        outsourced=sheet.outsourced or before.outsourced,
        kept_inside=sheet.kept_inside or before.kept_inside,
        reason=reason or before.reason,
    )


def _points(sheet: Sheet) -> Points:
    """Only what the sheet says: what is open there must not look settled in the draft."""
    shape: type = Points
    return cast(Points, shape(**{there: getattr(sheet, here) for here, there in _POINTS.items()}))


def _calendars(before: Charter, sheet: Sheet) -> tuple[Hours, ...]:
    others = before.calendars
    if sheet.zone:
        others = tuple(replace(each, zone=sheet.zone) for each in others)
    if not sheet.week:
        return others or (_hours(_USUAL, "office", sheet.zone or "UTC"),)
    name = before.about.calendar or _calendar_name(sheet)
    own = _hours(sheet.week, name, sheet.zone or "UTC")
    return (own, *(each for each in others if each.name != name))


def _calendar_name(sheet: Sheet) -> str:
    return "24-7" if set(sheet.week) == {"all"} else "office"


_USUAL = {"mon-fri": "09:00-17:00"}


def _hours(week: dict[str, str], name: str, zone: str) -> Hours:
    by_day = {DAYS[day]: windows for days, windows in week.items() for day in days_of(days)}
    shape: type = Hours
    return cast(Hours, shape(name=name, zone=zone, **by_day))
