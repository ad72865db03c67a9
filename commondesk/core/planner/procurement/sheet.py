"""The scoping sheet: six points and three questions, to be settled before providers are asked."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...texts import gettext_noop as _
from ..diagnosis.answers import Scoping


@dataclass(frozen=True, slots=True)
class End:
    """Where a responsibility ends, who has it from there, and how it is handed over."""

    where: str
    other_side: str = ""
    handed_over: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was written down. An empty text is a point that is not settled."""

    criticality: str = ""
    scope: str = ""
    hours_channels: str = ""
    documentation: str = ""
    escalation: str = ""
    internal_referent: str = ""
    outsourced: str = ""
    why: str = ""
    kept_inside: str = ""
    ends: tuple[End, ...] = ()
    success: str = ""
    channels: tuple[str, ...] = ()
    zone: str = ""
    week: dict[str, str] = field(default_factory=dict)
    """Covered hours by days, as `mon-fri: 09:00-17:00`."""

    @property
    def settled(self) -> Scoping:
        """Which of the six points are settled."""
        return Scoping(**{name: bool(getattr(self, name)) for name in POINTS})

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Which of the three questions have no answer yet."""
        answered = {
            "what_and_why": bool(self.outsourced and self.why),
            "where_it_ends": bool(self.ends),
            "success": bool(self.success),
        }
        return tuple(name for name, is_there in answered.items() if not is_there)


POINTS: dict[str, str] = {
    "criticality": _("Which services matter most, and what stops when they fail?"),
    "scope": _("What is the support to cover, and what expressly not?"),
    "hours_channels": _("When must somebody be there, and how do people reach them?"),
    "documentation": _("What is written down today, honestly?"),
    "escalation": _("Who is called when an incident is beyond the first line?"),
    "internal_referent": _("Who inside steers, and how much time do they have?"),
}
"""The six points, each as the question to answer."""

THREE: dict[str, str] = {
    "what_and_why": _("What exactly is given away, and why?"),
    "where_it_ends": _("Where does the provider's responsibility end, and whose is it from there?"),
    "success": _("How will we know in six months whether it works?"),
}
"""The three questions for one page."""
