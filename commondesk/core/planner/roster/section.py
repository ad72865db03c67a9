"""The section `roster` of a case, as a person writes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from ...record.codec import Json
from ...service_level.calendar import CalendarError, parse_windows
from ...service_level.charter_data import days_of
from ...texts import gettext
from ..case.fields import Complaints, Part, shown
from .columns import Pattern, Post, Region, UnusableRoster, offset_h
from .question import (
    EVERY_DAY,
    FULL_WEEK_H,
    ON_CALL,
    TEMPLATES,
    Needed,
    OnCall,
    RosterQuestion,
    Template,
)
from .rules import EU, PRESETS, LabourRules

MOST_ROWS = 200
MOST_SEATS = 10_000.0
USUAL_LIMIT_S = 40.0
SLOTS = (0.25, 0.5, 1.0)


def read(part: Part, complaints: Complaints) -> RosterQuestion | None:
    """The question, or None where it lacks what an answer needs."""
    before = len(complaints.found)
    name = part.choice("template", TEMPLATES)
    template = TEMPLATES[name] if name else None
    regions: list[Region] = []
    posts: list[Post] = []
    for row in part.rows("regions", needed=True):
        _region(row, regions, posts)
    patterns = tuple(_patterns(part)) or (template.patterns if template else ())
    if not patterns and not part.has("patterns"):
        part.wrong("patterns", gettext("is missing; give patterns of work, or a template"))
    needed = tuple(_needed(part)) or _usual(template, regions, posts)
    if not needed and not part.has("needed"):
        part.wrong("needed", gettext("is missing; give the seats needed, or a template"))
    _known_names(part, posts, patterns, needed)
    price = part.money("uncovered_hour")
    question = RosterQuestion(
        week=week_in(part),
        regions=tuple(regions),
        posts=tuple(posts),
        patterns=patterns,
        needed=needed,
        rules=rules_in(part),
        slot_h=_slot(part),
        uncovered_price=price.likely if price else None,
        on_call=_on_call(part, template),
        limit_s=part.number("seconds", least=1, most=600, unit="s", default=USUAL_LIMIT_S),
        currency=part.currency,
    )
    part.end()
    return question if len(complaints.found) == before else None


def _region(part: Part, regions: list[Region], posts: list[Post]) -> None:
    name = part.text("name", needed=True, longest=60)
    zone: str | float
    if part.one_of("zone", "utc_offset", is_needed=True) == "utc_offset":
        zone = part.number("utc_offset", least=-14, most=14, unit="h", default=0.0)
    else:
        zone = zone_in(part)
    regions.append(Region(name, zone, part.whole("most_people", most=100_000)))
    if any(region.name == name for region in regions[:-1]):
        part.wrong("name", gettext("is the name of two regions; tell them apart"))
    for row in part.rows("roles", needed=True):
        role = row.text("role", needed=True, longest=60)
        cost = row.money("cost_per_week", needed=True)
        posts.append(
            Post(
                name,
                role,
                cost.likely if cost else 0.0,
                row.number("hours_per_week", least=1, most=80, default=FULL_WEEK_H),
                row.share("night_premium", most=3.0, default=0.0) or 0.0,
                row.share("weekend_premium", most=3.0, default=0.0) or 0.0,
                row.texts("patterns"),
            )
        )
        row.end()
    part.end()


def zone_in(part: Part) -> str:
    name = part.text("zone", default="UTC")
    try:
        offset_h(name, date(2026, 1, 5))
    except UnusableRoster as wrong:
        part.wrong("zone", str(wrong))
        return "UTC"
    return name


def _patterns(part: Part) -> Iterator[Pattern]:
    for row in part.rows("patterns"):
        starts = tuple(starts_in(row))
        pattern = Pattern(
            row.text("name", needed=True, longest=60),
            row.whole("days", least=1, most=7, needed=True, default=5),
            row.hours("hours", least=0.25, most=24, needed=True) or 8.0,
            starts or Pattern("", 5, 8).starts,
            days_in(row, "first_days"),
            row.hours("unpaid_break", most=4, default=0.0) or 0.0,
        )
        row.end()
        yield pattern


def starts_in(part: Part) -> Iterator[float]:
    for index, text in enumerate(part.texts("starts"), 1):
        try:
            (window,) = parse_windows(f"{text}-24:00")
            yield window.opens / 60
        except (CalendarError, ValueError):
            part.wrong(
                f"starts[{index}]",
                gettext("%(given)s is no time of day; write it as '09:00'")
                % {"given": shown(text)},
            )


def days_in(part: Part, name: str) -> tuple[int, ...]:
    text = ",".join(part.texts(name))
    if not text:
        return EVERY_DAY
    try:
        return tuple(sorted(set(days_of(text))))
    except ValueError as wrong:
        part.wrong(name, str(wrong))
        return EVERY_DAY


def _needed(part: Part) -> Iterator[Needed]:
    for row in part.rows("needed"):
        role = row.text("role", needed=True, longest=60)
        seats = row.number("seats", most=MOST_SEATS, needed=role != ON_CALL, default=1.0)
        days = days_in(row, "days")
        hours = row.text("hours", default="24h")
        zone = zone_in(row) if row.has("zone") else "UTC"
        row.end()
        try:
            windows = parse_windows(hours)
        except CalendarError as wrong:
            row.wrong("hours", str(wrong))
            continue
        for window in windows:
            yield Needed(role, seats, days, window.opens / 60, window.closes / 60, zone)


def _usual(
    template: Template | None, regions: list[Region], posts: list[Post]
) -> tuple[Needed, ...]:
    if template is None or not regions or not posts:
        return ()
    return template.needed(posts[0].role, regions[0].zone)


def _known_names(
    part: Part, posts: list[Post], patterns: tuple[Pattern, ...], needed: tuple[Needed, ...]
) -> None:
    """Complain of roles that nobody is hired for, and of patterns that are not given."""
    roles = {post.role for post in posts} | {ON_CALL}
    for each in needed:
        if each.role not in roles:
            part.wrong(
                "needed",
                gettext("%(role)s is needed and hired nowhere; add the role to a region")
                % {"role": shown(each.role)},
            )
    names = {pattern.name for pattern in patterns}
    for post in posts:
        for name in post.patterns:
            if name not in names:
                part.wrong(
                    "patterns",
                    gettext("%(name)s is worked in %(region)s and not given here")
                    % {"name": shown(name), "region": post.region},
                )


def week_in(part: Part) -> date:
    """The Monday the roster begins on; without one, a week of winter in the north."""
    usual = date(2026, 1, 5)
    given = part.text("week")
    if not given:
        return usual
    try:
        found = date.fromisoformat(given)
    except ValueError:
        part.wrong(
            "week", gettext("%(given)s is no date; write 2026-03-02") % {"given": shown(given)}
        )
        return usual
    return found - timedelta(days=found.weekday())


def _slot(part: Part) -> float:
    slot = part.hours("slots", least=0.25, most=1, default=1.0)
    if slot not in SLOTS:
        part.wrong("slots", gettext("wants 15 min, 30 min or 1 h"))
        return 1.0
    return slot


def rules_in(part: Part) -> LabourRules:
    """A preset by name, or one with some of its limits changed."""
    if not isinstance(part.data.get("rules"), dict):
        return PRESETS[part.choice("rules", PRESETS, default=EU.name)]
    inner = part.part("rules")
    assert inner is not None
    rules = PRESETS[inner.choice("preset", PRESETS, default=EU.name)]
    named = rules.name if set(inner.data) <= {"preset"} else f"{rules.name} (changed)"
    rules = replace(
        rules,
        name=named,
        rest_h=inner.hours("daily_rest", most=24, default=rules.rest_h),
        weekly_rest_h=inner.hours("weekly_rest", most=168, default=rules.weekly_rest_h),
        most_week_h=inner.number("hours_a_week", most=168, default=rules.most_week_h),
        most_shift_h=inner.hours("longest_shift", most=24, default=rules.most_shift_h),
        most_night_shift_h=inner.hours(
            "longest_night_shift", most=24, default=rules.most_night_shift_h
        ),
        most_days_in_row=inner.whole("days_in_a_row", least=1, default=rules.most_days_in_row),
    )
    inner.end()
    return rules


def _on_call(part: Part, template: Template | None) -> OnCall | None:
    inner = part.part("on_call")
    if inner is None:
        if template is not None and template.on_call is not None:
            part.wrong(
                "on_call",
                gettext("is missing; give its price_per_hour, 0 if it is paid with the salary"),
            )
        return None
    hour = inner.money("price_per_hour", needed=True)
    call = inner.money("price_per_call_hour")
    found = OnCall(
        hour.likely if hour else 0.0,
        inner.number("calls_per_week", most=10_000, default=0.0),
        inner.hours("work_per_call", most=24, default=1.0) or 1.0,
        call.likely if call else 0.0,
    )
    inner.end()
    return found


def written(question: RosterQuestion) -> dict[str, Json]:
    """What was understood, in short, for a report."""
    return {
        "week": question.week.isoformat(),
        "rules": question.rules.name,
        "regions": [region.name for region in question.regions],
        "patterns": [pattern.name for pattern in question.patterns],
    }
