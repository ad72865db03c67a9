"""Who the sample company is: its people, sides, teams and charters, arranged through the commands.

Everybody is plainly made up, under domains that belong to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

from commondesk.accounts import directory, policy, setup
from commondesk.accounts.arrangement import providers, teams
from commondesk.accounts.models import Company, Person
from commondesk.accounts.policy import Role
from commondesk.core.record.arrangement import CatalogueKind
from commondesk.core.record.codec import Json
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.instant import DAY, HOUR, Instant
from commondesk.governance import actions as governance
from commondesk.governance import charters, entering
from commondesk.governance.charters import Document

TITLE = "Sample Foods"
PREFIX = "SAMPLE"
ZONE, FAR_ZONE = "Europe/Berlin", "America/New_York"
DOMAIN, HELPERS_DOMAIN, VENDOR_DOMAIN = (
    "sample-foods.example",
    "sample-helpers.example",
    "sample-lines.example",
)
HELPERS, VENDOR = "Sample Helpers", "Sample Lines, maker of packing lines"
PLAYER = Actor("sample", Side.MACHINE)
DAY_DESK, LATE_DESK, SPECIALISTS, SITE_IT = "day-desk", "late-desk", "specialists", "site-it"
NORTHPORT, LAKESIDE = "northport", "lakeside"
LONGEST_NAME = (
    "Maximiliane-Theodora Requester-Wolkenstein of the Upper and Lower Lakeside,"
    " Head of Returns, Complaints and Everything That Nobody Else Answers"
)
FIRST_NAMES = (
    *("Rita", "Rob", "Ravi", "Rosa", "Ruth", "Rune", "Remy", "Reem", "Roman", "Ren"),
    *("Bea", "Carl", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo", "Jane", "Karl"),
    *("Lia", "Max", "Nils", "Ola", "Pia", "Quinn", "Sia", "Tom", "Uma", "Vera"),
)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the sample, as the play acts for them."""

    person: UUID
    title: str
    address: str
    actor: Actor
    team: str = ""


@dataclass(slots=True)
class Cast:
    """The company and everybody in it, by what they do in the play."""

    company: Company
    founder: Member
    provider: UUID
    referent: Member
    lead: Member
    late_lead: Member
    agents: dict[str, Member]
    requesters: list[Member] = field(default_factory=list)

    @property
    def uuid(self) -> UUID:
        return self.company.uuid


def introduced(at: Instant, requesters: int) -> Cast:
    """Found the sample and arrange its sides, as of this instant; requesters ask."""
    company, founder = setup.found_company(
        at=at,
        title=TITLE,
        person_title="Dana Decider",
        address=f"dana.decider@{DOMAIN}",
        password=None,
        is_invited=True,
        zone=ZONE,
        prefix=PREFIX,
        desk_address=f"support@{DOMAIN}",
        template="co-managed",
        is_sample=True,
    )
    uuid = company.uuid
    provider = providers.engage_provider(uuid, at=at, actor=PLAYER, title=HELPERS).uuid
    for slug, title, tier, whose in (
        (DAY_DESK, "Day desk, Europe", "L1", provider),
        (LATE_DESK, "Late desk, America", "L1", provider),
        (SPECIALISTS, "Specialists", "L2", provider),
        (SITE_IT, "Site IT, our own", "L2", None),
    ):
        teams.form_team(
            uuid, at=at, actor=PLAYER, title=title, tier=tier, provider=whose, slug=slug
        )
    own = _Introducing(uuid, at, DOMAIN, "company", None)
    helpers = _Introducing(uuid, at, HELPERS_DOMAIN, "provider", provider)
    decides = (Role.AGENT, Role.LEAD, Role.DECISION_MAKER)
    cast = Cast(
        company=company,
        founder=member_of(uuid, founder),
        provider=provider,
        referent=own.member("Rene Referent", SITE_IT, Role.AGENT, Role.LEAD, Role.REFERENT),
        lead=helpers.member("Lee Lead", DAY_DESK, *decides),
        late_lead=helpers.member("Lena Late-Lead", LATE_DESK, Role.AGENT, Role.LEAD),
        agents={},
    )
    for name, team in (
        ("Alex Agent", DAY_DESK),
        ("Ada Agent", DAY_DESK),
        ("Lou Leaving", DAY_DESK),
        ("Kai Latehours", LATE_DESK),
        ("Kim Latehours", LATE_DESK),
        ("Sam Specialist", SPECIALISTS),
        ("Sky Specialist", SPECIALISTS),
    ):
        cast.agents[name] = helpers.member(name, team, Role.AGENT)
    cast.agents["Olive Own-IT"] = own.member("Olive Own-IT", SITE_IT, Role.AGENT)
    own.member("Audrey Auditor", "", Role.AUDITOR)
    asking = _Introducing(uuid, at, DOMAIN, "requester", None)
    cast.requesters = [asking.member(name, "", Role.REQUESTER) for name in _names(requesters)]
    asking.member("April Approver", "", Role.REQUESTER, Role.APPROVER)
    return cast


def newcomer(cast: Cast, at: Instant) -> Member:
    """The agent who comes for the one who left."""
    helpers = _Introducing(cast.uuid, at, HELPERS_DOMAIN, "provider", cast.provider)
    return helpers.member("Nia Newcomer", DAY_DESK, Role.AGENT)


def _names(count: int) -> list[str]:
    """So many names that say at once that they are made up; one of them is long."""
    surnames = ("Requester", "Asker", "Wanter", "Needer")
    plain = [
        f"{first} {last}" + (f" {turn}" if turn > 1 else "")
        for turn in range(1, 2 + count // (len(surnames) * len(FIRST_NAMES)))
        for last in surnames
        for first in FIRST_NAMES
    ]
    return [*plain[: count - 1], LONGEST_NAME]


@dataclass(frozen=True, slots=True)
class _Introducing:
    company: UUID
    at: Instant
    domain: str
    side: str
    provider: UUID | None

    def member(self, title: str, team: str, *roles: Role) -> Member:
        local = "".join(each if each.isalnum() else "." for each in title.lower())[:40].strip(".")
        person = directory.add_person(
            self.company,
            at=self.at,
            actor=PLAYER,
            title=title,
            address=f"{local}@{self.domain}",
            side=self.side,
            roles=roles,
            team=team,
            provider=self.provider,
        )
        return member_of(self.company, person)


def member_of(company: UUID, person: Person) -> Member:
    """Somebody of a company, as the record names them."""
    viewer = policy.viewer_of(person, company)
    assert viewer is not None
    return Member(person.uuid, person.title, person.address or "", viewer.actor, viewer.team)


# ---- what is agreed -----------------------------------------------------------------------

PROVIDED: list[Json] = [
    {"key": "network", "title": "Network and remote access", "criticality": 1, "team": DAY_DESK},
    {"key": "mail", "title": "Mail and calendar", "criticality": 2, "team": DAY_DESK},
    {"key": "accounts", "title": "Accounts and access", "criticality": 2, "team": DAY_DESK},
    {"key": "workplace", "title": "Laptops and phones", "criticality": 3, "team": DAY_DESK},
    {"key": "printing", "title": "Printing and labels", "criticality": 3, "team": DAY_DESK},
]
OWN: list[Json] = [
    {"key": "erp", "title": "Orders and stock", "criticality": 1, "team": SITE_IT},
    {"key": "lines", "title": "Packing lines", "criticality": 1, "team": SITE_IT},
]
SITES: list[Json] = [
    {"key": NORTHPORT, "title": "Northport, plant and warehouse", "criticality": 1},
    {"key": LAKESIDE, "title": "Lakeside, offices", "criticality": 3},
]
ITEMS = (
    ("core-switch", "Main switch of Northport", 1, NORTHPORT, "network"),
    ("switch-3", "Switch 3, packing hall", 2, NORTHPORT, "network"),
    ("printer-1", "Printer at reception", 4, LAKESIDE, "printing"),
    ("printer-2", "Label printer, hall 2", 2, NORTHPORT, "printing"),
    ("scanner-2", "Hand scanner, line 2", 3, NORTHPORT, "lines"),
    ("line-1", "Packing line 1", 1, NORTHPORT, "lines"),
)
POINTS: Document = {
    "criticality": "Network, orders and packing lines first: without them nothing leaves Northport",
    "scope": "User support and the platform; our own people keep orders, stock and packing lines",
    "coverage": "Monday to Friday, 09:00 to 17:00; P1 and P2 around the clock; mail, portal, phone",
    "documentation": "Good for the platform, thin for the packing lines",
    "escalation": "The contact of each team after 30 working minutes (P1 after 10), then the lead",
}
TARGETS: list[Json] = [
    {
        "priority": "P1",
        "calendar": "extended",
        "response": "30m",
        "next_reply": "1h",
        "resolution": "8h",
        "restore": "2h",
    },
    {
        "priority": "P2",
        "calendar": "extended",
        "response": "1h",
        "next_reply": "2h",
        "resolution": "12h",
        "restore": "6h",
    },
    {"priority": "P3", "response": "3h", "next_reply": "8h", "resolution": "1bd"},
    {"priority": "P4", "response": "1bd", "next_reply": "2bd", "resolution": "3bd"},
]
AS_PROVIDERS_WRITE_IT: Document = {
    "response_ends": "any_outgoing",
    "resolving_responds": True,
    "resolution_ends": "first",
    "reopen": "ignored",
    "pauses": "all",
    "priority": "current",
    "population": "ended",
}
"""The first charter reads the clocks as many contracts do; the draft of the second one does not."""


def charter_document(the: Cast, services: list[Json], **more: Json) -> Document:
    """The charter of one side of the sample, as a document to draft."""
    document = charters.template("co-managed")
    part = charters.charter_part(document)
    # Names are words, and a charter stays in the record for good: people are named by their ids.
    points: Document = POINTS | {"referent": f"person {the.referent.person}"}
    told: Document = {
        "services": services,
        "sites": SITES,
        "points": points,
        "channels": ["mail", "portal", "phone"],
        "compliance": [{"regime": "GDPR", "note": "Agreement signed"}],
        **more,
    }
    part |= told
    calendars = cast(Document, document["calendars"])
    for name, hours in (("office", "09:00-17:00"), ("extended", "")):
        week: Document = {"mon-fri": hours} if hours else {"all": "00:00-24:00"}
        calendars[name] = {"zone": ZONE, "week": week}
    return document


def agree(the: Cast, at: Instant, in_force_at: Instant, ramp_up_days: int) -> None:
    """Draft and sign the company's own charter and that with its provider.

    The provider's begins first: it rules what no charter covers.
    """
    ramp_up: Document = {"days": ramp_up_days}
    own = charter_document(the, OWN, title="What we look after ourselves", ramp_up={"days": 0})
    first = charters.versions_of(the.uuid)[0].uuid
    drafted = governance.draft_charter(
        the.uuid,
        at=at,
        actor=the.founder.actor,
        document=own,
        in_force_at=in_force_at + HOUR,
    )
    governance.withdraw_charter(the.uuid, at=at, actor=the.founder.actor, charter=first)
    sign(the, drafted, at + HOUR, the.founder)
    shared = charter_document(
        the,
        PROVIDED,
        title=f"Support by {HELPERS}",
        ramp_up=ramp_up,
        targets=TARGETS,
        fees={"currency": "EUR", "per_month": 5200, "per_ticket": 4.5},
        internal_hours={"per_month": 24, "cost_per_hour": 55},
    )
    lens = charters.charter_part(shared)["lens"]
    assert isinstance(lens, dict)
    lens |= AS_PROVIDERS_WRITE_IT
    drafted = governance.draft_charter(
        the.uuid,
        at=at + HOUR,
        actor=the.founder.actor,
        document=shared,
        provider=str(the.provider),
        in_force_at=in_force_at,
    )
    sign(the, drafted, at + 2 * HOUR, the.founder)
    sign(the, drafted, at + DAY, the.lead)
    for key, title, level, site, service in ITEMS:
        entering.enter(
            the.uuid,
            at=in_force_at + HOUR,
            actor=the.referent.actor,
            kind=CatalogueKind.ITEM,
            key=key,
            title=title,
            criticality=level,
            site=site,
            service=service,
        )


def sign(the: Cast, charter: str, at: Instant, who: Member) -> None:
    """Somebody signs for their side."""
    party = who.actor.side.value
    governance.sign_charter(the.uuid, at=at, actor=who.actor, charter=charter, party=party)
