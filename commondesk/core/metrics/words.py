"""Words: what came of a unit, and what its clock is called, in the language that is spoken."""

from __future__ import annotations

from ..record.events import ClockName
from ..service_level.clock import Verdict
from ..texts import pgettext, pgettext_noop

_VERDICTS: dict[str, str] = {
    Verdict.MET: pgettext_noop("what came of it", "met"),
    Verdict.MET_SO_FAR: pgettext_noop("what came of it", "met so far"),
    Verdict.MISSED: pgettext_noop("what came of it", "missed"),
    Verdict.RUNNING: pgettext_noop("what came of it", "running"),
    Verdict.UNDECIDED: pgettext_noop("what came of it", "undecided"),
    Verdict.NO_TARGET: pgettext_noop("what came of it", "no target"),
    Verdict.LIVE: pgettext_noop("what came of it", "live"),
    Verdict.AFTER_THE_FACT: pgettext_noop("what came of it", "after the fact"),
}
_CLOCKS: dict[str, str] = {
    ClockName.RESPONSE: pgettext_noop("clock", "response"),
    ClockName.NEXT_REPLY: pgettext_noop("clock", "next reply"),
    ClockName.RESOLUTION: pgettext_noop("clock", "resolution"),
    ClockName.RESTORE: pgettext_noop("clock", "restore"),
}


def verdict_words(verdict: str) -> str:
    """`met so far`; what is no verdict is in words already."""
    return pgettext("what came of it", _VERDICTS[verdict]) if verdict in _VERDICTS else verdict


def clock_words(clock: str) -> str:
    """`next reply`; empty for no clock."""
    return pgettext("clock", _CLOCKS[clock]) if clock else ""
