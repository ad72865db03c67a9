"""The envelope of an event: who, when, how we know, and a typed body."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from .instant import Instant

COMPANY_STREAM = "company"
MAIL_STREAM = "mail"
"""What was decided about mail that belongs to no ticket, or not yet."""
STREAMS_OF_THE_COMPANY = frozenset({COMPANY_STREAM, MAIL_STREAM})
"""Every other stream is the uuid of a ticket."""


class Side(StrEnum):
    """Where somebody stands. Provider and company (its own IT) are the two technical sides."""

    REQUESTER = "requester"
    PROVIDER = "provider"
    COMPANY = "company"
    VENDOR = "vendor"
    MACHINE = "machine"

    @property
    def is_technical(self) -> bool:
        """True for the people who work tickets."""
        return self in (Side.PROVIDER, Side.COMPANY)

    @property
    def is_requesters(self) -> bool:
        """True for the people who may agree for the requester: requesters and the own IT."""
        return self in (Side.REQUESTER, Side.COMPANY)


class Certainty(StrEnum):
    """How the time of an event is known."""

    OBSERVED = "observed"
    IMPORTED = "imported"
    ESTIMATED = "estimated"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a person (and on whose behalf), or a machine by its name."""

    id: str
    side: Side
    on_behalf_of: str = ""

    @property
    def is_person(self) -> bool:
        """True unless a machine acted."""
        return self.side is not Side.MACHINE


@dataclass(frozen=True, slots=True)
class WordsRef:
    """Words that people wrote, kept outside the event: their id and a salted hash of them."""

    id: str
    digest: str


@dataclass(frozen=True, slots=True)
class Body:
    """What an event says. Each kind has a wire name and a version."""

    NAME: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Event:
    """One fact of the record.

    stream is the uuid of a ticket, COMPANY_STREAM or MAIL_STREAM; position counts from 1 within it.
    happened_at is when it took place, learnt_at when we came to know of it.
    """

    stream: str
    position: int
    happened_at: Instant
    learnt_at: Instant
    certainty: Certainty
    actor: Actor
    body: Body

    @property
    def name(self) -> str:
        """The wire name of the body, such as `ticket.opened`."""
        return self.body.NAME
