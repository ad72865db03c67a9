"""An event on its way into the record: what happened, before it has a position."""

from __future__ import annotations

from dataclasses import dataclass

from .event import Actor, Body, Certainty
from .instant import Instant


@dataclass(frozen=True, slots=True)
class Draft:
    """What the desk hands to the ledger, which adds the position and when we learnt of it."""

    stream: str
    happened_at: Instant
    actor: Actor
    body: Body
    certainty: Certainty = Certainty.OBSERVED
