"""What an incoming mail becomes: the table of docs/mail.md, from the top, the first row that fits.

It decides and does nothing: no database, no clock, no network. What it goes by are facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from commondesk.core.record.events import HeldReason, SenderCheck
from commondesk.core.texts import gettext_noop

from . import reasons
from .mail.understood import Understood


class Becomes(StrEnum):
    """What is to be done with a mail."""

    BOUNCE = "bounce"  # what a delivery report says is told on the message that it is about
    DISCARDED = "discarded"  # kept for the record, shown nowhere
    NOTHING = "nothing"  # filed, but it opens nothing
    HELD = "held"  # a person decides
    AGENT_REPLY = "agent_reply"  # the answer of somebody who works the ticket
    MESSAGE = "message"  # of that person; may reopen, end waits, or open a linked ticket
    STILL_MESSAGE = "still_message"  # on its ticket, but no state changes
    VENDOR_ANSWER = "vendor_answer"  # on the leg of a vendor: for the technical teams alone
    ALERT = "alert"  # a ticket that a machine opened
    TICKET = "ticket"


class Standing(StrEnum):
    """What an address is to a company, if it is really its owner who writes."""

    STRANGER = "stranger"
    REQUESTER = "requester"
    VENDOR = "vendor"
    TECHNICAL = "technical"
    DESK = "desk"


class Limit(StrEnum):
    """A cap that this mail would go beyond."""

    NONE = ""
    LOOP = "loop"
    STORM = "storm"
    REOPENS = "reopens"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the table goes by."""

    said: Understood
    check: SenderCheck = SenderCheck.ABSENT
    finding: str = ""
    """What the check found, in its own words, such as `spf=fail dkim=none dmarc=fail`."""
    standing: Standing = Standing.STRANGER
    proof: str = ""
    """Which secret of ours the mail carries, such as "its reply address"; empty without one."""
    is_on_ticket: bool = False
    is_on_leg: bool = False
    """The secret is that of a vendor's leg: its contact has a place there."""
    is_own_matter: bool = False
    """The ticket that it answers was asked for by its sender."""
    is_agent_here: bool = False
    """Its sender, if it is really him, works tickets in this very company."""
    is_blocked: bool = False
    limit: Limit = Limit.NONE
    limit_reason: str = ""

    @property
    def has_place(self) -> bool:
        """True if it carries a proof, and comes from somebody on the ticket."""
        return bool(self.proof) and self.is_on_ticket

    @property
    def is_over_a_cap(self) -> bool:
        return self.limit in (Limit.LOOP, Limit.STORM)


@dataclass(frozen=True, slots=True)
class Row:
    """What a mail becomes, and why: a sentence for people."""

    becomes: Becomes
    reason: str
    held_as: HeldReason | None = None


def row_for(facts: Facts) -> Row:
    """The one row of the table that fits these facts."""
    return _of_machines(facts) or _of_doubt(facts) or _of_people(facts)


# ---- machines, and whoever is not to be heard ---------------------------------------------


def _of_machines(facts: Facts) -> Row | None:
    said = facts.said
    if said.report is not None:
        return Row(Becomes.BOUNCE, gettext_noop("A delivery report."))
    if facts.is_blocked:
        return Row(Becomes.DISCARDED, gettext_noop("Its sender is blocked here."))
    if said.is_secret_code:
        # Before all others: such mails often call themselves automatic, and whoever made the
        # machine send it may be the very person who reads the ticket.
        return _held(
            HeldReason.SECRET_CODE,
            gettext_noop(
                "It looks like a one-time code or a link to confirm something; whoever asked for"
                " it must not read it here."
            ),
        )
    if said.is_automatic and not said.is_alert:
        return _of_answering_machine(facts)
    return None


def _of_answering_machine(facts: Facts) -> Row:
    """Stored on the ticket if its sender is on it; it changes no state and opens nothing."""
    machine = reasons.SENT_BY_MACHINE % {"rule": facts.said.automatic}
    if not facts.has_place or facts.is_over_a_cap or not _has_credible_sender(facts):
        return Row(Becomes.NOTHING, machine)
    if facts.check is SenderCheck.FAILED:
        return _check_failed(facts)
    becomes = Becomes.VENDOR_ANSWER if facts.is_on_leg else Becomes.STILL_MESSAGE
    return Row(becomes, reasons.AUTOMATIC_ANSWER % {"proof": facts.proof})


def _has_credible_sender(facts: Facts) -> bool:
    if facts.said.sender is None or facts.standing is Standing.DESK:
        return False
    return facts.standing is not Standing.TECHNICAL or facts.check is SenderCheck.PASSED


# ---- what must not pass unseen ------------------------------------------------------------


def _of_doubt(facts: Facts) -> Row | None:
    said = facts.said
    if said.sender is None:
        return _held(HeldReason.UNCLEAR_SENDER, reasons.UNCLEAR % {"trouble": said.sender_trouble})
    if facts.standing is Standing.DESK:
        return _held(
            HeldReason.CLAIMS_DESK,
            gettext_noop("It claims to come from this desk itself, and nothing proves it."),
        )
    if facts.standing is Standing.TECHNICAL and facts.check is not SenderCheck.PASSED:
        claimed = reasons.CLAIMS_AGENT_FOUND if facts.finding else reasons.CLAIMS_AGENT
        told = {"sender": said.sender.address, "finding": facts.finding}
        return _held(HeldReason.CLAIMS_AGENT, claimed % told)
    if facts.check is SenderCheck.FAILED:
        return _check_failed(facts)
    return _of_cap(facts)


def _of_cap(facts: Facts) -> Row | None:
    if facts.limit is Limit.LOOP:
        return _held(
            HeldReason.LOOP, facts.limit_reason or gettext_noop("Two machines seem to write.")
        )
    if facts.limit is Limit.STORM:
        return _held(
            HeldReason.STORM, facts.limit_reason or gettext_noop("Too much of it came at once.")
        )
    return None


def _check_failed(facts: Facts) -> Row:
    address = facts.said.sender.address if facts.said.sender else "its sender"
    failed = reasons.CHECK_FAILED_FOUND if facts.finding else reasons.CHECK_FAILED
    told = {"sender": address, "finding": facts.finding}
    return _held(HeldReason.CHECK_FAILED, failed % told)


def _held(reason: HeldReason, sentence: str) -> Row:
    return Row(Becomes.HELD, sentence, reason)


# ---- people, and machines with news -------------------------------------------------------


def _of_people(facts: Facts) -> Row:
    if _is_answer_of_agent(facts):
        return Row(Becomes.AGENT_REPLY, reasons.AGENT_ANSWER % {"proof": facts.proof})
    if facts.has_place:
        return _of_answer(facts)
    if facts.proof:
        apart = reasons.NOT_THE_CONTACT if facts.is_on_leg else reasons.NOT_ON_TICKET
        sender = facts.said.sender.address if facts.said.sender else "somebody"
        return _held(HeldReason.UNVERIFIED, apart % {"sender": sender, "proof": facts.proof})
    if facts.said.is_alert:
        return Row(Becomes.ALERT, gettext_noop("An alert of a machine."))
    return Row(Becomes.TICKET, gettext_noop("A new matter."))


def _is_answer_of_agent(facts: Facts) -> bool:
    # The check is asked for once more: this is the row that lets somebody act.
    is_proven = bool(facts.proof) and facts.check is SenderCheck.PASSED
    is_agent = facts.standing is Standing.TECHNICAL and facts.is_agent_here
    if facts.is_on_leg:
        return False  # it was written to a vendor: nothing of it goes to a requester
    return is_proven and is_agent and not facts.is_own_matter and not facts.said.is_automatic


def _of_answer(facts: Facts) -> Row:
    if facts.is_on_leg:
        return Row(Becomes.VENDOR_ANSWER, reasons.VENDOR_ANSWER % {"proof": facts.proof})
    if facts.said.is_alert:
        return Row(Becomes.STILL_MESSAGE, reasons.MACHINE_ANSWER % {"proof": facts.proof})
    if facts.limit is Limit.REOPENS:
        return Row(
            Becomes.STILL_MESSAGE,
            reasons.REOPENS_NOTHING % {"proof": facts.proof, "limit": facts.limit_reason},
        )
    return Row(Becomes.MESSAGE, reasons.ANSWER % {"proof": facts.proof})
