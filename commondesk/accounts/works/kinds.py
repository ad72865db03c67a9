"""The kinds of long work. Each room that has some puts it here, and says how it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from commondesk.core.record.event import Actor
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext_noop

Given = Mapping[str, Any]
"""What was asked for, as it is stored: plain values, no words in a language."""

Tell = Callable[[int, int, int], None]
"""Say how far it is: the phase, counted from 0, how many are done in it, and of how many."""


def quiet(phase: int, done: int, total: int) -> None:
    """Nobody wants to know how far it is."""


class CannotBeDone(Exception):
    """It cannot be done as asked, however often it is tried. why is one of the kind's words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Doing:
    """A work under way. tell may raise; let that through: then nothing of it stays."""

    company: UUID
    actor: Actor
    given: Given
    content: bytes
    at: Instant
    tell: Tell = field(repr=False)


WHYS: Mapping[str, str] = {
    "broke_off": gettext_noop(
        "It broke off several times. Nothing of it was done. The log of the desk says what"
        " happened."
    ),
    "not_allowed": gettext_noop("You may not do that here any more. Nothing of it was done."),
}
"""Why any work can fail, in words."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of long work.

    prepare runs outside of any transaction and may be repeated. do runs in one, in which the work
    is marked as done as well: all of it stays, or nothing. What do gives is stored.
    """

    name: str
    prepare: Callable[[Doing], Any]
    do: Callable[[Doing, Any], Given]
    title: Callable[[Given], str]
    counted: Callable[[Given, int], str]
    phases: tuple[str, ...]
    """What each phase says, noted: `Writing: %(done)s of %(all)s`."""
    result: Callable[[Given, Given], str]
    """What came of it, in words, from what was asked for and what do gave."""
    onward: Callable[[str, Given], tuple[str, str]]
    """Where to look at what was made, by the company's prefix: an address, and its name."""
    again: Callable[[str, Given], tuple[str, str]]
    """The same for where to begin anew."""
    whys: Mapping[str, str]
    stopped: str = gettext_noop("Stopped. Nothing of it was done.")
    """What is said of one that was stopped."""
    meanwhile: str = gettext_noop("Until it is through nothing of it counts.")
    """What is said while it goes on."""


KINDS: dict[str, Kind] = {}


def learn(kind: Kind) -> None:
    """Have works of this kind done and told from now on."""
    KINDS[kind.name] = kind
