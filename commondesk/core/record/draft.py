"""An event on its way into the record: what happened, before it has a position."""

from __future__ import annotations

from typing import NamedTuple

from .event import Actor, Body, Certainty
from .instant import Instant


class Draft(NamedTuple):
    """What the desk hands to the ledger, which adds the position and when we learnt of it.

    A tuple, since imports make millions of them.
    """

    stream: str
    happened_at: Instant
    actor: Actor
    body: Body
    certainty: Certainty = Certainty.OBSERVED
