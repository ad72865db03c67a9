"""The words of the core that pages look up, and numbers as they are shown."""

from commondesk.core.planner import told
from commondesk.core.planner.diagnosis.answers import BY_NAME, OPTIONS, POINTS
from commondesk.core.planner.diagnosis.diagnosis import READINESS, STEPS, WARNINGS
from commondesk.core.planner.diagnosis.rules import SOURCES
from commondesk.core.planner.procurement.sheet import THREE
from commondesk.core.planner.report.cost import chance
from commondesk.core.planner.told import Explained
from commondesk.core.record.codec import Json
from commondesk.core.texts import gettext, number, pgettext

options, points, readiness, steps, warnings = OPTIONS, POINTS, READINESS, STEPS, WARNINGS
three, sources = THREE, SOURCES
likely = chance
short = {name: each.short for name, each in BY_NAME.items()}
say = gettext
"""A text of the core in the language that is spoken, with its per cent signs as they are."""
NOTHING = "–"


def money(value: float | None) -> str:
    """`107,400`, `22.50`; a dash for none. Small sums keep their cents."""
    if value is None:
        return NOTHING
    return number(value, 0 if abs(value) >= 100 or value == int(value) else 2)


def plain(value: float | None) -> str:
    """A number as short as it can be told."""
    return told.shown(value)


def answer(value: Json) -> str:
    """An answer to a question of the diagnosis, as it is shown; a dash for none."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return pgettext("an answer", "yes") if value else pgettext("an answer", "no")
    if isinstance(value, int | float):
        return plain(value)
    return str(value)


def worth(value: float | Explained | None) -> str:
    """What stands for a name in a formula."""
    return told.shown(told.worth(value))
