"""The kinds of events: past tense, frozen, each with its wire name and version.

Fields that name people, teams, services and items hold ids; words are WordsRef. docs/events.md
describes every kind, and a test says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from .event import Body, WordsRef
from .instant import Instant, Span


class Kind(StrEnum):
    """What a ticket is about (ITIL 4)."""

    INCIDENT = "incident"
    REQUEST = "request"
    QUESTION = "question"
    ALERT = "alert"


class Channel(StrEnum):
    """How somebody reached the desk."""

    MAIL = "mail"
    PORTAL = "portal"
    PHONE = "phone"
    WALK_IN = "walk_in"
    CHAT = "chat"
    MONITORING = "monitoring"
    API = "api"
    IMPORT = "import"


class Opening(StrEnum):
    """How a ticket was opened: as usual, live with the requester, or once all was over."""

    NORMAL = "normal"
    LIVE = "live"
    AFTER_THE_FACT = "after_the_fact"


class Priority(StrEnum):
    """P1 is the most pressing."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


class Tier(StrEnum):
    """In whose hands an owned ticket is. REFERENT is the company's own IT."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    REFERENT = "referent"


class WaitReason(StrEnum):
    """What a ticket waits for."""

    REQUESTER = "requester"
    VENDOR = "vendor"
    APPROVAL = "approval"
    SCHEDULED = "scheduled"
    OTHER = "other"


class Audience(StrEnum):
    """Who may read a note."""

    BOTH_TEAMS = "both_teams"
    OWN_TEAM = "own_team"


class Relation(StrEnum):
    """How two tickets belong together."""

    RELATED = "related"
    DUPLICATE = "duplicate"
    RETURNED = "returned"
    SAME_MATTER = "same_matter"


class ClockName(StrEnum):
    """The clocks of a ticket."""

    RESPONSE = "response"
    NEXT_REPLY = "next_reply"
    RESOLUTION = "resolution"
    RESTORE = "restore"


class FoldKind(StrEnum):
    """Why a stretch of a message is folded away at first."""

    QUOTE = "quote"
    SIGNATURE = "signature"


class SenderCheck(StrEnum):
    """What DKIM, SPF and DMARC say about the address in From. ABSENT: nothing, for or against."""

    PASSED = "passed"
    FAILED = "failed"
    ABSENT = "absent"


class HeldReason(StrEnum):
    """Why a mail waits for a person."""

    UNCLEAR_SENDER = "unclear_sender"
    CHECK_FAILED = "check_failed"
    CLAIMS_DESK = "claims_desk"
    CLAIMS_AGENT = "claims_agent"
    UNVERIFIED = "unverified"
    SECRET_CODE = "secret_code"  # noqa: S105 - a one-time code or a link to confirm something
    LOOP = "loop"
    STORM = "storm"
    WHOSE = "whose"
    UNREADABLE = "unreadable"


class MailDecision(StrEnum):
    """What became of a mail that was held."""

    OPENED = "opened"
    ADDED = "added"
    DISCARDED = "discarded"
    EXPIRED = "expired"


class Proof(StrEnum):
    """How it was shown that somebody really has the address they write from."""

    MAIL = "mail"
    PORTAL = "portal"


@dataclass(frozen=True, slots=True)
class Fold:
    """A stretch of a message's text that is folded away at first: characters start to end."""

    kind: FoldKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came or went with a message. size is in bytes; content is kept like words."""

    content: WordsRef
    name: WordsRef
    media_type: str
    size: int

    @property
    def id(self) -> str:
        """The id of the file."""
        return self.content.id


# ---- opening and understanding ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TicketOpened(Body):
    """A ticket began. It happened when the request reached us, or when its message was written."""

    NAME: ClassVar[str] = "ticket.opened"
    number: int
    requester: str
    channel: Channel
    kind: Kind
    subject: WordsRef
    opening: Opening = Opening.NORMAL
    service: str = ""
    item: str = ""
    site: str = ""
    charter: str = ""
    returned_from: str = ""
    split_from: str = ""


@dataclass(frozen=True, slots=True)
class TicketClassified(Body):
    """Somebody said what the ticket is about."""

    NAME: ClassVar[str] = "ticket.classified"
    kind: Kind
    service: str = ""
    item: str = ""
    site: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class TicketPrioritised(Body):
    """Impact and urgency (1 worst, 4 mildest, 0 unknown) gave a priority, or it was overridden."""

    NAME: ClassVar[str] = "ticket.prioritised"
    priority: Priority
    impact: int = 0
    urgency: int = 0
    is_override: bool = False
    reason: WordsRef | None = None


@dataclass(frozen=True, slots=True)
class PriorityConfirmed(Body):
    """A person confirmed the priority that a machine had set."""

    NAME: ClassVar[str] = "priority.confirmed"


@dataclass(frozen=True, slots=True)
class LoweringAgreed(Body):
    """Somebody of the requester's side agreed to the latest lowering of the priority."""

    NAME: ClassVar[str] = "priority.lowering_agreed"
    priority: Priority


# ---- hands --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TicketAssigned(Body):
    """Routed to a team, perhaps to a person. Makes no owner."""

    NAME: ClassVar[str] = "ticket.assigned"
    team: str
    tier: Tier
    person: str = ""


@dataclass(frozen=True, slots=True)
class TicketTaken(Body):
    """Somebody became the owner, by taking it or by being the first to reply in public."""

    NAME: ClassVar[str] = "ticket.taken"
    owner: str
    team: str
    tier: Tier
    by_reply: bool = False


@dataclass(frozen=True, slots=True)
class TicketReleased(Body):
    """The owner gave it up, or left; nobody owns it now."""

    NAME: ClassVar[str] = "ticket.released"
    owner: str


@dataclass(frozen=True, slots=True)
class HandoverOffered(Body):
    """Offered to a team or person. The giver stays owner until somebody accepts."""

    NAME: ClassVar[str] = "handover.offered"
    team: str
    tier: Tier
    person: str = ""
    reason: WordsRef | None = None


@dataclass(frozen=True, slots=True)
class HandoverAccepted(Body):
    """The receiver became the owner. charter: another provider's, under which this leg runs."""

    NAME: ClassVar[str] = "handover.accepted"
    owner: str
    team: str
    tier: Tier
    charter: str = ""


@dataclass(frozen=True, slots=True)
class HandoverDeclined(Body):
    """The receiver refused, with a reason."""

    NAME: ClassVar[str] = "handover.declined"
    reason: WordsRef


@dataclass(frozen=True, slots=True)
class HandoverTakenBack(Body):
    """The giver withdrew the offer."""

    NAME: ClassVar[str] = "handover.taken_back"


@dataclass(frozen=True, slots=True)
class HandoverLapsed(Body):
    """The window ended unaccepted: the receiving side's contact is accountable from now on."""

    NAME: ClassVar[str] = "handover.lapsed"
    contact: str


@dataclass(frozen=True, slots=True)
class EscalatedFunctionally(Body):
    """Called for more skill; an offer to that tier goes with it."""

    NAME: ClassVar[str] = "escalation.functional"
    team: str
    tier: Tier
    reason: WordsRef | None = None


@dataclass(frozen=True, slots=True)
class EscalatedHierarchically(Body):
    """Called for more authority: a named contact. step counts the charter's steps, 0 by hand."""

    NAME: ClassVar[str] = "escalation.hierarchical"
    contact: str
    step: int = 0
    reason: WordsRef | None = None


@dataclass(frozen=True, slots=True)
class VendorLegBegun(Body):
    """A third party works on its part. The inside owner stays. contact is whom mail goes to."""

    NAME: ClassVar[str] = "vendor_leg.begun"
    leg: str
    vendor: str
    reference: str = ""
    due_at: Instant | None = None
    contact: str = ""


@dataclass(frozen=True, slots=True)
class VendorLegChanged(Body):
    """The third party's own number, or the instant it promised, became known or another one."""

    NAME: ClassVar[str] = "vendor_leg.changed"
    leg: str
    reference: str = ""
    due_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class VendorWritten(Body):
    """Words to a third party about its leg. No requester ever reads them."""

    NAME: ClassVar[str] = "vendor_leg.written"
    message: str
    leg: str
    text: WordsRef
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class VendorLegEnded(Body):
    """The third party is done, or was called off."""

    NAME: ClassVar[str] = "vendor_leg.ended"
    leg: str


# ---- words exchanged ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MessageReceived(Body):
    """Somebody of the requester's side, a vendor or a machine wrote to the desk.

    copied holds the other addresses that the mail went to, one a line: being named there makes
    nobody part of the ticket. folds tell where quoted text and signatures stand, in order. leg is
    the one that a vendor writes on: those words stay among the technical teams.
    """

    NAME: ClassVar[str] = "message.received"
    message: str
    author: str
    channel: Channel
    text: WordsRef
    is_automatic: bool = False
    attachments: tuple[Attachment, ...] = ()
    raw: WordsRef | None = None
    folds: tuple[Fold, ...] = ()
    copied: WordsRef | None = None
    check: SenderCheck = SenderCheck.ABSENT
    leg: str = ""


@dataclass(frozen=True, slots=True)
class MessageWritten(Body):
    """A public message was written. It counts once it is delivered.

    to names the people it is for, copies those who get it beside them. is_templated: a template
    sent unchanged, or sent in bulk. raw is the mail it came as, where it was written by mail.
    """

    NAME: ClassVar[str] = "message.written"
    message: str
    to: tuple[str, ...]
    text: WordsRef
    is_templated: bool = False
    attachments: tuple[Attachment, ...] = ()
    copies: tuple[str, ...] = ()
    raw: WordsRef | None = None


@dataclass(frozen=True, slots=True)
class MessageDelivered(Body):
    """The next mail server took it, or the portal showed it."""

    NAME: ClassVar[str] = "message.delivered"
    message: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class MessageBounced(Body):
    """It could not be delivered to somebody."""

    NAME: ClassVar[str] = "message.bounced"
    message: str
    person: str
    reason: WordsRef


@dataclass(frozen=True, slots=True)
class CopyAdded(Body):
    """Somebody who works tickets put a person on copy: they get what is written to everyone."""

    NAME: ClassVar[str] = "copy.added"
    person: str


@dataclass(frozen=True, slots=True)
class CopyRemoved(Body):
    """A person is on copy no more."""

    NAME: ClassVar[str] = "copy.removed"
    person: str


@dataclass(frozen=True, slots=True)
class NoteWritten(Body):
    """An internal note. It is never mailed to a requester.

    provider is whose team wrote it, empty for the company's own. mentions are people called upon.
    """

    NAME: ClassVar[str] = "note.written"
    note: str
    audience: Audience
    text: WordsRef
    provider: str = ""
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionAsked(Body):
    """The requester was asked something. It is open once its message is delivered."""

    NAME: ClassVar[str] = "question.asked"
    message: str = ""


# ---- waiting ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WaitBegun(Body):
    """The ticket waits. until is a date, if set; is_requesters_date: their side chose it."""

    NAME: ClassVar[str] = "wait.begun"
    wait: str
    on: WaitReason
    until: Instant | None = None
    is_requesters_date: bool = False


@dataclass(frozen=True, slots=True)
class WaitEnded(Body):
    """That wait is over."""

    NAME: ClassVar[str] = "wait.ended"
    wait: str


# ---- ends and returns ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TicketRestored(Body):
    """The service works again, perhaps by a workaround."""

    NAME: ClassVar[str] = "ticket.restored"
    is_workaround: bool = False


@dataclass(frozen=True, slots=True)
class TicketResolved(Body):
    """The provider says done."""

    NAME: ClassVar[str] = "ticket.resolved"
    text: WordsRef | None = None
    article: str = ""


@dataclass(frozen=True, slots=True)
class TicketReopened(Body):
    """Taken up again: by the requester, an agent or a rule (the actor tells which)."""

    NAME: ClassVar[str] = "ticket.reopened"
    message: str = ""


@dataclass(frozen=True, slots=True)
class ReopenVoided(Body):
    """A person said the reopening was thanks only."""

    NAME: ClassVar[str] = "reopen.voided"


@dataclass(frozen=True, slots=True)
class VoidLifted(Body):
    """The requester wrote on the matter again: the reopening counts from its first day."""

    NAME: ClassVar[str] = "reopen.void_lifted"


@dataclass(frozen=True, slots=True)
class TicketClosed(Body):
    """The requester agreed, or the time for objections passed."""

    NAME: ClassVar[str] = "ticket.closed"


@dataclass(frozen=True, slots=True)
class TicketMerged(Body):
    """This ticket went into another one and left all counts."""

    NAME: ClassVar[str] = "ticket.merged"
    into: str


@dataclass(frozen=True, slots=True)
class TicketAbsorbed(Body):
    """Another ticket went into this one."""

    NAME: ClassVar[str] = "ticket.absorbed"
    source: str


@dataclass(frozen=True, slots=True)
class MergeUndone(Body):
    """The two are separate again. Stands on both; other is the other one."""

    NAME: ClassVar[str] = "merge.undone"
    other: str


@dataclass(frozen=True, slots=True)
class TicketSplit(Body):
    """A message went off into a ticket of its own."""

    NAME: ClassVar[str] = "ticket.split"
    message: str
    into: str


@dataclass(frozen=True, slots=True)
class TicketLinked(Body):
    """Two tickets belong together."""

    NAME: ClassVar[str] = "ticket.linked"
    other: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class LinkRemoved(Body):
    """They do not."""

    NAME: ClassVar[str] = "link.removed"
    other: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class MatterScored(Body):
    """At opening: how alike this ticket is to an earlier one of the same requester (0 to 1)."""

    NAME: ClassVar[str] = "matter.scored"
    other: str
    score: float
    threshold: float


@dataclass(frozen=True, slots=True)
class MatterConfirmed(Body):
    """A person said: the same matter as that earlier ticket."""

    NAME: ClassVar[str] = "matter.confirmed"
    other: str


@dataclass(frozen=True, slots=True)
class MatterDenied(Body):
    """A person said: another matter."""

    NAME: ClassVar[str] = "matter.denied"
    other: str


# ---- work and worth -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TimeLogged(Body):
    """Somebody worked on it for a span."""

    NAME: ClassVar[str] = "time.logged"
    person: str
    span: Span
    note: WordsRef | None = None


@dataclass(frozen=True, slots=True)
class TicketRated(Body):
    """The requester's side judged the help: 1 (poor) to 5 (very good)."""

    NAME: ClassVar[str] = "ticket.rated"
    score: int
    text: WordsRef | None = None


# ---- what the promise came to -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TargetMissed(Body):
    """A due instant passed. Happened at the due instant, under the contract lens."""

    NAME: ClassVar[str] = "target.missed"
    clock: ClockName
    due_at: Instant
    charter: str = ""


@dataclass(frozen=True, slots=True)
class TargetNeared(Body):
    """A share of a target, in percent, was used up. Happened then, under the contract lens."""

    NAME: ClassVar[str] = "target.neared"
    clock: ClockName
    cycle: int
    share: int
    due_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class DueMoved(Body):
    """A new calendar version moved a due instant that was still ahead."""

    NAME: ClassVar[str] = "due.moved"
    clock: ClockName
    from_at: Instant
    to_at: Instant
    calendar: str


# ---- what another desk's export told ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowImported(Body):
    """A row of another desk's export was read: the trace of it, and how much it changed.

    source names the reader. row counts from 1, the header; update is the source's own count of
    updates to the ticket; sha256 is of the row's values; state is the source's word. The next
    `changes` events of the ticket are what this row means; 0 says that it changed nothing here.
    """

    NAME: ClassVar[str] = "import.row"
    source: str
    row: int
    update: int
    sha256: str
    state: str = ""
    changes: int = 0


# ---- the company's own stream -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CompanyFounded(Body):
    """A company began its record. prefix is what its ticket numbers begin with.

    is_sample says that it is made up: it may be removed whole, and no mail of it goes out.
    """

    NAME: ClassVar[str] = "company.founded"
    company: str
    title: WordsRef
    prefix: str
    zone: str
    is_sample: bool = False


@dataclass(frozen=True, slots=True)
class PersonIntroduced(Body):
    """Somebody became known to the company, with a name, a mail address and a side."""

    NAME: ClassVar[str] = "person.introduced"
    person: str
    title: WordsRef
    address: WordsRef | None
    side: str
    roles: tuple[str, ...] = ()
    team: str = ""
    tier: Tier | None = None
    provider: str = ""


@dataclass(frozen=True, slots=True)
class CharterDrafted(Body):
    """A version of a charter was written down, as canonical JSON. Unsigned, it is a draft.

    provider is whom it binds, empty where the company serves itself; until_at is its agreed end.
    """

    NAME: ClassVar[str] = "charter.drafted"
    charter: str
    version: int
    document: str
    in_force_at: Instant
    provider: str = ""
    until_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class CharterSigned(Body):
    """One party signed a version."""

    NAME: ClassVar[str] = "charter.signed"
    charter: str
    party: str


@dataclass(frozen=True, slots=True)
class CharterWithdrawn(Body):
    """A version rules no ticket opened from this instant on."""

    NAME: ClassVar[str] = "charter.withdrawn"
    charter: str


@dataclass(frozen=True, slots=True)
class CalendarEntered(Body):
    """Holidays or exceptional days of a calendar changed: its newest version, as canonical JSON."""

    NAME: ClassVar[str] = "calendar.entered"
    calendar: str
    version: int
    document: str


@dataclass(frozen=True, slots=True)
class WordsErased(Body):
    """Words were erased for good, by law or on request. The events that named them stay."""

    NAME: ClassVar[str] = "words.erased"
    words: tuple[str, ...]
    ground: str


@dataclass(frozen=True, slots=True)
class PersonProven(Body):
    """It was shown for the first time that somebody has the address they write from."""

    NAME: ClassVar[str] = "person.proven"
    person: str
    how: Proof


@dataclass(frozen=True, slots=True)
class TemplateWritten(Body):
    """A company worded a mail of its desk anew, in one language. No text: the shipped one again."""

    NAME: ClassVar[str] = "template.written"
    template: str
    language: str
    subject: WordsRef | None
    text: WordsRef | None


# ---- the stream of mail -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MailHeld(Body):
    """A mail was kept for a person to decide on; it did nothing.

    finding is what the check of its sender said, such as `spf=fail dkim=none dmarc=fail`. ticket
    is the one that it answers or names, if any.
    """

    NAME: ClassVar[str] = "mail.held"
    mail: str
    reason: HeldReason
    check: SenderCheck = SenderCheck.ABSENT
    finding: str = ""
    sender: WordsRef | None = None
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class MailSettled(Body):
    """It was decided what becomes of a mail that was held."""

    NAME: ClassVar[str] = "mail.settled"
    mail: str
    decision: MailDecision
    ticket: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class AddressSuppressed(Body):
    """Mail to an address failed for good: nothing more is sent to it until somebody allows it."""

    NAME: ClassVar[str] = "address.suppressed"
    address: WordsRef
    reason: WordsRef
    person: str = ""


@dataclass(frozen=True, slots=True)
class AddressAllowed(Body):
    """Mail goes to an address again."""

    NAME: ClassVar[str] = "address.allowed"
    address: WordsRef
    person: str = ""


@dataclass(frozen=True, slots=True)
class SenderBlocked(Body):
    """New mail from an address is discarded, kept for a while and shown to nobody unasked."""

    NAME: ClassVar[str] = "sender.blocked"
    address: WordsRef


@dataclass(frozen=True, slots=True)
class SenderUnblocked(Body):
    """Mail from an address is taken like any other again."""

    NAME: ClassVar[str] = "sender.unblocked"
    address: WordsRef
