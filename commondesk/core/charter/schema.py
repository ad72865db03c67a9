"""The whole charter: its sections as frozen records, each value with what people are told of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum

from ..record.events import Channel, ClockName, Kind, Priority, Tier, WaitReason
from ..record.priority import template_matrix
from ..service_level import lens as lenses
from ..texts import gettext
from ..texts import gettext_noop as _
from .leaf import Leaf, Told, Wants, told

Table = tuple[tuple[int, ...], ...]
"""Four rows of four levels, 1 (worst) to 4."""

CHANNELS = tuple(each.value for each in Channel if each is not Channel.IMPORT)
CLOCKS = tuple(each.value for each in ClockName)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY = ("week", "month", "quarter", "half_year", "year")


class Record:
    """A section, or one row of it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class About(Record):
    """What holds for all of it; these names stand directly under `charter`."""

    title: str = told(
        "", _("Title"), _("What the charter is called"), example=_("Help desk for Acme")
    )
    in_force_at: str = told(
        "",
        _("In force from"),
        _("The instant from which it rules new tickets; without one, when it is written down"),
        Wants.INSTANT,
        "2025-04-01T00:00:00Z",
    )
    until: str = told(
        "",
        _("Until"),
        _("The instant at which it ends, if an end is agreed; without one, it goes on"),
        Wants.INSTANT,
        "2026-04-01T00:00:00Z",
    )
    calendar: str = told(
        "",
        _("Coverage calendar"),
        _("The calendar of the covered hours, by its name; without one, the first"),
        Wants.KEY,
        "office",
    )
    default_priority: str = told(
        "P3",
        _("Priority until one is set"),
        _("Which targets hold while nobody has set a priority"),
        Wants.CHOICE,
        "P3",
        choices=Priority,
    )
    hold_period: str = told(
        "7d",
        _("A resolve has held after"),
        _("How long, on the wall, a ticket must stay resolved to count as resolved for good"),
        Wants.SPAN,
        "7d",
        unit=_("wall time"),
    )
    close_after: str = told(
        "14d",
        _("A resolved ticket closes after"),
        _("How long, on the wall, a resolved ticket can still be answered before it closes"),
        Wants.SPAN,
        "14d",
        unit=_("wall time"),
    )


@dataclass(frozen=True, slots=True)
class Party(Record):
    """A side that lives by the charter, and signs it."""

    party: str = told(
        "",
        _("Party"),
        _("Which side"),
        Wants.CHOICE,
        "company",
        choices=("company", "provider"),
        is_needed=True,
    )
    id: str = told("", _("Id"), _("The id of the company or provider here"), Wants.PERSON)
    title: str = told("", _("Name"), _("What it calls itself"), example=_("Helpers Ltd"))
    signs: str = told(
        "decision_maker",
        _("Who signs"),
        _("The role that may sign for this side"),
        Wants.CHOICE,
        "decision_maker",
        choices=("decision_maker",),
    )


@dataclass(frozen=True, slots=True)
class Scope(Record):
    """What is given to somebody else, what is kept, and why."""

    outsourced: str = told(
        "",
        _("Given to the provider"),
        _("What is outsourced"),
        Wants.LONG,
        _("User support, L1 and L2"),
    )
    kept_inside: str = told(
        "",
        _("Kept inside"),
        _("What the company keeps doing itself"),
        Wants.LONG,
        _("Steering, purchases, the ERP"),
    )
    reason: str = told(
        "",
        _("Why"),
        _("Why it is split like that"),
        Wants.LONG,
        _("One person cannot cover 24 hours"),
    )


@dataclass(frozen=True, slots=True)
class Boundary(Record):
    """Where a responsibility ends, and who is on the other side."""

    service: str = told(
        "", _("Service"), _("The service, by its key; empty for all of them"), Wants.KEY, "network"
    )
    ends: str = told(
        "",
        _("Ends where"),
        _("Where this side's responsibility ends"),
        Wants.LONG,
        _("At the firewall's inner port"),
        is_needed=True,
    )
    other_side: str = told(
        "", _("Other side"), _("Who has it from there on"), example=_("The line's operator")
    )
    handed_over: str = told(
        "",
        _("Handed over how"),
        _("How it is handed over, and what goes with it"),
        Wants.LONG,
        _("A ticket with the operator, reference noted, owner stays"),
    )


@dataclass(frozen=True, slots=True)
class ChannelRow(Record):
    """A way to reach the desk, and when somebody is there."""

    channel: str = told(
        "",
        _("Channel"),
        _("How people reach the desk"),
        Wants.CHOICE,
        "phone",
        choices=CHANNELS,
        is_needed=True,
    )
    calendar: str = told(
        "",
        _("Hours"),
        _("The calendar of its covered hours; empty for the coverage calendar"),
        Wants.KEY,
        "office",
    )
    note: str = told(
        "", _("Note"), _("What else callers need to know"), example=_("P1 only by phone")
    )


@dataclass(frozen=True, slots=True)
class Service(Record):
    """Something that people use and the desk looks after."""

    key: str = told(
        "", _("Key"), _("How tickets name it; it never changes"), Wants.KEY, "erp", is_needed=True
    )
    title: str = told("", _("Name"), _("What people call it"), example=_("Orders and stock (ERP)"))
    criticality: int = told(
        0,
        _("Criticality"),
        _("How critical it is to the business, from 1 (critical) to 4 (convenient); 0 is unknown"),
        Wants.LEVEL,
        "1",
    )
    in_scope: bool = told(
        True, _("In scope"), _("Whether this charter covers it"), Wants.YES, "true"
    )
    team: str = told(
        "", _("Team"), _("The team that takes its tickets first, by key"), Wants.KEY, "L1"
    )
    provider_contact: str = told(
        "", _("Contact"), _("Who answers for it at the provider"), example=_("Lead of second line")
    )


@dataclass(frozen=True, slots=True)
class Site(Record):
    """A place."""

    key: str = told(
        "",
        _("Key"),
        _("How tickets name it; it never changes"),
        Wants.KEY,
        "plant-2",
        is_needed=True,
    )
    title: str = told("", _("Name"), _("What people call it"), example=_("Plant 2, Lyon"))
    criticality: int = told(
        0,
        _("Criticality"),
        _("How critical it is to the business, from 1 (critical) to 4 (convenient); 0 is unknown"),
        Wants.LEVEL,
        "2",
    )


@dataclass(frozen=True, slots=True)
class Item(Record):
    """A configuration item: one thing among many."""

    key: str = told(
        "",
        _("Key"),
        _("How tickets name it; it never changes"),
        Wants.KEY,
        "press-4",
        is_needed=True,
    )
    title: str = told("", _("Name"), _("What people call it"), example=_("Press 4"))
    criticality: int = told(
        0,
        _("Criticality"),
        _("How critical it is to the business, from 1 (critical) to 4 (convenient); 0 is unknown"),
        Wants.LEVEL,
        "1",
    )
    service: str = told(
        "", _("Service"), _("The service it belongs to, by key"), Wants.KEY, "presses"
    )
    site: str = told("", _("Site"), _("Where it is, by key"), Wants.KEY, "plant-2")


@dataclass(frozen=True, slots=True)
class Criticality(Record):
    """How critical something is that stands in none of the lists."""

    name: str = told(
        "", _("Name"), _("The key of a service, site or item"), Wants.KEY, "press-4", is_needed=True
    )
    level: int = told(
        0, _("Level"), _("From 1 (critical) to 4 (convenient)"), Wants.LEVEL, "1", is_needed=True
    )


@dataclass(frozen=True, slots=True)
class Words(Record):
    """What the levels are called here, from worst to mildest, four words each."""

    criticality: tuple[str, ...] = told(
        (),
        _("Criticality"),
        _("Four words for criticality 1 to 4"),
        Wants.TEXTS,
        _("critical, important, useful, convenient"),
    )
    spread: tuple[str, ...] = told(
        (),
        _("Spread"),
        _("Four words for how far something spreads"),
        Wants.TEXTS,
        _("everyone, a site, a team, one person"),
    )
    urgency: tuple[str, ...] = told(
        (),
        _("Urgency"),
        _("Four words for what the requester can still do"),
        Wants.TEXTS,
        _("stopped, degraded, has a workaround, no hurry"),
    )


def _clock(label: str, meaning: str, example: str) -> str:
    return told(
        "",
        label,
        meaning,
        Wants.TARGET,
        example,
        unit=_("covered time, or business days (bd)"),
    )


@dataclass(frozen=True, slots=True)
class Target(Record):
    """What is promised to some tickets; the first row that fits a ticket counts."""

    service: str = told(
        "", _("Service"), _("Which service, by key; empty fits all"), Wants.KEY, "erp"
    )
    kind: str = told(
        "",
        _("Kind"),
        _("Which kind of ticket; empty fits all"),
        Wants.CHOICE,
        "incident",
        choices=Kind,
    )
    priority: str = told(
        "", _("Priority"), _("Which priority; empty fits all"), Wants.CHOICE, "P1", choices=Priority
    )
    response: str = _clock(
        _("First response"), _("By when a person has answered; empty, or none: no target"), "30m"
    )
    next_reply: str = _clock(
        _("Next reply"),
        _("By when each further message is answered; empty, or none: no target"),
        "2h",
    )
    resolution: str = _clock(
        _("Resolution"), _("By when it is resolved; empty, or none: no target"), "3bd"
    )
    restore: str = _clock(
        _("Restore"),
        _("By when the service is back, perhaps by a workaround; empty, or none: no target"),
        "4h",
    )
    calendar: str = told(
        "",
        _("Hours"),
        _("The calendar to count in; empty for the coverage calendar"),
        Wants.KEY,
        "24-7",
    )


@dataclass(frozen=True, slots=True)
class Reading(Record):
    """How clocks are read under this contract: the contract lens."""

    response_ends: str = told(
        "person",
        _("A first response ends with"),
        _("What ends a first response"),
        Wants.CHOICE,
        "person",
        choices=lenses.ResponseEnd,
    )
    resolving_responds: bool = told(
        False,
        _("Resolving responds"),
        _("Whether resolving without a reply is a first response"),
        Wants.YES,
        "false",
    )
    next_reply_owed: str = told(
        "first_unanswered",
        _("A next reply is owed"),
        _("From when on a next reply is owed"),
        Wants.CHOICE,
        "first_unanswered",
        choices=lenses.ReplyOwed,
    )
    next_reply_every: str = told(
        "8h",
        _("Every"),
        _("How often a reply is owed where it is owed at intervals"),
        Wants.SPAN,
        "8h",
        unit=_("covered time"),
    )
    resolution_ends: str = told(
        "last",
        _("A resolution ends with"),
        _("Which resolve ends a resolution"),
        Wants.CHOICE,
        "last",
        choices=lenses.ResolutionEnd,
    )
    reopen: str = told(
        "changes_nothing",
        _("A reopening"),
        _("What a reopening does to the clock"),
        Wants.CHOICE,
        "changes_nothing",
        choices=lenses.ReopenRule,
    )
    pauses: tuple[str, ...] = told(
        tuple(each.value for each in WaitReason),
        _("Pauses for"),
        _("What a clock pauses for while a ticket waits for it"),
        Wants.CHOICES,
        "all",
        choices=WaitReason,
    )
    pauses_for: tuple[str, ...] = told(
        CLOCKS,
        _("Clocks that pause"),
        _("Which clocks pause at all"),
        Wants.CHOICES,
        "all",
        choices=ClockName,
    )
    requester_pause_needs: str = told(
        "nothing",
        _("A pause for the requester needs"),
        _("What a pause for the requester needs"),
        Wants.CHOICE,
        "nothing",
        choices=lenses.RequesterPause,
    )
    scheduled_pause_needs: str = told(
        "nothing",
        _("A pause for a date needs"),
        _("What a pause for a date needs"),
        Wants.CHOICE,
        "nothing",
        choices=lenses.ScheduledPause,
    )
    priority: str = told(
        "highest",
        _("Priority that counts"),
        _("Which of the priorities a ticket had rules its targets"),
        Wants.CHOICE,
        "highest",
        choices=lenses.PriorityUsed,
    )
    population: str = told(
        "due",
        _("A period covers"),
        _("Which tickets belong to a period"),
        Wants.CHOICE,
        "due",
        choices=lenses.Population,
    )
    disguised: str = told(
        "off",
        _("A new ticket on the same matter"),
        _("Within what time it counts as a reopening; off: never"),
        Wants.SPAN_OR_OFF,
        "7d",
        unit=_("wall time"),
    )


@dataclass(frozen=True, slots=True)
class Team(Record):
    """A team that takes tickets."""

    key: str = told("", _("Key"), _("How tickets name it"), Wants.KEY, "L1", is_needed=True)
    title: str = told("", _("Name"), _("What people call it"), example=_("First line"))
    tier: str = told("L1", _("Tier"), _("Its tier"), Wants.CHOICE, "L1", choices=Tier)
    side: str = told(
        "company",
        _("Side"),
        _("Whose team it is"),
        Wants.CHOICE,
        "provider",
        choices=("company", "provider"),
    )


@dataclass(frozen=True, slots=True)
class Contact(Record):
    """A named escalation contact: who is accountable while nobody owns a ticket."""

    team: str = told(
        "", _("Team"), _("The team, by key; empty for the whole side"), Wants.KEY, "L1"
    )
    person: str = told(
        "", _("Person"), _("Who is accountable, by id"), Wants.PERSON, is_needed=True
    )
    deputy: str = told("", _("Deputy"), _("Who stands in, by id"), Wants.PERSON)


@dataclass(frozen=True, slots=True)
class Windows(Record):
    """How long a handover or an unowned ticket may wait, in covered time, by priority."""

    P1: str = told("10m", _("P1"), _("For P1"), Wants.SPAN, "10m", unit=_("covered time"))
    P2: str = told("30m", _("P2"), _("For P2"), Wants.SPAN, "30m", unit=_("covered time"))
    P3: str = told("30m", _("P3"), _("For P3"), Wants.SPAN, "30m", unit=_("covered time"))
    P4: str = told("30m", _("P4"), _("For P4"), Wants.SPAN, "30m", unit=_("covered time"))


@dataclass(frozen=True, slots=True)
class Step(Record):
    """An escalation step: at a share of a target, somebody is told."""

    clock: str = told(
        "resolution", _("Clock"), _("Which target"), Wants.CHOICE, "resolution", choices=ClockName
    )
    percent: int = told(
        100,
        _("Share used"),
        _("At which share of the target"),
        Wants.NUMBER,
        "80",
        unit=_("per cent"),
        least=1,
        most=1000,
        is_needed=True,
    )
    contact: str = told(
        "",
        _("Told"),
        _("Who is told: a role, a team's key, or a person's id"),
        Wants.TEXT,
        "L2",
        is_needed=True,
    )


@dataclass(frozen=True, slots=True)
class DecisionRight(Record):
    """Who decides what, up to which limit, and by when."""

    topic: str = told(
        "", _("Topic"), _("What is to be decided"), example=_("Repair or replace"), is_needed=True
    )
    limit: str = told(
        "any",
        _("Limit"),
        _("Up to which money or risk: any, up to 500, up to 500 EUR, up to medium risk"),
        Wants.LIMIT,
        "up to 500 EUR",
    )
    decides: str = told(
        "",
        _("Decides"),
        _(
            "Who decides: a role (requester, agent, lead, referent, decision_maker, approver,"
            " auditor) or `person` and an id"
        ),
        Wants.DECIDER,
        "referent",
        is_needed=True,
    )
    stands_in: str = told(
        "",
        _("Stands in"),
        _("Who decides while that one is away: a role or a person"),
        Wants.DECIDER,
        "decision_maker",
    )
    within: str = told(
        "",
        _("Within"),
        _("By when it is decided"),
        Wants.TARGET,
        "1bd",
        unit=_("covered time, or business days (bd)"),
    )


@dataclass(frozen=True, slots=True)
class RampUp(Record):
    """The first weeks: targets are measured and shown, but not judged."""

    days: int = told(
        0,
        _("Days"),
        _("How many days from the start; 0 for none"),
        Wants.NUMBER,
        "60",
        unit=_("days"),
        most=180,
    )


@dataclass(frozen=True, slots=True)
class Knowledge(Record):
    """What must be written down, and how fresh it must be."""

    runbooks: str = told(
        "", _("Runbooks"), _("Which runbooks there must be"), example=_("one per critical system")
    )
    environment_map: str = told(
        "",
        _("Environment map"),
        _("How often the map is brought up to date"),
        Wants.CHOICE,
        "quarterly",
        choices=("monthly", "quarterly", "half_yearly", "yearly"),
    )
    articles: str = told(
        "",
        _("Articles"),
        _("What is expected of articles"),
        example=_("one for each recurring request"),
    )


@dataclass(frozen=True, slots=True)
class Review(Record):
    """The regular look at the figures, together."""

    every: str = told("month", _("Every"), _("How often"), Wants.CHOICE, "month", choices=EVERY)
    who: str = told(
        "", _("Who"), _("Who comes"), example=_("Referent, provider's lead, operations")
    )


@dataclass(frozen=True, slots=True)
class Regime(Record):
    """Rules by law or contract that both sides must keep."""

    regime: str = told("", _("Regime"), _("Which one"), example=_("GDPR"), is_needed=True)
    note: str = told(
        "", _("Note"), _("What it asks of this desk"), example=_("Processing agreement signed")
    )


@dataclass(frozen=True, slots=True)
class Fees(Record):
    """What the provider is paid; for cost per ticket."""

    currency: str = told("", _("Currency"), _("Three capital letters"), Wants.CURRENCY, "EUR")
    per_month: float = told(
        0, _("Per month"), _("Fixed fee a month"), Wants.AMOUNT, "4200", unit=_("currency")
    )
    per_ticket: float = told(
        0, _("Per ticket"), _("Fee for each ticket"), Wants.AMOUNT, "12.50", unit=_("currency")
    )
    per_hour: float = told(
        0, _("Per hour"), _("Fee for each hour of work"), Wants.AMOUNT, "85", unit=_("currency")
    )


@dataclass(frozen=True, slots=True)
class InternalHours(Record):
    """What the company's own people are meant to spend on it; for cost per ticket."""

    per_month: float = told(
        0,
        _("Hours a month"),
        _("Agreed hours of the company's own people"),
        Wants.AMOUNT,
        "20",
        unit=_("hours a month"),
    )
    cost_per_hour: float = told(
        0, _("Cost an hour"), _("What such an hour costs"), Wants.AMOUNT, "55", unit=_("currency")
    )


@dataclass(frozen=True, slots=True)
class Points(Record):
    """What must be settled before anybody signs."""

    criticality: str = told(
        "",
        _("How critical the services covered are"),
        _("Which services matter most, and why"),
        Wants.LONG,
        _("Orders stop without the ERP; the rest can wait a day"),
    )
    scope: str = told(
        "",
        _("What is really in scope"),
        _("What is in, and what is expressly not"),
        Wants.LONG,
        _("User support at all sites; no projects"),
    )
    coverage: str = told(
        "",
        _("Hours and channels"),
        _("When somebody is there, and how to reach them"),
        Wants.LONG,
        _("Monday to Friday, 09:00 to 17:00; mail, portal and phone"),
    )
    documentation: str = told(
        "",
        _("How much is documented today"),
        _("The honest state on the first day"),
        Wants.LONG,
        _("Network drawn in 2023; nothing on the ERP"),
    )
    escalation: str = told(
        "",
        _("How it escalates"),
        _("Who is called when, in words"),
        Wants.LONG,
        _("The contact of each team after 30 working minutes"),
    )
    referent: str = told(
        "",
        _("Where the internal referent sits"),
        _("Who steers inside; `no referent: the owner` is an answer"),
        Wants.LONG,
        _("Rita Ferent, two days a week"),
    )


@dataclass(frozen=True, slots=True)
class Hours(Record):
    """Covered hours by weekday, in the zone's own time. Holidays are entered beside the charter."""

    name: str = told(
        "", _("Name"), _("How targets and channels name it"), Wants.KEY, "office", is_needed=True
    )
    zone: str = told(
        "", _("Time zone"), _("Whose clock it is"), Wants.ZONE, "Europe/Berlin", is_needed=True
    )
    mon: str = told(
        "", _("Mon"), _("Hours, such as 09:00-17:00"), Wants.WINDOWS, "09:00-12:00, 13:00-17:00"
    )
    tue: str = told("", _("Tue"), _("Hours, such as 09:00-17:00"), Wants.WINDOWS, "09:00-17:00")
    wed: str = told("", _("Wed"), _("Hours, such as 09:00-17:00"), Wants.WINDOWS, "09:00-17:00")
    thu: str = told("", _("Thu"), _("Hours, such as 09:00-17:00"), Wants.WINDOWS, "09:00-17:00")
    fri: str = told("", _("Fri"), _("Hours, such as 09:00-17:00"), Wants.WINDOWS, "09:00-17:00")
    sat: str = told("", _("Sat"), _("Hours; empty is closed"), Wants.WINDOWS, "10:00-14:00")
    sun: str = told(
        "", _("Sun"), _("Hours; over midnight as 22:00-06:00"), Wants.WINDOWS, "22:00-06:00"
    )
    holidays: tuple[str, ...] = told(
        (), _("Holidays"), _("Closed days known when it was written"), Wants.DATES, "2025-12-25"
    )
    exceptional: tuple[str, ...] = told(
        (),
        _("Exceptional days"),
        _("A date and its hours"),
        Wants.DAYS_WITH_HOURS,
        "2025-12-24 09:00-12:00",
    )


def _table(place: dict[tuple[int, int], int]) -> Table:
    return tuple(tuple(place[row, column] for column in range(1, 5)) for row in range(1, 5))


IMPACT: Table = _table(dict(template_matrix().impact))
MATRIX: Table = _table(
    {cell: tuple(Priority).index(level) + 1 for cell, level in template_matrix().priority.items()}
)


@dataclass(frozen=True, slots=True)
class Charter:
    """The operating model of a company and a provider, or of a company that serves itself."""

    about: About = About()
    parties: tuple[Party, ...] = ()
    scope: Scope = Scope()
    boundaries: tuple[Boundary, ...] = ()
    channels: tuple[ChannelRow, ...] = ()
    calendars: tuple[Hours, ...] = ()
    services: tuple[Service, ...] = ()
    sites: tuple[Site, ...] = ()
    items: tuple[Item, ...] = ()
    criticality: tuple[Criticality, ...] = ()
    words: Words = Words()
    impact: Table = IMPACT
    matrix: Table = MATRIX
    targets: tuple[Target, ...] = ()
    lens: Reading = Reading()
    teams: tuple[Team, ...] = ()
    contacts: tuple[Contact, ...] = ()
    escalation_window: Windows = Windows()
    escalation: tuple[Step, ...] = ()
    decision_rights: tuple[DecisionRight, ...] = ()
    ramp_up: RampUp = RampUp()
    knowledge: Knowledge = Knowledge()
    review: Review = Review()
    compliance: tuple[Regime, ...] = ()
    fees: Fees = Fees()
    internal_hours: InternalHours = InternalHours()
    points: Points = Points()


class Written(StrEnum):
    """How a section stands in a document."""

    BARE = "its values stand directly under charter"
    RECORD = "names with values"
    ROWS = "a list of rows"
    NAMED = "rows by their first value"
    TABLE = "four rows of four levels"


class Enforced(StrEnum):
    """What the desk does with a section."""

    YES = _("the desk enforces it")
    SHOWN = _("shown; the desk enforces it in a later version")
    WORDS = _("for people to read")

    @property
    def words(self) -> str:
        """The same in the language that is spoken."""
        return gettext(self.value)


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the charter: its key in documents, its title, and how it is written.

    What is noted is English; what is asked for is in the language that is spoken.
    """

    key: str
    title_noted: str
    shape: type[Record]
    written: Written
    enforced: Enforced
    says_noted: str
    keys: tuple[str, ...] = ()
    """What tells its rows apart."""
    is_ordered: bool = False
    """Whether the order of its rows means something."""

    @property
    def title(self) -> str:
        return gettext(self.title_noted)

    @property
    def says(self) -> str:
        return gettext(self.says_noted)

    @property
    def is_rows(self) -> bool:
        return self.written in (Written.ROWS, Written.NAMED)


Y, S, W = Enforced.YES, Enforced.SHOWN, Enforced.WORDS
SECTIONS: tuple[Section, ...] = (
    Section("about", _("In short"), About, Written.BARE, Y, _("What holds for the whole charter.")),
    Section(
        "parties",
        _("Parties"),
        Party,
        Written.ROWS,
        Y,
        _("Each party signs once; a company that serves itself signs alone."),
        ("party",),
    ),
    Section(
        "scope",
        _("What is outsourced, and why"),
        Scope,
        Written.RECORD,
        W,
        _("What is given away, what is kept, and the reason."),
    ),
    Section(
        "boundaries",
        _("Where responsibilities end"),
        Boundary,
        Written.ROWS,
        W,
        _(
            "For each service: where this side's duty ends, who is on the other side, and how "
            "it is handed over."
        ),
        ("service", "ends"),
    ),
    Section(
        "channels",
        _("Channels"),
        ChannelRow,
        Written.ROWS,
        W,
        _("How people reach the desk, and in which hours."),
        ("channel",),
    ),
    Section(
        "calendars",
        _("Covered hours"),
        Hours,
        Written.NAMED,
        Y,
        _(
            "Weekly hours, lunch breaks, shifts and time zone. Holidays are entered beside the "
            "charter, so that they can change without a new version."
        ),
        ("name",),
    ),
    Section(
        "services",
        _("Services"),
        Service,
        Written.ROWS,
        Y,
        _("What is looked after, and how critical it is."),
        ("key",),
    ),
    Section("sites", _("Sites"), Site, Written.ROWS, Y, _("Places that tickets name."), ("key",)),
    Section(
        "items", _("Items"), Item, Written.ROWS, Y, _("Single things that tickets name."), ("key",)
    ),
    Section(
        "criticality",
        _("Other criticality"),
        Criticality,
        Written.NAMED,
        Y,
        _("Levels of what stands in none of the lists above."),
        ("name",),
    ),
    Section(
        "words",
        _("Words for levels"),
        Words,
        Written.RECORD,
        S,
        _("What the levels are called here."),
    ),
    Section(
        "impact",
        _("Impact"),
        Record,
        Written.TABLE,
        Y,
        _(
            "Impact, 1 is worst: how critical the thing is (rows) by how far it spreads (columns: "
            "everyone, a site, a team, one person)."
        ),
    ),
    Section(
        "matrix",
        _("Priority"),
        Record,
        Written.TABLE,
        Y,
        _(
            "Priority: impact (rows) by what the requester can still do (columns: stopped, "
            "degraded, has a workaround, no hurry)."
        ),
    ),
    Section(
        "targets",
        _("Targets"),
        Target,
        Written.ROWS,
        Y,
        _("What is promised. The first row that fits a ticket counts."),
        ("service", "kind", "priority"),
        is_ordered=True,
    ),
    Section(
        "lens",
        _("How clocks are read"),
        Reading,
        Written.RECORD,
        Y,
        _("The contract lens: the queue, warnings and misses follow it."),
    ),
    Section(
        "teams",
        _("Tiers and teams"),
        Team,
        Written.NAMED,
        W,
        _("Who takes tickets, by tier."),
        ("key",),
    ),
    Section(
        "contacts",
        _("Named escalation contacts"),
        Contact,
        Written.ROWS,
        W,
        _("Who is accountable for each team while nobody owns a ticket."),
        ("team",),
    ),
    Section(
        "escalation_window",
        _("Escalation window"),
        Windows,
        Written.RECORD,
        Y,
        _(
            "How long a handover or an unowned ticket may wait before it goes to the receiving "
            "side's contact."
        ),
    ),
    Section(
        "escalation",
        _("Escalation steps"),
        Step,
        Written.ROWS,
        Y,
        _("Who is told when a share of a target is used up."),
        ("clock", "percent", "contact"),
        is_ordered=True,
    ),
    Section(
        "decision_rights",
        _("Who decides what"),
        DecisionRight,
        Written.ROWS,
        S,
        _("Topic, limit, who decides, who stands in, and by when."),
        ("topic", "limit"),
    ),
    Section(
        "ramp_up",
        _("Ramp-up"),
        RampUp,
        Written.RECORD,
        S,
        _("Targets are measured and shown, not judged."),
    ),
    Section(
        "knowledge", _("Knowledge"), Knowledge, Written.RECORD, S, _("What must be written down.")
    ),
    Section(
        "review", _("Review"), Review, Written.RECORD, S, _("When both sides look at the figures.")
    ),
    Section(
        "compliance", _("Compliance"), Regime, Written.ROWS, W, _("Regimes in force."), ("regime",)
    ),
    Section("fees", _("Fees"), Fees, Written.RECORD, S, _("For cost per ticket.")),
    Section(
        "internal_hours",
        _("Internal hours"),
        InternalHours,
        Written.RECORD,
        S,
        _("For cost per ticket."),
    ),
    Section(
        "points",
        _("Six points to fill before signing"),
        Points,
        Written.RECORD,
        Y,
        _("Nobody can sign before they are filled."),
    ),
)
del Y, S, W
BY_KEY = {section.key: section for section in SECTIONS}


@dataclass(frozen=True, slots=True)
class FieldOf:
    """A field of a record: its name, what it holds if nothing is written, and what it tells."""

    name: str
    default: Leaf
    told: Told


_FIELDS: dict[type[Record], tuple[FieldOf, ...]] = {}


def fields_of(shape: type[Record]) -> tuple[FieldOf, ...]:
    """The fields of a kind of record, in order."""
    if shape not in _FIELDS:
        _FIELDS[shape] = tuple(_fields(shape))
    return _FIELDS[shape]


def _fields(shape: type[Record]) -> Iterator[FieldOf]:
    for each in fields(shape) if shape is not Record else ():  # type: ignore[arg-type]
        default, about = each.default, each.metadata["told"]
        assert isinstance(default, str | int | float | bool | tuple) and isinstance(about, Told)
        yield FieldOf(each.name, default, about)
