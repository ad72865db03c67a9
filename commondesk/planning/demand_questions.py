"""What the step on demand asks: what comes in, when somebody is there, what is promised."""

from __future__ import annotations

from commondesk.core.texts import gettext_noop as _
from commondesk.planning.questions import Group, Kind, Question

TIERS, PRIORITIES = 3, 4
"""How many rows a form has; a file may have more."""

COMES_IN = Group(
    _("What comes in"),
    (
        Question(
            "demand.tickets_per_month",
            _("Tickets a month"),
            also=("demand.tickets_per_week", "demand.tickets_per_year", "demand.per_hour"),
        ),
        Question(
            "demand.closed_share",
            _("Share that comes while the desk is closed"),
            hint=_("Such as 20 %"),
        ),
        Question(
            "demand.work",
            _("Work that one ticket takes"),
            hint=_("Time at it, not until it is solved: 30 min"),
            also=("demand.tiers",),
        ),
        Question(
            "demand.work_varies",
            _("How much the work varies"),
            hint=_("1 is usual: many short tickets, a few long ones"),
        ),
    ),
)
HOURS = Group(
    _("When somebody is there, and what is promised"),
    (
        Question(
            "staffing.hours.mon-fri",
            _("Monday to Friday"),
            hint=_("08:00-16:00; with a break 08:00-12:00, 13:00-17:00; all day 00:00-24:00"),
            also=("staffing.hours",),
        ),
        Question("staffing.hours.sat", _("Saturday"), hint=_("Empty: closed")),
        Question("staffing.hours.sun", _("Sunday"), hint=_("Empty: closed")),
        Question(
            "staffing.first_response",
            _("Promise: started within"),
            hint=_("Working time, such as 1 h"),
            also=("staffing.priorities",),
        ),
        Question("staffing.resolution", _("Promise: solved within"), hint=_("Such as 8 h")),
        Question(
            "staffing.share", _("For this share of tickets"), hint=_("90 % unless you say other")
        ),
    ),
)
PEOPLE = Group(
    _("Your people"),
    (
        Question(
            "staffing.shrinkage",
            _("Paid time away from tickets"),
            hint=_("Leave, sickness, meetings, training: such as 30 %"),
        ),
        Question("staffing.paid_hours", _("Paid hours a week"), hint=_("40 unless you say other")),
        Question(
            "staffing.max_utilisation",
            _("Nobody busier than"),
            hint=_("85 % unless you say other"),
        ),
        Question("staffing.people", _("People there are today")),
        Question(
            "staffing.channel",
            _("How people reach the desk"),
            Kind.CHOICE,
            choices=(("tickets", _("by ticket")), ("live", _("live, by phone or chat"))),
        ),
        Question(
            "demand.patience",
            _("How long a caller waits before giving up"),
            hint=_("Live only, such as 2 min"),
        ),
    ),
)
TIER_ROWS = Group(
    _("Tiers that pass tickets on"),
    tuple(
        Question(f"demand.tiers[{row}].{name}", label, hint=hint, begins=name == "name")
        for row in range(1, TIERS + 1)
        for name, label, hint in (
            ("name", _("Tier"), _("Such as L1")),
            ("work", _("Work of one ticket there"), _("Such as 20 min")),
            ("escalates", _("Share that it passes on"), _("The last passes on none")),
        )
    ),
    says=_("Then leave the work of one ticket above empty."),
    is_folded=True,
)
PRIORITY_ROWS = Group(
    _("Priorities with promises of their own"),
    tuple(
        Question(f"staffing.priorities[{row}].{name}", label, hint=hint, begins=name == "name")
        for row in range(1, PRIORITIES + 1)
        for name, label, hint in (
            ("name", _("Priority"), _("Such as P1")),
            ("share", _("Share of tickets"), _("Together 100 %")),
            ("first_response", _("Started within"), ""),
            ("resolution", _("Solved within"), ""),
        )
    ),
    says=_("The most urgent first; then leave the promises above empty."),
    is_folded=True,
    across=4,
)
TURNOVER = Group(
    _("People who come and go"),
    (
        Question("staffing.turnover.leavers_per_year", _("People who leave a year, of each post")),
        Question("staffing.turnover.vacancy_days", _("Days until a post is filled again")),
        Question("staffing.turnover.ramp_days", _("Days until a new person is up to speed")),
        Question("staffing.turnover.start_productivity", _("Share of the work they do at first")),
    ),
    is_folded=True,
)
GROUPS = (COMES_IN, HOURS, PEOPLE, TIER_ROWS, PRIORITY_ROWS, TURNOVER)
