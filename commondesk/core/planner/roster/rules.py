"""Rules of labour as presets that can be changed. They are a help to plan by, not legal advice:
what binds is the law, the contract and the collective agreement of the place.

EU: Directive 2003/88/EC as it is commonly summed up (read second-hand): 11 h of rest a day,
24 h + 11 h a week, 48 h a week on average, 8 h of night work, 4 weeks of leave. US: federal law
caps no hours of adults; over 40 h a week are overtime.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...texts import gettext
from .columns import NIGHT, Pattern, night_h

_NIGHT_WORK_H = 3.0
"""A shift with so many hours of night counts as night work."""


@dataclass(frozen=True, slots=True)
class LabourRules:
    """Limits for one person; None is no limit. Rest is between the end of a shift and the start
    of the next, in hours."""

    name: str
    rest_h: float | None = None
    weekly_rest_h: float | None = None
    most_week_h: float | None = None
    most_shift_h: float | None = None
    most_night_shift_h: float | None = None
    most_days_in_row: int | None = None
    overtime_over_h: float | None = None
    leave_weeks: float = 0.0
    night: tuple[float, float] = NIGHT


EU = LabourRules(
    "EU",
    rest_h=11,
    weekly_rest_h=35,
    most_week_h=48,
    most_shift_h=13,
    most_night_shift_h=8,
    most_days_in_row=6,
    leave_weeks=4,
)
US = LabourRules("US", overtime_over_h=40)
NONE = LabourRules("none")
PRESETS: Mapping[str, LabourRules] = {rules.name: rules for rules in (EU, US, NONE)}


def not_legal_advice() -> str:
    """The sentence that stands wherever rules of labour are used."""
    return gettext(
        "The rules are a preset to plan by, not legal advice: check the law, contracts and"
        " agreements of each place."
    )


def objection(pattern: Pattern, starts: float, rules: LabourRules) -> str:
    """Why a pattern with shifts at a local hour is not allowed; empty if it is."""
    free = 24 - pattern.hours
    worked = pattern.days * (pattern.hours - pattern.unpaid_h)
    nights = night_h(starts, pattern.hours, rules.night)
    if pattern.days > 1 and rules.rest_h is not None and free < rules.rest_h:
        return gettext("%(free)s h between shifts, %(least)s h are the least") % {
            "free": f"{free:g}",
            "least": f"{rules.rest_h:g}",
        }
    if rules.most_week_h is not None and worked > rules.most_week_h:
        return gettext("%(hours)s h a week, %(most)s h are the most") % {
            "hours": f"{worked:g}",
            "most": f"{rules.most_week_h:g}",
        }
    if rules.most_shift_h is not None and pattern.hours > rules.most_shift_h:
        return gettext("a shift of %(hours)s h, %(most)s h are the most") % {
            "hours": f"{pattern.hours:g}",
            "most": f"{rules.most_shift_h:g}",
        }
    if (
        rules.most_night_shift_h is not None
        and nights >= _NIGHT_WORK_H
        and pattern.hours > rules.most_night_shift_h
    ):
        return gettext("night work of %(hours)s h, %(most)s h are the most") % {
            "hours": f"{pattern.hours:g}",
            "most": f"{rules.most_night_shift_h:g}",
        }
    if rules.most_days_in_row is not None and pattern.days > rules.most_days_in_row:
        return gettext("%(days)s days in a row, %(most)s are the most") % {
            "days": pattern.days,
            "most": rules.most_days_in_row,
        }
    if rules.weekly_rest_h is not None and (7 - pattern.days) * 24 + free < rules.weekly_rest_h:
        return gettext("less than %(least)s h of rest a week") % {
            "least": f"{rules.weekly_rest_h:g}"
        }
    return ""


def allowed(
    patterns: tuple[Pattern, ...], rules: LabourRules
) -> tuple[tuple[Pattern, ...], tuple[str, ...]]:
    """The patterns with the starts that the rules allow, and a sentence for each one left out."""
    kept: list[Pattern] = []
    left_out: list[str] = []
    for pattern in patterns:
        objections = {start: objection(pattern, start, rules) for start in pattern.starts}
        fine = tuple(start for start in pattern.starts if not objections[start])
        if fine:
            kept.append(
                Pattern(
                    pattern.name, pattern.days, pattern.hours, fine, pattern.first_days,
                    pattern.unpaid_h,
                )
            )  # fmt: skip
        for reason in dict.fromkeys(each for each in objections.values() if each):
            at = [f"{start:g}" for start in pattern.starts if objections[start] == reason]
            left_out.append(
                gettext(
                    "%(pattern)s from %(starts)s is left out by the rules of %(rules)s: %(why)s."
                )
                % {
                    "pattern": pattern.name,
                    "starts": ", ".join(at),
                    "rules": rules.name,
                    "why": reason,
                }
            )
    return tuple(kept), tuple(left_out)
