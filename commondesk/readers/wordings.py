"""What readers tell of a file in sentences with something in them; whole sentences stand in the
readers.

They are kept in English, and known again where a page shows them (`review/pack/in_words.py`).
"""

from __future__ import annotations

from commondesk.core.texts import gettext_noop

CUT_OFF = gettext_noop(
    "issues whose %(list)s was cut off by the export: what is missing is not known"
)
ZONELESS = gettext_noop("times without a zone, taken for %(zone)s")
NOBODY_NAMED = gettext_noop("tickets without a caller; %(name)s stands for them")
NOBODY_ASKED = gettext_noop("tickets without a requester; %(name)s stands for them")
LAST_VALUE = gettext_noop("tickets with %(column)s on rows from before it: a last value, not used")
NOT_WHAT_THE_ROWS_SHOW = gettext_noop("tickets whose %(column)s is not what the rows show")
NOT_WHAT_THEIR_ROWS_SHOW = gettext_noop("tickets whose %(column)s is not what their rows show")
BEFORE_OPENING = gettext_noop("tickets whose %(column)s is before they were opened")
TIMELESS = gettext_noop("rows without %(column)s, which nothing else tells; they were left out")
MISFITS = gettext_noop(
    "rows that do not have the %(count)s cells of the header; they were left out"
)
UNMARKED = gettext_noop("text without a byte-order mark, read as %(encoding)s")
CLOSED_BY_RULE = gettext_noop(
    "tickets were closed about %(hours)s h after they were solved, of %(all)s: closed by a rule."
    " Times up to the closing hold that wait; they are not times of work"
)
WINDOW = gettext_noop(
    "%(share)s of the tickets were opened from %(first)s to %(last)s, and few in the months beside:"
    " the window of the extraction, not a fall in demand"
)
CALLED_MISSED = gettext_noop(
    "tickets that the other desk's own flag calls missed: %(share)s of %(all)s. The flag %(rule)s;"
    " no figure here uses it"
)
CALLED_MISSED_BY_ROWS = gettext_noop(
    "tickets that the other desk's own flag calls missed: %(share)s of %(all)s by their last row;"
    " counted by rows it would be %(rows)s, which is the classic wrong number. The flag %(rule)s;"
    " no figure here uses it"
)
JUDGES_CLOSING = gettext_noop("judges the closing, not the solution")
OWN_RULES = gettext_noop("has its own rules")

PATTERNS = (
    CUT_OFF,
    ZONELESS,
    NOBODY_NAMED,
    NOBODY_ASKED,
    LAST_VALUE,
    NOT_WHAT_THE_ROWS_SHOW,
    NOT_WHAT_THEIR_ROWS_SHOW,
    BEFORE_OPENING,
    TIMELESS,
    MISFITS,
    UNMARKED,
    CLOSED_BY_RULE,
    WINDOW,
    CALLED_MISSED_BY_ROWS,
    CALLED_MISSED,
)
"""The longer of two that begin alike first."""
