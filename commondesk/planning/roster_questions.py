"""What is asked for a roster: where people can be hired, at what cost, what is to be covered."""

from __future__ import annotations

from commondesk.core.texts import gettext_noop as _
from commondesk.planning.questions import Group, Kind, Question

REGIONS = 3
"""How many rows a form has; a file may have more, and patterns and needs of its own."""
TEMPLATES = (
    ("8x5 with on-call", _("Office hours, with somebody on call")),
    ("24/7 follow-the-sun", _("Day and night, where the sun is")),
)
RULES = (("EU", _("EU working time")), ("US", _("United States")), ("none", _("none")))


def _region(row: int) -> tuple[Question, ...]:
    place = f"roster.regions[{row}]"
    return (
        Question(f"{place}.name", _("Region"), hint=_("Such as Europe")),
        Question(f"{place}.zone", _("Its time zone"), hint=_("Such as Europe/Berlin")),
        Question(f"{place}.most_people", _("People who can be hired there")),
        Question(f"{place}.roles[1].role", _("Role"), hint=_("Such as L1; the same in each")),
        Question(f"{place}.roles[1].cost_per_week", _("Cost of one a week")),
        Question(f"{place}.roles[1].night_premium", _("More by night"), hint=_("Such as 25 %")),
    )


GROUP = Group(
    _("Shifts: a roster"),
    (
        Question("roster.template", _("Begin with"), Kind.CHOICE, choices=TEMPLATES,
                 also=("roster.patterns", "roster.needed")),
        Question("roster.rules", _("Labour rules to plan by"), Kind.CHOICE, choices=RULES,
                 hint=_("A preset, not legal advice")),
        Question("roster.week", _("The week"), hint=_("Any day of it, such as 2026-03-02")),
        Question("roster.uncovered_hour", _("What an empty seat hour is worth")),
        Question("roster.on_call.price_per_hour", _("Price of an hour on call"),
                 also=("roster.on_call",)),
        Question("roster.on_call.calls_per_week", _("Calls a week while on call")),
        *(question for row in range(1, REGIONS + 1) for question in _region(row)),
    ),
    says=_("Who works which shifts in which region, what it costs, and which hours stay open."),
    is_folded=True,
)  # fmt: skip
