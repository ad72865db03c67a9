"""Why a mail is on hold and what the check of its sender said, in words for people."""

from __future__ import annotations

import re

from commondesk.core.record.event import Actor
from commondesk.core.record.events import HeldReason, MailDecision
from commondesk.intake.models import RawMail

R = HeldReason
NEEDS_A_NAME = frozenset({R.UNCLEAR_SENDER, R.CLAIMS_AGENT, R.CLAIMS_DESK})
"""Held so, a mail goes to a ticket only once a person has said whose it is."""

TITLES = {
    R.UNCLEAR_SENDER: "Unclear sender",
    R.CHECK_FAILED: "Sender check failed",
    R.CLAIMS_DESK: "Claims to be this desk",
    R.CLAIMS_AGENT: "Claims to be one of you",
    R.UNVERIFIED: "Not on the ticket",
    R.SECRET_CODE: "One-time code or link",
    R.LOOP: "Answers our answers",
    R.STORM: "Too many at once",
    R.WHOSE: "Whose is this?",
    R.UNREADABLE: "Could not be read",
}

ALARMING = frozenset({R.CHECK_FAILED, R.CLAIMS_AGENT, R.CLAIMS_DESK, R.UNREADABLE})
"""What is told with the strongest mark."""

_MARKS = {
    R.UNCLEAR_SENDER: "person",
    R.CHECK_FAILED: "warn",
    R.CLAIMS_DESK: "warn",
    R.CLAIMS_AGENT: "warn",
    R.UNVERIFIED: "people",
    R.SECRET_CODE: "lock",
    R.LOOP: "bot",
    R.STORM: "bot",
    R.WHOSE: "mail",
    R.UNREADABLE: "gap",
}

_WHY = {
    R.CHECK_FAILED: "The check of its sender failed: it may not come from {sender} at all.",
    R.CLAIMS_DESK: "It says that it comes from this desk itself, and nothing proves it.",
    R.CLAIMS_AGENT: "It says that it comes from {sender}, who works tickets; nothing proves it.",
    R.UNVERIFIED: "{sender} is not part of the ticket that this mail answers.",
    R.SECRET_CODE: (
        "It looks like a one-time code or a link that confirms something. Whoever reads it could"
        " get into an account with it."
    ),
    R.UNREADABLE: "It could not be read or filed.",
}

_ELSE: dict[HeldReason | None, str] = {
    R.UNCLEAR_SENDER: "It cannot be said who sent it.",
    R.LOOP: "Its sender seems to be a machine that answers our answers.",
    R.STORM: "Too many mails came from this sender within the hour.",
    R.WHOSE: "Nobody has told us which company the address that it came to belongs to.",
}

_DECISIONS = {
    MailDecision.OPENED: "Opened as a ticket",
    MailDecision.ADDED: "Added to a ticket",
    MailDecision.DISCARDED: "Discarded",
    MailDecision.EXPIRED: "Kept no longer",
}

_MACHINES = {"intake": "By itself", "command-line": "By command"}

_VERDICT = re.compile(r"\b(spf|dkim|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)
_WITH_DIGITS = re.compile(r"[\w-]*\d[\w-]*")
_SIGNATURE = {
    "none": "carries no signature",
    "fail": "carries a signature that does not fit",
    "pass": "carries the signature of another domain",
}
_SERVER = {
    "none": "nothing says that its server may send for that domain",
    "softfail": "comes from a server that probably may not send for that domain",
    "fail": "comes from a server that may not send for that domain",
    "pass": "was sent on account of another domain",
}


def reason_title(key: str) -> str:
    """A reason in two or three words."""
    return TITLES[HeldReason(key)] if key in list(HeldReason) else "On hold"


def mark_of(key: str) -> str:
    """The icon beside a reason."""
    return _MARKS[HeldReason(key)] if key in list(HeldReason) else "mail"


def why(mail: RawMail, key: str) -> str:
    """Why a mail waits, in one sentence; in the words of the filer where they say more."""
    reason = HeldReason(key) if key in list(HeldReason) else None
    if reason in _WHY:
        return _WHY[reason].format(sender=mail.sender or "its sender")
    return mail.reason or _ELSE.get(reason, "A person must decide.")


def subject_of(subject: str, held_as: str) -> str:
    """The subject as others may see it: of a one-time code without what could be the code."""
    if held_as != HeldReason.SECRET_CODE:
        return subject
    return _WITH_DIGITS.sub(lambda found: "•" * len(found[0]), subject)


def finding_words(mail: RawMail) -> str:
    """What the check of the sender found, in a sentence; empty where nothing speaks against it."""
    said = {name.lower(): result.lower() for name, result in _VERDICT.findall(mail.check_finding)}
    domain = mail.sender.rpartition("@")[2] or "The domain"
    signature = _SIGNATURE.get(said.get("dkim", ""), "")
    server = _SERVER.get(said.get("spf", ""), "")
    if said.get("dmarc") == "fail":
        found = " and ".join(each for each in (signature, server) if each) or "does neither"
        return (
            f"{domain} says that mail in its name carries its signature or comes from its own"
            f" servers. This one {found}."
        )
    if said.get("spf") in ("fail", "softfail"):
        return f"It {server}."
    return (
        f"It {signature}: it was changed on the way, or made up."
        if said.get("dkim") == "fail"
        else ""
    )


def decision_words(decision: MailDecision) -> str:
    """What was decided, as the head of a line."""
    return _DECISIONS[decision]


def machine_words(actor: Actor) -> str:
    """Who decided, where it was no person that is still known."""
    return _MACHINES.get(actor.id, "By itself" if not actor.is_person else "Somebody")
